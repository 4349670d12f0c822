# SPDX-License-Identifier: GPL-2.0-only
"""Live migration between two QEMUs of this host, with switchover-ack."""

from nested import PATIENCE, Guest, GuestError
from wire import HANDED_OVER, Wire

# For switchover-ack, both cards or none have to offer PRE_COPY: QEMU's destination waits for
# a message that a source without PRE_COPY never sends.
WITHOUT_ACK = ("events", "return-path")
CAPABILITIES = (*WITHOUT_ACK, "switchover-ack")
WITH_MULTIFD = (*CAPABILITIES, "multifd")

# QEMU stops the guest when what is left fits into its downtime limit of 300 ms. It measures
# how much that is; in an emulated machine that has other things to do, it can be less than a
# busy guest dirties meanwhile, and the migration never ends. With this bandwidth, it is a
# megabyte.
BANDWIDTH = 4 << 20


def set_capabilities(guest, names=CAPABILITIES):
    guest.qmp("migrate-set-capabilities", capabilities=[
        {"capability": name, "state": name in names} for name in WITH_MULTIFD])


def set_parameters(guest, **parameters):
    """Names are QEMU's, but for the dash. Returns what QEMU has been told."""
    told = {name.replace("_", "-"): value for name, value in parameters.items()}
    guest.qmp("migrate-set-parameters", **told)
    return told


def wait_end(guest, status, other=None):
    """Wait until the guest's migration is over, and require that it ended with that status.
    Returns QEMU's information about it."""
    try:
        seen = guest.wait_event("MIGRATION", status=("completed", "failed"))["status"]
    except GuestError as error:
        raise GuestError(f"{error}\n{guest.qmp('query-migrate')}") from None
    told = guest.qmp("query-migrate")
    messages = "".join(side.messages() for side in (guest, other) if side)
    assert seen == status, f"expected {status}, seen {told}\n{messages}"
    return told


def save(guest, path):
    """Save a copy of the guest to a file; the guest itself continues."""
    set_capabilities(guest, ("events",))
    set_parameters(guest, avail_switchover_bandwidth=BANDWIDTH)
    guest.forget_events()
    guest.qmp("migrate", uri=f"file:{path}")
    wait_end(guest, "completed")
    guest.qmp("cont")


def incoming(uuid, *options, **choices):
    """A QEMU that waits for an incoming migration."""
    return Guest(uuid, "-incoming", "defer", *options, **choices)


def restore(uuid, path, **choices):
    """A guest from a file of save(), which spares the time to boot one."""
    guest = incoming(uuid, **choices)
    guest.qmp("migrate-incoming", uri=f"file:{path}")
    assert guest.has_come(), guest.messages()
    return guest


class Migration:
    """A migration that is ready to start; complete() waits for its end. With multifd
    there is no wire, because a wire carries only one connection."""

    def __init__(self, source, destination, hold=None, capabilities=CAPABILITIES):
        self.source = source
        self.destination = destination
        near, far = (self.destination.workdir / name for name in ("near", "far"))
        self.wire = None if capabilities == WITH_MULTIFD else Wire(near, far, hold)
        self.uri = f"unix:{near if self.wire else far}"
        for guest in (self.destination, source):
            set_capabilities(guest, capabilities)
        set_parameters(source, avail_switchover_bandwidth=BANDWIDTH)
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
