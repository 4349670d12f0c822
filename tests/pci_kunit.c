// SPDX-License-Identifier: GPL-2.0-only
/* Configuration space */
#include "kunit_card.h"

/* The first 64 bytes of a two-port card after a reset */
static const u8 header[64] = {
	0x48, 0x43, 0x53, 0x32, 0x00, 0x00, 0x00, 0x02, 0x10, 0x02, 0x00, 0x07,
	[0x10] = 0x01, [0x14] = 0x01,
	[0x2c] = 0x48, 0x43, 0x53, 0x32,
	[0x3d] = 0x01,
};

static u32 read_le(struct mtty_card *card, unsigned int offset, unsigned int width)
{
	__le32 val = 0;

	mtty_card_read_config(card, offset, (u8 *)&val, width);
	return le32_to_cpu(val);
}

static void write_le(struct mtty_card *card, unsigned int offset, unsigned int width,
		     u32 val)
{
	__le32 le = cpu_to_le32(val);

	mtty_card_write_config(card, offset, (u8 *)&le, width);
}

static void header_is_that_of_the_card(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);
	u8 seen[64];

	mtty_card_read_config(card, 0, seen, sizeof(seen));
	KUNIT_EXPECT_MEMEQ(test, seen, header, sizeof(header));
}

static void one_port_has_one_bar(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	write_le(card, PCI_BASE_ADDRESS_1, 4, 0xffffffff);
	KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_0, 4), 1);
	KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_1, 4), 0);
}

static void vendor_area_has_its_bytes(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);
	u8 text[16];

	KUNIT_EXPECT_EQ(test, read_le(card, 0x40, 4), 0x80000023);
	KUNIT_EXPECT_EQ(test, read_le(card, 0x44, 4), 0x23);
	KUNIT_EXPECT_EQ(test, read_le(card, 0x48, 4), 0x23);
	KUNIT_EXPECT_EQ(test, read_le(card, 0x4c, 4), 0x23);
	mtty_card_read_config(card, 0x60, text, sizeof(text));
	KUNIT_EXPECT_MEMEQ(test, text, "PCI Serial/UART", 16);
}

static void the_rest_is_zero(struct kunit *test)
{
	static const u8 vendor[] = { 0x40, 0x43, 0x44, 0x48, 0x4c };
	struct mtty_card *card = card_new(test, 2);
	u8 seen[MTTY_PCI_CONFIG_SIZE];
	unsigned int i;

	mtty_card_read_config(card, 0, seen, sizeof(seen));
	for (i = sizeof(header); i < sizeof(seen); i++)
		if (!memchr(vendor, i, sizeof(vendor)) && (i < 0x60 || i > 0x6e))
			KUNIT_EXPECT_EQ_MSG(test, seen[i], 0, "at %02x", i);
}

/* BARs are sized by dwords, by halves and by bytes. */
static void bar_sizing_finds_eight_bytes(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);
	unsigned int width, i;

	for (width = 1; width <= 4; width *= 2) {
		for (i = 0; i < 4; i += width)
			write_le(card, PCI_BASE_ADDRESS_1 + i, width, 0xffffffff);
		KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_1, 4), 0xfffffff9);
		write_le(card, PCI_BASE_ADDRESS_1, 4, 0xc158);
		KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_1, 4), 0xc159);
	}
}

static void only_what_is_writable_changes(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);
	u8 ones[MTTY_PCI_CONFIG_SIZE], before[MTTY_PCI_CONFIG_SIZE];
	u8 after[MTTY_PCI_CONFIG_SIZE];
	unsigned int i;

	memset(ones, 0xff, sizeof(ones));
	mtty_card_read_config(card, 0, before, sizeof(before));
	mtty_card_write_config(card, 0, ones, sizeof(ones));
	mtty_card_read_config(card, 0, after, sizeof(after));

	KUNIT_EXPECT_EQ(test, read_le(card, PCI_COMMAND, 2), 0x0547);
	KUNIT_EXPECT_EQ(test, after[PCI_INTERRUPT_LINE], 0xff);
	for (i = 0; i < sizeof(after); i++) {
		if (i == PCI_COMMAND || i == PCI_COMMAND + 1 || i == PCI_INTERRUPT_LINE ||
		    (i >= PCI_BASE_ADDRESS_0 && i < PCI_BASE_ADDRESS_2))
			continue;
		KUNIT_EXPECT_EQ_MSG(test, after[i], before[i], "at %02x", i);
	}
}

static void unaligned_access_reaches_each_byte(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);

	write_le(card, PCI_BASE_ADDRESS_0 + 1, 4, 0x44332211);
	KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_0, 4), 0x33221101);
	KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_1, 4), 0x41);
	KUNIT_EXPECT_EQ(test, read_le(card, PCI_BASE_ADDRESS_0 + 3, 2), 0x4133);
}

static void reset_restores_the_header(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);
	u8 bytes[MTTY_PCI_CONFIG_SIZE];

	memset(bytes, 0xff, sizeof(bytes));
	mtty_card_write_config(card, 0, bytes, sizeof(bytes));
	mtty_card_power_on(card);
	mtty_card_read_config(card, 0, bytes, sizeof(bytes));
	KUNIT_EXPECT_MEMEQ(test, bytes, header, sizeof(header));
}

static struct kunit_case pci_cases[] = {
	KUNIT_CASE(header_is_that_of_the_card),
	KUNIT_CASE(one_port_has_one_bar),
	KUNIT_CASE(vendor_area_has_its_bytes),
	KUNIT_CASE(the_rest_is_zero),
	KUNIT_CASE(bar_sizing_finds_eight_bytes),
	KUNIT_CASE(only_what_is_writable_changes),
	KUNIT_CASE(unaligned_access_reaches_each_byte),
	KUNIT_CASE(reset_restores_the_header),
	{}
};

static struct kunit_suite pci_suite = {
	.name = "mtty_pci",
	.test_cases = pci_cases,
};

kunit_test_suite(pci_suite);
