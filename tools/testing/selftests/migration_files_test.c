// SPDX-License-Identifier: GPL-2.0-only
/* Data files: what works while they are alive, what ends them, what works after the device. */
#include <poll.h>

#include "device_fixture.h"

/* What ends a session; the data file is dead afterwards. */
enum end {
	END_ARC,
	END_RESET,
	END_CLOSE,
	END_REMOVE,
};

static const unsigned int sessions[] = {
	STATE_PRE_COPY, STATE_PRE_COPY_P2P, STATE_STOP_COPY, STATE_RESUMING,
};

static void end_session(struct vfio_dev *dev, struct mdev *mdev, enum end end)
{
	int none;

	switch (end) {
	case END_ARC:
		/* out of RESUMING this ends in ERROR, which kills the file as well */
		__mig_set(dev, STATE_STOP, &none);
		break;
	case END_RESET:
		vfio_reset(dev);
		break;
	case END_REMOVE:
		vfio_close(dev);
		mdev_remove(mdev);
		break;
	case END_CLOSE:
		vfio_close(dev);
	}
}

static void expect_dead(struct __test_metadata *_metadata, int data_fd, unsigned int state)
{
	struct pollfd poll_fd = { .fd = data_fd, .events = POLLIN | POLLOUT | POLLRDHUP, };
	struct vfio_precopy_info info;
	__u8 byte = 0;

	if (state == STATE_RESUMING) {
		EXPECT_EQ(-ENODEV, __mig_write(data_fd, &byte, 1));
	} else {
		EXPECT_EQ(-ENODEV, __mig_read(data_fd, &byte, 1));
		EXPECT_EQ(-ENODEV, __mig_precopy_info(data_fd, &info));
	}
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_NE(0, poll_fd.revents & (POLLERR | POLLHUP | POLLRDHUP));
	EXPECT_EQ(0, close(data_fd));
}

static void expect_end(struct __test_metadata *_metadata, struct mdev *mdev,
		       enum vfio_mode mode, unsigned int state, enum end end)
{
	struct vfio_dev dev;
	int data_fd;

	mdev_create(mdev, "mtty-2");
	vfio_open(&dev, mdev->uuid, mode);
	data_fd = mig_set(&dev, state);
	ASSERT_LE(0, data_fd);
	end_session(&dev, mdev, end);
	expect_dead(_metadata, data_fd, state);
	vfio_close(&dev);
	mdev_remove(mdev);
}

static void expect_every_session_ends(struct __test_metadata *_metadata, struct mdev *mdev,
				      enum vfio_mode mode, enum end end)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sessions); i++)
		expect_end(_metadata, mdev, mode, sessions[i], end);
}

TEST_F(device, an_arc_out_of_its_states_kills_a_data_file)
{
	expect_every_session_ends(_metadata, &self->other_mdev, variant->mode, END_ARC);
}

TEST_F(device, reset_kills_a_data_file)
{
	expect_every_session_ends(_metadata, &self->other_mdev, variant->mode, END_RESET);
}

TEST_F(device, closing_the_device_kills_a_data_file)
{
	expect_every_session_ends(_metadata, &self->other_mdev, variant->mode, END_CLOSE);
}

TEST_F(device, a_data_file_outlives_its_removed_device)
{
	expect_every_session_ends(_metadata, &self->other_mdev, variant->mode, END_REMOVE);
}

TEST_F(device, a_data_file_cannot_be_positioned)
{
	__u8 byte = 0;
	int data_fd = mig_set(&self->dev, STATE_STOP_COPY);

	EXPECT_EQ(-1, pread(data_fd, &byte, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(data_fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(data_fd, 0, SEEK_CUR));
	EXPECT_EQ(ESPIPE, errno);
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ(-1, pwrite(data_fd, &byte, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(data_fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

TEST_F(device, a_data_file_moves_data_one_way)
{
	__u8 byte = 0;
	int data_fd = mig_set(&self->dev, STATE_STOP_COPY);

	EXPECT_EQ(-EBADF, __mig_write(data_fd, &byte, 1));
	data_fd = mig_set(&self->dev, STATE_RESUMING);
	EXPECT_EQ(-EBADF, __mig_read(data_fd, &byte, 1));
}

TEST_F(device, a_resuming_file_is_ready_for_writing)
{
	struct pollfd poll_fd = {
		.fd = mig_set(&self->dev, STATE_RESUMING), .events = POLLIN | POLLOUT,
	};

	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_NE(0, poll_fd.revents & POLLOUT);
	EXPECT_EQ(0, poll_fd.revents & (POLLERR | POLLHUP));
}

TEST_F(device, an_old_file_stays_dead_beside_a_new_session)
{
	__u8 stream[STREAM_MAX];
	int old, new;

	old = mig_set(&self->dev, STATE_PRE_COPY);
	mig_set(&self->dev, STATE_RUNNING);
	new = mig_set(&self->dev, STATE_STOP_COPY);
	EXPECT_NE(old, new);
	EXPECT_EQ(-ENODEV, __mig_read(old, stream, sizeof(stream)));
	EXPECT_EQ(STREAM_MAX, mig_read_all(new, stream, sizeof(stream)));
}

TEST_F(device, the_same_state_again_gives_no_second_file)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sessions); i++) {
		vfio_reset(&self->dev);
		EXPECT_LE(0, mig_set(&self->dev, sessions[i]));
		EXPECT_EQ(-1, mig_set(&self->dev, sessions[i]));
	}
}

TEST_F(device, states_that_do_not_exist_are_refused_without_a_file)
{
	static const unsigned int states[] = { STATE_NR, STATE_NR + 1, 255, 0x80000000, ~0u };
	int data_fd;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		EXPECT_EQ(-EINVAL, __mig_set(&self->dev, states[i], &data_fd));
		EXPECT_EQ(-1, data_fd);
		EXPECT_EQ(STATE_RUNNING, mig_get(&self->dev));
	}
}

TEST_F(device, the_device_goes_on_without_its_data_file)
{
	int data_fd = mig_set(&self->dev, STATE_PRE_COPY);

	close(data_fd);
	EXPECT_EQ(-1, mig_set(&self->dev, STATE_PRE_COPY_P2P));
	EXPECT_EQ(-1, mig_set(&self->dev, STATE_STOP_COPY));
	EXPECT_EQ(-1, mig_set(&self->dev, STATE_STOP));
	EXPECT_LE(0, mig_set(&self->dev, STATE_STOP_COPY));
	mig_set(&self->dev, STATE_RUNNING);
	EXPECT_EQ(NULL, __uart_run(&self->dev, "W3=03 W0=41 R0=41"));
}

TEST_F(device, a_refused_load_kills_its_file)
{
	__u8 byte = 0;
	int none, data_fd = mig_set(&self->dev, STATE_RESUMING);

	EXPECT_EQ(-EINVAL, __mig_set(&self->dev, STATE_STOP, &none));
	EXPECT_EQ(-ENODEV, __mig_write(data_fd, &byte, 1));
}

TEST_F(device, many_sessions_leave_nothing_open)
{
	int i, first = -1, data_fd;

	for (i = 0; i < 200; i++) {
		data_fd = mig_set(&self->dev, i & 1 ? STATE_RESUMING : STATE_PRE_COPY);
		if (first < 0)
			first = data_fd;
		EXPECT_EQ(first, data_fd);
		vfio_reset(&self->dev);
		close(data_fd);
	}
}

TEST_HARNESS_MAIN
