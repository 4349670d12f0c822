// SPDX-License-Identifier: GPL-2.0-only
/* Requests for information, features and regions while memory fails. */
#include <linux/pci_regs.h>

#include "fail_nth_fixture.h"

static int get_info(struct bench *bench)
{
	struct vfio_device_info *info = new_answer(bench);

	info->argsz = sizeof(*info);
	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_GET_INFO, info);
}

static int get_region_info(struct bench *bench)
{
	struct vfio_region_info *info = new_answer(bench);

	info->argsz = sizeof(*info);
	info->index = VFIO_PCI_BAR0_REGION_INDEX;
	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

static int get_irq_info(struct bench *bench)
{
	struct vfio_irq_info *info = new_answer(bench);

	info->argsz = sizeof(*info);
	info->index = VFIO_PCI_INTX_IRQ_INDEX;
	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_GET_IRQ_INFO, info);
}

static int get_migration_flags(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION,
			      new_answer(bench), sizeof(struct vfio_device_feature_migration));
}

static int get_state(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			      new_answer(bench), sizeof(struct vfio_device_feature_mig_state));
}

static int get_data_size(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			      new_answer(bench), sizeof(struct vfio_device_feature_mig_data_size));
}

static int probe_state(struct bench *bench)
{
	return __vfio_feature(&bench->dev,
			      VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET |
			      VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, NULL, 0);
}

static int read_config(struct bench *bench)
{
	return moved_all(__region_read(&bench->dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
				       new_answer(bench), CONFIG_SIZE), CONFIG_SIZE);
}

/* All registers except RBR, which takes a byte out of the FIFO when it is read. */
static int read_registers(struct bench *bench)
{
	return moved_all(__region_read(&bench->dev, VFIO_PCI_BAR0_REGION_INDEX, 1,
				       new_answer(bench), UART_SIZE - 1), UART_SIZE - 1);
}

TEST_F_TIMEOUT(fail_nth, an_answer_that_fails_changes_nothing, TIMEOUT)
{
	static const struct {
		int (*call)(struct bench *bench);
		const char *name;
	} rows[] = {
		{ get_info, "GET_INFO" },
		{ get_region_info, "GET_REGION_INFO" },
		{ get_irq_info, "GET_IRQ_INFO" },
		{ get_migration_flags, "get feature MIGRATION" },
		{ get_state, "get feature MIG_DEVICE_STATE" },
		{ get_data_size, "get feature MIG_DATA_SIZE" },
		{ probe_state, "probe feature MIG_DEVICE_STATE" },
		{ read_config, "read configuration space" },
		{ read_registers, "read registers" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct operation answering = { busy, rows[i].call, NULL, expect_answer, };

		expect_survival(_metadata, &self->bench, &answering, rows[i].name, "");
	}
}

static int read_all_registers(struct bench *bench)
{
	return moved_all(__region_read(&bench->dev, VFIO_PCI_BAR0_REGION_INDEX, 0,
				       new_answer(bench), UART_SIZE), UART_SIZE);
}

/* A byte that could not be delivered is gone, as on a real card. */
static void expect_next_byte(struct __test_metadata *_metadata, struct bench *bench)
{
	const char *rest = bench->answer[0] == 0x41 ? "R0=[42-43] R5=60" : "R0=43 R5=60";

	EXPECT_TRUE(bench->answer[0] == 0x41 || bench->answer[0] == 0x42);
	EXPECT_EQ(0xa5, bench->answer[7]);
	expect_run(_metadata, &bench->dev, rest);
	expect_run(_metadata, &bench->dev, LOOPS);
}

TEST_F_TIMEOUT(fail_nth, a_wide_read_that_fails_takes_one_byte_at_most, TIMEOUT)
{
	static const struct operation reading = {
		busy, read_all_registers, NULL, expect_next_byte,
	};

	expect_survival(_metadata, &self->bench, &reading, "read all registers", "");
}

/* THR IER FCR LCR MCR LSR MSR SCR in one write: a byte to echo, then new settings. */
static int write_registers(struct bench *bench)
{
	static const __u8 registers[UART_SIZE] = { 0x44, 0, 0x81, 0x1f, 0x0b, 0, 0, 0x33, };

	return moved_all(__region_write(&bench->dev, VFIO_PCI_BAR0_REGION_INDEX, 0,
					registers, sizeof(registers)), sizeof(registers));
}

static void expect_not_written(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_run(_metadata, &bench->dev, "R1=00 R2=C1 R3=03 R4=00 R5=61 R7=A5");
}

static void expect_written(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_run(_metadata, &bench->dev, "R3=1F R4=0B R7=33 R0=[41-44] R5=60 1:R7=5A");
}

TEST_F_TIMEOUT(fail_nth, a_wide_write_that_fails_writes_no_register, TIMEOUT)
{
	static const struct operation writing = {
		busy, write_registers, expect_not_written, expect_written,
	};

	expect_survival(_metadata, &self->bench, &writing, "write registers", "");
}

static void prepare_config(struct bench *bench)
{
	static const __u8 zeros[PCI_STD_HEADER_SIZEOF];

	busy(bench);
	config_write(&bench->dev, 0, zeros, sizeof(zeros));
}

static int write_config(struct bench *bench)
{
	memset(bench->answer, 0xff, PCI_STD_HEADER_SIZEOF);
	return moved_all(__region_write(&bench->dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
					bench->answer, PCI_STD_HEADER_SIZEOF),
			 PCI_STD_HEADER_SIZEOF);
}

static void expect_config(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0x32534348, config_read32(&bench->dev, PCI_VENDOR_ID));
	EXPECT_EQ(0x0547, config_read16(&bench->dev, PCI_COMMAND));
	EXPECT_EQ(0xfffffff9, config_read32(&bench->dev, PCI_BASE_ADDRESS_0));
	EXPECT_EQ(0x01ff, config_read16(&bench->dev, PCI_INTERRUPT_LINE));
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_config_write_that_fails_can_be_repeated, TIMEOUT)
{
	static const struct operation writing = {
		prepare_config, write_config, NULL, expect_config,
	};

	expect_survival(_metadata, &self->bench, &writing, "write configuration space", "");
}

TEST_HARNESS_MAIN
