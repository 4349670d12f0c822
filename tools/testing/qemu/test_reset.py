# SPDX-License-Identifier: GPL-2.0-only
"""The machine is reset while the card is at work, or while it migrates."""

import pytest

import bursts
import host
from migration import Migration, incoming
from nested import Guest
from wire import PRE_COPY

# Overrides -no-reboot
RESETS = ("-action", "reboot=reset")
TOTAL = 2048


class Resettable:
    """A guest that may be reset, and the QEMU that runs it."""

    def __init__(self):
        self.guest = Guest(host.UUIDS[0], *RESETS)
        self.guest.wait_ready()

    def reset(self):
        """Reset the machine; returns when the guest is up again."""
        self.guest.forget_events()
        self.guest.qmp("system_reset")
        self.guest.wait_event("RESET", guest=(False,))
        self.guest.wait_ready()

    def require_whole_bursts(self):
        text = bursts.run(self.guest, 64, TOTAL)
        print(text)
        assert bursts.complaints(text, TOTAL) == []

    def prepare_move(self, hold=None):
        destination = incoming(host.other(self.guest.uuid), *RESETS)
        return Migration(self.guest, destination, hold)

    def follow(self, migration):
        """Switch to the side that has the guest once the migration is over."""
        ended = self.guest.wait_event("MIGRATION", status=("completed", "failed"))["status"]
        print(f"the migration {ended}: {self.guest.qmp('query-migrate')}")
        if ended == "failed":
            migration.wire.cut()
            migration.destination.quit()
            return
        assert migration.destination.has_come(), migration.destination.messages()
        self.guest.quit()
        self.guest = migration.destination


@pytest.fixture
def resettable(stage):
    """It needs both devices, so the shared guest ends."""
    stage.end()
    guest = Resettable()
    yield guest
    guest.guest.quit()


def test_reset_in_the_middle_of_a_burst_leaves_a_card_that_works(resettable):
    bursts.start(resettable.guest)
    bursts.wait_progress(resettable.guest, TOTAL)
    resettable.reset()
    resettable.require_whole_bursts()


# QEMU may or may not fail that migration; the guest must survive in both cases.
def test_reset_in_pre_copy_leaves_a_guest_that_lives_and_moves(resettable):
    bursts.start(resettable.guest)
    migration = resettable.prepare_move(hold=PRE_COPY).start()
    migration.wait_held()
    resettable.reset()
    migration.wire.release()
    resettable.follow(migration)
    resettable.require_whole_bursts()

    migration = resettable.prepare_move().start()
    migration.complete()
    resettable.guest = migration.destination
    resettable.require_whole_bursts()
