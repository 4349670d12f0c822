# SPDX-License-Identifier: GPL-2.0-only
"""What QEMU and its guest make of a card that has been told to fail, to be slow, to be large,
or to offer less. The scenes are those of demo-faults."""

import pytest

import bursts
import host
import scenes
import vfio
from instrument import Card
from migration import CAPABILITIES, WITHOUT_ACK
from nested import BACKPORTS, RELEASE, Guest, GuestError
from stage import Stage

PAYLOAD = {"state_size": "4M", "precopy_size": "2M"}


@pytest.fixture(scope="module", params=[RELEASE, BACKPORTS], ids=["release", "backports"])
def theatre(request, stage):
    """A guest in one of the QEMUs. It needs both devices, so the shared guest ends."""
    stage.end()
    own = Stage(request.param)
    yield own
    own.end()


@pytest.fixture(autouse=True)
def new_cards(devices):
    """What a test leaves to a card that is in use, the next scene takes away."""
    yield
    used = [guest.uuid for guest in Guest.living]
    for uuid in host.UUIDS:
        if uuid not in used:
            Card(uuid).forget()


@pytest.fixture(scope="module", autouse=True)
def new_cards_at_last(theatre):
    yield
    theatre.end()
    for uuid in host.UUIDS:
        Card(uuid).forget()


def test_guest_survives_a_failed_stop_copy_and_moves_at_the_second_try(theatre):
    scenes.stop_copy_fails_once(theatre)


def test_guest_stays_at_the_source_if_the_stream_is_corrupt(theatre):
    scenes.stream_is_corrupt(theatre)


def test_slow_stop_copy_makes_the_downtime_as_long(theatre):
    scenes.stop_copy_takes_long(theatre)


def test_move_ends_once_less_state_gets_dirty_than_is_sent(theatre):
    scenes.state_gets_dirty(theatre)


def test_without_pre_copy_the_whole_state_has_to_fit_in_the_downtime(theatre):
    scenes.pre_copy_is_not_offered(theatre)


def test_error_interrupt_stops_the_guest(theatre):
    scenes.device_reports_an_error(theatre)


def test_card_without_migration_blocks_that_of_its_guest(theatre):
    scenes.migration_is_not_offered(theatre)


def test_card_without_migration_is_refused_if_migration_is_asked_for(theatre):
    theatre.end()
    uuid = theatre.free_uuid
    Card(uuid).form(features="none")
    with pytest.raises(GuestError, match="migration is not supported in kernel"):
        Guest(uuid, qemu=theatre.qemu, **{"enable-migration": "on"})


def test_card_that_fails_open_keeps_qemu_from_starting(theatre):
    theatre.end()
    uuid = theatre.free_uuid
    # The tests open the card for this, but only once.
    vfio.logs_dirty_pages(uuid)
    Card(uuid).tell("faults", "open error=EIO")
    with pytest.raises(GuestError, match="Input/output error") as refusal:
        Guest(uuid, qemu=theatre.qemu)
    print(refusal.value)


def busy(stage, **settings):
    """Keep the ports of a card busy that is formed like this; returns the card."""
    scenes.settle(stage, **settings)
    bursts.start(stage.guest)
    return Card(stage.guest.uuid)


def move_whole(stage, capabilities):
    scenes.show_move(stage, scenes.prepare(stage, capabilities))
    bursts.end_whole(stage.guest)


# The first byte is in what PRE_COPY transfers; the second one comes after it, when the guest
# has stopped already.
@pytest.mark.parametrize("offset", ["1M", "3M"], ids=["pre-copy", "stop-copy"])
def test_refused_stream_costs_no_byte_in_flight(theatre, offset):
    card = busy(theatre, **PAYLOAD)
    card.tell("faults", f"read offset={offset} corrupt")
    _, said = scenes.fail(scenes.prepare(theatre))
    assert "Invalid argument" in said
    assert "hits=1" in card.show_faults()
    move_whole(theatre, CAPABILITIES)


# QEMU resets a card that fails PRE_COPY_P2P->STOP_COPY, but not one that fails this.
def test_failed_stop_copy_without_pre_copy_costs_no_byte_in_flight(theatre):
    card = busy(theatre, features="stop-copy p2p", **PAYLOAD)
    card.tell("faults", "STOP->STOP_COPY error=EIO")
    said, _ = scenes.fail(scenes.prepare(theatre, WITHOUT_ACK))
    assert "Failed setting device state to STOP_COPY" in said
    move_whole(theatre, WITHOUT_ACK)


def test_ports_work_again_after_qemu_has_reset_the_card(theatre):
    card = busy(theatre)
    card.tell("faults", "PRE_COPY_P2P->STOP_COPY error=EIO state=ERROR")
    said, _ = scenes.fail(theatre.prepare_move())
    assert "Resetting device" in said
    bursts.start(theatre.guest)
    move_whole(theatre, CAPABILITIES)


# QEMU takes the size for 100 GiB then.
def test_guest_does_not_stop_while_the_size_of_the_state_is_unknown(theatre):
    card = busy(theatre)
    card.tell("faults", "data_size times=always error=EIO")
    migration = theatre.start_move()
    migration.source.wait_event("MIGRATION_PASS", **{"pass": range(10, 1 << 32)})
    assert migration.source.qmp("query-status")["running"]
    card.tell("faults", "clear")
    migration.complete()
    theatre.moved(migration)
    bursts.end_whole(theatre.guest)
