// SPDX-License-Identifier: GPL-2.0-only
/* When MSI, ERR and REQ signal, beyond the messages that the UART vectors count. */
#include "device_fixture.h"

TEST_F(device, a_request_that_rises_sends_one_message)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_run(&self->dev, "R2=02 R2=01");
	EXPECT_EQ(0, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=00 W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, each_port_sends_its_own_message)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	uart_run(&self->dev, "0:W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_run(&self->dev, "1:W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, an_ier_write_under_a_request_sends_another_message)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	uart_run(&self->dev, "W3=03 W2=01 W0=41 W1=01");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=01");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=05");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=00");
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, a_divisor_write_under_a_request_sends_nothing)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	uart_run(&self->dev, "W1=02 W3=80");
	EXPECT_EQ(1, eventfd_take(eventfd));
	uart_run(&self->dev, "W1=01");
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, enabling_under_a_request_sends_a_message)
{
	int eventfd;

	uart_run(&self->dev, "W1=02");
	eventfd = irq_enable_new(&self->dev, IRQ_MSI);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, a_message_missed_without_eventfd_comes_when_one_is_set)
{
	int eventfd = eventfd_new();

	irq_enable(&self->dev, IRQ_MSI, -1);
	uart_run(&self->dev, "W1=02");
	irq_enable(&self->dev, IRQ_MSI, eventfd);
	EXPECT_LE(1, eventfd_take(eventfd));
}

TEST_F(device, enabling_without_a_request_sends_nothing)
{
	EXPECT_EQ(0, eventfd_take(irq_enable_new(&self->dev, IRQ_MSI)));
}

TEST_F(device, loopback_is_exactly_one_message)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	irq_set(&self->dev, IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_set(&self->dev, IRQ_MSI, IRQ_BOOL | IRQ_TRIGGER, 1, 1);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_set(&self->dev, IRQ_MSI, IRQ_BOOL | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, loopback_without_eventfd_is_ignored)
{
	irq_enable(&self->dev, IRQ_MSI, -1);
	EXPECT_EQ(0, __irq_set(&self->dev, IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 1, 0));
}

TEST_F(device, a_new_eventfd_replaces_the_old_one)
{
	int old = irq_enable_new(&self->dev, IRQ_MSI), new = eventfd_new();

	irq_enable(&self->dev, IRQ_MSI, new);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(0, eventfd_take(old));
	EXPECT_EQ(1, eventfd_take(new));
}

TEST_F(device, a_call_without_eventfds_leaves_the_old_one)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	irq_set(&self->dev, IRQ_MSI, IRQ_EVENTFD | IRQ_TRIGGER, 0, 0);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, a_bad_eventfd_removes_the_vectors_of_its_call)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	EXPECT_EQ(-EBADF, __irq_set(&self->dev, IRQ_MSI, IRQ_EVENTFD | IRQ_TRIGGER, 1, 4095));
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(0, eventfd_take(eventfd));
	EXPECT_EQ(0, __irq_set(&self->dev, IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 1, 0));
}

TEST_F(device, a_disabled_index_sends_nothing)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	irq_disable(&self->dev, IRQ_MSI);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, intx_takes_over_a_request_after_msi_and_back)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_disable(&self->dev, IRQ_MSI);
	irq_enable(&self->dev, IRQ_INTX, eventfd);
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_disable(&self->dev, IRQ_INTX);
	irq_enable(&self->dev, IRQ_MSI, eventfd);
	EXPECT_EQ(1, eventfd_take(eventfd));
}

TEST_F(device, intx_disable_does_not_hold_back_messages)
{
	int eventfd = irq_enable_new(&self->dev, IRQ_MSI);

	config_intx_disable(&self->dev, 1);
	uart_run(&self->dev, "W1=02");
	EXPECT_EQ(1, eventfd_take(eventfd));
	irq_set(&self->dev, IRQ_MSI, IRQ_NONE | IRQ_TRIGGER, 1, 0);
	EXPECT_EQ(1, eventfd_take(eventfd));
	config_intx_disable(&self->dev, 0);
	EXPECT_EQ(0, eventfd_take(eventfd));
}

TEST_F(device, err_and_req_signal_by_loopback_only)
{
	static const __u32 indices[] = { IRQ_ERR, IRQ_REQ };
	int eventfd = eventfd_new();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		irq_enable(&self->dev, indices[i], eventfd);
		uart_run(&self->dev, "RST W1=02");
		EXPECT_EQ(0, eventfd_take(eventfd));
		irq_set(&self->dev, indices[i], IRQ_NONE | IRQ_TRIGGER, 1, 0);
		EXPECT_EQ(1, eventfd_take(eventfd));
		irq_set(&self->dev, indices[i], IRQ_BOOL | IRQ_TRIGGER, 1, 1);
		EXPECT_EQ(1, eventfd_take(eventfd));
		irq_set(&self->dev, indices[i], IRQ_BOOL | IRQ_TRIGGER, 1, 0);
		EXPECT_EQ(0, eventfd_take(eventfd));
		irq_disable(&self->dev, indices[i]);
	}
}

TEST_F(device, err_and_req_are_replaced_and_removed)
{
	static const __u32 indices[] = { IRQ_ERR, IRQ_REQ };
	int old = eventfd_new(), new = eventfd_new();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		irq_enable(&self->dev, indices[i], old);
		irq_enable(&self->dev, indices[i], new);
		irq_set(&self->dev, indices[i], IRQ_NONE | IRQ_TRIGGER, 1, 0);
		EXPECT_EQ(0, eventfd_take(old));
		EXPECT_EQ(1, eventfd_take(new));
		EXPECT_EQ(-EBADF, __irq_set(&self->dev, indices[i], IRQ_EVENTFD | IRQ_TRIGGER, 1,
					    4095));
		irq_set(&self->dev, indices[i], IRQ_NONE | IRQ_TRIGGER, 1, 0);
		EXPECT_EQ(1, eventfd_take(new));
		irq_enable(&self->dev, indices[i], -1);
		EXPECT_EQ(-EINVAL, __irq_set(&self->dev, indices[i], IRQ_NONE | IRQ_TRIGGER, 1, 0));
	}
}

TEST_HARNESS_MAIN
