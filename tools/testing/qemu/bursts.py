# SPDX-License-Identifier: GPL-2.0-only
"""Bursts of bytes through the card's ports; guest/mtty_burst.c does the work."""

import re
import time

from nested import PORTS, GuestError

LOG = "/run/burst.log"
# Many times what the FIFO holds, so that a port has always something on its way,
# and little enough that the guest's interrupt handler now and then comes to an end.
RUNNING_BURST = 256
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
    _, text = guest.agent.run(f"mtty_burst {burst} {total} {' '.join(PORTS)}", timeout=300)
    return text


def start(guest):
    """Keep both ports busy until told to stop."""
    guest.run("killall -q -KILL mtty_burst; "
              f"mtty_burst {RUNNING_BURST} 0 {' '.join(PORTS)} >{LOG} 2>&1 & true")


def progress(guest):
    """Bytes that have come back on the slower port."""
    now = reports(guest.run(f"tail -n 4 {LOG}"))
    return min(now.get(port, {}).get("received", 0) for port in PORTS)


def wait_progress(guest, total, timeout=180):
    """Wait for a report that `total` bytes have come back on each port."""
    end = time.monotonic() + timeout
    while (seen := progress(guest)) < total:
        if time.monotonic() > end or guest.agent.run("pidof mtty_burst")[0]:
            raise GuestError(f"expected {total} bytes on each port in {timeout} s, seen {seen}: "
                             + guest.run(f"tail {LOG}"))
        time.sleep(1)


def stop(guest):
    """The final report. The program waits for what is on its way, or stalls."""
    return guest.run("killall -TERM mtty_burst; "
                     f"while pidof mtty_burst >/dev/null; do sleep 0.5; done; cat {LOG}")
