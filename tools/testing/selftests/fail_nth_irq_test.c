// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts are set up, changed and taken down while memory fails. */
#include "fail_nth_fixture.h"

#define WAIT_MS		10000

/* Raise and lower the line by the interrupt enable for the bytes that are waiting. */
#define RAISE	"0:W1=00 0:W1=01"
#define LOWER	"0:W1=00"

static struct {
	__u32 index;
	__u32 flags;
	/* the eventfd set up before a call, or -1, and the one that the call sets up */
	int trigger;
	int eventfd;
} irq;

/* What triggering an index by software returns, and which eventfds it signals. */
static void expect_loopback(struct __test_metadata *_metadata, struct bench *bench, int ret,
			    unsigned int old, unsigned int new)
{
	EXPECT_EQ(ret, __irq_set(&bench->dev, irq.index, IRQ_NONE | IRQ_TRIGGER, 1, 0));
	EXPECT_EQ(old, irq.trigger < 0 ? 0 : eventfd_take(irq.trigger));
	EXPECT_EQ(new, eventfd_take(irq.eventfd));
}

static void prepare_inactive(struct bench *bench)
{
	busy(bench);
	irq.trigger = -1;
	irq.eventfd = eventfd_new();
}

static void prepare_active(struct bench *bench)
{
	prepare_inactive(bench);
	irq.trigger = irq_enable_new(&bench->dev, irq.index);
}

static void leave_inactive(struct __test_metadata *_metadata, struct bench *bench)
{
	if (irq.trigger >= 0)
		close(irq.trigger);
	close(irq.eventfd);
	EXPECT_EQ(-EINVAL, __irq_set(&bench->dev, irq.index, IRQ_NONE | IRQ_TRIGGER, 0, 0));
	expect_kept(_metadata, bench);
}

static int set_trigger(struct bench *bench)
{
	return __irq_set(&bench->dev, irq.index, IRQ_EVENTFD | IRQ_TRIGGER, 1, irq.eventfd);
}

static void expect_inactive(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_loopback(_metadata, bench, -EINVAL, 0, 0);
}

static void expect_old_trigger(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_loopback(_metadata, bench, 0, 1, 0);
}

static void expect_new_trigger(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_loopback(_metadata, bench, 0, 0, 1);
	irq_disable(&bench->dev, irq.index);
	leave_inactive(_metadata, bench);
}

static int disable(struct bench *bench)
{
	return __irq_set(&bench->dev, irq.index, IRQ_NONE | IRQ_TRIGGER, 0, 0);
}

static void expect_disabled(struct __test_metadata *_metadata, struct bench *bench)
{
	expect_inactive(_metadata, bench);
	leave_inactive(_metadata, bench);
}

static const struct {
	__u32 index;
	const char *name;
} irqs[] = {
	{ IRQ_INTX, "INTX" }, { IRQ_MSI, "MSI" }, { IRQ_ERR, "ERR" }, { IRQ_REQ, "REQ" },
};

static void expect_irqs_survive(struct __test_metadata *_metadata, struct bench *bench,
				const struct operation *op, const char *what)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(irqs); i++) {
		irq.index = irqs[i].index;
		expect_survival(_metadata, bench, op, what, irqs[i].name);
	}
}

TEST_F_TIMEOUT(fail_nth, an_eventfd_that_fails_sets_nothing_up, TIMEOUT)
{
	static const struct operation setting = {
		prepare_inactive, set_trigger, expect_inactive, expect_new_trigger,
	};

	expect_irqs_survive(_metadata, &self->bench, &setting, "set up ");
}

TEST_F_TIMEOUT(fail_nth, an_eventfd_that_fails_keeps_the_old_one, TIMEOUT)
{
	static const struct operation replacing = {
		prepare_active, set_trigger, expect_old_trigger, expect_new_trigger,
	};

	expect_irqs_survive(_metadata, &self->bench, &replacing, "replace ");
}

TEST_F_TIMEOUT(fail_nth, disabling_that_fails_keeps_the_eventfd, TIMEOUT)
{
	static const struct operation disabling = {
		prepare_active, disable, expect_old_trigger, expect_disabled,
	};

	expect_irqs_survive(_metadata, &self->bench, &disabling, "disable ");
}

static void prepare_pending(struct bench *bench)
{
	irq.index = IRQ_INTX;
	prepare_active(bench);
	uart_run(&bench->dev, RAISE);
	CHECK(eventfd_take(irq.trigger) == 1, "INTx does not signal");
}

static int set_unmask_eventfd(struct bench *bench)
{
	return __irq_set(&bench->dev, IRQ_INTX, IRQ_EVENTFD | IRQ_UNMASK, 1, irq.eventfd);
}

static void expect_unmask_eventfd(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, eventfd_take(irq.trigger));
	eventfd_fire(irq.eventfd);
	EXPECT_EQ(1, eventfd_wait(irq.trigger, WAIT_MS));
	uart_run(&bench->dev, LOWER);
	irq_disable(&bench->dev, IRQ_INTX);
	leave_inactive(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, an_unmask_eventfd_that_fails_is_not_installed, TIMEOUT)
{
	static const struct operation setting = {
		prepare_pending, set_unmask_eventfd, NULL, expect_unmask_eventfd,
	};
	const char *missing;

	irq.index = IRQ_INTX;
	prepare_active(&self->bench);
	missing = irq_unmask_eventfd_missing(&self->bench.dev);
	irq_disable(&self->bench.dev, IRQ_INTX);
	if (missing)
		SKIP(return, "%s", missing);
	expect_survival(_metadata, &self->bench, &setting, "set up an unmask eventfd", "");
}

/* Calls that need no eventfd, and one that is always refused. */
static int call_intx(struct bench *bench)
{
	int ret = __irq_set(&bench->dev, IRQ_INTX, irq.flags, 1, 1);

	return irq.flags == (IRQ_EVENTFD | IRQ_MASK) && ret == -ENOTTY ? 0 : ret;
}

static void expect_intx_works(struct __test_metadata *_metadata, struct bench *bench)
{
	eventfd_take(irq.trigger);
	irq_unmask(&bench->dev);
	uart_run(&bench->dev, RAISE);
	EXPECT_EQ(1, eventfd_take(irq.trigger));
	uart_run(&bench->dev, LOWER);
	irq_disable(&bench->dev, IRQ_INTX);
	leave_inactive(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, intx_calls_that_fail_leave_intx_working, TIMEOUT)
{
	static const struct operation call = {
		prepare_active, call_intx, NULL, expect_intx_works,
	};
	static const struct {
		__u32 flags;
		const char *name;
	} rows[] = {
		{ IRQ_NONE | IRQ_MASK, "mask" },
		{ IRQ_BOOL | IRQ_MASK, "mask by bool" },
		{ IRQ_EVENTFD | IRQ_MASK, "mask by eventfd, which is refused" },
		{ IRQ_NONE | IRQ_UNMASK, "unmask" },
		{ IRQ_BOOL | IRQ_UNMASK, "unmask by bool" },
		{ IRQ_NONE | IRQ_TRIGGER, "trigger" },
		{ IRQ_BOOL | IRQ_TRIGGER, "trigger by bool" },
	};
	size_t i;

	irq.index = IRQ_INTX;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		irq.flags = rows[i].flags;
		expect_survival(_metadata, &self->bench, &call, "INTX ", rows[i].name);
	}
}

TEST_HARNESS_MAIN
