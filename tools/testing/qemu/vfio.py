# SPDX-License-Identifier: GPL-2.0-only
"""A user of the card other than QEMU, to look at the registers."""

import contextlib
import errno
import fcntl
import functools
import os
import struct

import host

VFIO_SET_IOMMU = 0x3b66
VFIO_GROUP_SET_CONTAINER = 0x3b68
VFIO_GROUP_GET_DEVICE_FD = 0x3b6a
VFIO_DEVICE_GET_REGION_INFO = 0x3b6c
VFIO_DEVICE_FEATURE = 0x3b75
VFIO_DEVICE_BIND_IOMMUFD = 0x3b76
VFIO_DEVICE_ATTACH_IOMMUFD_PT = 0x3b77
IOMMU_IOAS_ALLOC = 0x3b81
VFIO_TYPE1_IOMMU = 1
VFIO_PCI_CONFIG_REGION_INDEX = 7
FEATURE_GET_MIG_DEVICE_STATE = 1 << 16 | 2
FEATURE_PROBE_DMA_LOGGING_START = 1 << 18 | 1 << 17 | 6
RUNNING = 2

LCR, DLAB = 3, 0x80
# RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR after a reset, then DLL and DLM.
RESET_REGISTERS = bytes.fromhex("00 00 01 00 00 60 00 00")
RESET_DIVISOR = bytes.fromhex("0c 00")
# As the kernel's documentation shows it, before addresses are assigned
RESET_CONFIG = bytes.fromhex("""
    48 43 53 32 00 00 00 02 10 02 00 07 00 00 00 00
    01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 48 43 53 32
    00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00""")


class Group:
    """By the device's group, in a container without memory, which is enough to read registers."""

    qemu_objects = ()
    qemu_properties = {}
    missing = None

    @staticmethod
    def open(uuid):
        number = (host.DEVICES / uuid / "iommu_group").resolve().name
        container = os.open("/dev/vfio/vfio", os.O_RDWR)
        group = os.open(f"/dev/vfio/{number}", os.O_RDWR)
        fcntl.ioctl(group, VFIO_GROUP_SET_CONTAINER, struct.pack("i", container))
        fcntl.ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU)
        device = fcntl.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bytearray(uuid.encode() + b"\0"))
        return device, group, container


class Iommufd:
    """By the device's own node, with an address space of iommufd."""

    qemu_objects = ("-object", "iommufd,id=iommufd0")
    qemu_properties = {"iommufd": "iommufd0"}
    missing = None if os.path.exists("/dev/iommu") else "this kernel has no /dev/iommu"

    @staticmethod
    def open(uuid):
        name, = os.listdir(host.DEVICES / uuid / "vfio-dev")
        iommufd = os.open("/dev/iommu", os.O_RDWR)
        device = os.open(f"/dev/vfio/devices/{name}", os.O_RDWR)
        fcntl.ioctl(device, VFIO_DEVICE_BIND_IOMMUFD,
                    bytearray(struct.pack("IIiIQ", 24, 0, iommufd, 0, 0)))
        ioas = bytearray(struct.pack("III", 12, 0, 0))
        fcntl.ioctl(iommufd, IOMMU_IOAS_ALLOC, ioas)
        fcntl.ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT,
                    bytearray(struct.pack("IIII", 16, 0, struct.unpack("III", ioas)[2], 0)))
        return device, iommufd


WAYS = {"group": Group, "iommufd": Iommufd}
# The way that all users of the card open it
way = Group


class Device:
    """The open card."""

    def __init__(self, uuid):
        self.fds = way.open(uuid)
        self.fd = self.fds[0]

    def close(self):
        for fd in self.fds:
            os.close(fd)

    def offset(self, region):
        info = bytearray(struct.pack("IIIIQQ", 32, 0, region, 0, 0, 0))
        fcntl.ioctl(self.fd, VFIO_DEVICE_GET_REGION_INFO, info)
        return struct.unpack("IIIIQQ", info)[5]

    def migration_state(self):
        feature = bytearray(struct.pack("IIIi", 16, FEATURE_GET_MIG_DEVICE_STATE, 0, -1))
        fcntl.ioctl(self.fd, VFIO_DEVICE_FEATURE, feature)
        return struct.unpack("IIIi", feature)[2]

    def logs_dirty_pages(self):
        feature = bytearray(struct.pack("II", 8, FEATURE_PROBE_DMA_LOGGING_START))
        try:
            fcntl.ioctl(self.fd, VFIO_DEVICE_FEATURE, feature)
        except OSError as error:
            if error.errno != errno.ENOTTY:
                raise
            return False
        return True

    def registers(self, bar):
        """The eight registers, and the two of the divisor, each read as a byte."""
        base = self.offset(bar)
        plain = b"".join(os.pread(self.fd, 1, base + i) for i in range(8))
        os.pwrite(self.fd, bytes([DLAB]), base + LCR)
        divisor = b"".join(os.pread(self.fd, 1, base + i) for i in range(2))
        os.pwrite(self.fd, plain[LCR:LCR + 1], base + LCR)
        return plain, divisor

    def config(self):
        return os.pread(self.fd, 64, self.offset(VFIO_PCI_CONFIG_REGION_INDEX))


@functools.cache
def logs_dirty_pages(uuid):
    """Has to be called before anyone else opens the device; the answer is cached."""
    with contextlib.closing(Device(uuid)) as device:
        return device.logs_dirty_pages()


def differences_from_new(uuid):
    """Lines that say how a two-port device differs from a new one."""
    with contextlib.closing(Device(uuid)) as device:
        seen = [("configuration space", device.config(), RESET_CONFIG),
                ("migration state", bytes([device.migration_state()]), bytes([RUNNING]))]
        for bar in range(2):
            plain, divisor = device.registers(bar)
            seen += [(f"registers of port {bar}", plain, RESET_REGISTERS),
                     (f"divisor of port {bar}", divisor, RESET_DIVISOR)]
    return [f"{what} of {uuid}: expected {new.hex(' ')}, seen {now.hex(' ')}"
            for what, now, new in seen if now != new]
