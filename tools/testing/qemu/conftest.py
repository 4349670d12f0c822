# SPDX-License-Identifier: GPL-2.0-only
"""TAP output, and what the tests share: the module, two devices, one guest."""

import os
import time

import pytest

import host
from migration import Migration
from nested import Guest


class Stage:
    """The guest as it moves between the two devices; booted when it is needed."""

    def __init__(self):
        self._guest = None

    @property
    def guest(self):
        if self._guest is None or not self._guest.alive():
            self._guest = Guest(host.UUIDS[0])
            self._guest.wait_ready()
        return self._guest

    @property
    def free_uuid(self):
        return host.UUIDS[1 - host.UUIDS.index(self.guest.uuid)]

    def start_move(self, hold=None):
        return Migration(self.guest, self.free_uuid, hold)

    def moved(self, migration):
        self._guest = migration.destination

    def end(self):
        if self._guest:
            self._guest.quit()


@pytest.fixture(scope="session")
def devices():
    host.load()
    for uuid in host.UUIDS:
        host.create(uuid)
    yield host.UUIDS
    for uuid in host.UUIDS:
        host.remove(uuid)
    host.unload()


@pytest.fixture(scope="session")
def stage(devices):
    shared = Stage()
    yield shared
    shared.end()


@pytest.fixture
def guest(stage):
    return stage.guest


@pytest.fixture(autouse=True)
def silent_kernel():
    log = host.KernelLog()
    yield
    complaints = log.complaints()
    assert not complaints, f"expected silence in the kernel log, seen {complaints}"


class Tap:
    """A line for each test when all of it is over, diagnostics before it."""

    def __init__(self, output):
        self.output = output
        self.number = 0
        self.reports = []
        self.start = 0

    def print(self, text):
        print(text, file=self.output, flush=True)

    def pytest_collection_finish(self, session):
        self.print(f"TAP version 13\n1..{len(session.items)}")

    def pytest_runtest_logstart(self):
        self.reports = []
        self.start = time.monotonic()

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)

    def pytest_runtest_logfinish(self, nodeid):
        self.number += 1
        name = nodeid.split("::")[-1].removeprefix("test_")
        for report in self.reports:
            self.diagnose(report)
        self.print(f"# {time.monotonic() - self.start:.1f} s")
        self.print(f"{self.verdict()} {self.number} {name}{self.reason()}")

    def diagnose(self, report):
        text = report.capstdout if report.when == "call" else ""
        if report.failed:
            text += f"\n{report.longreprtext}\n{report.capstderr}"
        for line in filter(None, text.splitlines()):
            self.print(f"# {line}")

    def verdict(self):
        return "not ok" if any(report.failed for report in self.reports) else "ok"

    def reason(self):
        skips = [report.longrepr[2] for report in self.reports if report.skipped]
        return f" # SKIP {skips[0].removeprefix('Skipped: ')}" if skips else ""


def pytest_addoption(parser):
    parser.addoption("--tap-fd", type=int, help="file descriptor to write TAP to")


def pytest_configure(config):
    fd = config.getoption("tap_fd")
    if fd is not None:
        config.pluginmanager.register(Tap(os.fdopen(fd, "w")))
