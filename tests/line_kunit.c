// SPDX-License-Identifier: GPL-2.0-only
/* When an interrupt is signalled, and when it is not */
#include "kunit_card.h"
#include "uart_vectors.h"

static void request_thre(struct mtty_card *card, unsigned int nr)
{
	mtty_card_write_port(card, nr, UART_IER, UART_IER_THRI);
}

static void drop_thre(struct mtty_card *card, unsigned int nr)
{
	mtty_card_write_port(card, nr, UART_IER, 0);
}

static void set_intx_disable(struct mtty_card *card, bool disable)
{
	u8 command = disable ? PCI_COMMAND_INTX_DISABLE >> 8 : 0;

	mtty_card_write_config(card, PCI_COMMAND + 1, &command, 1);
}

static void with_the_line(struct mtty_card *card, void (*call)(struct mtty_line *line))
{
	spin_lock(&card->lock);
	call(&card->line);
	spin_unlock(&card->lock);
}

static void announce(struct mtty_line *line)
{
	mtty_line_announce(line, true);
}

static void intx_is_signalled_once_and_then_masked(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);

	card_set_irq(card, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	request_thre(card, 1);
	drop_thre(card, 0);
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void unmask_raises_a_pending_interrupt_again(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	card_set_irq(card, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(card, 0);
	card_take_signals();
	with_the_line(card, mtty_line_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	drop_thre(card, 0);
	with_the_line(card, mtty_line_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void intx_disable_holds_the_interrupt_back(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	card_set_irq(card, VFIO_PCI_INTX_IRQ_INDEX);
	set_intx_disable(card, true);
	request_thre(card, 0);
	with_the_line(card, mtty_line_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	set_intx_disable(card, false);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

static void intx_disable_leaves_msi_alone(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	card_set_irq(card, VFIO_PCI_MSI_IRQ_INDEX);
	set_intx_disable(card, true);
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

static void halt_holds_the_interrupt_back(struct kunit *test)
{
	static const unsigned int indices[] = {
		VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX,
	};
	struct mtty_card *card;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indices); i++) {
		card = card_new(test, 2);
		card_set_irq(card, indices[i]);
		with_the_line(card, mtty_line_halt);
		request_thre(card, 1);
		KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
		with_the_line(card, mtty_line_resume);
		KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	}
}

/* What is announced is signalled once by INTx, and by nothing else. */
static void an_announced_load_signals_intx_once(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	card_set_irq(card, VFIO_PCI_INTX_IRQ_INDEX);
	with_the_line(card, mtty_line_halt);
	with_the_line(card, announce);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	with_the_line(card, mtty_line_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	with_the_line(card, mtty_line_unmask);
	with_the_line(card, mtty_line_halt);
	with_the_line(card, mtty_line_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);

	card_set_irq(card, VFIO_PCI_MSI_IRQ_INDEX);
	with_the_line(card, mtty_line_halt);
	with_the_line(card, announce);
	with_the_line(card, mtty_line_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void a_forgotten_mask_and_announcement_do_nothing(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	card_set_irq(card, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(card, 0);
	with_the_line(card, mtty_line_halt);
	drop_thre(card, 0);
	card_take_signals();
	with_the_line(card, announce);
	with_the_line(card, mtty_line_forget);
	with_the_line(card, mtty_line_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

static void msi_sends_one_message_per_port(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);

	card_set_irq(card, VFIO_PCI_MSI_IRQ_INDEX);
	request_thre(card, 0);
	request_thre(card, 1);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 2);
}

static void msi_is_sent_again_by_an_ier_write_that_leaves_the_request(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	card_set_irq(card, VFIO_PCI_MSI_IRQ_INDEX);
	request_thre(card, 0);
	card_take_signals();
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
	mtty_card_write_port(card, 0, UART_SCR, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

static void without_a_trigger_nothing_is_signalled_or_masked(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	KUNIT_EXPECT_EQ(test, card->line.masked, false);
}

static void status_shows_the_line_even_while_it_is_masked(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 2);
	u8 status;

	set_intx_disable(card, true);
	request_thre(card, 1);
	mtty_card_read_config(card, PCI_STATUS, &status, 1);
	KUNIT_EXPECT_TRUE(test, status & PCI_STATUS_INTERRUPT);
	drop_thre(card, 1);
	mtty_card_read_config(card, PCI_STATUS, &status, 1);
	KUNIT_EXPECT_FALSE(test, status & PCI_STATUS_INTERRUPT);
}

static void add_fault(struct kunit *test, struct mtty_card *card, const char *rule)
{
	KUNIT_ASSERT_EQ(test, mtty_faults_add(card->line.faults, rule, NULL), 0);
}

static void a_rule_with_drop_loses_the_signals_that_it_says(struct kunit *test)
{
	static const unsigned int expected[] = { 1, 0, 0, 1, 1, 0, 1 };
	struct mtty_card *card = card_new(test, 1);
	unsigned int i;

	add_fault(test, card, "irq nth=2 times=2 drop\nirq nth=6 drop\n");
	card_set_irq(card, VFIO_PCI_MSI_IRQ_INDEX);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		request_thre(card, 0);
		KUNIT_EXPECT_EQ_MSG(test, card_take_signals(), expected[i], "signal %u", i + 1);
	}
	mtty_faults_clear(card->line.faults);
	add_fault(test, card, "irq times=always drop\n");
	request_thre(card, 0);
	request_thre(card, 0);
	mtty_card_fire(card);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
}

/* The card believes that it was heard, as one does whose signal gets lost on the way. */
static void a_dropped_intx_masks_the_line(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	add_fault(test, card, "irq drop\n");
	card_set_irq(card, VFIO_PCI_INTX_IRQ_INDEX);
	request_thre(card, 0);
	drop_thre(card, 0);
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	with_the_line(card, mtty_line_unmask);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

/* An interrupt that is held back is no signal that could get lost. */
static void only_signals_count_as_passes(struct kunit *test)
{
	struct mtty_card *card = card_new(test, 1);

	add_fault(test, card, "irq drop\n");
	request_thre(card, 0);
	drop_thre(card, 0);
	card_set_irq(card, VFIO_PCI_MSI_IRQ_INDEX);
	with_the_line(card, mtty_line_halt);
	request_thre(card, 0);
	with_the_line(card, mtty_line_resume);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 0);
	request_thre(card, 0);
	KUNIT_EXPECT_EQ(test, card_take_signals(), 1);
}

/* What the vectors run on: a card with MSI, whose messages are counted */
struct vector_card {
	struct mtty_card *card;
	unsigned int messages;
};

static void vector_reset(void *data)
{
	struct vector_card *vector = data;

	mtty_card_reset(vector->card);
	card_take_signals();
	vector->messages = 0;
}

static void vector_write(void *data, unsigned int port, unsigned int offset, u8 val)
{
	struct vector_card *vector = data;

	mtty_card_write_port(vector->card, port, offset, val);
}

static u8 vector_read(void *data, unsigned int port, unsigned int offset)
{
	struct vector_card *vector = data;

	return mtty_card_read_port(vector->card, port, offset);
}

static bool vector_line(void *data)
{
	struct vector_card *vector = data;

	return mtty_line_asserted(&vector->card->line);
}

static unsigned int vector_messages(void *data)
{
	struct vector_card *vector = data;

	vector->messages += card_take_signals();
	return vector->messages;
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
	struct vector_card card = { .card = card_new(test, 2) };
	struct uart_vector_run run;

	card_set_irq(card.card, VFIO_PCI_MSI_IRQ_INDEX);
	KUNIT_EXPECT_TRUE_MSG(test,
			      uart_vector_run(&run, vector->tokens, &vector_ops, &card),
			      "expected %x, seen %x at %s",
			      run.expected, run.seen, run.token);
}

static struct kunit_case line_cases[] = {
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
	KUNIT_CASE(a_rule_with_drop_loses_the_signals_that_it_says),
	KUNIT_CASE(a_dropped_intx_masks_the_line),
	KUNIT_CASE(only_signals_count_as_passes),
	KUNIT_CASE_PARAM(port_sends_the_messages_of_the_vector, vector_gen_params),
	{}
};

static struct kunit_suite line_suite = {
	.name = "mtty_line",
	.test_cases = line_cases,
};

kunit_test_suite(line_suite);
