// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payload: the eight bytes at each position that is a multiple of eight are that position,
 * as a little-endian number. A byte that is changed, lost, doubled or moved leaves bytes
 * behind that differ from what belongs there.
 */
#include "mtty_payload.h"

#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include <asm/byteorder.h>

#define MTTY_PAYLOAD_WORD	sizeof(__le64)

/* Bytes from a position to the next word, or 0 if a word begins there */
static size_t mtty_payload_odd_bytes(u64 pos)
{
	return -pos & (MTTY_PAYLOAD_WORD - 1);
}

/* Copies up to the next word at most. */
static size_t mtty_payload_part_of_word(u8 *buf, u64 pos, size_t count)
{
	size_t offset = pos & (MTTY_PAYLOAD_WORD - 1);
	size_t len = min(count, MTTY_PAYLOAD_WORD - offset);
	__le64 word = cpu_to_le64(pos - offset);

	memcpy(buf, (u8 *)&word + offset, len);
	return len;
}

static void mtty_payload_fill_words(u8 *buf, u64 pos, size_t words)
{
	size_t i;

	/* A payload should cost no more than a copy of it. */
#pragma GCC unroll 8
	for (i = 0; i < words; i++)
		put_unaligned_le64(pos + i * MTTY_PAYLOAD_WORD, buf + i * MTTY_PAYLOAD_WORD);
}

/**
 * mtty_payload_fill() - generate a part of a payload
 * @buf: where to put it
 * @pos: position of its first byte in the payload
 * @count: number of bytes
 */
void mtty_payload_fill(u8 *buf, u64 pos, size_t count)
{
	size_t len = 0, words;

	if (mtty_payload_odd_bytes(pos))
		len = mtty_payload_part_of_word(buf, pos, count);
	words = (count - len) / MTTY_PAYLOAD_WORD;
	mtty_payload_fill_words(buf + len, pos + len, words);
	len += words * MTTY_PAYLOAD_WORD;
	mtty_payload_part_of_word(buf + len, pos + len, count - len);
}

static bool mtty_payload_part_of_word_valid(const u8 *buf, u64 pos, size_t count)
{
	u8 expected[MTTY_PAYLOAD_WORD];

	return !memcmp(buf, expected, mtty_payload_part_of_word(expected, pos, count));
}

static bool mtty_payload_words_valid(const u8 *buf, u64 pos, size_t words)
{
	u64 difference = 0;
	size_t i;

#pragma GCC unroll 8
	for (i = 0; i < words; i++)
		difference |= get_unaligned_le64(buf + i * MTTY_PAYLOAD_WORD) ^
			      (pos + i * MTTY_PAYLOAD_WORD);
	return !difference;
}

/**
 * mtty_payload_valid() - check a part of a payload
 * @buf: the bytes
 * @pos: position of the first of them in the payload
 * @count: number of bytes
 *
 * Return: true if each byte is the one that belongs there
 */
bool mtty_payload_valid(const u8 *buf, u64 pos, size_t count)
{
	size_t len = min(count, mtty_payload_odd_bytes(pos)), words;

	words = (count - len) / MTTY_PAYLOAD_WORD;
	if (!mtty_payload_part_of_word_valid(buf, pos, len) ||
	    !mtty_payload_words_valid(buf + len, pos + len, words))
		return false;
	len += words * MTTY_PAYLOAD_WORD;
	return mtty_payload_part_of_word_valid(buf + len, pos + len, count - len);
}
