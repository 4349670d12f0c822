// SPDX-License-Identifier: GPL-2.0-only
/* Every pair of migration states: where it leads, and whether it opens a data session. */
#include "mtty_test.h"

/* The device, and the session that was opened on the way to the first state. */
FIXTURE(states) {
	struct mdev mdev;
	struct vfio_dev dev;
	int data_fd;
};

FIXTURE_VARIANT(states) {
	enum vfio_mode mode;
	unsigned int from;
	unsigned int to;
};

#define MODES	(VFIO_MODE_CDEV + 1)
#define PAIRS	(STATE_NR * STATE_NR)

static FIXTURE_VARIANT(states) variants[MODES * PAIRS];
static struct __fixture_variant_metadata variant_metadata[MODES * PAIRS];
static char variant_names[MODES * PAIRS][48];

/* The new state is refused, reached without a new session, or opens a session. */
enum outcome {
	REFUSED,
	REACHED,
	OPENS,
};

#define R	REACHED
#define O	OPENS
#define X	REFUSED

/* Columns in the order of the states: ERROR STOP RUN STOP_COPY RESUMING P2P PRE PRE_P2P */
static const enum outcome outcomes[STATE_NR][STATE_NR] = {
	[STATE_ERROR] =		{ X, X, X, X, X, X, X, X },
	[STATE_STOP] =		{ X, R, R, O, O, R, O, O },
	[STATE_RUNNING] =	{ X, R, R, O, O, R, O, O },
	[STATE_STOP_COPY] =	{ X, R, R, R, O, R, X, X },
	[STATE_RESUMING] =	{ X, R, R, O, R, R, O, O },
	[STATE_RUNNING_P2P] =	{ X, R, R, O, O, R, O, O },
	[STATE_PRE_COPY] =	{ X, R, R, R, O, R, R, R },
	[STATE_PRE_COPY_P2P] =	{ X, R, R, R, O, R, R, R },
};

#undef R
#undef O
#undef X

static bool is_saving(unsigned int state)
{
	return state == STATE_PRE_COPY || state == STATE_PRE_COPY_P2P ||
	       state == STATE_STOP_COPY;
}

static int go_to(struct vfio_dev *dev, unsigned int state)
{
	__u8 stream[STREAM_MAX];
	size_t size = stream_reset(stream, 2);

	if (state != STATE_ERROR)
		return mig_enter(dev, state, stream, size);
	mig_break(dev);
	return -1;
}

FIXTURE_SETUP(states)
{
	vfio_open_new(&self->dev, &self->mdev, "mtty-2", variant->mode);
	self->data_fd = go_to(&self->dev, variant->from);
	ASSERT_EQ(variant->from, mig_get(&self->dev));
}

FIXTURE_TEARDOWN_PARENT(states)
{
	mdev_remove(&self->mdev);
}

/* The data file of a session that has ended returns ENODEV, no other one does. */
static void expect_alive(struct __test_metadata *_metadata, int data_fd, unsigned int state,
			 bool alive)
{
	__u8 byte = 0;
	ssize_t ret;

	if (state == STATE_RESUMING)
		ret = __mig_write(data_fd, &byte, 1);
	else
		ret = __mig_read(data_fd, &byte, 1);
	EXPECT_EQ(alive, ret != -ENODEV)
		TH_LOG("the data file of %s returns %zd", mig_state_name(state), ret);
}

TEST_F(states, leads_where_it_must)
{
	enum outcome outcome = outcomes[variant->from][variant->to];
	unsigned int state = outcome == REFUSED ? variant->from : variant->to;
	bool same_session = state == variant->from ||
			    (is_saving(variant->from) && is_saving(state));
	int data_fd;

	EXPECT_EQ(outcome == REFUSED ? -EINVAL : 0, __mig_set(&self->dev, variant->to, &data_fd));
	EXPECT_EQ(state, mig_get(&self->dev));
	EXPECT_EQ(outcome == OPENS, data_fd >= 0)
		TH_LOG("data file %d", data_fd);
	EXPECT_EQ(0x32534348, config_read32(&self->dev, 0));
	EXPECT_EQ(0x60, uart_read(&self->dev, 0, 5));
	if (self->data_fd >= 0)
		expect_alive(_metadata, self->data_fd, variant->from, same_session);
	if (data_fd >= 0)
		expect_alive(_metadata, data_fd, state, true);
}

static void register_pair(size_t slot, enum vfio_mode mode, unsigned int from, unsigned int to)
{
	snprintf(variant_names[slot], sizeof(variant_names[slot]), "%s%s_to_%s",
		 mode == VFIO_MODE_CDEV ? "cdev_" : "", mig_state_name(from), mig_state_name(to));
	variants[slot].mode = mode;
	variants[slot].from = from;
	variants[slot].to = to;
	variant_metadata[slot].name = variant_names[slot];
	variant_metadata[slot].data = &variants[slot];
	__register_fixture_variant(&_states_fixture_object, &variant_metadata[slot]);
}

static void __attribute__((constructor(KSELFTEST_PRIO_TEST))) register_pairs(void)
{
	enum vfio_mode mode;
	unsigned int pair;
	size_t slot = 0;

	for (mode = VFIO_MODE_GROUP; mode < MODES; mode++) {
		if (vfio_mode_missing(mode))
			continue;
		for (pair = 0; pair < PAIRS; pair++)
			register_pair(slot++, mode, pair / STATE_NR, pair % STATE_NR);
	}
}

TEST_HARNESS_MAIN
