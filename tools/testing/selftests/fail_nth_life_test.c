// SPDX-License-Identifier: GPL-2.0-only
/* A device is created, opened, reset and removed while memory fails. */
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <linux/iommufd.h>
#include <sys/ioctl.h>

#include "fail_nth_fixture.h"

static struct {
	/* the device that comes and goes */
	const char *type;
	char uuid[MDEV_UUID_LEN + 1];
	long available;
	/* ways to open the fixture's device */
	char node[SYSFS_PATH_MAX];
	__u32 ioas;
	int second;
} life;

/* Creating takes long, so each way of opening a device is tested with one type. */
static const char * const types[] = {
	[VFIO_MODE_GROUP] = "mtty-1", [VFIO_MODE_CDEV] = "mtty-2",
};

static void expect_works_as_new(struct __test_metadata *_metadata, struct vfio_dev *dev)
{
	EXPECT_EQ(STATE_RUNNING, mig_get(dev));
	expect_run(_metadata, dev, "0:R1=00 0:R2=01 0:R3=00 0:R4=00 0:R5=60 0:R7=00");
	expect_run(_metadata, dev, LOOPS);
}

static void prepare_create(struct bench *bench)
{
	sysfs_read("/proc/sys/kernel/random/uuid", life.uuid, sizeof(life.uuid));
	life.available = mdev_available("mtty-1");
}

static int create(struct bench *bench)
{
	int ret = __mdev_create_uuid(life.type, life.uuid);

	if (!ret)
		memcpy(bench->other.uuid, life.uuid, sizeof(life.uuid));
	return ret;
}

static void expect_not_created(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_FALSE(sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s", life.uuid)));
	EXPECT_EQ(life.available, mdev_available("mtty-1"));
}

/* The driver core keeps a device whose node it could not create. */
static void expect_created(struct __test_metadata *_metadata, struct bench *bench)
{
	struct vfio_dev dev;

	EXPECT_TRUE(sysfs_exists(SYSFS_PATH(MDEV_DEVICES "/%s/vendor/sample_mdev_dev",
					    life.uuid)));
	if (!bench->forgiven) {
		vfio_open(&dev, life.uuid, bench->mode);
		expect_works_as_new(_metadata, &dev);
		vfio_close(&dev);
	}
	mdev_remove(&bench->other);
	expect_not_created(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_creation_that_fails_leaves_no_device, TIMEOUT)
{
	static const struct operation creation = {
		prepare_create, create, expect_not_created, expect_created,
	};

	life.type = types[variant->mode];
	expect_survival(_metadata, &self->bench, &creation, "create ", life.type);
}

static void prepare_remove(struct bench *bench)
{
	prepare_create(bench);
	mdev_create(&bench->other, life.type);
	memcpy(life.uuid, bench->other.uuid, sizeof(life.uuid));
}

static int remove_other(struct bench *bench)
{
	return __mdev_remove(&bench->other);
}

static void expect_not_removed(struct __test_metadata *_metadata, struct bench *bench)
{
	struct vfio_dev dev;

	EXPECT_NE(life.available, mdev_available("mtty-1"));
	vfio_open(&dev, life.uuid, bench->mode);
	expect_works_as_new(_metadata, &dev);
	vfio_close(&dev);
}

TEST_F_TIMEOUT(fail_nth, a_removal_that_fails_leaves_the_device, TIMEOUT)
{
	static const struct operation removal = {
		prepare_remove, remove_other, expect_not_removed, expect_not_created,
	};

	life.type = types[variant->mode];
	expect_survival(_metadata, &self->bench, &removal, "remove ", life.type);
}

static void prepare_open(struct bench *bench)
{
	close(bench->dev.fd);
	bench->dev.fd = -1;
}

static int open_by_group(struct bench *bench)
{
	bench->dev.fd = vfio_group_device_fd(&bench->dev, bench->mdev.uuid);
	return bench->dev.fd;
}

static int bind_node(struct bench *bench)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind), .iommufd = bench->dev.iommufd,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach), .pt_id = life.ioas,
	};

	return __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) ?:
	       __vfio_ioctl(bench->dev.fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int open_by_node(struct bench *bench)
{
	int ret;

	bench->dev.fd = open(life.node, O_RDWR | O_CLOEXEC);
	if (bench->dev.fd < 0)
		return -errno;
	ret = bind_node(bench);
	if (ret)
		prepare_open(bench);
	return ret;
}

static void expect_opened(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(NULL, __uart_run_as_new(&bench->dev));
	expect_works_as_new(_metadata, &bench->dev);
	uart_run(&bench->dev, BUSY);
	mig_set(&bench->dev, STATE_STOP);
}

static void find_node(struct bench *bench)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc), };
	glob_t found;

	CHECK(glob(SYSFS_PATH(MDEV_DEVICES "/%s/vfio-dev/vfio*", bench->mdev.uuid), 0, NULL,
		   &found) == 0, "the device has no node");
	snprintf(life.node, sizeof(life.node), "/dev/vfio/devices/%s",
		 basename(found.gl_pathv[0]));
	globfree(&found);
	CHECK(ioctl(bench->dev.iommufd, IOMMU_IOAS_ALLOC, &alloc) == 0, "no address space");
	life.ioas = alloc.out_ioas_id;
}

TEST_F_TIMEOUT(fail_nth, an_open_that_fails_opens_nothing, TIMEOUT)
{
	static const struct operation by_group = {
		prepare_open, open_by_group, NULL, expect_opened,
	};
	static const struct operation by_node = {
		prepare_open, open_by_node, NULL, expect_opened,
	};

	if (variant->mode == VFIO_MODE_GROUP) {
		expect_survival(_metadata, &self->bench, &by_group, "open by group", "");
	} else {
		find_node(&self->bench);
		expect_survival(_metadata, &self->bench, &by_node, "open, bind, attach", "");
	}
}

static int open_second(struct bench *bench)
{
	life.second = vfio_group_device_fd(&bench->dev, bench->mdev.uuid);
	return life.second;
}

static void expect_second(struct __test_metadata *_metadata, struct bench *bench)
{
	struct vfio_dev second = bench->dev;

	second.fd = life.second;
	EXPECT_EQ(0xa5, uart_read(&second, 0, 7));
	close(life.second);
	expect_kept(_metadata, bench);
}

TEST_F_TIMEOUT(fail_nth, a_second_open_that_fails_leaves_the_first, TIMEOUT)
{
	static const struct operation second_open = {
		busy, open_second, NULL, expect_second,
	};

	if (variant->mode != VFIO_MODE_GROUP)
		SKIP(return, "the device's own node can be opened only once");
	expect_survival(_metadata, &self->bench, &second_open, "second open", "");
}

static int reset(struct bench *bench)
{
	return __vfio_reset(&bench->dev);
}

static void expect_reset(struct __test_metadata *_metadata, struct bench *bench)
{
	EXPECT_EQ(NULL, __uart_run_as_new(&bench->dev));
	expect_works_as_new(_metadata, &bench->dev);
}

TEST_F_TIMEOUT(fail_nth, reset_works_whatever_fails, TIMEOUT)
{
	static const struct operation resetting = { busy, reset, NULL, expect_reset, };

	expect_survival(_metadata, &self->bench, &resetting, "RESET", "");
}

TEST_HARNESS_MAIN
