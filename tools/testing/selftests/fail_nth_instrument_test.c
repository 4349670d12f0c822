// SPDX-License-Identifier: GPL-2.0-only
/* Rules, settings and payload, while memory fails. */
#include "fail_nth_fixture.h"

#define STATE_SIZE	8001
#define PRECOPY_SIZE	5000
#define ROOM		(2 * STATE_SIZE)

static struct {
	/* what a write of the attribute holds, and what must be read then */
	const char *name;
	const char *value;
	const char *expected;
	/* the session, its stream, and how much of that has been moved */
	unsigned int state;
	int data_fd;
	size_t size;
	size_t done;
	__u8 stream[ROOM];
	__u8 seen[ROOM];
} at;

/* Rules */

static void prepare_rules(struct bench *bench)
{
	busy(bench);
	fault_clear(&bench->mdev);
	fault_add(&bench->mdev, "log_start error=EIO");
}

static int add_rules(struct bench *bench)
{
	return __card_set(&bench->mdev, "faults",
			  "log_read error=EIO\nlog_read delay=5\nopen nth=2 error=EBUSY");
}

static void expect_one_rule(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(1, fault_count(&bench->mdev));
}

static void expect_four_rules(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(4, fault_count(&bench->mdev));
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, rules_are_all_added_or_none, TIMEOUT)
{
	static const struct operation adding = {
		prepare_rules, add_rules, expect_one_rule, expect_four_rules,
	};

	expect_survival(_metadata, &self->bench, &adding, "add rules", "");
}

static int clear_rules(struct bench *bench)
{
	return __card_set(&bench->mdev, "faults", "clear");
}

static void expect_no_rule(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, fault_count(&bench->mdev));
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, rules_are_all_cleared_or_none, TIMEOUT)
{
	static const struct operation clearing = {
		prepare_rules, clear_rules, expect_one_rule, expect_no_rule,
	};

	expect_survival(_metadata, &self->bench, &clearing, "clear rules", "");
}

static int read_rules(struct bench *bench)
{
	char line[64];
	int ret = __sysfs_read(CARD_PATH(&bench->mdev, "faults"), line, sizeof(line));

	memcpy(new_answer(bench), line, ret ? 0 : sizeof(line));
	return ret;
}

TEST_F_TIMEOUT(fail_nth, a_list_of_rules_is_whole_or_an_error, TIMEOUT)
{
	static const struct operation listing = {
		prepare_rules, read_rules, expect_one_rule, expect_answer,
	};

	expect_survival(_metadata, &self->bench, &listing, "list rules", "");
}

/* A hit allocates nothing, so the call fails as the rule says and in no other way. */
static void prepare_hit(struct bench *bench)
{
	prepare_rules(bench);
	fault_add(&bench->mdev, "irq drop");
}

static int hit(struct bench *bench)
{
	return __vfio_reset(&bench->dev);
}

static void expect_hit(struct __test_metadata *_metadata, struct bench *bench)
{
	uart_run(&bench->dev, BUSY);
	expect_kept(_metadata, bench);
	EXPECT_EQ(2, fault_count(&bench->mdev));
}

TEST_F_TIMEOUT(fail_nth, a_card_with_rules_resets_whatever_fails, TIMEOUT)
{
	static const struct operation hitting = { prepare_hit, hit, NULL, expect_hit, };

	expect_survival(_metadata, &self->bench, &hitting, "RESET", " with rules");
}

/* Settings */

static void prepare_setting(struct bench *bench)
{
	vfio_close(&bench->dev);
	card_set(&bench->mdev, "migration/precopy_size", "0");
	card_set(&bench->mdev, "migration/state_size", "1000");
	card_set(&bench->mdev, "migration/features", "stop-copy p2p pre-copy");
	card_set(&bench->mdev, "migration/bandwidth", "0");
}

static int set_it(struct bench *bench)
{
	return __card_set(&bench->mdev, at.name, at.value);
}

static void expect_set(struct __test_metadata *_metadata, struct bench *bench)
{
	char line[64];

	sysfs_read(CARD_PATH(&bench->mdev, at.name), line, sizeof(line));
	EXPECT_STREQ(at.expected, line);
}

TEST_F_TIMEOUT(fail_nth, a_setting_is_made_or_an_error, TIMEOUT)
{
	static const char * const rows[][3] = {
		{ "migration/features", "none", "none" },
		{ "migration/precopy_size", "1000", "1000" },
		{ "migration/bandwidth", "1G", "1073741824" },
	};
	static const struct operation setting = { prepare_setting, set_it, NULL, expect_set, };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		at.name = rows[i][0];
		at.value = rows[i][1];
		at.expected = rows[i][2];
		expect_survival(_metadata, &self->bench, &setting, "set ", at.name);
	}
}

/* Payload */

static void give_payload(struct bench *bench)
{
	char text[16];

	vfio_close(&bench->dev);
	snprintf(text, sizeof(text), "%d", STATE_SIZE);
	card_set(&bench->mdev, "migration/state_size", text);
	snprintf(text, sizeof(text), "%d", PRECOPY_SIZE);
	card_set(&bench->mdev, "migration/precopy_size", text);
	vfio_open(&bench->dev, bench->mdev.uuid, bench->mode);
	busy(bench);
	at.size = mig_save(&bench->dev, at.stream, sizeof(at.stream));
	CHECK(at.size > STATE_SIZE, "the stream is short");
}

static void prepare_session(struct bench *bench)
{
	busy(bench);
	at.data_fd = -1;
	at.done = 0;
}

static int open_session(struct bench *bench)
{
	int fd, ret = __mig_set(&bench->dev, at.state, &fd);

	at.data_fd = ret ? -1 : fd;
	return ret;
}

static void expect_no_session(struct __test_metadata *_metadata, struct bench *bench)
{
	unsigned int state = mig_get(&bench->dev);

	EXPECT_TRUE(state != at.state || bench->error == -EFAULT)
		TH_LOG("in %s after %d", mig_state_name(state), bench->error);
}

/* Only a reset leads from a state whose file could not be handed out. */
static void expect_session(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(at.state, mig_get(&bench->dev));
	if (at.data_fd >= 0)
		close(at.data_fd);
	vfio_reset(&bench->dev);
	uart_run(&bench->dev, BUSY);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_session_with_payload_is_opened_or_an_error, TIMEOUT)
{
	static const struct operation opening = {
		prepare_session, open_session, expect_no_session, expect_session,
	};
	static const unsigned int states[] = { STATE_PRE_COPY, STATE_STOP_COPY, STATE_RESUMING, };
	size_t i;

	give_payload(&self->bench);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		at.state = states[i];
		expect_survival(_metadata, &self->bench, &opening, "open a session in ",
				mig_state_name(at.state));
	}
}

static void prepare_moving(struct bench *bench)
{
	prepare_session(bench);
	at.data_fd = mig_set(&bench->dev, at.state);
	memset(at.seen, 0xee, sizeof(at.seen));
}

/* A piece that fails makes the count short, or is an error if it is the first. */
static int move(struct bench *bench)
{
	ssize_t ret;

	while (at.done < at.size) {
		if (at.state == STATE_RESUMING)
			ret = __mig_write(at.data_fd, at.stream + at.done, at.size - at.done);
		else
			ret = __mig_read(at.data_fd, at.seen + at.done, at.size - at.done);
		if (ret < 0)
			return ret;
		CHECK(ret > 0, "nothing moves after %zu bytes", at.done);
		at.done += ret;
	}
	return 0;
}

static void expect_saved(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(0, memcmp(at.stream, at.seen, at.size));
	EXPECT_EQ(0, __mig_read(at.data_fd, at.seen, 1));
	close(at.data_fd);
	mig_set(&bench->dev, STATE_RUNNING);
	expect_kept(_metadata, bench);
}

static void expect_loaded(struct __test_metadata *_metadata, struct bench *bench)
{
	mig_set(&bench->dev, STATE_RUNNING);
	close(at.data_fd);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_piece_of_a_payload_that_fails_is_not_lost, TIMEOUT)
{
	static const struct operation saving = { prepare_moving, move, NULL, expect_saved, };
	static const struct operation loading = { prepare_moving, move, NULL, expect_loaded, };

	give_payload(&self->bench);
	at.state = STATE_STOP_COPY;
	expect_survival(_metadata, &self->bench, &saving, "read a payload", "");
	at.state = STATE_RESUMING;
	expect_survival(_metadata, &self->bench, &loading, "write a payload", "");
}

TEST_HARNESS_MAIN
