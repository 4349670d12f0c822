# SPDX-License-Identifier: GPL-2.0-only
"""Live migration between two QEMUs of this host, with switchover-ack."""

from nested import PATIENCE, Guest
from wire import HANDED_OVER, Wire

CAPABILITIES = ("events", "return-path", "switchover-ack")
MULTIFD = "multifd"


def set_capabilities(guest, names=CAPABILITIES):
    guest.qmp("migrate-set-capabilities", capabilities=[
        {"capability": name, "state": name in names} for name in (*CAPABILITIES, MULTIFD)])


def wait_end(guest, status, other=None):
    """Wait until the guest's migration is over, and require that it ended with that status.
    Returns QEMU's information about it."""
    seen = guest.wait_event("MIGRATION", status=("completed", "failed"))["status"]
    told = guest.qmp("query-migrate")
    messages = "".join(side.messages() for side in (guest, other) if side)
    assert seen == status, f"expected {status}, seen {told}\n{messages}"
    return told


def save(guest, path):
    """Save a copy of the guest to a file; the guest itself continues."""
    set_capabilities(guest, ("events",))
    guest.forget_events()
    guest.qmp("migrate", uri=f"file:{path}")
    wait_end(guest, "completed")
    guest.qmp("cont")


def incoming(uuid, *options, **choices):
    """A QEMU that waits for an incoming migration."""
    return Guest(uuid, "-incoming", "defer", *options, **choices)


def restore(uuid, path):
    """A guest from a file of save(), which spares the time to boot one."""
    guest = incoming(uuid)
    guest.qmp("migrate-incoming", uri=f"file:{path}")
    assert guest.has_come(), guest.messages()
    return guest


class Migration:
    """A migration that is ready to start; complete() waits for its end. With multifd
    there is no wire, because a wire carries only one connection."""

    def __init__(self, source, destination, hold=None, multifd=False):
        self.source = source
        self.destination = destination
        near, far = (self.destination.workdir / name for name in ("near", "far"))
        self.wire = None if multifd else Wire(near, far, hold)
        self.uri = f"unix:{near if self.wire else far}"
        for guest in (self.destination, source):
            set_capabilities(guest, CAPABILITIES + ((MULTIFD,) if multifd else ()))
        source.forget_events()
        self.destination.qmp("migrate-incoming", uri=f"unix:{far}")

    def start(self):
        self.source.qmp("migrate", uri=self.uri)
        return self

    def cancel(self):
        """The source keeps its guest, and the destination exits. QEMU reports "failed" if its
        migration thread notices the closed connection first."""
        self.source.qmp("migrate_cancel")
        self.source.wait_event("MIGRATION", status=("cancelled", "failed"))
        self.wire.cut()
        assert self.destination.wait_exit() != 0

    def wait_held(self):
        """Wait until the wire stops at its point."""
        if self.wire.hold == HANDED_OVER:
            assert self.destination.has_come(), self.destination.messages()
        elif not self.wire.held.wait(PATIENCE):
            raise AssertionError(f"the migration did not reach {self.wire.hold}: "
                                 f"{self.source.qmp('query-migrate')}")

    def wait_failed(self):
        """Returns the error with which the source kept its guest."""
        return wait_end(self.source, "failed").get("error-desc", "")

    def complete(self):
        """Returns QEMU's information about the migration, after the source has quit."""
        told = wait_end(self.source, "completed", self.destination)
        assert self.destination.has_come(), self.destination.messages()
        self.source.quit()
        return told
