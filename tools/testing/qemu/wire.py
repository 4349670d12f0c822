# SPDX-License-Identifier: GPL-2.0-only
"""The wire between the two sides of a migration.

It forwards the stream, finds the card's data in it, and can stop at a chosen point, so
that a test can interrupt a migration exactly there.
"""

import socket
import struct
import sys
import threading
from typing import NamedTuple

HEADER_SIZE = 24
PORT_SIZE = 36
PORT_COUNT = 26
# What QEMU puts before the two port records: "device data" and their length
PREFIX = struct.pack(">QQ", 0xffffffffef100004, 2 * PORT_SIZE)
STATE_SIZE = len(PREFIX) + 2 * PORT_SIZE
# The same for a card without PRE_COPY, whose header is in front of the records
WHOLE = struct.pack(">QQ", 0xffffffffef100004, HEADER_SIZE + 2 * PORT_SIZE)
START, HEADER, STATE = "start", "header", "state"
# The bytes with which each part begins
MARKS = {START: b"", HEADER: struct.pack("<Q", 0x7e9d09898c3e2c4e), STATE: PREFIX}


class Point(NamedTuple):
    """A number of bytes after the beginning of a mark."""

    mark: str
    offset: int


# The card's header has been forwarded, and the guest still runs; the card's state has been
# read, but not forwarded; everything has been forwarded, but no answer comes back.
PRE_COPY = Point(HEADER, HEADER_SIZE)
STOP_COPY = Point(STATE, 0)
HANDED_OVER = Point(STATE, sys.maxsize)


class Wire:
    """Between a source that connects to `near` and a destination listening on `far`.

    hold: the point at which the wire stops, or None for never. A wire with such a point
    returns no answers after the card's state has passed, so the source cannot learn that
    its guest already runs elsewhere. A point that is counted from START always lies before
    the card's state.
    """

    def __init__(self, near, far, hold=None):
        self.hold = hold
        self.held = threading.Event()
        self.in_flight = None
        self.length = 0
        self.found = {}
        self._released = threading.Event()
        self._tail = b""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(near))
        self._listener.listen(1)
        self._far = str(far)
        self._ends = []
        threading.Thread(target=self._forward, daemon=True).start()

    def _connect(self):
        source, _ = self._listener.accept()
        destination = socket.socket(socket.AF_UNIX)
        destination.connect(self._far)
        self._ends = [source, destination]
        threading.Thread(target=self._answer, daemon=True).start()
        return source, destination

    def _forward(self):
        source, destination = self._connect()
        try:
            while data := source.recv(1 << 18):
                passed = self.length
                self._look(data)
                length = max(0, self._stop() - passed)
                destination.sendall(data[:length])
                if self._stop() <= self.length:
                    self.held.set()
                    self._released.wait()
                destination.sendall(data[length:])
            destination.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()

    def _answer(self):
        source, destination = self._ends
        try:
            while data := destination.recv(4096):
                if not (self.hold and STATE in self.found):
                    source.sendall(data)
            if not self.hold:
                source.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()

    def _look(self, data):
        seen = self._tail + data
        start = self.length - len(self._tail)
        self.length += len(data)
        for mark in MARKS.keys() - self.found.keys():
            if (at := seen.find(MARKS[mark])) >= 0:
                self.found[mark] = start + at
        if STATE not in self.found and (at := seen.find(WHOLE)) >= 0:
            self.found[STATE] = start + at + HEADER_SIZE
        if STATE in self.found and not self.in_flight:
            self._read_state(seen[self.found[STATE] - start:])
        self._tail = seen[-STATE_SIZE:]

    def _read_state(self, seen):
        if len(seen) >= STATE_SIZE:
            ports = seen[len(PREFIX):]
            self.in_flight = [ports[PORT_COUNT + port * PORT_SIZE] for port in range(2)]

    def _stop(self):
        """The offset in the stream at which the wire stops, as far as it is known yet."""
        if not self.hold or self.hold.mark not in self.found:
            return sys.maxsize
        stop = self.found[self.hold.mark] + self.hold.offset
        if self.hold.mark == START:
            stop = min(stop, self.found.get(STATE, sys.maxsize))
        return stop

    def release(self):
        """Continue after the stop."""
        self.hold = None
        self._released.set()

    def cut(self):
        """Shut the connections down, so that each side loses its peer."""
        for end in self._ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()
        self._released.set()
