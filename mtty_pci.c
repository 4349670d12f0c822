// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI configuration space: a conventional serial controller without capabilities,
 * with one I/O BAR of 8 bytes for each port.
 */
#include "mtty_pci.h"

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/string.h>

#define MTTY_PCI_VENDOR_ID	0x4348
#define MTTY_PCI_DEVICE_ID	0x3253
#define MTTY_PCI_REVISION	0x10
#define MTTY_PCI_PROG_IF	0x02	/* 16550 compatible */
#define MTTY_PCI_CLASS		0x0700	/* serial controller */

/* Vendor area; undocumented, but users of the device have always seen it */
#define MTTY_PCI_VENDOR_TEXT	0x60
static const struct {
	u8 offset;
	u8 val;
} mtty_pci_vendor_bytes[] = {
	{ 0x40, 0x23 }, { 0x43, 0x80 }, { 0x44, 0x23 }, { 0x48, 0x23 }, { 0x4c, 0x23 },
};

/* Bits that software can change; BAR bits below the size of a port are fixed. */
#define MTTY_PCI_BAR_LOW_MASK	((u8)~(MTTY_PCI_BAR_SIZE - 1))

static const u8 mtty_pci_wmask[PCI_STD_HEADER_SIZEOF] = {
	[PCI_COMMAND] = PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
			PCI_COMMAND_MASTER | PCI_COMMAND_PARITY,
	[PCI_COMMAND + 1] = (PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE) >> 8,
	[PCI_BASE_ADDRESS_0] = MTTY_PCI_BAR_LOW_MASK, 0xff, 0xff, 0xff,
	[PCI_BASE_ADDRESS_1] = MTTY_PCI_BAR_LOW_MASK, 0xff, 0xff, 0xff,
	[PCI_INTERRUPT_LINE] = 0xff,
};

/* Register of the first BAR that the function does not have */
static unsigned int mtty_pci_bars_end(const struct mtty_pci *pci)
{
	return PCI_BASE_ADDRESS_0 + pci->nr_bars * sizeof(u32);
}

static u8 mtty_pci_writable(const struct mtty_pci *pci, unsigned int offset)
{
	if (offset >= sizeof(mtty_pci_wmask))
		return 0;
	if (offset >= mtty_pci_bars_end(pci) && offset < PCI_CARDBUS_CIS)
		return 0;
	return mtty_pci_wmask[offset];
}

static void mtty_pci_reset_vendor_area(u8 *config)
{
	static const char text[] = "PCI Serial/UART";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mtty_pci_vendor_bytes); i++)
		config[mtty_pci_vendor_bytes[i].offset] = mtty_pci_vendor_bytes[i].val;
	memcpy(config + MTTY_PCI_VENDOR_TEXT, text, strlen(text));
}

static void mtty_pci_set16(u8 *config, unsigned int reg, u16 val)
{
	config[reg] = val;
	config[reg + 1] = val >> 8;
}

/**
 * mtty_pci_reset() - bring configuration space into its power-on state
 * @pci: configuration space; @pci->nr_bars is set
 */
void mtty_pci_reset(struct mtty_pci *pci)
{
	u8 *config = pci->config;
	unsigned int bar;

	memset(config, 0, sizeof(pci->config));
	mtty_pci_set16(config, PCI_VENDOR_ID, MTTY_PCI_VENDOR_ID);
	mtty_pci_set16(config, PCI_DEVICE_ID, MTTY_PCI_DEVICE_ID);
	mtty_pci_set16(config, PCI_STATUS, PCI_STATUS_DEVSEL_MEDIUM);
	config[PCI_REVISION_ID] = MTTY_PCI_REVISION;
	config[PCI_CLASS_PROG] = MTTY_PCI_PROG_IF;
	mtty_pci_set16(config, PCI_CLASS_DEVICE, MTTY_PCI_CLASS);
	for (bar = PCI_BASE_ADDRESS_0; bar < mtty_pci_bars_end(pci); bar += sizeof(u32))
		config[bar] = PCI_BASE_ADDRESS_SPACE_IO;
	mtty_pci_set16(config, PCI_SUBSYSTEM_VENDOR_ID, MTTY_PCI_VENDOR_ID);
	mtty_pci_set16(config, PCI_SUBSYSTEM_ID, MTTY_PCI_DEVICE_ID);
	config[PCI_INTERRUPT_PIN] = 1;
	mtty_pci_reset_vendor_area(config);
}

/**
 * mtty_pci_read() - read configuration space, of any width and alignment
 * @pci: configuration space
 * @asserted: level of INTx, masked or not, which is bit 3 of the status register
 * @offset: first byte to read
 * @buf: where to put the bytes, in the order of their addresses
 * @count: number of bytes; @offset + @count is at most MTTY_PCI_CONFIG_SIZE
 */
void mtty_pci_read(const struct mtty_pci *pci, bool asserted, unsigned int offset, u8 *buf,
		   unsigned int count)
{
	memcpy(buf, pci->config + offset, count);
	if (asserted && offset <= PCI_STATUS && PCI_STATUS < offset + count)
		buf[PCI_STATUS - offset] |= PCI_STATUS_INTERRUPT;
}

/**
 * mtty_pci_write() - write configuration space, of any width and alignment
 * @pci: configuration space
 * @offset: first byte to write
 * @buf: the bytes, in the order of their addresses
 * @count: number of bytes; @offset + @count is at most MTTY_PCI_CONFIG_SIZE
 *
 * Bits that cannot be written keep their value.
 */
void mtty_pci_write(struct mtty_pci *pci, unsigned int offset, const u8 *buf,
		    unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		u8 mask = mtty_pci_writable(pci, offset + i);
		u8 *reg = &pci->config[offset + i];

		*reg = (*reg & ~mask) | (buf[i] & mask);
	}
}
