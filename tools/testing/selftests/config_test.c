// SPDX-License-Identifier: GPL-2.0-only
/* The PCI configuration space: its bytes, what can be written, how BARs are sized. */
#include <linux/pci_regs.h>

#include "device_fixture.h"

#define IO_BAR_MASK	0xfffffff8u
#define PORT_BAR(n)	(PCI_BASE_ADDRESS_0 + 4 * (n))

/* The documented bytes, except for the command register and the interrupt line. */
static void expected_config(__u8 *config, unsigned int ports)
{
	static const __u8 header[] = {
		0x48, 0x43, 0x53, 0x32, 0x00, 0x00, 0x00, 0x02,
		0x10, 0x02, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x00, 0x00, 0x00,
	};

	memset(config, 0, CONFIG_SIZE);
	memcpy(config, header, sizeof(header));
	config[PORT_BAR(1)] = ports == 2;
	memcpy(config + PCI_SUBSYSTEM_VENDOR_ID, header, 4);
	config[PCI_INTERRUPT_PIN] = 1;
	config[0x40] = 0x23;
	config[0x43] = 0x80;
	config[0x44] = 0x23;
	config[0x48] = 0x23;
	config[0x4c] = 0x23;
	memcpy(config + 0x60, "PCI Serial/UART", 15);
}

static bool is_left_to_the_guest(unsigned int offset)
{
	return offset == PCI_COMMAND || offset == PCI_COMMAND + 1 ||
	       offset == PCI_INTERRUPT_LINE;
}

static void expect_config(struct __test_metadata *_metadata, struct vfio_dev *dev,
			  unsigned int ports)
{
	__u8 expected[CONFIG_SIZE], seen[CONFIG_SIZE];
	unsigned int i;

	expected_config(expected, ports);
	config_read(dev, 0, seen, sizeof(seen));
	for (i = 0; i < CONFIG_SIZE; i++) {
		if (is_left_to_the_guest(i))
			continue;
		EXPECT_EQ(expected[i], seen[i])
			TH_LOG("offset %#x", i);
	}
}

TEST_F(device, two_ports_show_the_documented_bytes)
{
	expect_config(_metadata, &self->dev, 2);
}

TEST_F(device, one_port_shows_the_documented_bytes)
{
	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	expect_config(_metadata, &self->other, 1);
}

TEST_F(device, a_new_device_has_bus_master_and_intx_disable_clear)
{
	EXPECT_EQ(0, config_read16(&self->dev, PCI_COMMAND) &
		  (PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE));
}

TEST_F(device, reads_of_any_width_and_alignment_show_the_same_bytes)
{
	__u8 whole[CONFIG_SIZE], part[CONFIG_SIZE];
	unsigned int offset, size;

	config_read(&self->dev, 0, whole, sizeof(whole));
	for (size = 1; size <= 16; size++) {
		for (offset = 0; offset + size <= 0x70; offset++) {
			config_read(&self->dev, offset, part, size);
			EXPECT_EQ(0, memcmp(whole + offset, part, size))
				TH_LOG("%u bytes at %#x", size, offset);
		}
	}
}

/* What a guest may set: command, cache line, latency, the BARs, interrupt line. */
static bool is_writable_somewhere(unsigned int offset)
{
	return offset == PCI_COMMAND || offset == PCI_COMMAND + 1 ||
	       offset == PCI_CACHE_LINE_SIZE || offset == PCI_LATENCY_TIMER ||
	       (offset >= PORT_BAR(0) && offset < PORT_BAR(2)) ||
	       offset == PCI_INTERRUPT_LINE;
}

static void expect_fixed(struct __test_metadata *_metadata, struct vfio_dev *dev, __u8 fill)
{
	__u8 before[CONFIG_SIZE], after[CONFIG_SIZE], data[CONFIG_SIZE];
	unsigned int i;

	config_read(dev, 0, before, sizeof(before));
	memset(data, fill, sizeof(data));
	config_write(dev, 0, data, sizeof(data));
	config_read(dev, 0, after, sizeof(after));
	for (i = 0; i < CONFIG_SIZE; i++) {
		if (is_writable_somewhere(i))
			continue;
		EXPECT_EQ(before[i], after[i])
			TH_LOG("offset %#x was changed by writing %#x", i, fill);
	}
}

TEST_F(device, read_only_bytes_cannot_be_written)
{
	expect_fixed(_metadata, &self->dev, 0xff);
	expect_fixed(_metadata, &self->dev, 0x00);
}

TEST_F(device, fixed_bytes_resist_single_byte_writes)
{
	__u8 before, after, inverted;
	unsigned int i;

	for (i = 0; i < CONFIG_SIZE; i++) {
		if (is_writable_somewhere(i))
			continue;
		config_read(&self->dev, i, &before, 1);
		inverted = ~before;
		config_write(&self->dev, i, &inverted, 1);
		config_read(&self->dev, i, &after, 1);
		EXPECT_EQ(before, after)
			TH_LOG("offset %#x", i);
	}
}

TEST_F(device, command_keeps_io_master_and_intx_disable)
{
	static const __u16 bits[] = {
		PCI_COMMAND_IO, PCI_COMMAND_MASTER, PCI_COMMAND_INTX_DISABLE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		config_write16(&self->dev, PCI_COMMAND, bits[i]);
		EXPECT_EQ(bits[i], config_read16(&self->dev, PCI_COMMAND));
		config_write16(&self->dev, PCI_COMMAND, 0);
		EXPECT_EQ(0, config_read16(&self->dev, PCI_COMMAND));
	}
}

TEST_F(device, interrupt_line_is_plain_storage)
{
	static const __u8 values[] = { 0x0a, 0xff, 0x00 };
	__u8 seen;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		config_write(&self->dev, PCI_INTERRUPT_LINE, &values[i], 1);
		config_read(&self->dev, PCI_INTERRUPT_LINE, &seen, 1);
		EXPECT_EQ(values[i], seen);
	}
}

TEST_F(device, bars_are_sized_by_dwords)
{
	unsigned int port;

	for (port = 0; port < DEVICE_PORTS; port++) {
		config_write32(&self->dev, PORT_BAR(port), 0xffffffff);
		EXPECT_EQ(IO_BAR_MASK | 1, config_read32(&self->dev, PORT_BAR(port)));
		config_write32(&self->dev, PORT_BAR(port), 0xc150 + 8 * port);
		EXPECT_EQ(0xc151 + 8 * port, config_read32(&self->dev, PORT_BAR(port)));
		config_write32(&self->dev, PORT_BAR(port), 0);
		EXPECT_EQ(1, config_read32(&self->dev, PORT_BAR(port)));
	}
}

TEST_F(device, bars_are_sized_by_halves)
{
	config_write32(&self->dev, PORT_BAR(0), 0);
	config_write16(&self->dev, PORT_BAR(0), 0xffff);
	EXPECT_EQ(0x0000fff9, config_read32(&self->dev, PORT_BAR(0)));
	config_write16(&self->dev, PORT_BAR(0) + 2, 0xffff);
	EXPECT_EQ(0xfffffff9, config_read32(&self->dev, PORT_BAR(0)));
	config_write16(&self->dev, PORT_BAR(0), 0x1238);
	EXPECT_EQ(0xffff1239, config_read32(&self->dev, PORT_BAR(0)));
}

TEST_F(device, bars_are_sized_by_bytes)
{
	static const __u8 ones = 0xff;
	__u32 expected = 1;
	unsigned int i;

	config_write32(&self->dev, PORT_BAR(1), 0);
	for (i = 0; i < 4; i++) {
		config_write(&self->dev, PORT_BAR(1) + i, &ones, 1);
		expected |= i ? 0xffu << 8 * i : 0xf8;
		EXPECT_EQ(expected, config_read32(&self->dev, PORT_BAR(1)));
	}
}

TEST_F(device, bars_are_written_across_their_border)
{
	static const __u8 data[] = { 0xaa, 0xbb, 0xcc, 0xdd };

	config_write32(&self->dev, PORT_BAR(0), 0);
	config_write32(&self->dev, PORT_BAR(1), 0);
	config_write(&self->dev, PORT_BAR(0) + 2, data, sizeof(data));
	EXPECT_EQ(0xbbaa0001, config_read32(&self->dev, PORT_BAR(0)));
	EXPECT_EQ(0x0000ddc9, config_read32(&self->dev, PORT_BAR(1)));
}

static void expect_no_bar(struct __test_metadata *_metadata, struct vfio_dev *dev,
			  unsigned int offset)
{
	config_write32(dev, offset, 0xffffffff);
	EXPECT_EQ(0, config_read32(dev, offset))
		TH_LOG("offset %#x", offset);
}

TEST_F(device, absent_bars_and_rom_have_no_size)
{
	unsigned int i;

	for (i = 2; i < PCI_STD_NUM_BARS; i++)
		expect_no_bar(_metadata, &self->dev, PORT_BAR(i));
	expect_no_bar(_metadata, &self->dev, PCI_ROM_ADDRESS);
	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	expect_no_bar(_metadata, &self->other, PORT_BAR(1));
}

TEST_F(device, a_write_to_status_leaves_the_live_bit_to_the_ports)
{
	config_write16(&self->dev, PCI_STATUS, 0xffff);
	EXPECT_EQ(0x0200, config_read16(&self->dev, PCI_STATUS));
	uart_write(&self->dev, 0, 1, 2);
	EXPECT_EQ(0x0208, config_read16(&self->dev, PCI_STATUS));
	config_write16(&self->dev, PCI_STATUS, 0xffff);
	EXPECT_EQ(0x0208, config_read16(&self->dev, PCI_STATUS));
	config_write16(&self->dev, PCI_STATUS, 0);
	EXPECT_EQ(0x0208, config_read16(&self->dev, PCI_STATUS));
}

TEST_F(device, status_follows_either_port_even_with_intx_disabled)
{
	config_intx_disable(&self->dev, 1);
	EXPECT_EQ(NULL, __uart_run(&self->dev, "L=0 1:W1=02 L=1 0:W1=02 1:R2=02 L=1 0:R2=02 L=0"));
}

TEST_HARNESS_MAIN
