# SPDX-License-Identifier: GPL-2.0-only
"""A terminal on the guest's console, as a person would use it. tmux renders what a
full-screen program draws; a log of the program's output would not show that."""

import subprocess
import time

SESSION = "mtty"


def tmux(*arguments):
    return subprocess.run(["tmux", "-L", SESSION, *arguments], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


class Terminal:
    """A context manager that is connected to the socket of a console."""

    def __init__(self, socket):
        self.socket = socket

    def __enter__(self):
        tmux("new-session", "-d", "-x", "80", "-y", "24",
             f"socat -,rawer UNIX-CONNECT:{self.socket}")
        return self

    def __exit__(self, *exception):
        tmux("kill-server")

    def type(self, text, *keys):
        if text:
            tmux("send-keys", "-l", text)
        for key in keys:
            tmux("send-keys", key)

    def screen(self):
        return tmux("capture-pane", "-p").rstrip()

    def wait_for(self, text, timeout=60):
        """Wait until the screen shows the text; returns the screen."""
        end = time.monotonic() + timeout
        while text not in (screen := self.screen()):
            if time.monotonic() > end:
                raise AssertionError(f"no '{text}' on the screen after {timeout} s:\n{screen}")
            time.sleep(0.2)
        return screen
