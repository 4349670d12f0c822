# SPDX-License-Identifier: GPL-2.0-only
"""A nested guest: a QEMU with the card in it, its monitor, and a way to run commands."""

import asyncio
import contextlib
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

from qemu.qmp import ExecInterruptedError, QMPError, StateError
from qemu.qmp.legacy import QEMUMonitorProtocol

import host
import vfio

GUEST = host.PROJECT / "guest"
CARD = "card"
SLOT = "05.0"
PORTS = ("/dev/ttyS1", "/dev/ttyS2")
# With a debug kernel on a busy machine; nothing is judged by it.
PATIENCE = 600


class GuestError(Exception):
    """The guest, or its QEMU, did not do what it was told."""


def processor_khz():
    # Two emulations deep the guest's kernel cannot measure its clock.
    text = pathlib.Path("/proc/cpuinfo").read_text()
    return round(float(re.search(r"^cpu MHz\s*: (.*)$", text, re.M)[1]) * 1000)


def command_line(uuid, workdir, kvm_intx, *options):
    """A machine without anything that is not needed; qboot takes no time to start.
    Memory that the guest has freed is zero, so that it takes no time to migrate. A guest
    that resets itself ends, so that nobody wonders about a card that is as new.

    kvm_intx: KVM's shortcut for INTx does not survive a migration. The QEMU at the
    destination sets it up for the interrupt that a machine has after a reset, and does
    not look again when it has loaded the guest's.
    """
    return [
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-machine", "pc,vmport=off,hpet=off", "-bios", "qboot.rom",
        "-accel", "kvm", "-accel", "tcg", "-cpu", "qemu64", "-m", "64",
        "-kernel", str(GUEST / "vmlinux"), "-initrd", str(GUEST / "initramfs.cpio"),
        "-append", "console=ttyS0 quiet init_on_free=1 tsc=reliable "
                   f"tsc_early_khz={processor_khz()}",
        "-chardev", f"socket,id=console,path={workdir}/console,server=on,wait=off,"
                    f"logfile={workdir}/console.log",
        "-serial", "chardev:console",
        *vfio.way.qemu_objects,
        "-device", f"vfio-pci,id={CARD},sysfsdev={host.DEVICES}/{uuid},enable-migration=on,"
                   f"x-no-kvm-intx={'off' if kvm_intx else 'on'},addr={SLOT}"
                   f"{vfio.way.qemu_properties}",
        *options,
    ]


class Agent:
    """Runs commands in the guest; the other end is guest/agent."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(PATIENCE)
        self.stream = connection.makefile("rb")

    def wait_ready(self):
        if self.stream.readline() != b"ready\n":
            raise GuestError("the guest ended before it was up")

    def run(self, command):
        self.connection.sendall(command.encode() + b"\n")
        head = self.stream.readline().split()
        if not head:
            raise GuestError(f"the guest ended during: {command}")
        output = self.stream.read(int(head[1])).decode(errors="replace")
        return int(head[0]), output


class Guest:
    """One QEMU process. With options=("-incoming", "defer") it waits for its guest."""

    living = set()

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
        Guest.living.add(self)
        qemu_monitor.close()
        qemu_agent.close()
        self.agent = Agent(agent)
        self.monitor = QEMUMonitorProtocol(monitor)
        self._connect()

    def _connect(self):
        try:
            self.monitor.connect()
            self.monitor.settimeout(PATIENCE)
        except QMPError:
            self._gone()
            raise GuestError(f"QEMU did not start:\n{self.messages()}") from None

    def messages(self):
        """What QEMU and the guest's console said."""
        logs = (self.log, self.workdir / "console.log")
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def last_words(self):
        """Why QEMU ended, or why its guest stopped, as far as it has told."""
        events = []
        with contextlib.suppress(asyncio.TimeoutError, QMPError, OSError, EOFError):
            while True:
                events.append(self.monitor.pull_event(wait=1.0))
        return f"{events}\n{self.messages()}"

    @contextlib.contextmanager
    def _last_words_of(self, *errors):
        """An error that tells that the guest is lost is to tell why as well."""
        try:
            yield
        except errors as error:
            raise GuestError(f"{error}\n{self.last_words()}") from None

    def wait_ready(self):
        with self._last_words_of(GuestError):
            self.agent.wait_ready()

    def attempt(self, command):
        """Status and output of a command."""
        try:
            with self._last_words_of(GuestError):
                return self.agent.run(command)
        except TimeoutError:
            raise GuestError(f"no answer in {PATIENCE} s to: {command}\n"
                             f"{self.processor_and_interrupts()}") from None

    def run(self, command):
        """Output of a command that has to succeed."""
        status, output = self.attempt(command)
        if status:
            raise GuestError(f"status {status} of: {command}\n{output}")
        return output

    def qmp(self, command, **arguments):
        with self._last_words_of(StateError, ExecInterruptedError):
            return self.monitor.cmd(command, **arguments)

    def processor_and_interrupts(self):
        """What tells a guest that is slow from one that hangs, and where."""
        return "\n".join(self.qmp("human-monitor-command", **{"command-line": command})
                         for command in ("info status", "info irq", "info pic",
                                         "info registers"))

    def forget_events(self):
        """Those of an earlier migration would be taken for those of the next."""
        self.monitor.clear_events()

    def wait_event(self, name, **choices):
        """Wait for an event whose data are among the choices; returns its data."""
        end = time.monotonic() + PATIENCE
        seen = []
        while self.alive() and time.monotonic() < end:
            try:
                event = self.monitor.pull_event(wait=1.0)
            except asyncio.TimeoutError:
                continue
            data = event.get("data", {})
            seen.append((event["event"], data))
            if event["event"] == name and all(data[key] in choices[key] for key in choices):
                return data
        raise GuestError(f"no event {name} {choices}, but {seen} and {self.last_words()}")

    def has_come(self):
        """Whether a guest that was to migrate here runs, once that is settled; QEMU
        ends if it could not load the guest."""
        end = time.monotonic() + PATIENCE
        while self.alive():
            if time.monotonic() > end:
                raise GuestError(f"neither running nor gone in {PATIENCE} s:\n{self.messages()}")
            try:
                # Not qmp(): a QEMU that has gone is an answer here.
                status = self.monitor.cmd("query-status")
                if status["running"]:
                    return True
                if status["status"] == "internal-error":
                    raise GuestError(self.messages())
            except QMPError:
                self.process.wait(PATIENCE)
            time.sleep(0.1)
        self._gone()
        return False

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """As a crash would: no clean-up but the kernel's."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    @staticmethod
    def kill_all():
        for guest in list(Guest.living):
            guest.kill()

    def quit(self):
        if self.alive():
            self.process.terminate()
        self._gone()

    def wait_exit(self):
        status = self.process.wait(PATIENCE)
        self._gone()
        return status

    def _gone(self):
        self.process.wait(PATIENCE)
        Guest.living.discard(self)
        # Whatever QEMU left unsaid comes up once, and only then is it closed.
        for _ in range(2):
            with contextlib.suppress(QMPError, OSError, EOFError):
                self.monitor.close()
        self.agent.connection.close()
