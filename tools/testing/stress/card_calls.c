// SPDX-License-Identifier: GPL-2.0-only
/* Attributes of a card: settings, fault rules, the trigger */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "card.h"

static const char *some_card(struct call *call, char *path, const char *name)
{
	unsigned int index;

	return __sysfs_path(path, MDEV_DEVICES "/%s/%s", call_uuid(call, &index), name);
}

/* The path of an attribute of some card, valid until the end of the enclosing block. */
#define SOME_CARD(call, name)	some_card(call, (char[SYSFS_PATH_MAX]) {}, name)

struct attribute {
	const char *name;
	const char *values[12];
	unsigned int count;
};

enum {
	FEATURES,
	DIRTY_TRACKING,
	STATE_SIZE,
	PRECOPY_SIZE,
	DIRTY_RATE,
	BANDWIDTH,
	FAULTS,
	TRIGGER,
};

/*
 * No card is without migration, because new cards are asked for their state. No pace is so
 * slow that a caller seems to be stuck, and no delay so long.
 */
static const struct attribute attributes[] = {
	[FEATURES] = { "migration/features", {
		"stop-copy p2p pre-copy", "stop-copy p2p pre-copy", "stop-copy p2p pre-copy",
		"stop-copy p2p", "stop-copy pre-copy", "stop-copy", }, 6 },
	[DIRTY_TRACKING] = { "migration/dirty_tracking", { "on", "on", "off", }, 3 },
	[STATE_SIZE] = { "migration/state_size", { "0", "0", "1000", PAYLOAD_MAX, }, 4 },
	[PRECOPY_SIZE] = { "migration/precopy_size", { "0", "1", "1000", PAYLOAD_MAX, }, 4 },
	[DIRTY_RATE] = { "migration/dirty_rate", { "0", "1", "1M", "1T", }, 4 },
	[BANDWIDTH] = { "migration/bandwidth", { "0", "1M", "100M", "1T", }, 4 },
	[FAULTS] = { "faults", {
		"*->* nth=3 error=EREMOTEIO",
		"STOP->* error=EREMOTEIO state=ERROR\nRUNNING->* times=2 delay=1",
		"open error=EREMOTEIO", "reset times=2 error=121",
		"read error=EREMOTEIO\nread delay=1", "read offset=30 corrupt",
		"write offset=24 error=EREMOTEIO\nwrite delay=2", "precopy_info error=EREMOTEIO",
		"data_size error=EREMOTEIO", "log_start error=EREMOTEIO\nlog_read error=EREMOTEIO",
		"irq times=3 drop", "clear", }, 12 },
	[TRIGGER] = { "trigger", { "err", "req", "reinit", }, 3 },
};

static long write_path(const char *path, const char *value, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long ret;

	if (fd < 0)
		return -errno;
	ret = call_result(write(fd, value, size));
	close(fd);
	return ret;
}

static long write_attribute(struct call *call)
{
	const struct attribute *attribute = &attributes[call->op->arg];
	const char *value = attribute->values[rng_below(&call->rng, attribute->count)];

	return write_path(SOME_CARD(call, attribute->name), value, strlen(value));
}

static long write_rubbish(struct call *call)
{
	const struct attribute *attribute = &attributes[rng_below(&call->rng, FAULTS + 1)];
	__u8 text[32];

	rng_fill(&call->rng, text, sizeof(text));
	/* nothing that could be good */
	text[0] = '#';
	return write_path(SOME_CARD(call, attribute->name), (char *)text, sizeof(text));
}

static long read_attribute(struct call *call)
{
	const struct attribute *attribute = &attributes[rng_below(&call->rng, FAULTS + 1)];
	int fd = open(SOME_CARD(call, attribute->name), O_RDONLY | O_CLOEXEC);
	char text[FAULT_TEXT_MAX];
	long ret;

	if (fd < 0)
		return -errno;
	ret = call_result(read(fd, text, sizeof(text)));
	close(fd);
	return ret;
}

const struct op card_ops[] = {
	{ "set features", 3, write_attribute, FEATURES, .errors = { ENOENT, ENODEV, EBUSY, } },
	{ "set dirty_tracking", 2, write_attribute, DIRTY_TRACKING,
	  .errors = { ENOENT, ENODEV, EBUSY, EOPNOTSUPP, } },
	{ "set state_size", 4, write_attribute, STATE_SIZE,
	  .errors = { ENOENT, ENODEV, EBUSY, EINVAL, } },
	{ "set precopy_size", 4, write_attribute, PRECOPY_SIZE,
	  .errors = { ENOENT, ENODEV, EBUSY, EINVAL, } },
	{ "set dirty_rate", 4, write_attribute, DIRTY_RATE, .errors = { ENOENT, ENODEV, } },
	{ "set bandwidth", 4, write_attribute, BANDWIDTH, .errors = { ENOENT, ENODEV, } },
	{ "set faults", 6, write_attribute, FAULTS, .errors = { ENOENT, ENODEV, ENOSPC, } },
	{ "trigger", 6, write_attribute, TRIGGER, .errors = { ENOENT, ENODEV, ENOTCONN, } },
	{ "set rubbish", 3, write_rubbish, .flags = REFUSED,
	  .errors = { ENOENT, ENODEV, EBUSY, EINVAL, } },
	{ "read an attribute", 4, read_attribute, .errors = { ENOENT, ENODEV, } },
	{}
};
