# SPDX-License-Identifier: GPL-2.0-only
"""libvirt lists the card's types, creates cards with mdevctl, assigns them to a domain, and
migrates the domain to another libvirt."""

import time
import xml.etree.ElementTree as ET

import pytest

import bursts
import host
from libvirtd import Daemon, Domain, virsh
from nested import PATIENCE

PARENT = "mtty_mtty"
UUID = "83b8f4f2-509f-382f-3c1e-e6bfe0fa3001"
CARD = f"""\
<device>
  <parent>{PARENT}</parent>
  <capability type='mdev'><type id='mtty-1'/><uuid>{UUID}</uuid></capability>
</device>
"""
BYTES = 512


# libvirt learns about the parent from udev, which takes a moment.
@pytest.fixture(scope="module")
def known(module):
    end = time.monotonic() + PATIENCE
    while PARENT not in virsh("nodedev-list").split() and time.monotonic() < end:
        time.sleep(0.2)


def test_libvirt_lists_the_parent(known):
    assert PARENT in virsh("nodedev-list", "--cap", "mdev_types").split()


def test_libvirt_shows_name_api_and_count_of_both_types(known):
    types = ET.fromstring(virsh("nodedev-dumpxml", PARENT)).iter("type")
    seen = {kind.get("id"): tuple(kind.findtext(name) for name in
                                  ("name", "deviceAPI", "availableInstances"))
            for kind in types}
    assert seen == {kind: (name, "vfio-pci", str(count))
                    for kind, (name, count) in host.TYPES.items()}


@pytest.fixture
def node_device(known, tmp_path):
    path = tmp_path / "card.xml"
    path.write_text(CARD)
    virsh("nodedev-define", path)
    name, = (name for name in virsh("nodedev-list", "--cap", "mdev", "--all").split()
             if UUID.replace("-", "_") in name)
    yield name
    virsh("nodedev-undefine", name)


def test_libvirt_defines_starts_and_stops_a_card(node_device):
    virsh("nodedev-autostart", node_device)
    assert "Autostart: yes" in " ".join(virsh("nodedev-info", node_device).split())
    virsh("nodedev-start", node_device)
    assert host.exists(UUID)
    virsh("nodedev-destroy", node_device)
    assert not host.exists(UUID)


@pytest.fixture(scope="module")
def daemons():
    both = [Daemon(name, uuid) for name, uuid in (
        ("here", "11111111-2222-4333-8444-555555555501"),
        ("there", "11111111-2222-4333-8444-555555555502"))]
    yield both
    for daemon in both:
        daemon.end()


# A new domain for each test, so that a test can run again if the emulation loses its guest.
@pytest.fixture
def domain(daemons, devices):
    yield Domain(daemons[0], devices[0]).start()
    for daemon in daemons:
        daemon.destroy()


def test_both_ports_of_a_domain_echo(domain):
    text = bursts.run(domain, 16, 256)
    print(text)
    assert bursts.complaints(text, 256) == []


def test_domain_migrates_live_to_another_libvirt(domain, daemons):
    bursts.start(domain)
    bursts.wait_progress(domain, BYTES)
    there = domain.move(daemons[1], host.UUIDS[1])
    bursts.wait_progress(there, 2 * BYTES)
    bursts.end_whole(there)
    assert daemons[0].virsh("list", "--name").split() == []
