# SPDX-License-Identifier: GPL-2.0-only
"""The names of this module, the other one and QEMU's own card in the results."""

OURS, PEER, QEMUS = "ours", "peer", "pci-serial"
