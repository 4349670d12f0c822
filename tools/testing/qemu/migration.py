# SPDX-License-Identifier: GPL-2.0-only
"""Live migration between two QEMUs of this host, with switchover-ack."""

from nested import Guest
from wire import Wire

CAPABILITIES = ("events", "return-path", "switchover-ack")


class Migration:
    """A migration that has been started; complete() sees it through."""

    def __init__(self, source, uuid, hold=None):
        self.source = source
        self.destination = Guest(uuid, "-incoming", "defer")
        near, far = (self.destination.workdir / name for name in ("near", "far"))
        self.wire = Wire(near, far, hold)
        for guest in (self.destination, source):
            guest.qmp("migrate-set-capabilities", capabilities=[
                {"capability": name, "state": True} for name in CAPABILITIES])
        source.forget_events()
        self.destination.qmp("migrate-incoming", uri=f"unix:{far}")
        source.qmp("migrate", uri=f"unix:{near}")

    def wait_held(self, timeout=60):
        if not self.wire.held.wait(timeout):
            raise AssertionError(f"the migration did not get to {self.wire.hold}: "
                                 f"{self.source.qmp('query-migrate')}")

    def complete(self):
        """Returns what QEMU tells about the migration; the source has quit by then."""
        self.source.wait_event("MIGRATION", status="completed")
        self.destination.wait_event("RESUME")
        told = self.source.qmp("query-migrate")
        self.source.quit()
        return told
