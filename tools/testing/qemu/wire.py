# SPDX-License-Identifier: GPL-2.0-only
"""The wire between the two sides of a migration.

It hands on what goes by, sees in it what the card sends, and can stop at a chosen
point, so that a test can pull a plug in mid-migration and not about then.
"""

import socket
import struct
import threading

HEADER = struct.pack("<Q", 0x7e9d09898c3e2c4e)
PORT_SIZE = 36
PORT_COUNT = 26
# What QEMU puts in front of the two port records: "device data" and their length.
STATE = struct.pack(">QQ", 0xffffffffef100004, 2 * PORT_SIZE)
STATE_SIZE = len(STATE) + 2 * PORT_SIZE


class Wire:
    """Between a source that connects to `near` and a destination listening on `far`.

    hold says at what point the wire stops: "pre-copy", the card's header has gone
    over and the guest still runs; "stop-copy", the card's state is read, but not
    handed on; "handed-over", all is handed on, but no answer comes back; None, never.
    """

    def __init__(self, near, far, hold=None):
        self.hold = hold
        self.held = threading.Event()
        self.in_flight = None
        self._seen = b""
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
                self._look(data)
                if self.held.is_set() and self.hold == "stop-copy":
                    return
                destination.sendall(data)
                if self.held.is_set() and self.hold == "pre-copy":
                    return
            destination.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()

    def _answer(self):
        source, destination = self._ends
        try:
            while data := destination.recv(4096):
                if not (self.hold == "handed-over" and self.in_flight):
                    source.sendall(data)
            if self.hold != "handed-over":
                source.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()

    def _look(self, data):
        self._seen += data
        if self.hold == "pre-copy" and HEADER in self._seen:
            self.held.set()
        at = self._seen.find(STATE)
        if at >= 0 and len(self._seen) >= at + STATE_SIZE:
            self._read_state(self._seen[at + len(STATE):at + STATE_SIZE])
        self._seen = self._seen[-2 * STATE_SIZE:]

    def _read_state(self, state):
        self.in_flight = [state[PORT_COUNT + port * PORT_SIZE] for port in range(2)]
        if self.hold == "stop-copy":
            self.held.set()

    def cut(self):
        """Both sides find their peer gone."""
        for end in self._ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()
