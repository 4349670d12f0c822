// SPDX-License-Identifier: GPL-2.0-only
/* The code that the tracepoints need once */
#include <linux/device.h>

#define CREATE_TRACE_POINTS
#include "mtty_trace.h"
