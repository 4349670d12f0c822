# SPDX-License-Identifier: GPL-2.0-only
"""What OpenStack's Nova and its tests look for in mtty. With these lines in nova.conf,

    [devices]
    enabled_mdev_types = mtty-1
    [mdev_mtty-1]
    device_addresses = mtty_mtty

Nova turns the address into a path and reads the types there, and its tests look for the
card's vendor in the guest. Upstream does so since change f412fac1ae (July 2026), but not
Nova 31.0.0 in Debian 13."""

import pathlib

import pytest

import host
from nested import SYSFS

ADDRESS = "mtty_mtty"
CLASS = pathlib.Path("/sys/class/mdev_bus")


def attribute(kind, name):
    return (host.PARENT / "mdev_supported_types" / kind / name).read_text().strip()


def test_nova_finds_the_parent_by_its_address(module):
    path = pathlib.Path("/sys/devices/virtual") / ADDRESS.replace("_", "/")
    assert path == host.PARENT and path.is_dir()
    assert [parent.resolve() for parent in CLASS.iterdir()] == [path]


def test_nova_finds_these_types_and_no_other(module):
    found = [path.name for path in (host.PARENT / "mdev_supported_types").iterdir()]
    assert sorted(found) == sorted(host.TYPES)


@pytest.mark.parametrize("kind", host.TYPES)
def test_nova_finds_name_api_and_count_of(kind, module):
    name, count = host.TYPES[kind]
    assert attribute(kind, "name") == name
    assert attribute(kind, "device_api") == "vfio-pci"
    assert int(attribute(kind, "available_instances")) == count


def test_nova_finds_its_device_with_a_type_and_a_group(devices):
    device = host.DEVICES / devices[0]
    assert (device / "mdev_type").resolve() == host.PARENT / "mdev_supported_types" / "mtty-2"
    assert (device / "iommu_group").resolve().name.isdigit()
    assert device.resolve().parent == host.PARENT


def test_nova_finds_vendor_and_class_in_the_guest(guest):
    seen = {name: guest.run(f"cat {SYSFS}/{name}").strip() for name in ("vendor", "class")}
    assert seen == {"vendor": "0x4348", "class": "0x070002"}
