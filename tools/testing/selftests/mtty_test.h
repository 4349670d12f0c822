/* SPDX-License-Identifier: GPL-2.0-only */
/* What every test program includes: the harness and the library. */
#ifndef MTTY_TEST_H
#define MTTY_TEST_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "check.h"
#include "irq.h"
#include "mdev.h"
#include "migration.h"
#include "region.h"
#include "stream.h"
#include "sysfs.h"
#include "task.h"
#include "vfio.h"

#include "kselftest_harness.h"

/* An address that can be neither read nor written. */
#define NOWHERE	((void *)8)

#endif /* MTTY_TEST_H */
