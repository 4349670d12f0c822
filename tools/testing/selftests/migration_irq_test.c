// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts across migration states: silent while stopped, signalled when leaving. */
#include "device_fixture.h"

static const __u32 indices[] = { IRQ_INTX, IRQ_MSI };
static const unsigned int stopped[] = { STATE_STOP, STATE_STOP_COPY, STATE_RESUMING };
static const unsigned int working[] = {
	STATE_RUNNING, STATE_RUNNING_P2P, STATE_PRE_COPY, STATE_PRE_COPY_P2P,
};

TEST_F(device, working_states_signal)
{
	int eventfd = eventfd_new();
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(working); i++) {
		for (j = 0; j < ARRAY_SIZE(indices); j++) {
			vfio_reset(&self->dev);
			irq_enable(&self->dev, indices[j], eventfd);
			mig_set(&self->dev, working[i]);
			uart_run(&self->dev, "W1=02");
			EXPECT_EQ(1, eventfd_take(eventfd))
				TH_LOG("index %u in %s", indices[j], mig_state_name(working[i]));
			irq_disable(&self->dev, indices[j]);
		}
	}
}

/* The stream holds the same pending request as the live device. */
static size_t save_pending(struct vfio_dev *dev, __u8 *stream)
{
	size_t size;

	uart_run(dev, "RST W1=02");
	size = mig_save(dev, stream, STREAM_MAX);
	mig_set(dev, STATE_RUNNING);
	return size;
}

TEST_F(device, unmasking_a_stopped_device_signals_only_on_the_way_out)
{
	__u8 stream[STREAM_MAX];
	int eventfd;
	size_t i;

	save_pending(&self->dev, stream);
	eventfd = irq_enable_new(&self->dev, IRQ_INTX);
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		vfio_reset(&self->dev);
		uart_run(&self->dev, "W1=02");
		irq_mask(&self->dev);
		eventfd_take(eventfd);
		mig_enter(&self->dev, stopped[i], stream, sizeof(stream));
		irq_unmask(&self->dev);
		EXPECT_EQ(0, eventfd_take(eventfd))
			TH_LOG("in %s", mig_state_name(stopped[i]));
		mig_set(&self->dev, STATE_RUNNING);
		EXPECT_EQ(1, eventfd_take(eventfd))
			TH_LOG("out of %s", mig_state_name(stopped[i]));
	}
}

TEST_F(device, setting_up_a_stopped_device_signals_only_on_the_way_out)
{
	__u8 stream[STREAM_MAX];
	int eventfd = eventfd_new();
	size_t i, j;

	save_pending(&self->dev, stream);
	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		for (j = 0; j < ARRAY_SIZE(indices); j++) {
			vfio_reset(&self->dev);
			uart_run(&self->dev, "W1=02");
			mig_enter(&self->dev, stopped[i], stream, sizeof(stream));
			irq_enable(&self->dev, indices[j], eventfd);
			EXPECT_EQ(0, eventfd_take(eventfd))
				TH_LOG("index %u in %s", indices[j], mig_state_name(stopped[i]));
			mig_set(&self->dev, STATE_RUNNING_P2P);
			EXPECT_EQ(1, eventfd_take(eventfd))
				TH_LOG("index %u out of %s", indices[j],
				       mig_state_name(stopped[i]));
			mig_set(&self->dev, STATE_RUNNING);
			EXPECT_EQ(0, eventfd_take(eventfd));
			irq_disable(&self->dev, indices[j]);
		}
	}
}

TEST_F(device, intx_disable_of_a_stopped_device_signals_only_on_the_way_out)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	config_intx_disable(&self->dev, 1);
	uart_run(&self->dev, "W1=02");
	mig_set(&self->dev, STATE_STOP);
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(0, eventfd_take(eventfd));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, register_accesses_to_a_stopped_device_signal_nothing)
{
	int eventfd = eventfd_new();
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(stopped); i++) {
		for (j = 0; j < ARRAY_SIZE(indices); j++) {
			vfio_reset(&self->dev);
			irq_enable(&self->dev, indices[j], eventfd);
			mig_set(&self->dev, stopped[i]);
			uart_write(&self->dev, 0, 1, 2);
			uart_write(&self->dev, 1, 1, 2);
			uart_write(&self->dev, 1, 1, 2);
			EXPECT_EQ(0, eventfd_take(eventfd))
				TH_LOG("index %u in %s", indices[j], mig_state_name(stopped[i]));
			vfio_reset(&self->dev);
			irq_disable(&self->dev, indices[j]);
			eventfd_take(eventfd);
		}
	}
}

/* The path that a VMM takes in a live migration */
TEST_F(device, a_device_that_stops_after_pre_copy_signals_only_on_the_way_out)
{
	static const unsigned int before[] = { STATE_PRE_COPY, STATE_PRE_COPY_P2P };
	int eventfd = eventfd_new();
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(before); i++) {
		for (j = 0; j < ARRAY_SIZE(indices); j++) {
			vfio_reset(&self->dev);
			irq_enable(&self->dev, indices[j], eventfd);
			mig_set(&self->dev, before[i]);
			mig_set(&self->dev, STATE_STOP_COPY);
			uart_run(&self->dev, "W1=02");
			EXPECT_EQ(0, eventfd_take(eventfd))
				TH_LOG("index %u after %s", indices[j],
				       mig_state_name(before[i]));
			mig_set(&self->dev, STATE_RUNNING);
			EXPECT_EQ(1, eventfd_take(eventfd))
				TH_LOG("index %u after %s", indices[j],
				       mig_state_name(before[i]));
			irq_disable(&self->dev, indices[j]);
		}
	}
}

TEST_F(device, error_signals_nothing_and_reset_drops_what_was_pending)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_mask(&self->dev);
	uart_run(&self->dev, "W1=02");
	mig_break(&self->dev);
	irq_unmask(&self->dev);
	uart_write(&self->dev, 1, 1, 2);
	EXPECT_EQ(0, eventfd_take(eventfd));
	vfio_reset(&self->dev);
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

/* A line that was up before the load was automasked, which must not outlast the load. */
static void expect_loaded_interrupt(struct __test_metadata *_metadata, struct vfio_dev *dev,
				    __u32 index, const char *before)
{
	__u8 stream[STREAM_MAX];
	int eventfd;

	save_pending(dev, stream);
	vfio_reset(dev);
	eventfd = irq_enable_new(dev, index);
	uart_run(dev, before);
	eventfd_take(eventfd);
	mig_load(dev, stream, sizeof(stream));
	EXPECT_EQ(0, eventfd_take(eventfd));
	mig_set(dev, STATE_RUNNING_P2P);
	EXPECT_EQ(1, eventfd_take(eventfd))
		TH_LOG("index %u, \"%s\" before the load", index, before);
	mig_set(dev, STATE_RUNNING);
	EXPECT_EQ(0, eventfd_take(eventfd));
	irq_disable(dev, index);
}

TEST_F(device, a_loaded_interrupt_is_signalled_once_on_the_way_out)
{
	expect_loaded_interrupt(_metadata, &self->dev, IRQ_INTX, "");
	expect_loaded_interrupt(_metadata, &self->dev, IRQ_MSI, "");
	expect_loaded_interrupt(_metadata, &self->dev, IRQ_INTX, "W1=02");
	expect_loaded_interrupt(_metadata, &self->dev, IRQ_MSI, "W1=02");
}

TEST_F(device, a_loaded_interrupt_is_signalled_when_it_is_set_up_later)
{
	__u8 stream[STREAM_MAX];
	int eventfd;

	save_pending(&self->dev, stream);
	vfio_reset(&self->dev);
	mig_load(&self->dev, stream, sizeof(stream));
	mig_set(&self->dev, STATE_RUNNING);
	eventfd = irq_enable_new(&self->dev, IRQ_INTX);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_disable(&self->dev, IRQ_INTX);
	irq_enable(&self->dev, IRQ_MSI, eventfd);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, a_loaded_silent_state_signals_nothing)
{
	__u8 stream[STREAM_MAX];
	size_t size = stream_reset(stream, 2);
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	mig_load(&self->dev, stream, size);
	mig_set(&self->dev, STATE_RUNNING);
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	EXPECT_EQ(0, config_interrupt_status(&self->dev));
}

/* The new VMM may have taken over a raised line, which it lowers only after a signal. */
TEST_F(device, intx_is_signalled_once_after_a_load_if_the_guest_uses_interrupts)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);
	__u8 stream[STREAM_MAX];
	size_t size;

	uart_run(&self->dev, "1:W1=01");
	size = mig_save(&self->dev, stream, sizeof(stream));
	mig_load(&self->dev, stream, size);
	EXPECT_EQ(0, eventfd_take(eventfd));
	mig_set(&self->dev, STATE_RUNNING_P2P);
	EXPECT_EQ(1, eventfd_take(eventfd));
	mig_set(&self->dev, STATE_RUNNING);
	irq_unmask(&self->dev);
	mig_set(&self->dev, STATE_STOP);
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, neither_msi_nor_a_reset_device_is_signalled_after_a_silent_load)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);
	__u8 stream[STREAM_MAX];
	size_t size;

	uart_run(&self->dev, "W1=01");
	size = mig_save(&self->dev, stream, sizeof(stream));
	mig_load(&self->dev, stream, size);
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(0, eventfd_take(eventfd));
	irq_disable(&self->dev, IRQ_MSI);
	irq_enable(&self->dev, IRQ_INTX, eventfd);
	EXPECT_EQ(0, eventfd_take(eventfd));
	mig_load(&self->dev, stream, size);
	vfio_reset(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, a_stop_with_nothing_pending_signals_nothing)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	mig_set(&self->dev, STATE_STOP);
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(0, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, a_refused_load_leaves_the_set_up_working_after_reset)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	mig_break(&self->dev);
	vfio_reset(&self->dev);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_HARNESS_MAIN
