/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MTTY_LIB_CANARY_H
#define MTTY_LIB_CANARY_H

/*
 * Nanoseconds that a pread() of /dev/null takes now. It runs none of our code, so it shows
 * how fast the machine is.
 */
double canary_ns(void);

#endif /* MTTY_LIB_CANARY_H */
