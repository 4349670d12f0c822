# SPDX-License-Identifier: GPL-2.0-only
"""Bursts of bytes through the card's ports, run by guest/mtty_burst.c."""

import re
import time

from nested import PATIENCE, PORTS, GuestError

LOG = "/run/burst.log"
# The program must report a silent port before our own timeout ends.
PROGRAM = f"mtty_burst -s {PATIENCE // 2}"
# Several times the FIFO's size, so that a port mostly has bytes in flight, but small
# enough that the guest's interrupt handler returns now and then.
RUNNING_BURST = 64
DAMAGE = ("lost", "duplicated", "reordered", "corrupted", "foreign",
          "overruns", "dropped", "stalls")


def reports(text):
    """The last line of each port, as {port: {"sent": 1, ...}}."""
    found = {}
    for line in re.findall(r"^/dev/.*$", text, re.M):
        port, *words = line.split()
        found[port] = dict(zip(words[::2], map(float, words[1::2])))
    return found


def complaints(text, total):
    """What is wrong in the program's final report, as lines."""
    found = []
    for port in PORTS:
        report = reports(text).get(port, {})
        expected = dict.fromkeys(DAMAGE, 0)
        wrong = {name: report.get(name) for name in DAMAGE if report.get(name) != 0}
        if wrong:
            found.append(f"{port}: expected {expected}, seen {wrong}")
        received, sent = report.get("received", 0), report.get("sent", 0)
        if received != sent or sent < total:
            found.append(f"{port}: expected at least {total} bytes sent and received, "
                         f"seen {sent} and {received}")
    return found


def run(guest, burst, total):
    """Run the program to its end, on both ports at once; returns its output."""
    _, text = guest.attempt(f"{PROGRAM} {burst} {total} {' '.join(PORTS)}")
    return text


def start(guest):
    """Keep both ports busy until stop() is called; returns once they are busy."""
    guest.run(f"killall -q -KILL mtty_burst; rm -f {LOG}; "
              f"{PROGRAM} {RUNNING_BURST} 0 {' '.join(PORTS)} >{LOG} 2>&1 & "
              f"until [ -s {LOG} ]; do sleep 0.1; done")


def wait_progress(guest, total):
    """Wait until `total` bytes have come back on each port."""
    end = time.monotonic() + PATIENCE
    while True:
        status, text = guest.attempt(f"tail -n 4 {LOG}; pidof mtty_burst >/dev/null")
        seen = reports(text)
        if min(seen.get(port, {}).get("received", 0) for port in PORTS) >= total:
            return
        if status or time.monotonic() > end:
            raise GuestError(f"expected {total} bytes on each port in {PATIENCE} s, seen "
                             f"{text}\n{guest.processor_and_interrupts()}")
        time.sleep(1)


def stop(guest):
    """Returns the final report, once all bytes in flight have come back or a port stalls."""
    return guest.run("killall -TERM mtty_burst; "
                     f"while pidof mtty_burst >/dev/null; do sleep 0.5; done; cat {LOG}")


def end_whole(guest):
    """Stop, and require that every byte has come back, including those in flight.

    If nobody lowers the interrupt line, the guest becomes slow at first, and then its
    kernel disables the line.
    """
    report = stop(guest)
    print(*report.splitlines()[-2:], sep="\n")
    assert complaints(report, RUNNING_BURST) == []
    assert "nobody cared" not in guest.run("dmesg")
