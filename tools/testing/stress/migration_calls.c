// SPDX-License-Identifier: GPL-2.0-only
/* VFIO_DEVICE_FEATURE: migration states and dirty logging */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "call.h"
#include "migration.h"

#define FEATURE_MAX	64
#define GET		VFIO_DEVICE_FEATURE_GET
#define SET		VFIO_DEVICE_FEATURE_SET
#define PROBE		VFIO_DEVICE_FEATURE_PROBE

/* VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, whose name checkpatch rejects */
#define FEATURE_PRECOPY_INFO_2	12

#define PAGE		4096ULL
#define MANY_RANGES	300
#define BITMAP_BITS	32768

static long feature_argsz(struct call *call, __u32 flags, void *data, size_t size, __u32 argsz)
{
	struct vfio_device_feature header = { .argsz = argsz, .flags = flags, };
	__u8 bytes[sizeof(header) + FEATURE_MAX];
	__u8 *memory;
	long ret;

	memcpy(bytes, &header, sizeof(header));
	if (size)
		memcpy(bytes + sizeof(header), data, size);
	memory = call_memory(call, bytes, sizeof(header) + size);
	ret = call_told(call, ioctl(call_handle(call)->fd, VFIO_DEVICE_FEATURE, memory),
			sizeof(header) + size);
	if (size && call->memory == GOOD)
		memcpy(data, memory + sizeof(header), size);
	return ret;
}

static long feature(struct call *call, __u32 flags, void *data, size_t size)
{
	return feature_argsz(call, flags, data, size, sizeof(struct vfio_device_feature) + size);
}

static long migration(struct call *call)
{
	struct vfio_device_feature_migration flags = {};

	return feature(call, GET | VFIO_DEVICE_FEATURE_MIGRATION, &flags, sizeof(flags));
}

static long get_state(struct call *call)
{
	struct vfio_device_feature_mig_state mig = { .device_state = STATE_NR, };
	long ret = feature(call, GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &mig, sizeof(mig));

	if (ret == 0 && (mig.device_state >= STATE_NR || mig.data_fd != -1))
		complain(call, "state %u, data file %d", mig.device_state, mig.data_fd);
	return ret;
}

static long set_state(struct call *call)
{
	struct vfio_device_feature_mig_state mig = {
		.device_state = call->op->arg, .data_fd = -2,
	};
	long ret = feature(call, SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &mig, sizeof(mig));
	unsigned int slot;

	if (ret == 0 && (call->memory != GOOD || mig.data_fd < -1)) {
		complain(call, "data file %d", mig.data_fd);
	} else if (ret == 0 && mig.data_fd >= 0) {
		slot = file_put(call, mig.data_fd);
		call->caller->newest_file[call->caller->file[slot].mode] = slot;
	}
	return ret;
}

static long data_size(struct call *call)
{
	struct vfio_device_feature_mig_data_size size = {};
	long ret = feature(call, GET | VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, &size, sizeof(size));

	if (ret == 0 && size.stop_copy_length == 0)
		complain(call, "the stream has no bytes");
	return ret;
}

static long precopy_info_v2(struct call *call)
{
	return feature(call, SET | FEATURE_PRECOPY_INFO_2, NULL, 0);
}

/* Aligned and disjoint, unless chance breaks one of the two */
static void some_ranges(struct call *call, struct vfio_device_feature_dma_logging_range *ranges,
			unsigned int count)
{
	bool overlap = rng_one_in(&call->rng, 16), odd = rng_one_in(&call->rng, 16);
	unsigned int i;

	for (i = 0; i < count; i++) {
		ranges[i].iova = overlap ? 0 : i * 16 * PAGE;
		ranges[i].length = (1 + rng_below(&call->rng, 16)) * PAGE + odd;
	}
	if (count && rng_one_in(&call->rng, 16))
		ranges[0].iova = -PAGE;
}

static __u64 some_page_size(struct call *call)
{
	return rng_one_in(&call->rng, 8) ? rng_next(&call->rng) >> rng_below(&call->rng, 64) : PAGE;
}

static long log_start(struct call *call)
{
	static struct vfio_device_feature_dma_logging_range ranges[MANY_RANGES];
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = some_page_size(call),
		.num_ranges = rng_one_in(&call->rng, 16) ? MANY_RANGES : rng_below(&call->rng, 8),
		.ranges = (uintptr_t)ranges,
	};
	bool nowhere = rng_one_in(&call->rng, 32);
	long ret;

	some_ranges(call, ranges, control.num_ranges);
	if (nowhere)
		control.ranges = 8;
	ret = feature(call, SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START, &control,
		      sizeof(control));
	if (nowhere)
		call->memory = MISSING;
	return ret;
}

static long log_stop(struct call *call)
{
	return feature(call, SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
}

static long log_report(struct call *call)
{
	static __u64 bitmap[BITMAP_BITS / 64];
	bool nowhere = rng_one_in(&call->rng, 32);
	struct vfio_device_feature_dma_logging_report report = {
		.iova = rng_below(&call->rng, 64) * PAGE,
		.length = (1 + rng_below(&call->rng, BITMAP_BITS)) * PAGE,
		.page_size = some_page_size(call),
		.bitmap = nowhere ? 8 : (uintptr_t)bitmap,
	};
	long ret;

	if (report.page_size < PAGE)
		report.page_size = PAGE;
	ret = feature(call, GET | VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, &report,
		      sizeof(report));
	if (nowhere)
		call->memory = MISSING;
	if (ret == 0 && bitmap[0])
		complain(call, "dirty pages of a device without DMA: %llx", bitmap[0]);
	return ret;
}

static long probe(struct call *call)
{
	return feature(call, PROBE | rng_below(&call->rng, 20) |
		       (rng_one_in(&call->rng, 2) ? GET : SET), NULL, 0);
}

/* Sets no migration state, because it could not tell whether that opened a data file. */
static long any_feature(struct call *call)
{
	static const __u32 flags[] = { 0, GET, SET, GET | SET, PROBE, PROBE | GET | SET, };
	__u32 number = rng_below(&call->rng, 20);
	__u8 data[FEATURE_MAX] = {};

	if (number == VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE)
		number = VFIO_DEVICE_FEATURE_PCI_VF_TOKEN;
	return feature_argsz(call, number | flags[rng_below(&call->rng, ARRAY_SIZE(flags))],
			     data, sizeof(data), rng_below(&call->rng, sizeof(data)));
}

const struct op migration_ops[] = {
	{ "MIGRATION", 6, migration, .flags = GIVES, .errors = { EINVAL, } },
	{ "state: get", 10, get_state, .flags = GIVES, .errors = { EINVAL, } },
	{ "state: RUNNING", 14, set_state, STATE_RUNNING, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: STOP", 10, set_state, STATE_STOP, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: STOP_COPY", 14, set_state, STATE_STOP_COPY, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: RESUMING", 20, set_state, STATE_RESUMING, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: RUNNING_P2P", 6, set_state, STATE_RUNNING_P2P, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: PRE_COPY", 14, set_state, STATE_PRE_COPY, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: PRE_COPY_P2P", 8, set_state, STATE_PRE_COPY_P2P, GIVES | FAULTY,
	  .errors = { EINVAL, } },
	{ "state: ERROR", 2, set_state, STATE_ERROR, REFUSED, .errors = { EINVAL, } },
	{ "state: 8", 1, set_state, STATE_NR, REFUSED, .errors = { EINVAL, } },
	{ "state: 9", 1, set_state, STATE_NR + 1, REFUSED, .errors = { EINVAL, } },
	{ "MIG_DATA_SIZE", 8, data_size, .flags = GIVES | FAULTY, .errors = { EINVAL, } },
	{ "MIG_PRECOPY_INFOv2", 3, precopy_info_v2, .flags = OPTIONAL, .errors = { EINVAL, } },
	{ "DMA_LOGGING_START", 12, log_start, .flags = OPTIONAL | FAULTY,
	  .errors = { EINVAL, E2BIG, EOVERFLOW, } },
	{ "DMA_LOGGING_STOP", 6, log_stop, .flags = OPTIONAL, .errors = { EINVAL, } },
	{ "DMA_LOGGING_REPORT", 10, log_report, .flags = OPTIONAL | FAULTY,
	  .errors = { EINVAL, } },
	{ "probe a feature", 8, probe, .errors = { EINVAL, ENOTTY, } },
	{ "any feature", 8, any_feature, .flags = FAULTY,
	  .errors = { EINVAL, ENOTTY, EFAULT, E2BIG, } },
	{}
};
