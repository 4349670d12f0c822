# SPDX-License-Identifier: GPL-2.0-only
"""The card as the nested guest's kernel and tools see it."""

import re

from nested import SLOT, SYSFS
from vfio import RESET_CONFIG

# What the guest sets itself: the command register (I/O on), addresses, the interrupt line
COMMAND, BARS, INTERRUPT_LINE = 4, range(0x10, 0x18), 0x3c

LSPCI_LINES = [
    r"00:05\.0 Serial controller: Device 4348:3253 \(rev 10\) \(prog-if 02 \[16550\]\)",
    r"\tSubsystem: Device 4348:3253",
    r"\tPhysical Slot: 5",
    r"\tControl: I/O\+ Mem- BusMaster- SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- "
    r"FastB2B- DisINTx-",
    r"\tStatus: Cap- 66MHz- UDF- FastB2B- ParErr- DEVSEL=medium >TAbort- <TAbort- <MAbort- "
    r">SERR- <PERR- INTx-",
    r"\tInterrupt: pin A routed to IRQ \d+",
    r"\tRegion 0: I/O ports at [0-9a-f]{4} \[size=8\]",
    r"\tRegion 1: I/O ports at [0-9a-f]{4} \[size=8\]",
    r"\tKernel driver in use: serial",
]


def test_configuration_space_matches_the_documentation(guest):
    path = f"{SYSFS}/config"
    seen = bytearray.fromhex(guest.run(f"xxd -p -l 64 {path}"))
    seen[COMMAND] &= ~1
    seen[INTERRUPT_LINE] = 0
    for bar in BARS:
        seen[bar] = RESET_CONFIG[bar] if bar % 4 else seen[bar] & 7
    assert seen.hex(" ", 16) == RESET_CONFIG.hex(" ", 16)


def test_lspci_prints_the_lines_of_the_documentation(guest):
    lines = guest.run(f"lspci -s 00:{SLOT} -vv").rstrip().splitlines()
    print(*lines, sep="\n")
    assert len(lines) == len(LSPCI_LINES)
    for line, expected in zip(lines, LSPCI_LINES):
        assert re.fullmatch(expected, line)


def test_guest_kernel_finds_two_16550a(guest):
    found = re.findall(rf"0000:00:{SLOT}: (ttyS\d) .*\(irq = \d+, base_baud = 115200\) "
                       r"is a 16550A", guest.run("dmesg"))
    assert found == ["ttyS1", "ttyS2"]


def test_setserial_finds_two_16550a(guest):
    ports = guest.run("setserial -g /dev/ttyS1 /dev/ttyS2")
    print(ports)
    found = re.findall(r"^(/dev/ttyS\d), UART: 16550A, Port: 0x([0-9a-f]{4}), IRQ: (\d+)$",
                       ports, re.M)
    assert [port for port, _, _ in found] == ["/dev/ttyS1", "/dev/ttyS2"]
    addresses = [int(address, 16) for _, address, _ in found]
    assert addresses[1] - addresses[0] == 8
    assert found[0][2] == found[1][2]
