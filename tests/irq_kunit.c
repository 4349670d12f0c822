// SPDX-License-Identifier: GPL-2.0-only
/* When an interrupt is signalled, and when it is not */
#include "kunit_card.h"
#include "uart_vectors.h"

static void request_thre(struct mtty_dev *mtty, unsigned int nr)
{
	mtty_port_write(mtty, nr, UART_IER, UART_IER_THRI);
}

static void drop_thre(struct mtty_dev *mtty, unsigned int nr)
{
	mtty_port_write(mtty, nr, UART_IER, 0);
}

static void set_intx_disable(struct mtty_dev *mtty, bool disable)
{
	u8 command = disable ? PCI_COMMAND_INTX_DISABLE >> 8 : 0;

	mtty_pci_write(mtty, PCI_COMMAND + 1, &command, 1);
}

static void with_ports_locked(struct mtty_dev *mtty, void (*call)(struct mtty_dev *mtty))
{
	mtty_ports_lock(mtty);
	call(mtty);
	mtty_ports_unlock(mtty);
}

static void announce(struct mtty_dev *mtty)
{
	mtty_irq_announce(mtty, true);
}

static void intx_is_signalled_once_and_then_masked(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 2);

	card_set_irq(mtty, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(mtty, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	request_thre(mtty, 1);
	drop_thre(mtty, 0);
	request_thre(mtty, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void unmask_raises_a_pending_interrupt_again(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	card_set_irq(mtty, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(mtty, 0);
	card_take_signals();
	with_ports_locked(mtty, mtty_irq_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	drop_thre(mtty, 0);
	with_ports_locked(mtty, mtty_irq_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void intx_disable_holds_the_interrupt_back(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	card_set_irq(mtty, VFIO_PCI_INTX_IRQ_INDEX);
	set_intx_disable(mtty, true);
	request_thre(mtty, 0);
	with_ports_locked(mtty, mtty_irq_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	set_intx_disable(mtty, false);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

static void intx_disable_leaves_msi_alone(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	card_set_irq(mtty, VFIO_PCI_MSI_IRQ_INDEX);
	set_intx_disable(mtty, true);
	request_thre(mtty, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

static void halt_holds_the_interrupt_back(struct kunit *test)
{
	static const unsigned int indices[] = {
		VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX,
	};
	struct mtty_dev *mtty;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		mtty = card_new(test, 2);
		card_set_irq(mtty, indices[i]);
		with_ports_locked(mtty, mtty_irq_halt);
		request_thre(mtty, 1);
		KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
		with_ports_locked(mtty, mtty_irq_resume);
		KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	}
}

/* What is announced is signalled once by INTx, and by nothing else. */
static void an_announced_load_signals_intx_once(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	card_set_irq(mtty, VFIO_PCI_INTX_IRQ_INDEX);
	with_ports_locked(mtty, mtty_irq_halt);
	with_ports_locked(mtty, announce);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	with_ports_locked(mtty, mtty_irq_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	with_ports_locked(mtty, mtty_irq_unmask);
	with_ports_locked(mtty, mtty_irq_halt);
	with_ports_locked(mtty, mtty_irq_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);

	card_set_irq(mtty, VFIO_PCI_MSI_IRQ_INDEX);
	with_ports_locked(mtty, mtty_irq_halt);
	with_ports_locked(mtty, announce);
	with_ports_locked(mtty, mtty_irq_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void a_forgotten_mask_and_announcement_do_nothing(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	card_set_irq(mtty, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(mtty, 0);
	with_ports_locked(mtty, mtty_irq_halt);
	drop_thre(mtty, 0);
	card_take_signals();
	with_ports_locked(mtty, announce);
	with_ports_locked(mtty, mtty_irq_forget);
	with_ports_locked(mtty, mtty_irq_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	request_thre(mtty, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

static void msi_sends_one_message_per_port(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 2);

	card_set_irq(mtty, VFIO_PCI_MSI_IRQ_INDEX);
	request_thre(mtty, 0);
	request_thre(mtty, 1);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 2);
}

static void msi_is_sent_again_by_an_ier_write_that_leaves_the_request(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	card_set_irq(mtty, VFIO_PCI_MSI_IRQ_INDEX);
	request_thre(mtty, 0);
	card_take_signals();
	request_thre(mtty, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	mtty_port_write(mtty, 0, UART_SCR, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void without_a_trigger_nothing_is_signalled_or_masked(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 1);

	request_thre(mtty, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	KUNIT_EXPECT_EQ(test, mtty->irq.masked, 0);
}

static void status_shows_the_line_even_while_it_is_masked(struct kunit *test)
{
	struct mtty_dev *mtty = card_new(test, 2);
	u8 status;

	set_intx_disable(mtty, true);
	request_thre(mtty, 1);
	mtty_pci_read(mtty, PCI_STATUS, &status, 1);
	KUNIT_EXPECT_TRUE(test, status & PCI_STATUS_INTERRUPT);
	drop_thre(mtty, 1);
	mtty_pci_read(mtty, PCI_STATUS, &status, 1);
	KUNIT_EXPECT_FALSE(test, status & PCI_STATUS_INTERRUPT);
}

/* What the vectors run on: a card with MSI, whose messages are counted */
struct vector_card {
	struct mtty_dev *mtty;
	unsigned int messages;
};

static void reset_ports(struct mtty_dev *mtty)
{
	mtty_ports_reset(mtty);
}

static void vector_reset(void *data)
{
	struct vector_card *card = data;

	with_ports_locked(card->mtty, reset_ports);
	card_take_signals();
	card->messages = 0;
}

static void vector_write(void *data, unsigned int port, unsigned int offset, u8 val)
{
	struct vector_card *card = data;

	mtty_port_write(card->mtty, port, offset, val);
}

static u8 vector_read(void *data, unsigned int port, unsigned int offset)
{
	struct vector_card *card = data;

	return mtty_port_read(card->mtty, port, offset);
}

static bool vector_line(void *data)
{
	struct vector_card *card = data;

	return mtty_ports_request(card->mtty);
}

static unsigned int vector_messages(void *data)
{
	struct vector_card *card = data;

	card->messages += card_take_signals();
	return card->messages;
}

static const struct uart_vector_ops vector_ops = {
	.reset = vector_reset,
	.write = vector_write,
	.read = vector_read,
	.line = vector_line,
	.messages = vector_messages,
};

static void vector_describe(const struct uart_vector *vector, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s_%s", vector->id, vector->name);
}

KUNIT_ARRAY_PARAM(vector, uart_vectors, vector_describe);

static void port_sends_the_messages_of_the_vector(struct kunit *test)
{
	const struct uart_vector *vector = test->param_value;
	struct vector_card card = { .mtty = card_new(test, 2) };
	struct uart_vector_run run;

	card_set_irq(card.mtty, VFIO_PCI_MSI_IRQ_INDEX);
	KUNIT_EXPECT_TRUE_MSG(test,
			      uart_vector_run(&run, vector->tokens, &vector_ops, &card),
			      "expected %x, seen %x at %s",
			      run.expected, run.seen, run.token);
}

static struct kunit_case irq_cases[] = {
	KUNIT_CASE(intx_is_signalled_once_and_then_masked),
	KUNIT_CASE(unmask_raises_a_pending_interrupt_again),
	KUNIT_CASE(intx_disable_holds_the_interrupt_back),
	KUNIT_CASE(intx_disable_leaves_msi_alone),
	KUNIT_CASE(halt_holds_the_interrupt_back),
	KUNIT_CASE(an_announced_load_signals_intx_once),
	KUNIT_CASE(a_forgotten_mask_and_announcement_do_nothing),
	KUNIT_CASE(msi_sends_one_message_per_port),
	KUNIT_CASE(msi_is_sent_again_by_an_ier_write_that_leaves_the_request),
	KUNIT_CASE(without_a_trigger_nothing_is_signalled_or_masked),
	KUNIT_CASE(status_shows_the_line_even_while_it_is_masked),
	KUNIT_CASE_PARAM(port_sends_the_messages_of_the_vector, vector_gen_params),
	{}
};

static struct kunit_suite irq_suite = {
	.name = "mtty_irq",
	.test_cases = irq_cases,
};

kunit_test_suite(irq_suite);
