# SPDX-License-Identifier: GPL-2.0-only
"""Further libvirt daemons beside the machine's own, and a guest that they run."""

import contextlib
import os
import pathlib
import shlex
import socket
import subprocess
import tempfile
import time

from nested import GUEST, MACHINE, PATIENCE, SLOT, Agent, Commands, GuestError, processor_khz

SYSTEM = "qemu:///system"
# The directories that a libvirtd would share with another one. QEMU's capabilities are
# not among them, because it takes libvirtd a minute to find them out.
STATE = ("/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/log/libvirt")
# QEMU needs no confinement, because the lab's machine is expendable, and must read the
# payload's files.
QEMU_CONF = """\
user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""
LIBVIRTD_CONF = """\
unix_sock_dir = "{run}"
auth_unix_rw = "none"
host_uuid = "{uuid}"
"""


def virsh(*command, uri=SYSTEM):
    run = subprocess.run(["virsh", "-q", "-c", uri, *map(str, command)], text=True,
                         capture_output=True, timeout=PATIENCE)
    assert run.returncode == 0, f"{shlex.join(run.args)}: {run.stderr}"
    return run.stdout


class Daemon:
    """A libvirtd with a host name, sockets and state of its own."""

    def __init__(self, name, uuid):
        # The machine's systemd registers the domains of both, so their names must differ.
        self.domain = f"mtty-{name}"
        self.workdir = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        own = {directory: self.workdir / directory.replace("/", "_") for directory in STATE}
        for directory in own.values():
            directory.mkdir()
        (own["/etc/libvirt"] / "qemu.conf").write_text(QEMU_CONF)
        (own["/etc/libvirt"] / "libvirtd.conf").write_text(
            LIBVIRTD_CONF.format(run=self.workdir, uuid=uuid))
        binds = " && ".join(f"mkdir -p {theirs} && mount --bind {ours} {theirs}"
                            for theirs, ours in own.items())
        self.log = self.workdir / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--uts", "sh", "-c",
                 f"hostname {name} && {binds} && exec libvirtd --pid-file {self.workdir}/pid"],
                stdout=log, stderr=log)
        self.uri = f"qemu+unix:///system?socket={self.workdir}/libvirt-sock"
        self._wait_ready()

    def _wait_ready(self):
        end = time.monotonic() + PATIENCE
        while not (self.workdir / "libvirt-sock").exists():
            assert self.process.poll() is None and time.monotonic() < end, self.messages()
            time.sleep(0.2)

    def messages(self):
        logs = (self.log, *self.workdir.glob("_var_log_libvirt/qemu/*.log"))
        return "".join(log.read_text(errors="replace") for log in logs)

    def virsh(self, *command):
        try:
            return virsh(*command, uri=self.uri)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.messages()}") from None

    def destroy(self):
        with contextlib.suppress(AssertionError):
            self.virsh("destroy", self.domain)

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


class Domain(Commands):
    """A guest with a card, as a libvirt domain."""

    def __init__(self, daemon, uuid):
        self.daemon = daemon
        self.uuid = uuid
        self.socket = daemon.workdir / "agent"
        self.agent = None

    def xml(self, name):
        kind = "kvm" if os.path.exists("/dev/kvm") else "qemu"
        return f"""\
<domain type='{kind}' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>{name}</name>
  <uuid>5f8a2c3e-7d41-4c0f-9d5b-6a1e2f3b4c5d</uuid>
  <memory unit='MiB'>64</memory>
  <os>
    <type arch='x86_64' machine='{MACHINE}'>hvm</type>
    <loader readonly='yes' type='rom'>/usr/share/qemu/qboot.rom</loader>
    <kernel>{GUEST}/vmlinux</kernel>
    <initrd>{GUEST}/initramfs.cpio</initrd>
    <cmdline>console=ttyS0 quiet tsc=reliable tsc_early_khz={processor_khz()}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact' check='none'><model>qemu64</model></cpu>
  <devices>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    <serial type='file'><source path='{self.daemon.workdir}/console.log'/></serial>
    <channel type='unix'>
      <source mode='bind' path='{self.socket}'/>
      <target type='virtio' name='agent'/>
    </channel>
    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>
      <source><address uuid='{self.uuid}'/></source>
      <alias name='ua-card'/>
      <address type='pci' domain='0' bus='0' slot='{SLOT.split(".")[0]}' function='0'/>
    </hostdev>
  </devices>
  <qemu:override>
    <qemu:device alias='ua-card'>
      <qemu:frontend>
        <qemu:property name='enable-migration' type='string' value='on'/>
        <qemu:property name='x-no-kvm-intx' type='bool' value='true'/>
      </qemu:frontend>
    </qemu:device>
  </qemu:override>
</domain>
"""

    def write_xml(self, name):
        path = self.daemon.workdir / "domain.xml"
        path.write_text(self.xml(name))
        return path

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.socket))
        self.agent = Agent(connection, self._require_guest)

    def start(self):
        self.daemon.virsh("create", self.write_xml(self.daemon.domain))
        self.connect()
        self.agent.wait_ready()
        return self

    def attempt(self, command):
        return self.agent.run(command)

    def _require_guest(self):
        state = self.daemon.virsh("domstate", self.daemon.domain).strip()
        if state != "running":
            raise GuestError(f"the guest is lost: {state}\n{self.daemon.messages()}")

    def processor_and_interrupts(self):
        return self.daemon.virsh("qemu-monitor-command", self.daemon.domain, "--hmp",
                                 "info registers")

    def move(self, daemon, uuid):
        """Migrate live to that daemon, and return the domain there. The XML for the
        destination has to use the domain's name at the source."""
        there = Domain(daemon, uuid)
        self.agent.connection.close()
        self.daemon.virsh("migrate", "--live", self.daemon.domain, daemon.uri,
                          "--dname", daemon.domain,
                          "--xml", there.write_xml(self.daemon.domain),
                          "--migrateuri", "tcp://127.0.0.1")
        there.connect()
        return there
