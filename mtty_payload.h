/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Payload: additional device state that nobody stores, because its bytes follow from their
 * position.
 */
#ifndef MTTY_PAYLOAD_H
#define MTTY_PAYLOAD_H

#include <linux/types.h>

void mtty_payload_fill(u8 *buf, u64 pos, size_t count);
bool mtty_payload_valid(const u8 *buf, u64 pos, size_t count);

#endif /* MTTY_PAYLOAD_H */
