// SPDX-License-Identifier: GPL-2.0-only
/* Unmasking INTx by an eventfd, if the kernel's VFIO supports it. */
#include "mtty_test.h"

#define WAIT_MS		10000

/* A device with INTx set up. */
FIXTURE(unmask) {
	struct mdev mdev;
	struct vfio_dev dev;
	int trigger;
};

FIXTURE_VARIANT(unmask) {
	enum vfio_mode mode;
};

FIXTURE_VARIANT_ADD(unmask, group) {
	.mode = VFIO_MODE_GROUP,
};

FIXTURE_VARIANT_ADD(unmask, cdev) {
	.mode = VFIO_MODE_CDEV,
};

FIXTURE_SETUP(unmask)
{
	const char *missing = vfio_mode_missing(variant->mode);

	if (missing)
		SKIP(return, "%s", missing);
	vfio_open_new(&self->dev, &self->mdev, "mtty-2", variant->mode);
	self->trigger = irq_enable_new(&self->dev, IRQ_INTX);
	missing = irq_unmask_eventfd_missing(&self->dev);
	if (!missing)
		return;
	vfio_close(&self->dev);
	mdev_remove(&self->mdev);
	SKIP(return, "%s", missing);
}

FIXTURE_TEARDOWN_PARENT(unmask)
{
	mdev_remove(&self->mdev);
}

static int install_unmask(struct vfio_dev *dev)
{
	int eventfd = eventfd_new();

	irq_set(dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, eventfd);
	return eventfd;
}

/* Removing an unmask eventfd waits for its pending work. */
static void remove_unmask(struct vfio_dev *dev)
{
	irq_set(dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, -1);
}

TEST_F(unmask, an_unmask_eventfd_raises_a_pending_interrupt_each_time)
{
	int unmask = install_unmask(&self->dev);
	int i;

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	for (i = 0; i < 20; i++) {
		eventfd_fire(unmask);
		EXPECT_EQ(1, eventfd_wait(self->trigger, WAIT_MS));
	}
}

TEST_F(unmask, an_unmask_eventfd_of_a_low_line_only_unmasks)
{
	int unmask = install_unmask(&self->dev);

	uart_raise(&self->dev);
	uart_lower(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	eventfd_fire(unmask);
	remove_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(self->trigger));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
}

TEST_F(unmask, an_unmask_eventfd_that_is_already_signalled_takes_effect_at_once)
{
	int unmask = eventfd_new();

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	eventfd_fire(unmask);
	irq_set(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, unmask);
	EXPECT_EQ(1, eventfd_wait(self->trigger, WAIT_MS));
}

TEST_F(unmask, a_second_unmask_eventfd_is_refused_as_busy)
{
	int unmask = install_unmask(&self->dev);

	EXPECT_EQ(-EBUSY, __irq_set(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1,
				    eventfd_new()));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	eventfd_fire(unmask);
	EXPECT_EQ(1, eventfd_wait(self->trigger, WAIT_MS));
}

TEST_F(unmask, a_removed_unmask_eventfd_does_nothing_and_makes_room)
{
	int unmask = install_unmask(&self->dev);

	remove_unmask(&self->dev);
	remove_unmask(&self->dev);
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	eventfd_fire(unmask);
	unmask = install_unmask(&self->dev);
	remove_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(self->trigger));
}

TEST_F(unmask, a_closed_unmask_eventfd_makes_room_at_once)
{
	int i, unmask = -1;

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	for (i = 0; i < 20; i++) {
		unmask = install_unmask(&self->dev);
		eventfd_fire(unmask);
		EXPECT_EQ(1, eventfd_wait(self->trigger, WAIT_MS));
		close(unmask);
	}
}

TEST_F(unmask, disabling_intx_removes_the_unmask_eventfd)
{
	install_unmask(&self->dev);
	irq_disable(&self->dev, IRQ_INTX);
	irq_enable(&self->dev, IRQ_INTX, self->trigger);
	install_unmask(&self->dev);
}

TEST_F(unmask, an_unmask_eventfd_has_no_effect_while_intx_disable_is_set)
{
	int unmask = install_unmask(&self->dev);

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	config_intx_disable(&self->dev, 1);
	eventfd_fire(unmask);
	remove_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(self->trigger));
}

/* The eventfd triggers itself while the line is up, which must harm nobody else. */
TEST_F(unmask, one_eventfd_as_trigger_and_unmask_does_not_lock_up)
{
	irq_set(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, self->trigger);
	uart_raise(&self->dev);
	uart_lower(&self->dev);
	remove_unmask(&self->dev);
	irq_unmask(&self->dev);
	eventfd_take(self->trigger);
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
}

TEST_F(unmask, closing_with_everything_installed_leaves_a_quiet_device)
{
	int unmask = install_unmask(&self->dev);

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	eventfd_fire(unmask);
	vfio_close(&self->dev);
	eventfd_take(self->trigger);
	eventfd_fire(unmask);
	vfio_open(&self->dev, self->mdev.uuid, variant->mode);
	EXPECT_EQ(0, eventfd_take(self->trigger));
	EXPECT_EQ(0, config_interrupt_status(&self->dev));
}

TEST_F(unmask, a_stopped_device_is_unmasked_and_signals_on_the_way_out)
{
	int unmask = install_unmask(&self->dev);

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	mig_set(&self->dev, STATE_STOP);
	eventfd_fire(unmask);
	remove_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(self->trigger));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(1, eventfd_take(self->trigger));
}

TEST_F(unmask, an_unmask_eventfd_survives_reset)
{
	int unmask = install_unmask(&self->dev);

	vfio_reset(&self->dev);
	EXPECT_EQ(-EBUSY, __irq_set(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, unmask));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(self->trigger));
	eventfd_fire(unmask);
	EXPECT_EQ(1, eventfd_wait(self->trigger, WAIT_MS));
}

TEST_HARNESS_MAIN
