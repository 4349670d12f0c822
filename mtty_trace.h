/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints; Documentation/instrument.rst describes them for users. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mtty

#if !defined(MTTY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MTTY_TRACE_H

#include <linux/tracepoint.h>
#include <linux/uuid.h>
#include <linux/vfio.h>

struct device;

#define MTTY_TRACE_CARD_LEN	(UUID_STRING_LEN + 1)
#define MTTY_TRACE_RULE_LEN	192

#define mtty_trace_state_name(state)				\
	__print_symbolic(state,					\
		{ VFIO_DEVICE_STATE_ERROR, "ERROR" },		\
		{ VFIO_DEVICE_STATE_STOP, "STOP" },		\
		{ VFIO_DEVICE_STATE_RUNNING, "RUNNING" },	\
		{ VFIO_DEVICE_STATE_STOP_COPY, "STOP_COPY" },	\
		{ VFIO_DEVICE_STATE_RESUMING, "RESUMING" },	\
		{ VFIO_DEVICE_STATE_RUNNING_P2P, "RUNNING_P2P" }, \
		{ VFIO_DEVICE_STATE_PRE_COPY, "PRE_COPY" },	\
		{ VFIO_DEVICE_STATE_PRE_COPY_P2P, "PRE_COPY_P2P" })

/* An arc of the migration state machine has been walked, or failed. */
TRACE_EVENT(state,
	TP_PROTO(const struct device *dev, unsigned int from, unsigned int to, long result),
	TP_ARGS(dev, from, to, result),
	TP_STRUCT__entry(
		__array(char, card, MTTY_TRACE_CARD_LEN)
		__field(unsigned int, from)
		__field(unsigned int, to)
		__field(long, result)
	),
	TP_fast_assign(
		strscpy(__entry->card, dev_name(dev), MTTY_TRACE_CARD_LEN);
		__entry->from = from;
		__entry->to = to;
		__entry->result = result;
	),
	TP_printk("card=%s from=%s to=%s result=%ld", __entry->card,
		  mtty_trace_state_name(__entry->from),
		  mtty_trace_state_name(__entry->to), __entry->result)
);

/* A data file has been read or written. */
TRACE_EVENT(data,
	TP_PROTO(const char *card, bool write, u64 position, size_t count, long result),
	TP_ARGS(card, write, position, count, result),
	TP_STRUCT__entry(
		__array(char, card, MTTY_TRACE_CARD_LEN)
		__field(bool, write)
		__field(u64, position)
		__field(size_t, count)
		__field(long, result)
	),
	TP_fast_assign(
		strscpy(__entry->card, card, MTTY_TRACE_CARD_LEN);
		__entry->write = write;
		__entry->position = position;
		__entry->count = count;
		__entry->result = result;
	),
	TP_printk("card=%s direction=%s position=%llu count=%zu result=%ld", __entry->card,
		  __entry->write ? "write" : "read", __entry->position, __entry->count,
		  __entry->result)
);

/* A register of a port has been read or written. */
TRACE_EVENT(access,
	TP_PROTO(bool write, unsigned int port, unsigned int reg, u8 value),
	TP_ARGS(write, port, reg, value),
	TP_STRUCT__entry(
		__field(bool, write)
		__field(unsigned int, port)
		__field(unsigned int, reg)
		__field(u8, value)
	),
	TP_fast_assign(
		__entry->write = write;
		__entry->port = port;
		__entry->reg = reg;
		__entry->value = value;
	),
	TP_printk("direction=%s port=%u register=%u value=%02x",
		  __entry->write ? "write" : "read", __entry->port, __entry->reg,
		  __entry->value)
);

/* An interrupt has been signalled, or would have been. */
TRACE_EVENT(irq,
	TP_PROTO(unsigned int index, const char *why),
	TP_ARGS(index, why),
	TP_STRUCT__entry(
		__field(unsigned int, index)
		__field(const char *, why)
	),
	TP_fast_assign(
		__entry->index = index;
		__entry->why = why;
	),
	TP_printk("index=%u why=%s", __entry->index, __entry->why)
);

/* A fault rule has had an effect. */
TRACE_EVENT(fault,
	TP_PROTO(const char *card, const char *rule),
	TP_ARGS(card, rule),
	TP_STRUCT__entry(
		__array(char, card, MTTY_TRACE_CARD_LEN)
		__array(char, rule, MTTY_TRACE_RULE_LEN)
	),
	TP_fast_assign(
		strscpy(__entry->card, card, MTTY_TRACE_CARD_LEN);
		strscpy(__entry->rule, rule, MTTY_TRACE_RULE_LEN);
	),
	TP_printk("card=%s rule=%s", __entry->card, __entry->rule)
);

#endif /* MTTY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE mtty_trace
#include <trace/define_trace.h>
