/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User-space versions of what the module uses from kernel headers. The script run
 * includes this file before each of the module's files, and creates empty headers under
 * the names that user space lacks. Headers that the kernel exports are the real ones.
 */
#ifndef FUZZ_KERNEL_STUBS_H
#define FUZZ_KERNEL_STUBS_H

#include <assert.h>
#include <endian.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

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

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BIT(nr)			(1UL << (nr))
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (63 - (high))))

#define min(a, b) ({			\
	typeof(a) _a = (a);		\
	typeof(b) _b = (b);		\
					\
	_a < _b ? _a : _b;		\
})

#define cpu_to_le16	htole16
#define cpu_to_le32	htole32
#define cpu_to_le64	htole64
#define le16_to_cpu	le16toh

#endif /* !__cplusplus */

#endif /* FUZZ_KERNEL_STUBS_H */
