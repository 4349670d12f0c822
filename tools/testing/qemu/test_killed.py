# SPDX-License-Identifier: GPL-2.0-only
"""One side of a migration is killed: the other one continues, and the card is as new."""

import random
import time

import pytest

import bursts
import host
import vfio
from wire import HANDED_OVER, HEADER, HEADER_SIZE, PRE_COPY, START, STATE, STATE_SIZE
from wire import STOP_COPY, Point

SIDES = ("source", "destination")


def nothing_is_left(survivor):
    """Require that only the survivor uses a device, and that any other one is as new."""
    assert set(host.users()) == ({survivor.process.pid} if survivor else set())
    for uuid in host.UUIDS:
        if not (survivor and survivor.uuid == uuid):
            assert vfio.differences_from_new(uuid) == []


def survivor_of(migration, side):
    """The side that has the guest after the other one died; None if the guest died, too."""
    if side == "destination":
        migration.wait_failed()
        return migration.source
    return migration.destination if migration.destination.has_come() else None


def kill(stage, side, point):
    """Let a migration get to the point, and kill one side; returns the survivor."""
    bursts.start(stage.guest)
    migration = stage.start_move(hold=point)
    migration.wait_held()
    getattr(migration, side).kill()
    migration.wire.cut()
    survivor = survivor_of(migration, side)
    if survivor is migration.destination:
        stage.moved(migration)
    nothing_is_left(survivor)
    if survivor:
        bursts.end_whole(survivor)
    return survivor


@pytest.mark.parametrize("point", [PRE_COPY, STOP_COPY, HANDED_OVER],
                         ids=["pre-copy", "stop-copy", "handed-over"])
def test_source_goes_on_when_the_destination_is_killed(kept, point):
    assert kill(kept, "destination", point)


def test_destination_goes_on_when_the_source_is_killed_after_the_handover(kept):
    assert kill(kept, "source", HANDED_OVER)


@pytest.mark.parametrize("point", [STOP_COPY, PRE_COPY], ids=["stop-copy", "pre-copy"])
def test_both_cards_are_as_new_when_the_source_is_killed(kept, point):
    assert not kill(kept, "source", point)


def random_point(choice, wire):
    """The stream is mostly memory, so the parts of the card get chances of their own."""
    behind = wire.length - wire.found[STATE]
    return choice.choice([
        Point(START, choice.randint(0, wire.found[STATE])),
        Point(HEADER, choice.randint(0, HEADER_SIZE)),
        Point(STATE, choice.randint(0, STATE_SIZE)),
        Point(STATE, choice.randint(STATE_SIZE, behind - 1)),
        HANDED_OVER])


# The rest of the stream belongs to QEMU, which may start the guest without all of it.
def test_no_kill_at_a_random_point_harms_the_guest_or_the_card(kept, pytestconfig, silent_kernel):
    kills, seed = (pytestconfig.getoption(name) for name in ("kills", "seed"))
    migration = kept.start_move()
    migration.complete()
    kept.moved(migration)
    wire = migration.wire
    print(f"seed {seed}; a stream of {wire.length} bytes, {wire.found}")
    for number in range(1, kills + 1):
        start = time.monotonic()
        choice = random.Random(f"{seed} {number}")
        side, point = choice.choice(SIDES), random_point(choice, wire)
        print(f"kill {number} of the {side} at {point}")
        survivor = kill(kept, side, point)
        print(f"kill {number}: {'the guest lives' if survivor else 'no guest is left'}, "
              f"{time.monotonic() - start:.1f} s")
        assert not (complaints := silent_kernel.complaints()), f"kill {number}: {complaints}"
