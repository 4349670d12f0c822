# SPDX-License-Identifier: GPL-2.0-only
"""Bursts of bytes through the card's ports; guest/mtty_burst.c does the work."""

import re
import time

from nested import PATIENCE, PORTS, GuestError

LOG = "/run/burst.log"
# The program is to tell of a silent port before we lose patience with it.
PROGRAM = f"mtty_burst -s {PATIENCE // 2}"
# Many times what the FIFO holds, so that a port has always something on its way,
# and little enough that the guest's interrupt handler now and then comes to an end.
RUNNING_BURST = 64
DAMAGE = ("lost", "duplicated", "reordered", "corrupted", "foreign",
          "overruns", "dropped", "stalls")


def reports(text):
    """The last line about each port, as {port: {"sent": 1, ...}}."""
    found = {}
    for line in re.findall(r"^/dev/.*$", text, re.M):
        port, *words = line.split()
        found[port] = dict(zip(words[::2], map(float, words[1::2])))
    return found


def complaints(text, total):
    """What in a final report of the program is not as it should be."""
    found = []
    for port in PORTS:
        report = reports(text).get(port, {})
        expected = dict.fromkeys(DAMAGE, 0)
        wrong = {name: report.get(name) for name in DAMAGE if report.get(name) != 0}
        if wrong:
            found.append(f"{port}: expected {expected}, seen {wrong}")
        received, sent = report.get("received", 0), report.get("sent", 0)
        if received != sent or sent < total:
            found.append(f"{port}: expected {total} bytes or more to go and come, "
                         f"seen {sent} and {received}")
    return found


def run(guest, burst, total):
    """A run of its own, on both ports at once."""
    _, text = guest.attempt(f"{PROGRAM} {burst} {total} {' '.join(PORTS)}")
    return text


def start(guest):
    """Keep both ports busy until told to stop; returns when they are."""
    guest.run(f"killall -q -KILL mtty_burst; rm -f {LOG}; "
              f"{PROGRAM} {RUNNING_BURST} 0 {' '.join(PORTS)} >{LOG} 2>&1 & "
              f"until [ -s {LOG} ]; do sleep 0.1; done")


def wait_progress(guest, total):
    """Wait for a report that `total` bytes have come back on each port."""
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
    """The final report. The program waits for what is on its way, or stalls."""
    return guest.run("killall -TERM mtty_burst; "
                     f"while pidof mtty_burst >/dev/null; do sleep 0.5; done; cat {LOG}")


def end_whole(guest):
    """Require that what is on its way still comes, and that every byte has come back.

    An interrupt line that nobody lowers would first show as a guest that is slow, and
    its kernel would give the line up.
    """
    report = stop(guest)
    print(*report.splitlines()[-2:], sep="\n")
    assert complaints(report, RUNNING_BURST) == []
    assert "nobody cared" not in guest.run("dmesg")
