# SPDX-License-Identifier: GPL-2.0-only
"""The bytes sent to the card's first port, from QEMU's trace of the accesses to it."""

import re
import time

from nested import PATIENCE

OPTIONS = ("-trace", "vfio_region_read", "-trace", "vfio_region_write")
THR_WRITE = re.compile(r"^vfio_region_write .*:region0\+0x0, 0x([0-9a-f]+), 1\)$", re.M)
LSR_READ = re.compile(r"^vfio_region_read .*:region0\+0x5, 1\)", re.M)


class Sent:
    """The bytes written to THR so far, and how often LSR was read."""

    def __init__(self, log):
        trace = log.read_text(errors="replace")
        self.text = bytes(int(byte, 16) for byte in THR_WRITE.findall(trace)).decode(errors="replace")
        self.polls = len(LSR_READ.findall(trace))


def wait_sent(log, text, require_guest):
    """Wait until this text has been sent; returns all that was sent. require_guest() must
    raise an error when nothing more can come."""
    end = time.monotonic() + PATIENCE
    while text not in (sent := Sent(log)).text:
        require_guest()
        assert time.monotonic() < end, f"expected {text!r}, seen {sent.text[-2000:]!r}"
        time.sleep(0.5)
    return sent
