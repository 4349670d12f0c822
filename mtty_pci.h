/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space of the function. It knows nothing of ports, interrupts or
 * locks.
 */
#ifndef MTTY_PCI_H
#define MTTY_PCI_H

#include <linux/pci_regs.h>
#include <linux/types.h>

#define MTTY_PCI_CONFIG_SIZE	PCI_CFG_SPACE_SIZE

/* Bytes of I/O in a BAR */
#define MTTY_PCI_BAR_SIZE	8

/**
 * struct mtty_pci - configuration space
 * @nr_bars: I/O BARs, 1 or 2; constant
 * @config: the bytes as they are read, but for the interrupt status bit
 *
 * The caller serialises all access.
 */
struct mtty_pci {
	unsigned int nr_bars;
	u8 config[MTTY_PCI_CONFIG_SIZE];
};

/**
 * mtty_pci_intx_disabled() - INTX_DISABLE, bit 10 of the command register
 * @pci: configuration space
 *
 * Return: true if the function must not assert INTx
 */
static inline bool mtty_pci_intx_disabled(const struct mtty_pci *pci)
{
	return pci->config[PCI_COMMAND + 1] & (PCI_COMMAND_INTX_DISABLE >> 8);
}

void mtty_pci_reset(struct mtty_pci *pci);
void mtty_pci_read(const struct mtty_pci *pci, bool asserted, unsigned int offset, u8 *buf,
		   unsigned int count);
void mtty_pci_write(struct mtty_pci *pci, unsigned int offset, const u8 *buf,
		    unsigned int count);

#endif /* MTTY_PCI_H */
