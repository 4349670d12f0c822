/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User-space versions of what the module uses from kernel headers. The script run
 * includes this file before each of the module's files, and creates empty headers under
 * the names that user space lacks. Headers that the kernel exports are the real ones.
 */
#ifndef FUZZ_KERNEL_STUBS_H
#define FUZZ_KERNEL_STUBS_H

#include <assert.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;

/* There is one thread. */
#define READ_ONCE(x)	(x)

#define U32_MAX		UINT32_MAX
#define U64_MAX		UINT64_MAX

struct list_head {
	struct list_head *next, *prev;
};

#define spinlock_t struct spinlock

/* There is one thread, so a lock only has to notice a call that is missing or repeated. */
struct spinlock {
	bool held;
};

#define lockdep_assert_held(lock)	assert((lock)->held)

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = false;
}

static inline void spin_lock(spinlock_t *lock)
{
	assert(!lock->held);
	lock->held = true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	assert(lock->held);
	lock->held = false;
}

/* The rest is for the module's C files alone, because C++ has its own min(). */
#ifndef __cplusplus

struct eventfd_ctx;
void eventfd_signal(struct eventfd_ctx *ctx);

/* A tracepoint does nothing, as in a kernel without them. */
#define TP_PROTO(...)		__VA_ARGS__
#define TRACE_EVENT(name, proto, ...) \
	static inline void trace_##name(proto) { }

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BIT(nr)			(1UL << (nr))
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (63 - (high))))

#define min(a, b) ({			\
	typeof(a) _a = (a);		\
	typeof(b) _b = (b);		\
					\
	_a < _b ? _a : _b;		\
})

#define min_t(type, a, b)	min((type)(a), (type)(b))
#define cpu_to_le16	htole16
#define cpu_to_le32	htole32
#define cpu_to_le64	htole64
#define le16_to_cpu	le16toh
#define le32_to_cpu	le32toh
#define le64_to_cpu	le64toh

static inline u64 DIV_ROUND_UP_ULL(u64 n, u64 d)
{
	return (n + d - 1) / d;
}

static inline u64 get_unaligned_le64(const void *p)
{
	u64 val;

	memcpy(&val, p, sizeof(val));
	return le64toh(val);
}

static inline void put_unaligned_le64(u64 val, void *p)
{
	val = htole64(val);
	memcpy(p, &val, sizeof(val));
}

/* mtty_compat.h is about kernels. */
#define MTTY_COMPAT_H
#define MTTY_HAVE_DIRTY_BITMAP	1

#define SZ_1T			0x10000000000ULL
#define STUB_PAGE_SIZE		4096

/* Takes what the kernel's function takes: a sign +, and a newline at the end. */
static inline int kstrtou64(const char *s, unsigned int base, u64 *res)
{
	char *end;

	s += *s == '+';
	if (!isdigit(*s))
		return -EINVAL;
	errno = 0;
	*res = strtoull(s, &end, base);
	if (errno)
		return -errno;
	end += *end == '\n';
	return *end ? -EINVAL : 0;
}

static inline int kstrtou32(const char *s, unsigned int base, u32 *res)
{
	u64 val;
	int ret = kstrtou64(s, base, &val);

	if (ret)
		return ret;
	*res = val;
	return val > U32_MAX ? -ERANGE : 0;
}

static inline int kstrtobool(const char *s, bool *res)
{
	*res = *s == '1' || !strncmp(s, "on", 2);
	return *res || *s == '0' || !strncmp(s, "of", 2) ? 0 : -EINVAL;
}

static inline int match_string(const char * const *array, size_t n, const char *string)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(array[i], string))
			return i;
	return -EINVAL;
}

static inline ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (len == size)
		return -E2BIG;
	memcpy(dst, src, len + 1);
	return len;
}

static inline char *strim(char *s)
{
	size_t len;

	s += strspn(s, " \t\n\v\f\r");
	for (len = strlen(s); len && isspace(s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

/* A newline at the end of @s1 does not matter. */
static inline bool sysfs_streq(const char *s1, const char *s2)
{
	size_t len = strlen(s2);

	return !strncmp(s1, s2, len) && (!s1[len] || !strcmp(s1 + len, "\n"));
}

static inline const char *str_on_off(bool on)
{
	return on ? "on" : "off";
}

/* Returns the length of what fits. */
static inline int vscnprintf(char *buf, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(buf, size, format, args);

	return (size_t)len < size ? len : (int)size - 1;
}

[[gnu::format(printf, 3, 4)]]
static inline int scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(buf, size, format, args);
	va_end(args);
	return len;
}

[[gnu::format(printf, 3, 4)]]
static inline int sysfs_emit_at(char *buf, int at, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(buf + at, STUB_PAGE_SIZE - at, format, args);
	va_end(args);
	return len;
}

#define sysfs_emit(buf, ...)	sysfs_emit_at(buf, 0, __VA_ARGS__)

#endif /* !__cplusplus */

#endif /* FUZZ_KERNEL_STUBS_H */
