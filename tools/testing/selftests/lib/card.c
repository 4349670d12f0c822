// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "check.h"

int __card_set(const struct mdev *mdev, const char *name, const char *value)
{
	return __sysfs_write(CARD_PATH(mdev, name), value);
}

void card_set(const struct mdev *mdev, const char *name, const char *value)
{
	int ret = __card_set(mdev, name, value);

	CHECK(ret == 0, "%s rejects \"%s\": %d", name, value, ret);
}

static void read_text(int fd, char *text, size_t size)
{
	ssize_t len = pread(fd, text, size - 1, 0);

	CHECK(len >= 0, "cannot read an attribute");
	text[len] = 0;
}

void card_get(const struct mdev *mdev, const char *name, char *text, size_t size)
{
	int fd = open(CARD_PATH(mdev, name), O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0, "cannot open %s", name);
	read_text(fd, text, size);
	close(fd);
}

void fault_add(const struct mdev *mdev, const char *rules)
{
	card_set(mdev, "faults", rules);
}

void fault_clear(const struct mdev *mdev)
{
	card_set(mdev, "faults", "clear");
}

unsigned int fault_count(const struct mdev *mdev)
{
	char text[FAULT_TEXT_MAX], *at = text;
	unsigned int lines = 0;

	card_get(mdev, "faults", text, sizeof(text));
	while ((at = strchr(at, '\n'))) {
		lines++;
		at++;
	}
	return lines;
}

unsigned int fault_hits(const struct mdev *mdev, unsigned int line)
{
	char text[FAULT_TEXT_MAX], *at = text, *hits;

	card_get(mdev, "faults", text, sizeof(text));
	for (; line; line--) {
		at = strchr(at, '\n');
		CHECK(at, "the card has fewer rules:\n%s", text);
		at++;
	}
	hits = strstr(at, " hits=");
	CHECK(hits && hits < strchrnul(at, '\n'), "a rule without hits:\n%s", text);
	return strtoul(hits + strlen(" hits="), NULL, 10);
}

int fault_watch(const struct mdev *mdev)
{
	int fd = open(CARD_PATH(mdev, "faults"), O_RDONLY | O_CLOEXEC);
	char text[FAULT_TEXT_MAX];

	CHECK(fd >= 0, "cannot open faults");
	read_text(fd, text, sizeof(text));
	return fd;
}

/* There is no timeout: the harness ends a test whose event does not come. */
void fault_wait(int watch)
{
	struct pollfd poll_fd = { .fd = watch, .events = POLLPRI, };
	char text[FAULT_TEXT_MAX];

	CHECK(poll(&poll_fd, 1, -1) == 1 && poll_fd.revents & POLLPRI,
	      "poll() of faults gives %#x", poll_fd.revents);
	read_text(watch, text, sizeof(text));
}
