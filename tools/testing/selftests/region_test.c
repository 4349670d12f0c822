// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes of regions: bounds, widths, faults. The UART is tested elsewhere. */
#include "device_fixture.h"

#define BAR0	VFIO_PCI_BAR0_REGION_INDEX
#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX

struct bounds_row {
	unsigned int index;
	__u64 offset;
	size_t size;
	ssize_t expected;
};

static void expect_bounds(struct __test_metadata *_metadata, struct vfio_dev *dev,
			  const struct bounds_row *row, const struct bounds_row *end)
{
	__u8 data[2 * CONFIG_SIZE] = {};

	for (; row < end; row++) {
		EXPECT_EQ(row->expected, __region_read(dev, row->index, row->offset,
						       data, row->size))
			TH_LOG("read of %zu at %llx of region %u",
			       row->size, row->offset, row->index);
		EXPECT_EQ(row->expected, __region_write(dev, row->index, row->offset,
							data, row->size))
			TH_LOG("write of %zu at %llx of region %u",
			       row->size, row->offset, row->index);
	}
}

TEST_F(device, bar_accesses_are_cut_at_the_end_and_refused_beyond)
{
	static const struct bounds_row rows[] = {
		{ BAR0, 0, 0, 0 },
		{ BAR0, 0, 1, 1 },
		{ BAR0, 0, 8, 8 },
		{ BAR0, 0, 9, 8 },
		{ BAR0, 0, 512, 8 },
		{ BAR0, 4, 8, 4 },
		{ BAR0, 7, 2, 1 },
		{ BAR0, 8, 1, -EINVAL },
		{ BAR0, 9, 4, -EINVAL },
		{ BAR0, 4096, 1, -EINVAL },
		{ BAR0, 1ULL << 32, 1, -EINVAL },
		{ BAR0 + 1, 6, 4, 2 },
		{ BAR0 + 1, 8, 1, -EINVAL },
	};

	expect_bounds(_metadata, &self->dev, rows, rows + ARRAY_SIZE(rows));
}

TEST_F(device, configuration_accesses_beyond_the_end_are_refused_whole)
{
	static const struct bounds_row rows[] = {
		{ CONFIG, 0, 0, 0 },
		{ CONFIG, 0, 256, 256 },
		{ CONFIG, 255, 1, 1 },
		{ CONFIG, 1, 255, 255 },
		{ CONFIG, 253, 3, 3 },
		{ CONFIG, 0, 257, -EFAULT },
		{ CONFIG, 254, 4, -EFAULT },
		{ CONFIG, 255, 2, -EFAULT },
		{ CONFIG, 256, 1, -EFAULT },
		{ CONFIG, 4096, 4, -EFAULT },
		{ CONFIG, 1ULL << 32, 4, -EFAULT },
	};

	expect_bounds(_metadata, &self->dev, rows, rows + ARRAY_SIZE(rows));
}

static void expect_absent(struct __test_metadata *_metadata, struct vfio_dev *dev,
			  unsigned int index)
{
	const struct bounds_row row = { index, 0, 1, -EINVAL };

	expect_bounds(_metadata, dev, &row, &row + 1);
}

TEST_F(device, absent_regions_are_refused)
{
	unsigned int index;

	for (index = 2; index <= VFIO_PCI_ROM_REGION_INDEX; index++)
		expect_absent(_metadata, &self->dev, index);
	vfio_open_new(&self->other, &self->other_mdev, "mtty-1", variant->mode);
	expect_absent(_metadata, &self->other, 1);
}

TEST_F(device, offsets_outside_every_region_are_refused)
{
	__u64 stride = self->dev.offset[1] - self->dev.offset[0];
	static const __u64 indices[] = { 8, 9, 10, 100, 1000, };
	__u8 byte = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		EXPECT_EQ(-1, pread(self->dev.fd, &byte, 1, indices[i] * stride))
			TH_LOG("region %llu", indices[i]);
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, pwrite(self->dev.fd, &byte, 1, indices[i] * stride))
			TH_LOG("region %llu", indices[i]);
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(device, faulting_memory_is_reported_and_writes_nothing)
{
	__u8 before[CONFIG_SIZE], after[CONFIG_SIZE];

	uart_run(&self->dev, "W3=03 W7=5A W4=03");
	config_read(&self->dev, 0, before, sizeof(before));
	EXPECT_EQ(-EFAULT, __region_read(&self->dev, BAR0, 3, NOWHERE, 1));
	EXPECT_EQ(-EFAULT, __region_read(&self->dev, BAR0, 0, NOWHERE, 8));
	EXPECT_EQ(-EFAULT, __region_write(&self->dev, BAR0, 7, NOWHERE, 1));
	EXPECT_EQ(-EFAULT, __region_write(&self->dev, BAR0, 0, NOWHERE, 8));
	EXPECT_EQ(-EFAULT, __region_read(&self->dev, CONFIG, 0, NOWHERE, 4));
	EXPECT_EQ(-EFAULT, __region_read(&self->dev, CONFIG, 0, NOWHERE, 256));
	EXPECT_EQ(-EFAULT, __region_write(&self->dev, CONFIG, 0, NOWHERE, 256));
	config_read(&self->dev, 0, after, sizeof(after));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
	EXPECT_EQ(NULL, __uart_run(&self->dev, "R3=03 R7=5A R4=03 R1=00 R5=60 I=0"));
}

TEST_F(device, memory_that_ends_early_gives_an_error_or_a_short_count)
{
	static const struct {
		unsigned int index;
		size_t size;
		size_t room;
	} rows[] = {
		{ BAR0, 8, 1 }, { BAR0, 8, 4 }, { BAR0 + 1, 8, 7 },
		{ CONFIG, 256, 1 }, { CONFIG, 256, 100 }, { CONFIG, 256, 255 },
	};
	ssize_t ret;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		ret = __region_read(&self->dev, rows[i].index, 0, memory_end(rows[i].room),
				    rows[i].size);
		EXPECT_TRUE(ret == -EFAULT || (ret > 0 && ret <= (ssize_t)rows[i].room))
			TH_LOG("row %zu: read gave %zd", i, ret);
		ret = __region_write(&self->dev, rows[i].index, 0, memory_end(rows[i].room),
				     rows[i].size);
		EXPECT_TRUE(ret == -EFAULT || (ret > 0 && ret <= (ssize_t)rows[i].room))
			TH_LOG("row %zu: write gave %zd", i, ret);
	}
}

/* Every register has a different value, and the FIFO holds three bytes. */
static const char busy[] =
	"W3=83 W0=34 W1=12 W3=03 W2=81 W1=0F W4=0B W7=5A W0=[41-43]";
static const __u8 pattern[UART_SIZE] = { 0x61, 0x05, 0x41, 0x1b, 0x13, 0xff, 0xff, 0xa5 };

/* Each register of each port three times, which takes all bytes out of the FIFO. */
#define LOOK_SIZE	(DEVICE_PORTS * 3 * UART_SIZE)

static void look(struct vfio_dev *dev, __u8 *seen)
{
	unsigned int i;

	for (i = 0; i < LOOK_SIZE; i++)
		seen[i] = uart_read(dev, i % DEVICE_PORTS, i / DEVICE_PORTS % UART_SIZE);
}

static void access_once(struct vfio_dev *dev, bool write, unsigned int offset,
			__u8 *data, size_t size)
{
	if (write)
		CHECK(__region_write(dev, BAR0, offset, data, size) == (ssize_t)size,
		      "write of %zu at %u", size, offset);
	else
		CHECK(__region_read(dev, BAR0, offset, data, size) == (ssize_t)size,
		      "read of %zu at %u", size, offset);
}

/* A wide access and single bytes must move the same data and leave the same state. */
static void expect_like_bytes(struct __test_metadata *_metadata, struct vfio_dev *dev,
			      bool write, unsigned int offset, size_t size)
{
	__u8 data[2][UART_SIZE], seen[2][LOOK_SIZE];
	size_t i;

	memcpy(data[0], pattern, sizeof(pattern));
	memcpy(data[1], pattern, sizeof(pattern));
	vfio_reset(dev);
	uart_run(dev, busy);
	access_once(dev, write, offset, data[0], size);
	look(dev, seen[0]);
	vfio_reset(dev);
	uart_run(dev, busy);
	for (i = 0; i < size; i++)
		access_once(dev, write, offset + i, data[1] + i, 1);
	look(dev, seen[1]);
	EXPECT_EQ(0, memcmp(data[0], data[1], size))
		TH_LOG("%s of %zu at %u moved other bytes", write ? "write" : "read",
		       size, offset);
	EXPECT_EQ(0, memcmp(seen[0], seen[1], sizeof(seen[0])))
		TH_LOG("%s of %zu at %u left another state", write ? "write" : "read",
		       size, offset);
}

static void expect_all_like_bytes(struct __test_metadata *_metadata, struct vfio_dev *dev,
				  bool write)
{
	unsigned int offset;
	size_t size;

	for (offset = 0; offset < UART_SIZE; offset++) {
		for (size = 2; size <= UART_SIZE - offset; size++)
			expect_like_bytes(_metadata, dev, write, offset, size);
	}
}

TEST_F(device, wide_bar_reads_are_byte_reads_at_ascending_offsets)
{
	expect_all_like_bytes(_metadata, &self->dev, false);
}

TEST_F(device, wide_bar_writes_are_byte_writes_at_ascending_offsets)
{
	expect_all_like_bytes(_metadata, &self->dev, true);
}

TEST_F(device, a_wide_bar_read_touches_no_byte_beyond_it)
{
	__u16 word;

	uart_run(&self->dev, "W3=03 W2=01 W1=02 W4=03");
	EXPECT_EQ(2, __region_read(&self->dev, BAR0, 3, &word, 2));
	EXPECT_EQ(NULL, __uart_run(&self->dev, "R2=C2 R6=BB"));
}

TEST_F(device, bars_work_whatever_the_command_register_says)
{
	static const __u16 commands[] = { 0, 1, 4, 7, 0x400, 0x407 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		config_write16(&self->dev, 4, commands[i]);
		EXPECT_EQ(NULL, __uart_run(&self->dev, "RST W3=03 W7=5A R7=5A W0=41 R5=61 R0=41"))
			TH_LOG("command %#x", commands[i]);
	}
}

TEST_F(device, ports_answer_at_their_own_bars)
{
	EXPECT_EQ(NULL, __uart_run(&self->dev, "0:W7=11 1:W7=22 0:R7=11 1:R7=22"));
	EXPECT_EQ(NULL, __uart_run(&self->dev, "0:W3=03 0:W0=41 1:R5=60 0:R5=61 0:R0=41"));
}

TEST_HARNESS_MAIN
