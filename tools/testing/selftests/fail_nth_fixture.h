/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls in which an allocation or a user copy fails, one place after the other. Each
 * call must return an error and leave nothing behind, and must work when it is repeated.
 * The script run looks for leaked memory afterwards.
 */
#ifndef FAIL_NTH_FIXTURE_H
#define FAIL_NTH_FIXTURE_H

#include <dirent.h>

#include "fail.h"
#include "mtty_test.h"

#define TIMEOUT		600

/* Both ports in use, and three bytes waiting to be read. */
#define BUSY	"0:W3=03 0:W2=01 0:W7=A5 1:W3=1B 1:W7=5A 0:W0=[41-43]"
#define KEPT	"0:R7=A5 1:R7=5A 1:R3=1B 0:R5=61 0:R0=[41-43] 0:R5=60"
#define LOOPS	"0:W3=03 0:W0=51 0:R0=51"

/* The device under test, and what the operations of all programs need. */
struct bench {
	enum vfio_mode mode;
	struct mdev mdev;
	struct vfio_dev dev;
	/* a second device, for operations that need one */
	struct mdev other;
	/* the call succeeded although a place in it failed; its error if it did not */
	bool forgiven;
	int error;
	/* a call's answer, and its answer when nothing fails */
	__u8 answer[CONFIG_SIZE];
	__u8 expected[CONFIG_SIZE];
};

/*
 * @call: a negative errno if it failed
 * @refused: what must hold after that
 * @done: what must hold after success; leaves nothing open that @prepare opened
 */
struct operation {
	void (*prepare)(struct bench *bench);
	int (*call)(struct bench *bench);
	void (*refused)(struct __test_metadata *_metadata, struct bench *bench);
	void (*done)(struct __test_metadata *_metadata, struct bench *bench);
};

FIXTURE(fail_nth) {
	struct fail_knobs knobs;
	struct bench bench;
};

FIXTURE_VARIANT(fail_nth) {
	enum vfio_mode mode;
};

FIXTURE_VARIANT_ADD(fail_nth, group) {
	.mode = VFIO_MODE_GROUP,
};

FIXTURE_VARIANT_ADD(fail_nth, cdev) {
	.mode = VFIO_MODE_CDEV,
};

FIXTURE_SETUP(fail_nth)
{
	const char *missing = vfio_mode_missing(variant->mode) ?: fail_missing();

	if (missing)
		SKIP(return, "%s", missing);
	self->bench.mode = variant->mode;
	vfio_open_new(&self->bench.dev, &self->bench.mdev, "mtty-2", variant->mode);
	fail_knobs_set(&self->knobs);
}

FIXTURE_TEARDOWN_PARENT(fail_nth)
{
	fail_knobs_restore(&self->knobs);
	mdev_remove(&self->bench.mdev);
	mdev_remove(&self->bench.other);
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int files = 0;

	CHECK(dir, "cannot list the open files");
	while (readdir(dir))
		files++;
	closedir(dir);
	return files;
}

/* Returns whether the call had an n-th place that can fail. */
static bool survives(struct __test_metadata *_metadata, struct bench *bench,
		     const struct operation *op, unsigned int n)
{
	unsigned int files;
	bool failed;
	int ret;

	op->prepare(bench);
	files = open_files();
	fail_arm(n);
	ret = op->call(bench);
	failed = fail_disarm();
	bench->forgiven = failed && ret >= 0;
	if (ret < 0) {
		EXPECT_TRUE(failed && (ret == -ENOMEM || ret == -EFAULT))
			TH_LOG("returned %d", ret);
		EXPECT_EQ(files, open_files());
		bench->error = ret;
		if (op->refused)
			op->refused(_metadata, bench);
		ret = op->call(bench);
		EXPECT_LE(0, ret);
	}
	op->done(_metadata, bench);
	return failed;
}

/* The first call has no fault, which also faults in all pages that the calls touch. */
static void expect_survival(struct __test_metadata *_metadata, struct bench *bench,
			    const struct operation *op, const char *what, const char *whereto)
{
	unsigned int n = 0, files;

	op->prepare(bench);
	fail_arm(0);
	ASSERT_LE(0, op->call(bench))
		TH_LOG("%s%s fails without a fault", what, whereto);
	memcpy(bench->expected, bench->answer, sizeof(bench->expected));
	op->done(_metadata, bench);

	files = open_files();
	do {
		n++;
	} while (survives(_metadata, bench, op, n) && __test_passed(_metadata));
	EXPECT_EQ(files, open_files());
	if (__test_passed(_metadata))
		TH_LOG("%s%s: %u places failed", what, whereto, n - 1);
	else
		TH_LOG("%s%s: wrong after place %u failed", what, whereto, n);
}

static void expect_run(struct __test_metadata *_metadata, struct vfio_dev *dev,
		       const char *tokens)
{
	const char *failed = __uart_run(dev, tokens);

	EXPECT_EQ(NULL, failed)
		TH_LOG("\"%s\" fails from here on: %s", tokens, failed);
}

static void busy(struct bench *bench)
{
	vfio_reset(&bench->dev);
	uart_run(&bench->dev, BUSY);
}

static void expect_kept(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(STATE_RUNNING, mig_get(&bench->dev));
	expect_run(_metadata, &bench->dev, KEPT);
	expect_run(_metadata, &bench->dev, LOOPS);
}

/* @ret: the number of bytes moved, or an error; a short count cannot be the injected fault */
static inline int moved_all(ssize_t ret, size_t wanted)
{
	if (ret < 0)
		return ret;
	return ret == (ssize_t)wanted ? 0 : -EIO;
}

static inline void *new_answer(struct bench *bench)
{
	return memset(bench->answer, 0xee, sizeof(bench->answer));
}

static inline void expect_answer(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, memcmp(bench->expected, bench->answer, sizeof(bench->answer)));
	expect_kept(_metadata, bench);
}

#endif /* FAIL_NTH_FIXTURE_H */
