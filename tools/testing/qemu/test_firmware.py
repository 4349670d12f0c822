# SPDX-License-Identifier: GPL-2.0-only
"""UEFI firmware, which uses every 16550 on a PCI card as a console without being asked.

What it prints on a port comes back as if somebody had typed it. It takes the first ESC
for the key of its setup menu, so the menu is what it starts, and no test can make it start
anything else.
"""

import contextlib
import re
import shutil
import subprocess
import time

import vfio
from nested import PATIENCE, RELEASE, card
from port_trace import OPTIONS, wait_sent

OVMF = "/usr/share/OVMF/OVMF_{}_4M.fd"
# The start of the last line; the line before it is complete once this has been sent.
STARTED = "BdsDxe: starting Boot0000"


@contextlib.contextmanager
def firmware(uuid, workdir):
    """Firmware as on a user's machine, with the card as its only console. It runs under TCG,
    because KVM in an emulated host does not get through it."""
    shutil.copyfile(OVMF.format("VARS"), workdir / "variables")
    command_line = [
        RELEASE, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35",
        "-accel", "tcg", "-m", "256", *OPTIONS,
        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF.format('CODE')}",
        "-drive", f"if=pflash,unit=1,format=raw,file={workdir}/variables",
        *vfio.way.qemu_objects, "-device", card(uuid, {}),
    ]
    with (workdir / "log").open("wb") as log:
        process = subprocess.Popen(command_line, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def require_running(process, log):
    assert process.poll() is None, log.read_text()


def test_uefi_prints_on_a_port_and_does_not_wait_for_a_reader(free_uuid, tmp_path):
    start = time.monotonic()
    with firmware(free_uuid, tmp_path) as process:
        log = tmp_path / "log"
        sent = wait_sent(log, STARTED, lambda: require_running(process, log))
    print(f"the boot manager finished after {time.monotonic() - start:.1f} s, "
          f"{len(sent.text)} bytes sent")
    assert re.search(r'BdsDxe: loading Boot0000 "UiApp" from Fv\([-0-9A-F]+\)/'
                     r"FvFile\([-0-9A-F]+\)\r\n", sent.text)
