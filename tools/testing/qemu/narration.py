# SPDX-License-Identifier: GPL-2.0-only
"""What the demos print, and how they find that something is not as it should be."""

import time

START = time.monotonic()


def seconds():
    return f"{time.monotonic() - START:.0f} s"


def heading(text):
    say(f"\n== {text}  [{seconds()}]\n")


def say(text):
    print(text, flush=True)


def require(holds, expected, seen=None):
    if not holds:
        raise AssertionError(f"expected: {expected}; seen: {seen}")
