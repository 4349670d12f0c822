# SPDX-License-Identifier: GPL-2.0-only
"""The guest that tests share, and the two devices between which it moves."""

import host
from migration import CAPABILITIES, Migration, incoming, restore, save
from nested import RELEASE, Guest


class Stage:
    """The guest that moves between the two devices. If it is gone, it is booted again, or
    restored from a file after keep() has saved it."""

    def __init__(self, qemu=RELEASE):
        self.qemu = qemu
        self._guest = None
        self._kept = None

    @property
    def guest(self):
        if self._guest is None or not self._guest.alive():
            self._guest = self._start()
        return self._guest

    def _start(self):
        if self._kept:
            return restore(host.UUIDS[0], self._kept, qemu=self.qemu)
        guest = Guest(host.UUIDS[0], qemu=self.qemu)
        guest.wait_ready()
        return guest

    def keep(self, path):
        save(self.guest, path)
        self._kept = path

    @property
    def free_uuid(self):
        if self._guest and self._guest.alive():
            return host.other(self._guest.uuid)
        return host.UUIDS[0]

    def prepare_move(self, hold=None, capabilities=CAPABILITIES):
        guest = self.guest
        there = incoming(host.other(guest.uuid), qemu=self.qemu)
        return Migration(guest, there, hold, capabilities)

    def start_move(self, hold=None):
        return self.prepare_move(hold).start()

    def moved(self, migration):
        self._guest = migration.destination

    def end(self):
        if self._guest:
            self._guest.quit()
