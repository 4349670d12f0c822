/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MTTY_LIB_CLOCK_H
#define MTTY_LIB_CLOCK_H

/* Nanoseconds since an arbitrary time; only differences mean something. */
double clock_ns(void);

#endif /* MTTY_LIB_CLOCK_H */
