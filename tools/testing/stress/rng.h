/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The random number generator (splitmix64). Every call has its own, so that its numbers do
 * not depend on the results of earlier calls.
 */
#ifndef MTTY_STRESS_RNG_H
#define MTTY_STRESS_RNG_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct rng {
	__u64 state;
};

static inline __u64 rng_next(struct rng *rng)
{
	__u64 z = rng->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline void rng_init(struct rng *rng, __u64 seed, unsigned int process,
			    unsigned int number)
{
	rng->state = seed;
	rng->state = rng_next(rng) ^ process;
	rng->state = rng_next(rng) ^ number;
}

static inline unsigned int rng_below(struct rng *rng, unsigned int end)
{
	return rng_next(rng) % end;
}

static inline bool rng_one_in(struct rng *rng, unsigned int n)
{
	return rng_below(rng, n) == 0;
}

static inline void rng_fill(struct rng *rng, __u8 *bytes, size_t size)
{
	while (size--)
		*bytes++ = rng_next(rng);
}

#endif /* MTTY_STRESS_RNG_H */
