# SPDX-License-Identifier: GPL-2.0-only
"""libvirt lists the card's types, creates cards with mdevctl, assigns them to a domain, and
migrates the domain to another libvirt."""

import re
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import pytest

import bursts
import host
from libvirtd import Daemon, Domain, virsh
from nested import PATIENCE

PARENT = "mtty_mtty"
UUID = "83b8f4f2-509f-382f-3c1e-e6bfe0fa3001"
OTHER = "83b8f4f2-509f-382f-3c1e-e6bfe0fa3002"
SETTINGS = (("migration/features", "stop-copy p2p"), ("migration/dirty_tracking", "off"))
RULES_AND_SIZES = (
    ("migration/state_size", "1048576"), ("migration/precopy_size", "65536"),
    ("faults", "STOP->STOP_COPY nth=2 error=EIO"), ("faults", "read nth=3 error=EIO"))
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


def describe(attributes=()):
    elements = "".join(f"<attr name='{name}' value='{escape(value)}'/>"
                       for name, value in attributes)
    return f"""\
<device>
  <parent>{PARENT}</parent>
  <capability type='mdev'><type id='mtty-1'/><uuid>{UUID}</uuid>{elements}</capability>
</device>
"""


def names():
    """The card's name, in a list that is empty if libvirt does not know it."""
    return [name for name in virsh("nodedev-list", "--cap", "mdev", "--all").split()
            if UUID.replace("-", "_") in name]


@pytest.fixture
def define(known, tmp_path):
    def run(xml):
        path = tmp_path / "card.xml"
        path.write_text(xml)
        virsh("nodedev-define", path)
        name, = names()
        return name

    yield run
    if host.exists(UUID):
        host.remove(UUID)
    for name in names():
        virsh("nodedev-undefine", name)


def test_libvirt_defines_starts_and_stops_a_card(define):
    name = define(describe())
    virsh("nodedev-autostart", name)
    assert "Autostart: yes" in " ".join(virsh("nodedev-info", name).split())
    virsh("nodedev-start", name)
    assert host.exists(UUID)
    virsh("nodedev-destroy", name)
    assert not host.exists(UUID)


def attributes(name, *options):
    xml = virsh("nodedev-dumpxml", name, *options)
    return [(attr.get("name"), attr.get("value")) for attr in ET.fromstring(xml).iter("attr")]


# libvirt asks mdevctl for them when udev has told it about the card.
def wait_attributes(name, expected):
    end = time.monotonic() + PATIENCE
    while not set(expected) <= set(seen := attributes(name)):
        assert time.monotonic() < end, f"expected {expected}, seen {seen}"
        time.sleep(0.2)


def settings(uuid):
    """A card's settings and their text; rules without their hits, which change."""
    card = host.DEVICES / uuid
    paths = [*sorted((card / "migration").iterdir()), *card.glob("faults")]
    return {str(path.relative_to(card)): re.sub(" hits=.*", "", path.read_text())
            for path in paths}


def require(configuration):
    host.create(OTHER, "mtty-1")
    missing = {name for name, _ in configuration} - settings(OTHER).keys()
    host.remove(OTHER)
    if missing:
        pytest.skip(f"the module has no {', '.join(sorted(missing))}")


@pytest.mark.parametrize("configuration", (SETTINGS, RULES_AND_SIZES),
                         ids=("features", "rules_and_sizes"))
def test_libvirt_keeps_the_settings_of_a_card(define, configuration):
    require(configuration)
    name = define(describe(configuration))
    assert attributes(name, "--inactive") == list(configuration)
    virsh("nodedev-start", name)
    wait_attributes(name, configuration)
    configured = settings(UUID)
    for attribute, value in configuration:
        assert value in configured[attribute].splitlines()

    dumped = virsh("nodedev-dumpxml", name)
    print(dumped)
    virsh("nodedev-destroy", name)
    virsh("nodedev-undefine", name)
    virsh("nodedev-start", define(dumped))
    assert settings(UUID) == configured


def test_libvirt_starts_no_card_with_a_bad_setting(define):
    name = define(describe([*SETTINGS, ("migration/features", "p2p")]))
    with pytest.raises(AssertionError) as refusal:
        virsh("nodedev-start", name)
    print(refusal.value)
    assert "Failed to write p2p to attribute migration/features" in str(refusal.value)
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
