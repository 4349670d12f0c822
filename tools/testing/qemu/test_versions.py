# SPDX-License-Identifier: GPL-2.0-only
"""A guest moves between QEMUs of the same version and of different ones, in all the ways
that they support."""

import pytest

import bursts
import host
from migration import WITH_MULTIFD, Migration, incoming, wait_end
from nested import BACKPORTS, RELEASE, SERIAL, Guest

VERSIONS = {"release": RELEASE, "backports": BACKPORTS}
# The order lets one guest do most of the moves.
WAYS = [("release", "release"), ("release", "backports"), ("backports", "backports")]
MULTIFD_WAYS = [("backports", "backports"), ("release", "release"), ("release", "backports")]
EACH_WAY = 128
# Trace events that QEMU has only if the card uses a connection of its own
SENT, LOADED = "vfio_save_complete_precopy_thread_start", "vfio_load_bufs_thread_start"


class Traveller:
    """A guest that moves from QEMU to QEMU. If it is not where a test needs it, it is booted
    there."""

    def __init__(self):
        self.guest = None

    def be_busy_in(self, qemu):
        if not (self.guest and self.guest.alive() and self.guest.qemu == qemu):
            self.end()
            self.guest = Guest(host.UUIDS[0], "-trace", SENT, qemu=qemu, channel=SERIAL)
            self.guest.wait_ready()
        bursts.start(self.guest)
        bursts.wait_progress(self.guest, EACH_WAY)

    def prepare_move(self, source, destination, **choices):
        self.be_busy_in(VERSIONS[source])
        uuid = host.UUIDS[1 - host.UUIDS.index(self.guest.uuid)]
        there = incoming(uuid, "-trace", SENT, "-trace", LOADED, qemu=VERSIONS[destination],
                       channel=SERIAL)
        print("from", *(side.qmp("query-version")["qemu"] for side in (self.guest, there)))
        return Migration(self.guest, there, **choices)

    def require_whole(self, migration):
        self.guest = migration.destination
        bursts.wait_progress(self.guest, 2 * EACH_WAY)
        bursts.end_whole(self.guest)

    def end(self):
        if self.guest:
            self.guest.quit()


@pytest.fixture(scope="module")
def traveller(stage):
    """It needs both devices, so the shared guest ends."""
    stage.end()
    guest = Traveller()
    yield guest
    guest.end()


def move_stopped(migration):
    migration.source.qmp("stop")
    migration.start()
    wait_end(migration.source, "completed", migration.destination)
    migration.destination.wait_event("MIGRATION", status=("completed",))
    assert migration.destination.qmp("query-status")["status"] == "paused"
    migration.source.quit()
    migration.destination.qmp("cont")


def test_stopped_guest_moves_and_goes_on_where_it_was(traveller):
    migration = traveller.prepare_move("release", "release")
    move_stopped(migration)
    traveller.require_whole(migration)


@pytest.mark.parametrize("source, destination", WAYS)
def test_guest_moves_from(traveller, source, destination):
    migration = traveller.prepare_move(source, destination).start()
    migration.complete()
    traveller.require_whole(migration)


# The guest is stopped first. If it ran, QEMU (up to 11.1) might see the card's last interrupt
# after it has saved the card but before it saves the bus, which can happen only if the card
# has a connection of its own. The bus would have a line up that no card lowers, and the guest
# would hang.
@pytest.mark.parametrize("source, destination", MULTIFD_WAYS)
def test_card_moves_by_a_connection_of_its_own_from(traveller, source, destination):
    migration = traveller.prepare_move(source, destination, capabilities=WITH_MULTIFD)
    move_stopped(migration)
    assert SENT in migration.source.messages()
    assert LOADED in migration.destination.messages()
    traveller.require_whole(migration)
