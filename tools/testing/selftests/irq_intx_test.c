// SPDX-License-Identifier: GPL-2.0-only
/* When INTx signals: masking, unmasking by call, INTX_DISABLE, loopback. */
#include "device_fixture.h"

TEST_F(device, a_raised_line_signals_once_and_masks_itself)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	EXPECT_EQ(0, eventfd_take(eventfd));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_lower(&self->dev);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, unmask_raises_a_pending_interrupt_again)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_unmask(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_set(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_UNMASK, 1, 1);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, unmask_of_a_low_line_signals_nothing)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_raise(&self->dev);
	uart_lower(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, unmask_of_an_unmasked_line_does_nothing)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_unmask(&self->dev);
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, a_masked_line_signals_when_it_is_unmasked)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_mask(&self->dev);
	irq_mask(&self->dev);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	irq_unmask(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, false_bools_neither_mask_nor_unmask_nor_trigger)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_set(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_MASK, 1, 0);
	irq_set(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(0, eventfd_take(eventfd));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_set(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_UNMASK, 1, 0);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, either_port_raises_the_line)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_run(&self->dev, "1:W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_raise(&self->dev);
	uart_run(&self->dev, "1:R2=02");
	irq_unmask(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_lower(&self->dev);
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, enabling_with_the_line_up_signals)
{
	int eventfd;

	uart_raise(&self->dev);
	eventfd = irq_enable_new(&self->dev, IRQ_INTX);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, disabled_intx_signals_nothing_and_starts_unmasked_again)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_mask(&self->dev);
	irq_disable(&self->dev, IRQ_INTX);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	irq_enable(&self->dev, IRQ_INTX, eventfd);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, a_new_trigger_replaces_the_old_one_and_keeps_the_mask)
{
	int old = irq_enable_new(&self->dev, IRQ_INTX), new = eventfd_new();

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(old));
	irq_enable(&self->dev, IRQ_INTX, new);
	EXPECT_EQ(0, eventfd_take(new));
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(old));
	EXPECT_EQ(1, eventfd_take(new));
}

TEST_F(device, a_bad_trigger_leaves_the_old_one)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	EXPECT_EQ(-EBADF, __irq_set(&self->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_TRIGGER, 1, 4095));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, without_a_trigger_intx_stays_enabled_and_silent)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_enable(&self->dev, IRQ_INTX, -1);
	uart_raise(&self->dev);
	EXPECT_EQ(0, __irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0));
	EXPECT_EQ(0, eventfd_take(eventfd));
	EXPECT_EQ(0, __irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_MASK, 1, 0));
}

TEST_F(device, an_interrupt_missed_without_trigger_comes_when_one_is_set)
{
	int eventfd = eventfd_new();

	irq_enable(&self->dev, IRQ_INTX, -1);
	uart_raise(&self->dev);
	irq_enable(&self->dev, IRQ_INTX, eventfd);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, loopback_signals_once_each_time_masked_or_not)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_set(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_TRIGGER, 1, 1);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_mask(&self->dev);
	irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, loopback_leaves_the_line_unmasked)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, intx_disable_silences_the_line_and_clearing_it_signals)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	config_intx_disable(&self->dev, 1);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	EXPECT_EQ(1, config_interrupt_status(&self->dev));
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, intx_disable_silences_loopback)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	config_intx_disable(&self->dev, 1);
	irq_set(&self->dev, IRQ_INTX, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	irq_set(&self->dev, IRQ_INTX, IRQ_BOOL | IRQ_TRIGGER, 1, 1);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, unmask_has_no_effect_while_intx_disable_is_set)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	config_intx_disable(&self->dev, 1);
	irq_unmask(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, clearing_intx_disable_signals_even_a_masked_line)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	irq_mask(&self->dev);
	uart_raise(&self->dev);
	config_intx_disable(&self->dev, 1);
	EXPECT_EQ(0, eventfd_take(eventfd));
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, rewriting_the_command_register_signals_nothing_new)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	uart_raise(&self->dev);
	EXPECT_EQ(1, eventfd_take(eventfd));
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, intx_disable_works_by_a_write_of_its_byte_alone)
{
	static const __u8 set = 0x04, clear;
	int eventfd = irq_enable_new(&self->dev, IRQ_INTX);

	config_write(&self->dev, 5, &set, 1);
	uart_raise(&self->dev);
	EXPECT_EQ(0, eventfd_take(eventfd));
	config_write(&self->dev, 5, &clear, 1);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, enabling_while_intx_disable_is_set_signals_when_it_is_cleared)
{
	int eventfd;

	config_intx_disable(&self->dev, 1);
	uart_raise(&self->dev);
	eventfd = irq_enable_new(&self->dev, IRQ_INTX);
	EXPECT_EQ(0, eventfd_take(eventfd));
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_HARNESS_MAIN
