# SPDX-License-Identifier: GPL-2.0-only
"""The guest's burst program distinguishes the kinds of damage.

A pty stands in for the port; the code at its other end is the plug, and does the damage.
"""

import os
import pathlib
import subprocess
import threading
import tty

import pytest

GUEST = pathlib.Path(__file__).parent / "guest"
SOURCES = [GUEST / "mtty_burst.c", GUEST / "burst_check.c"]
AT = 100


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("burst") / "mtty_burst"
    subprocess.run(["cc", "-O1", "-o", path, *SOURCES], check=True)
    return path


def run_with_plug(program, damage, burst="64", total="256"):
    """Run the program with a plug that sends back damage(offset, bytes)."""
    master, slave = os.openpty()
    tty.setraw(slave)

    def plug():
        offset = 0
        try:
            while data := os.read(master, 4096):
                os.write(master, damage(offset, data))
                offset += len(data)
        except OSError:
            pass

    thread = threading.Thread(target=plug, daemon=True)
    thread.start()
    done = subprocess.run([program, "-s", "1", burst, total, os.ttyname(slave)],
                          capture_output=True, text=True, timeout=60, check=False)
    os.close(slave)
    os.close(master)
    words = done.stdout.split()[1:]
    return done.returncode, dict(zip(words[::2], map(float, words[1::2])))


def edit(change):
    """Damage that applies `change` to the list of bytes that contains offset AT."""
    def damage(offset, data):
        data = list(data)
        if offset <= AT < offset + len(data):
            change(data, AT - offset)
        return bytes(data)
    return damage


def lose(data, i):
    del data[i:i + 3]


def duplicate(data, i):
    data[i:i] = data[i - 2:i]


def swap(data, i):
    data[i], data[i + 1] = data[i + 1], data[i]


def move_far(data, i):
    data.insert(i + 20, data.pop(i))


def corrupt(data, i):
    data[i] ^= 0x10


def insert(data, i):
    data[i:i] = [data[i] ^ 1, data[i] ^ 2]


KINDS = ["lost", "duplicated", "reordered", "corrupted", "foreign", "stalls"]


@pytest.mark.parametrize("change, expected", [
    (lambda data, i: None, {}),
    (lose, {"lost": 3, "stalls": 1}),
    (duplicate, {"duplicated": 2}),
    (swap, {"reordered": 2}),
    (move_far, {"reordered": 1}),
    (corrupt, {"corrupted": 1}),
    (insert, {"foreign": 2}),
], ids=["nothing", "loss", "duplication", "swap", "move", "corruption", "foreign"])
def test_burst_program_names_the_damage(program, change, expected):
    status, counts = run_with_plug(program, edit(change))
    assert {kind: counts[kind] for kind in KINDS if counts[kind]} == expected
    assert status == (1 if expected else 0)


def test_burst_program_reports_a_silent_port(program):
    status, counts = run_with_plug(program, lambda offset, data: b"")
    assert (status, counts["stalls"], counts["lost"]) == (1, 1, 64)
