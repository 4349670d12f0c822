# SPDX-License-Identifier: GPL-2.0-only
"""TAP output, and the fixtures that tests share: the module, two devices, one guest."""

import os
import random
import time

import pytest

import bursts
import host
import vfio
from nested import Guest
from stage import Stage


@pytest.fixture(scope="session")
def module():
    host.load()
    yield
    host.unload()


@pytest.fixture(scope="session")
def devices(module):
    if vfio.way.missing:
        pytest.skip(vfio.way.missing)
    for uuid in host.UUIDS:
        host.create(uuid)
    yield host.UUIDS
    for uuid in filter(host.exists, host.UUIDS):
        host.remove(uuid)


@pytest.fixture(scope="session")
def stage(devices):
    shared = Stage()
    yield shared
    shared.end()


@pytest.fixture
def guest(stage):
    return stage.guest


@pytest.fixture
def free_uuid(stage):
    """A device for a test that boots a guest of its own."""
    return stage.free_uuid


@pytest.fixture(scope="session")
def kept(stage, tmp_path_factory):
    """The stage with a guest and its bursts, saved to a file so that a kill costs little."""
    bursts.start(stage.guest)
    bursts.wait_progress(stage.guest, 1)
    stage.keep(tmp_path_factory.mktemp("guest") / "kept")
    return stage


@pytest.fixture(autouse=True)
def silent_kernel():
    log = host.KernelLog()
    yield log
    complaints = log.complaints()
    assert not complaints, f"expected silence in the kernel log, seen {complaints}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Kill all guests after a failure, so that the next test starts clean."""
    report = yield
    if report.failed:
        Guest.kill_all()
    return report


class Tap:
    """Prints a line for each test once it is over, and its diagnostics before it."""

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
        for report in self.reports:
            self.diagnose(report)
        self.print(f"# {time.monotonic() - self.start:.1f} s")
        if any(report.outcome == "rerun" for report in self.reports):
            self.print("# The emulated processor has lost its guest; the test runs again.")
            return
        self.number += 1
        name = nodeid.split("::")[-1].removeprefix("test_")
        self.print(f"{self.verdict()} {self.number} {name}{self.reason()}")

    def diagnose(self, report):
        text = report.capstdout if report.when == "call" else ""
        if report.failed or report.outcome == "rerun":
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
    parser.addoption("--vfio", choices=vfio.WAYS, default="group",
                     help="how QEMU and the tests open the card")
    parser.addoption("--moves", type=int, default=6, help="live migrations of one guest")
    parser.addoption("--kills", type=int, default=6, help="random kills of a QEMU")
    parser.addoption("--seed", type=int, default=random.randrange(1 << 32),
                     help="seed for everything random (default: random)")


def pytest_configure(config):
    vfio.way = vfio.WAYS[config.getoption("vfio")]
    fd = config.getoption("tap_fd")
    if fd is not None:
        config.pluginmanager.register(Tap(os.fdopen(fd, "w")))
