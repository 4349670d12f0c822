# SPDX-License-Identifier: GPL-2.0-only
"""A nested guest: a QEMU with the card in it, its monitor, and a way to run commands."""

import asyncio
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

from qemu.qmp import QMPError
from qemu.qmp.legacy import QEMUMonitorProtocol

import host

GUEST = host.PROJECT / "guest"
SLOT = "05.0"
PORTS = ("/dev/ttyS1", "/dev/ttyS2")
BOOT_TIMEOUT = 180


class GuestError(Exception):
    """The guest, or its QEMU, did not do what it was told."""


def processor_khz():
    # Two emulations deep the guest's kernel cannot measure its clock.
    text = pathlib.Path("/proc/cpuinfo").read_text()
    return round(float(re.search(r"^cpu MHz\s*: (.*)$", text, re.M)[1]) * 1000)


def command_line(uuid, workdir, kvm_intx, *options):
    """A machine without anything that is not needed; qboot takes no time to start.

    kvm_intx: KVM's shortcut for INTx does not survive a migration. The QEMU at the
    destination sets it up for the interrupt that a machine has after a reset, and does
    not look again when it has loaded the guest's.
    """
    return [
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
        "-machine", "pc,vmport=off,hpet=off", "-bios", "qboot.rom",
        "-accel", "kvm", "-accel", "tcg", "-cpu", "qemu64", "-m", "96",
        "-kernel", str(GUEST / "vmlinux"), "-initrd", str(GUEST / "initramfs.cpio"),
        "-append", f"console=ttyS0 quiet tsc=reliable tsc_early_khz={processor_khz()}",
        "-chardev", f"socket,id=console,path={workdir}/console,server=on,wait=off,"
                    f"logfile={workdir}/console.log",
        "-serial", "chardev:console",
        "-device", f"vfio-pci,sysfsdev={host.DEVICES}/{uuid},enable-migration=on,"
                   f"x-no-kvm-intx={'off' if kvm_intx else 'on'},addr={SLOT}",
        *options,
    ]


class Agent:
    """Runs commands in the guest; the other end is guest/agent."""

    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile("rb")

    def wait_ready(self):
        self.connection.settimeout(BOOT_TIMEOUT)
        if self.stream.readline() != b"ready\n":
            raise GuestError("the guest ended before it was up")

    def run(self, command, timeout=180):
        self.connection.settimeout(timeout)
        self.connection.sendall(command.encode() + b"\n")
        head = self.stream.readline().split()
        if not head:
            raise GuestError(f"the guest ended during: {command}")
        output = self.stream.read(int(head[1])).decode(errors="replace")
        return int(head[0]), output


class Guest:
    """One QEMU process. With options=("-incoming", "defer") it waits for its guest."""

    def __init__(self, uuid, *options, kvm_intx=False):
        self.uuid = uuid
        self.workdir = pathlib.Path(tempfile.mkdtemp(prefix="guest-"))
        self.log = self.workdir / "qemu.log"
        monitor, qemu_monitor = socket.socketpair()
        agent, qemu_agent = socket.socketpair()
        fds = (qemu_monitor.fileno(), qemu_agent.fileno())
        self.command_line = command_line(
            uuid, self.workdir, kvm_intx,
            "-chardev", f"socket,id=qmp,fd={fds[0]}", "-mon", "qmp,mode=control",
            "-chardev", f"socket,id=agent,fd={fds[1]}", "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=agent", *options)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command_line, pass_fds=fds,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        qemu_monitor.close()
        qemu_agent.close()
        self.agent = Agent(agent)
        self.monitor = QEMUMonitorProtocol(monitor)
        self._connect()

    def _connect(self):
        try:
            self.monitor.connect()
        except QMPError as error:
            self.process.wait()
            raise GuestError(f"QEMU did not start:\n{self.messages()}") from error

    def messages(self):
        """What QEMU and the guest's console said."""
        logs = (self.log, self.workdir / "console.log")
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def wait_ready(self):
        self.agent.wait_ready()

    def run(self, command, timeout=180):
        """Output of a command that has to succeed."""
        status, output = self.agent.run(command, timeout)
        if status:
            raise GuestError(f"status {status} of: {command}\n{output}")
        return output

    def qmp(self, command, **arguments):
        return self.monitor.cmd(command, **arguments)

    def forget_events(self):
        """Those of an earlier migration would be taken for those of the next."""
        self.monitor.clear_events()

    def wait_event(self, name, timeout=60, **data):
        """Wait for an event of which the given data is part."""
        end = time.monotonic() + timeout
        seen = []
        while (left := end - time.monotonic()) > 0:
            try:
                event = self.monitor.pull_event(wait=left)
            except asyncio.TimeoutError:
                break
            seen.append((event["event"], event.get("data", {})))
            if event["event"] == name and data.items() <= seen[-1][1].items():
                return
        raise GuestError(f"no event {name} {data} in {timeout} s, but {seen}\n{self.messages()}")

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """As a crash would: no clean-up but the kernel's."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def quit(self):
        if self.alive():
            self.process.terminate()
        self._gone()

    def wait_exit(self, timeout=60):
        status = self.process.wait(timeout)
        self._gone()
        return status

    def _gone(self):
        self.process.wait(30)
        try:
            self.monitor.close()
        except (QMPError, OSError, EOFError):
            pass
        self.agent.connection.close()
