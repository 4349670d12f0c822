# SPDX-License-Identifier: GPL-2.0-only
"""The host's side of the card: the module, its devices, the kernel log."""

import ctypes
import os
import pathlib
import re
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parents[3]
MODULE = PROJECT / "mtty.ko"
PARENT = pathlib.Path("/sys/devices/virtual/mtty/mtty")
DEVICES = pathlib.Path("/sys/bus/mdev/devices")
TYPES = {"mtty-1": ("Single port serial", 24), "mtty-2": ("Dual port serial", 12)}
# A device to start from and one to migrate to
UUIDS = ("83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", "83b8f4f2-509f-382f-3c1e-e6bfe0fa1002")

# Messages that do not count as complaints, although their level or text would: they come
# from other code, because the module is not part of the kernel or the machine is emulated.
EXPECTED = re.compile(
    r"mtty: (loading out-of-tree module|module verification failed)"
    r"|MDEV: (Registered|Unregistering)"
    r"|(Adding to|Removing from) iommu group"
    r"|(kvm: )?kvm \[\d+\]: vcpu|clocksource: |hrtimer: interrupt took|perf: interrupt took"
    r"|TSC found unstable"
    r"|workqueue: .* hogged CPU")
WARNING = 4

# The names in /proc of device files, containers, and files without a name in /dev
USED = re.compile(r"^/dev/(vfio/|iommu)|^anon_inode:.*(vfio-device|mtty)")


def load_command():
    """If the payload has no module, use the one that is installed."""
    return ["insmod", MODULE.name] if MODULE.exists() else ["modprobe", "mtty"]


def load():
    subprocess.run(load_command(), cwd=PROJECT, check=True)


def unload():
    subprocess.run(["rmmod", "mtty"], check=True)


def delete_module():
    """Like rmmod, which would look for users first and not even ask the kernel."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.delete_module(b"mtty", os.O_NONBLOCK):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def create(uuid, kind="mtty-2"):
    (PARENT / "mdev_supported_types" / kind / "create").write_text(uuid)


def remove(uuid):
    (DEVICES / uuid / "remove").write_text("1")


def exists(uuid):
    return (DEVICES / uuid).exists()


def other(uuid):
    """The other one of the two devices."""
    return UUIDS[1 - UUIDS.index(uuid)]


def users():
    """The processes that have a device, its group or a data file open: {pid: names}."""
    found = {}
    for link in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            name = os.readlink(link)
        except OSError:
            continue
        if USED.search(name):
            found.setdefault(int(link.parts[2]), []).append(name)
    return found


class KernelLog:
    """The kernel's messages from now on."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def _records(self):
        while True:
            try:
                record = os.read(self.file, 8192).decode(errors="replace")
            except BlockingIOError:
                return
            head, text = record.split(";", 1)
            yield int(head.split(",")[0]) & 7, text.splitlines()[0]

    def complaints(self):
        """Warnings, errors and messages that name the module, since the last call."""
        return [text for level, text in self._records()
                if (level <= WARNING or "mtty" in text) and not EXPECTED.search(text)]
