# SPDX-License-Identifier: GPL-2.0-only
"""A nested guest: a QEMU with the card, its monitor, and a way to run commands in it."""

import asyncio
import contextlib
import pathlib
import re
import select
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
# The card in the guest's sysfs
SYSFS = f"/sys/bus/pci/devices/0000:00:{SLOT}"
PORTS = ("/dev/ttyS1", "/dev/ttyS2")
# Debian's QEMU, and the newer one of its backports
RELEASE = "qemu-system-x86_64"
BACKPORTS = "/opt/qemu-backports/usr/bin/qemu-system-x86_64"
# Both QEMUs have this machine type, so that a guest can move from one to the other.
MACHINE = "pc-i440fx-10.0"
# The agent's channel: arguments of the guest's kernel, and options of QEMU. A virtio port has
# longer queues in Debian's QEMU than in the one of its backports, which refuses a guest that
# has them. A serial port is slower, and leaves no console.
VIRTIO = ("console=ttyS0", "-serial", "chardev:console", "-device", "virtio-serial-pci",
          "-device", "virtserialport,chardev=agent")
SERIAL = ("console=ttyS0 loglevel=0 agent=ttyS0", "-serial", "chardev:agent")
# Seconds, enough for a debug kernel on a busy machine; no test judges by it.
PATIENCE = 600


class GuestError(Exception):
    """The guest or its QEMU failed, or did not answer."""


def processor_khz():
    # Under two layers of emulation, the guest's kernel cannot measure its clock.
    text = pathlib.Path("/proc/cpuinfo").read_text()
    return round(float(re.search(r"^cpu MHz\s*: (.*)$", text, re.M)[1]) * 1000)


def card(uuid, changes):
    """The card's -device argument. QEMU finds out by itself that the card can migrate, but
    it has to be told if the kernel does not track what the card writes to memory.

    KVM's shortcut for INTx does not survive a migration. The QEMU at the destination sets
    it up for the interrupt that the machine has after a reset, and does not update it after
    loading the guest's.
    """
    properties = {"id": CARD, "sysfsdev": host.DEVICES / uuid, "addr": SLOT,
                  "x-no-kvm-intx": "on", **vfio.way.qemu_properties, **changes}
    if not vfio.logs_dirty_pages(uuid):
        properties.setdefault("enable-migration", "on")
    return ",".join(["vfio-pci", *(f"{name}={properties[name]}" for name in properties)])


def command_line(qemu, workdir, channel, *options):
    """A machine with only what the tests need. qboot starts at once. The guest clears the
    memory that it frees, so that it takes no time to migrate. A guest that resets itself
    ends; otherwise its card, back in the reset state, would look faulty.
    """
    return [
        qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-machine", f"{MACHINE},vmport=off,hpet=off", "-bios", "qboot.rom",
        "-accel", "kvm", "-accel", "tcg", "-cpu", "qemu64", "-m", "64",
        "-kernel", str(GUEST / "vmlinux"), "-initrd", str(GUEST / "initramfs.cpio"),
        "-append", f"quiet {channel[0]} init_on_free=1 tsc=reliable "
                   f"tsc_early_khz={processor_khz()}",
        "-chardev", f"socket,id=console,path={workdir}/console,server=on,wait=off,"
                    f"logfile={workdir}/console.log",
        *channel[1:],
        *vfio.way.qemu_objects,
        *options,
    ]


class Agent:
    """Runs commands in the guest; the other end is guest/agent. require_guest() must raise
    an error when the guest can no longer answer."""

    def __init__(self, connection, require_guest):
        self.connection = connection
        self.require_guest = require_guest
        connection.settimeout(PATIENCE)
        self.stream = connection.makefile("rb")

    def wait_ready(self):
        if self.stream.readline() != b"ready\n":
            raise GuestError("the guest ended before it was up")

    def run(self, command):
        self.connection.sendall(command.encode() + b"\n")
        self._wait_answer()
        head = self.stream.readline().split()
        if not head:
            raise GuestError(f"the guest ended during: {command}")
        output = self.stream.read(int(head[1])).decode(errors="replace")
        return int(head[0]), output

    def _wait_answer(self):
        end = time.monotonic() + PATIENCE
        while not select.select([self.connection], [], [], 5)[0]:
            self.require_guest()
            if time.monotonic() > end:
                raise TimeoutError


class Commands:
    """Commands for any guest that has attempt()."""

    def run(self, command):
        """Output of a command that must succeed."""
        status, output = self.attempt(command)
        if status:
            raise GuestError(f"status {status} of: {command}\n{output}")
        return output


class Guest(Commands):
    """One QEMU process. With options=("-incoming", "defer") it waits for its guest;
    changes are properties of its card, such as {"x-no-kvm-intx": "off"}. Without a uuid
    it has no card."""

    living = set()

    def __init__(self, uuid, *options, qemu=RELEASE, channel=VIRTIO, **changes):
        self.uuid = uuid
        self.qemu = qemu
        self.workdir = pathlib.Path(tempfile.mkdtemp(prefix="guest-"))
        self.log = self.workdir / "qemu.log"
        monitor, qemu_monitor = socket.socketpair()
        agent, qemu_agent = socket.socketpair()
        fds = (qemu_monitor.fileno(), qemu_agent.fileno())
        self.command_line = command_line(
            qemu, self.workdir, channel, *(["-device", card(uuid, changes)] if uuid else []),
            "-chardev", f"socket,id=qmp,fd={fds[0]}", "-mon", "qmp,mode=control",
            "-chardev", f"socket,id=agent,fd={fds[1]}", *options)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command_line, pass_fds=fds,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        Guest.living.add(self)
        qemu_monitor.close()
        qemu_agent.close()
        self.agent = Agent(agent, self.require_running)
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
        """The output of QEMU and of the guest's console."""
        logs = (self.log, self.workdir / "console.log")
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def last_words(self):
        """Why QEMU ended or its guest stopped, as far as QEMU has reported it. A migration
        that does not converge has a new event for each pass, without end."""
        events = []
        end = time.monotonic() + 5
        with contextlib.suppress(asyncio.TimeoutError, QMPError, OSError, EOFError):
            while time.monotonic() < end:
                events.append(self.monitor.pull_event(wait=1.0))
        return f"{events}\n{self.messages()}"

    @contextlib.contextmanager
    def _last_words_of(self, *errors):
        """Add the reason to an error that says that the guest is lost."""
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

    def qmp(self, command, **arguments):
        with self._last_words_of(StateError, ExecInterruptedError):
            return self.monitor.cmd(command, **arguments)

    def plug(self):
        """Put the card back in its slot."""
        said = self.qmp("human-monitor-command",
                        **{"command-line": f"device_add {card(self.uuid, {})}"})
        # Without device dirty tracking, QEMU warns that migration may not be possible.
        if not all(line.startswith("warning: ") for line in said.splitlines()):
            raise GuestError(f"the card cannot be plugged: {said}")

    def require_running(self):
        """If the emulation has broken the guest's processor, QEMU stops and waits for us."""
        self._require_whole(self.qmp("query-status"))

    @staticmethod
    def _require_whole(status):
        if status["status"] == "internal-error":
            raise GuestError("the guest is lost: internal-error")

    def processor_and_interrupts(self):
        """Shows whether a guest is only slow or hangs, and where."""
        return "\n".join(self.qmp("human-monitor-command", **{"command-line": command})
                         for command in ("info status", "info irq", "info pic",
                                         "info registers"))

    def forget_events(self):
        """Otherwise those of an earlier migration would be mistaken for those of the next."""
        self.monitor.clear_events()

    def wait_event(self, name, **choices):
        """Wait for an event whose data match the choices; returns the data."""
        end = time.monotonic() + PATIENCE
        seen = []
        while self.alive() and time.monotonic() < end:
            try:
                event = self.monitor.pull_event(wait=1.0)
            except asyncio.TimeoutError:
                self.require_running()
                continue
            data = event.get("data", {})
            seen.append((event["event"], data))
            if event["event"] == name and all(data[key] in choices[key] for key in choices):
                return data
        raise GuestError(f"no event {name} {choices}, but {seen[-20:]} and {self.last_words()}")

    def has_come(self):
        """Wait until an incoming migration is over; returns whether the guest runs here.
        QEMU exits if it could not load the guest."""
        end = time.monotonic() + PATIENCE
        while self.alive():
            if time.monotonic() > end:
                raise GuestError(f"neither running nor gone in {PATIENCE} s:\n{self.messages()}")
            try:
                # Not qmp(), because a QEMU that is gone is a valid answer here.
                status = self.monitor.cmd("query-status")
                if status["running"]:
                    return True
                with self._last_words_of(GuestError):
                    self._require_whole(status)
            except QMPError:
                self.process.wait(PATIENCE)
            time.sleep(0.1)
        self._gone()
        return False

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """Like a crash: only the kernel cleans up."""
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
        # The first close() may raise an error that was pending; the second one closes.
        for _ in range(2):
            with contextlib.suppress(QMPError, OSError, EOFError):
                self.monitor.close()
        self.agent.connection.close()
