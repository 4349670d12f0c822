# SPDX-License-Identifier: GPL-2.0-only
"""One side of a migration is killed: the other goes on, and the card is as new."""

import pytest

import bursts
import vfio

EACH_WAY = 4 * 1024


def goes_on(guest):
    """Every byte comes back, those from before the other side's death too."""
    before = bursts.progress(guest)
    bursts.wait_progress(guest, before + EACH_WAY)
    report = bursts.stop(guest)
    print(*report.splitlines()[-2:], sep="\n")
    assert bursts.complaints(report, EACH_WAY) == []


@pytest.mark.parametrize("point", ["pre-copy", "stop-copy"])
def test_source_goes_on_when_the_destination_is_killed(stage, point):
    bursts.start(stage.guest)
    migration = stage.start_move(hold=point)
    migration.wait_held()
    migration.destination.kill()
    migration.wire.cut()
    stage.guest.wait_event("MIGRATION", status="failed")
    goes_on(stage.guest)
    assert vfio.differences_from_new(migration.destination.uuid) == []


def test_destination_goes_on_when_the_source_is_killed_after_the_handover(stage):
    bursts.start(stage.guest)
    migration = stage.start_move(hold="handed-over")
    migration.destination.wait_event("RESUME")
    migration.source.kill()
    stage.moved(migration)
    goes_on(stage.guest)
    assert vfio.differences_from_new(migration.source.uuid) == []


@pytest.mark.parametrize("point", ["stop-copy", "pre-copy"])
def test_both_cards_are_as_new_when_the_source_is_killed(stage, point):
    bursts.start(stage.guest)
    migration = stage.start_move(hold=point)
    migration.wait_held()
    migration.source.kill()
    migration.wire.cut()
    assert migration.destination.wait_exit() != 0
    for side in (migration.source, migration.destination):
        assert vfio.differences_from_new(side.uuid) == []
