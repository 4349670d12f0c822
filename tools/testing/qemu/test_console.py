# SPDX-License-Identifier: GPL-2.0-only
"""A port as the console of a guest's kernel: all messages go out, and nothing waits.

QEMU's trace of the accesses to the port shows both: the bytes written to THR are the
messages, and a writer that waits would read LSR again and again.
"""

import contextlib
import re
import time

from nested import SLOT, VIRTIO, Guest
from port_trace import OPTIONS, Sent, wait_sent

# With SeaBIOS, the BAR has an address before the kernel starts.
SEABIOS = ("-bios", "bios-256k.bin")
LINES = 20
# The console on the machine's own port: a driver has only one, and earlycon gets the card.
PLAIN = VIRTIO[0]


@contextlib.contextmanager
def booted(uuid, words, *options):
    """A guest whose kernel gets these arguments; prints how long it takes to boot."""
    start = time.monotonic()
    guest = Guest(uuid, *options, channel=(words, *VIRTIO[1:]))
    try:
        guest.wait_ready()
        print(f"booted in {time.monotonic() - start:.1f} s with {words}")
        yield guest
    finally:
        guest.quit()


def test_kernel_console_on_a_port_sends_every_message_and_waits_for_nothing(free_uuid):
    with booted(free_uuid, PLAIN):
        pass
    with booted(free_uuid, "console=ttyS1,115200 loglevel=7 printk.time=0", *OPTIONS) as guest:
        guest.run(f"for i in $(seq {LINES}); do echo line $i of {LINES} >/dev/kmsg; done")
        sent = wait_sent(guest.log, f"line {LINES} of {LINES}\r\n", guest.require_running)
    print(f"{len(sent.text)} bytes sent, LSR read {sent.polls} times")
    assert sent.text.count("Linux version") == 1
    # The guest's init has the console open, and its tty echoes what the plug sends back.
    lines = dict.fromkeys(re.findall(rf"line (\d+) of {LINES}\r\n", sent.text))
    assert list(lines) == [str(number) for number in range(1, LINES + 1)]
    assert sent.polls <= 2 * len(sent.text)


def address_of_the_first_port(guest):
    card, = (device for bus in guest.qmp("query-pci") for device in bus["devices"]
             if f"{device['slot']:02x}.{device['function']}" == SLOT)
    return card["regions"][0]["address"]


def test_earlycon_on_a_port_sends_what_the_kernel_says_first(free_uuid):
    with booted(free_uuid, PLAIN, *SEABIOS) as guest:
        address = address_of_the_first_port(guest)
    words = f"{PLAIN} earlycon=uart8250,io,{address:#x},115200 loglevel=7 printk.time=0"
    with booted(free_uuid, words, *SEABIOS, *OPTIONS) as guest:
        sent = Sent(guest.log)
    print(f"{len(sent.text)} bytes sent, LSR read {sent.polls} times")
    for said_early in "APIC: ", "Hypervisor detected", "bootconsole [uart8250] disabled\r\n":
        assert said_early in sent.text
    assert sent.polls <= 2 * len(sent.text)
