// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every UART vector through the BARs of a two-port device, twice. With MSI, messages are
 * counted and the line is read from PCI status; with INTx, the line is seen only through
 * an eventfd.
 */
#include "mtty_test.h"
#include "uart_vectors.h"

/* @eventfd: signalled by the interrupt; @messages: how often since the last reset */
struct card {
	struct vfio_dev *dev;
	int eventfd;
	unsigned int messages;
};

FIXTURE(uart) {
	struct mdev mdev;
	struct vfio_dev dev;
};

FIXTURE_VARIANT(uart) {
	const struct uart_vector *vector;
	enum vfio_mode mode;
};

static FIXTURE_VARIANT(uart) variants[2 * ARRAY_SIZE(uart_vectors)];
static struct __fixture_variant_metadata variant_metadata[ARRAY_SIZE(variants)];
static char variant_names[ARRAY_SIZE(variants)][96];

FIXTURE_SETUP(uart)
{
	vfio_open_new(&self->dev, &self->mdev, "mtty-2", variant->mode);
}

FIXTURE_TEARDOWN_PARENT(uart)
{
	mdev_remove(&self->mdev);
}

static void card_write(void *data, unsigned int port, unsigned int offset, __u8 value)
{
	struct card *card = data;

	uart_write(card->dev, port, offset, value);
}

static __u8 card_read(void *data, unsigned int port, unsigned int offset)
{
	struct card *card = data;

	return uart_read(card->dev, port, offset);
}

static void card_reset(void *data)
{
	struct card *card = data;

	vfio_reset(card->dev);
	eventfd_take(card->eventfd);
	card->messages = 0;
}

static bool card_status(void *data)
{
	struct card *card = data;

	return config_interrupt_status(card->dev);
}

/* Unmasking signals again if the line is up, whatever was signalled before. */
static bool card_intx(void *data)
{
	struct card *card = data;

	eventfd_take(card->eventfd);
	irq_unmask(card->dev);
	return eventfd_take(card->eventfd);
}

static unsigned int card_messages(void *data)
{
	struct card *card = data;

	card->messages += eventfd_take(card->eventfd);
	return card->messages;
}

static const struct uart_vector_ops msi_ops = {
	.reset = card_reset,
	.write = card_write,
	.read = card_read,
	.line = card_status,
	.messages = card_messages,
};

static const struct uart_vector_ops intx_ops = {
	.reset = card_reset,
	.write = card_write,
	.read = card_read,
	.line = card_intx,
};

static void run_vector(struct __test_metadata *_metadata, struct vfio_dev *dev,
		       const struct uart_vector *vector, __u32 index,
		       const struct uart_vector_ops *ops)
{
	struct card card = { .dev = dev, .eventfd = eventfd_new(), };
	struct uart_vector_run run;

	irq_enable(dev, index, card.eventfd);
	EXPECT_TRUE(uart_vector_run(&run, vector->tokens, ops, &card)) {
		TH_LOG("%s: expected %x, seen %x at token %zu: %s", vector->id, run.expected,
		       run.seen, (size_t)(run.token - vector->tokens), run.token);
	}
}

TEST_F(uart, with_msi)
{
	run_vector(_metadata, &self->dev, variant->vector, IRQ_MSI, &msi_ops);
}

TEST_F(uart, with_intx)
{
	run_vector(_metadata, &self->dev, variant->vector, IRQ_INTX, &intx_ops);
}

/* Each vector is a variant, so that it gets a TAP line and a name of its own. */
static void register_vector(size_t slot, size_t vector, enum vfio_mode mode)
{
	snprintf(variant_names[slot], sizeof(variant_names[slot]), "%s%s_%s",
		 mode == VFIO_MODE_CDEV ? "cdev_" : "", uart_vectors[vector].id,
		 uart_vectors[vector].name);
	variants[slot].vector = &uart_vectors[vector];
	variants[slot].mode = mode;
	variant_metadata[slot].name = variant_names[slot];
	variant_metadata[slot].data = &variants[slot];
	__register_fixture_variant(&_uart_fixture_object, &variant_metadata[slot]);
}

static void __attribute__((constructor(KSELFTEST_PRIO_TEST))) register_vectors(void)
{
	enum vfio_mode mode;
	size_t vector, slot = 0;

	for (mode = VFIO_MODE_GROUP; mode <= VFIO_MODE_CDEV; mode++) {
		if (vfio_mode_missing(mode))
			continue;
		for (vector = 0; vector < ARRAY_SIZE(uart_vectors); vector++)
			register_vector(slot++, vector, mode);
	}
}

TEST_HARNESS_MAIN
