# SPDX-License-Identifier: GPL-2.0-only
"""The modules that are compared, and the programs that measure them. Both modules are called
mtty, so only one can be loaded at a time."""

import contextlib
import itertools
import json
import subprocess
import sys
import time

sys.path.append(__file__.rsplit("/", 2)[0] + "/qemu")

import host  # noqa: E402

from names import OURS, PEER  # noqa: E402

FILES = {OURS: host.MODULE, PEER: host.PROJECT / "peer.ko"}
RESULTS = host.PROJECT / "results"
PROGRAMS = host.PROJECT / "selftests"
START = time.monotonic()


def say(text):
    print(f"# {time.monotonic() - START:4.0f} s: {text}", flush=True)


def program(*arguments):
    return subprocess.run([PROGRAMS / arguments[0], *arguments[1:]], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def remove_devices():
    """Remove the devices that a program left behind when it failed."""
    for device in host.DEVICES.glob("*"):
        host.remove(device.name)


@contextlib.contextmanager
def loaded(name, *parameters):
    subprocess.run(["insmod", FILES[name], *parameters], check=True)
    try:
        yield
    finally:
        remove_devices()
        host.unload()


def in_turns():
    """Endless rounds: their number and the modules, in an order that changes."""
    for number in itertools.count(1):
        yield number, (PEER, OURS) if number % 2 else (OURS, PEER)


def keep(name, results):
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(results, indent=1))
