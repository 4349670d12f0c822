// SPDX-License-Identifier: GPL-2.0-only
/* VFIO_DEVICE_RESET: what it resets, and what it leaves as the user set it up. */
#include <linux/pci_regs.h>

#include "device_fixture.h"

static void dirty_both_ports(struct vfio_dev *dev)
{
	uart_run(dev, "W3=83 W0=34 W1=12 W3=03 W2=81 W1=0F W4=1F W7=77 W0=[41-43]");
	uart_run(dev, "1:W3=03 1:W2=01 1:W1=0F 1:W4=0B 1:W7=66 1:W0=55");
}

TEST_F(device, reset_returns_both_ports_to_their_reset_state)
{
	dirty_both_ports(&self->dev);
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
}

TEST_F(device, reset_of_a_new_device_changes_nothing)
{
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
	EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
}

TEST_F(device, the_configuration_space_survives)
{
	__u8 before[CONFIG_SIZE], after[CONFIG_SIZE];
	static const __u8 line = 10;

	config_write16(&self->dev, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE);
	config_write32(&self->dev, PCI_BASE_ADDRESS_0, 0xc150);
	config_write32(&self->dev, PCI_BASE_ADDRESS_1, 0xc158);
	config_write(&self->dev, PCI_INTERRUPT_LINE, &line, 1);
	config_read(&self->dev, 0, before, sizeof(before));
	vfio_reset(&self->dev);
	config_read(&self->dev, 0, after, sizeof(after));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
}

TEST_F(device, intx_stays_set_up_and_drops_what_was_pending)
{
	int eventfd = eventfd_new();

	irq_enable(&self->dev, IRQ_INTX, eventfd);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	vfio_reset(&self->dev);
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	EXPECT_EQ(0, config_interrupt_status(&self->dev));
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

static void expect_silence_until_the_unmask(struct __test_metadata *_metadata,
					    struct vfio_dev *dev, int eventfd)
{
	vfio_reset(dev);
	uart_run(dev, "W1=02");
	EXPECT_EQ(0, eventfd_take(eventfd));
	irq_unmask(dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, intx_masked_by_the_user_stays_masked)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_mask(&self->dev);
	expect_silence_until_the_unmask(_metadata, &self->dev, eventfd);
}

TEST_F(device, intx_masked_by_its_signal_stays_masked)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	expect_silence_until_the_unmask(_metadata, &self->dev, eventfd);
}

TEST_F(device, msi_stays_set_up_and_counts_from_a_silent_port)
{
	int eventfd = eventfd_new();

	irq_enable(&self->dev, IRQ_MSI, eventfd);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	vfio_reset(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, err_and_req_stay_set_up)
{
	static const __u32 indices[] = { IRQ_ERR, IRQ_REQ };
	int eventfd = eventfd_new();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indices); i++)
		irq_enable(&self->dev, indices[i], eventfd);
	vfio_reset(&self->dev);
	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		irq_set(&self->dev, indices[i], IRQ_NONE | IRQ_TRIGGER, 1, 0);
		EXPECT_EQ(1, eventfd_take(eventfd));
	}
}

TEST_F(device, reset_leads_to_running_from_every_state)
{
	static const unsigned int states[] = {
		STATE_STOP, STATE_RUNNING, STATE_STOP_COPY, STATE_RESUMING,
		STATE_RUNNING_P2P, STATE_PRE_COPY, STATE_PRE_COPY_P2P,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		dirty_both_ports(&self->dev);
		mig_set(&self->dev, states[i]);
		EXPECT_EQ(0, __vfio_reset(&self->dev));
		EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev))
			TH_LOG("from %s", mig_state_name(states[i]));
		EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
	}
}

TEST_F(device, reset_leads_to_running_from_error)
{
	dirty_both_ports(&self->dev);
	mig_break(&self->dev);
	EXPECT_EQ(0, __vfio_reset(&self->dev));
	EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
}

TEST_F(device, a_stream_written_before_reset_is_forgotten)
{
	__u8 stream[STREAM_MAX];
	size_t size;
	int data_fd;

	dirty_both_ports(&self->dev);
	size = mig_save(&self->dev, stream, sizeof(stream));
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ((ssize_t)size, __mig_write(data_fd, stream, size));
	vfio_reset(&self->dev);
	EXPECT_EQ(NULL, __uart_run_as_new(&self->dev));
}

TEST_HARNESS_MAIN
