# SPDX-License-Identifier: GPL-2.0-only
"""Faults that the host causes while a guest is at work."""

import contextlib
import errno
import itertools
import os
import re
import resource
import threading

import pytest

import bursts
import host
import vfio
from nested import CARD, PATIENCE, PORTS, SYSFS


def unplug(guest):
    """Remove the device while the guest uses it, as another program on the host may do."""
    guest.forget_events()
    removal = threading.Thread(target=host.remove, args=[guest.uuid], daemon=True)
    removal.start()
    guest.wait_event("DEVICE_DELETED", device=[CARD])
    removal.join(PATIENCE)
    assert not removal.is_alive(), "expected the removal to end, but it still waits"


def test_removing_the_device_unplugs_it_from_the_running_guest(stage):
    guest = stage.guest
    bursts.start(guest)
    try:
        unplug(guest)
        assert host.users() == {}
        assert not host.exists(guest.uuid)
        assert guest.attempt(f"test -e {SYSFS}")[0] != 0
        ports = guest.attempt("setserial -g /dev/ttyS1 /dev/ttyS2")[1]
        print(ports)
        assert "16550A" not in ports
    finally:
        guest.quit()

    host.create(guest.uuid)
    assert vfio.differences_from_new(guest.uuid) == []


def test_card_works_after_the_monitor_unplugs_and_plugs_it(stage):
    guest = stage.guest
    bursts.start(guest)
    guest.forget_events()
    guest.qmp("device_del", id=CARD)
    guest.wait_event("DEVICE_DELETED", device=[CARD])
    assert host.users() == {}
    assert vfio.differences_from_new(guest.uuid) == []

    guest.plug()
    guest.run(f"until [ $(setserial -g {' '.join(PORTS)} 2>&1 | grep -c 16550A) = 2 ]; "
              "do sleep 0.1; done")
    text = bursts.run(guest, 64, 2048)
    print(text)
    assert bursts.complaints(text, 2048) == []


def test_module_stays_while_a_guest_uses_it(stage):
    bursts.start(stage.guest)
    with pytest.raises(OSError) as refusal:
        host.delete_module()
    assert refusal.value.errno in (errno.EBUSY, errno.EWOULDBLOCK)
    bursts.end_whole(stage.guest)


@contextlib.contextmanager
def descriptors_left(process, count):
    """Limit a process so that it can open only that many more files."""
    before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    used = set(map(int, os.listdir(f"/proc/{process.pid}/fd")))
    free = (fd for fd in itertools.count() if fd not in used)
    limit = next(itertools.islice(free, count, None))
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (limit, before[1]))
    yield
    if process.poll() is None:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)


# The one file that is left is the migration's socket; the next is the card's data file.
@pytest.mark.parametrize("side, state", [("source", "PRE_COPY"), ("destination", "RESUMING")])
def test_migration_fails_cleanly_without_a_descriptor_for_the_card(stage, side, state):
    bursts.start(stage.guest)
    migration = stage.prepare_move()
    victim = getattr(migration, side)
    with descriptors_left(victim.process, 1):
        migration.start()
        reason = migration.wait_failed()
        assert migration.destination.wait_exit() != 0
    said = reason + victim.messages()
    print(said)
    assert re.search(f"Failed setting device state to {state}.*Too many open files", said)
    assert set(host.users()) == {stage.guest.process.pid}
    assert vfio.differences_from_new(stage.free_uuid) == []

    migration = stage.start_move()
    migration.complete()
    stage.moved(migration)
    bursts.end_whole(stage.guest)
