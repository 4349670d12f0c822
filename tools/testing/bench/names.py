# SPDX-License-Identifier: GPL-2.0-only
"""What the results call this module, the other one, and QEMU's own card."""

OURS, PEER, QEMUS = "ours", "peer", "pci-serial"
