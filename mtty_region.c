// SPDX-License-Identifier: GPL-2.0-only
/* Regions of the device file: configuration space, and a BAR for each port */
#include "mtty_region.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "mtty_card.h"

/* A region's offset in the device file is its index, so high that none overlap. */
#define MTTY_REGION_SHIFT	40
#define MTTY_REGION_MASK	((1ULL << MTTY_REGION_SHIFT) - 1)

/* Longer accesses go through a buffer of this size, so that nothing faults under a lock. */
#define MTTY_REGION_CHUNK	16

/**
 * struct mtty_region_access - part of a region that a read() or write() goes to
 * @index: VFIO_PCI_CONFIG_REGION_INDEX, or the BAR of a port
 * @pos: first byte in the region
 * @count: number of bytes, all of them in the region
 */
struct mtty_region_access {
	unsigned int index;
	unsigned int pos;
	size_t count;
};

static size_t mtty_region_size(const struct mtty_card *card, unsigned int index)
{
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return MTTY_PCI_CONFIG_SIZE;
	return index < card->nr_ports ? MTTY_UART_NR_REGS : 0;
}

/**
 * mtty_region_info() - carry out VFIO_DEVICE_GET_REGION_INFO
 * @card: the card
 * @info: @info->index says which region; the rest is filled in
 *
 * Regions and BARs that a PCI device could have, but the card does not, have size 0.
 *
 * Return: 0, or -EINVAL if a PCI device has no such region
 */
int mtty_region_info(const struct mtty_card *card, struct vfio_region_info *info)
{
	if (info->index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;

	info->cap_offset = 0;
	info->offset = (u64)info->index << MTTY_REGION_SHIFT;
	info->size = mtty_region_size(card, info->index);
	info->flags = info->size ?
		VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	return 0;
}

/* As in vfio-pci, an access past the end fails in configuration space and is cut in a BAR. */
static int mtty_region_decode(const struct mtty_card *card, u64 offset, size_t count,
			      struct mtty_region_access *access)
{
	u64 pos = offset & MTTY_REGION_MASK;
	size_t size;

	access->index = offset >> MTTY_REGION_SHIFT;
	size = mtty_region_size(card, access->index);
	if (access->index == VFIO_PCI_CONFIG_REGION_INDEX) {
		if (count > size || pos > size - count)
			return -EFAULT;
	} else {
		if (pos >= size)
			return -EINVAL;
		count = min(count, size - pos);
		access->index = array_index_nospec(access->index, MTTY_MAX_PORTS);
	}
	access->pos = pos;
	access->pos = array_index_nospec(access->pos, size);
	access->count = count;
	return 0;
}

static void mtty_region_read_chunk(struct mtty_card *card, unsigned int index,
				   unsigned int pos, u8 *buf, unsigned int count)
{
	unsigned int i;

	if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		mtty_card_read_config(card, pos, buf, count);
		return;
	}
	for (i = 0; i < count; i++)
		buf[i] = mtty_card_read_port(card, index, pos + i);
}

static void mtty_region_write_chunk(struct mtty_card *card, unsigned int index,
				    unsigned int pos, const u8 *buf, unsigned int count)
{
	unsigned int i;

	if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		mtty_card_write_config(card, pos, buf, count);
		return;
	}
	for (i = 0; i < count; i++)
		mtty_card_write_port(card, index, pos + i, buf[i]);
}

/*
 * Accesses that go through a buffer are out of line, because the buffer's stack protector
 * would cost an access to one register a tenth of its time.
 */

static noinline_for_stack ssize_t mtty_region_read_chunks(struct mtty_card *card,
							  const struct mtty_region_access *access,
							  char __user *buf)
{
	u8 chunk[MTTY_REGION_CHUNK];
	size_t done, len;

	for (done = 0; done < access->count; done += len) {
		len = min(access->count - done, sizeof(chunk));
		mtty_region_read_chunk(card, access->index, access->pos + done, chunk, len);
		if (copy_to_user(buf + done, chunk, len))
			return -EFAULT;
	}
	return done;
}

static noinline_for_stack ssize_t mtty_region_write_chunks(struct mtty_card *card,
							   const struct mtty_region_access *access,
							   const char __user *buf)
{
	u8 chunk[MTTY_REGION_CHUNK];
	size_t done, len;

	for (done = 0; done < access->count; done += len) {
		len = min(access->count - done, sizeof(chunk));
		if (copy_from_user(chunk, buf + done, len))
			return -EFAULT;
		mtty_region_write_chunk(card, access->index, access->pos + done, chunk, len);
	}
	return done;
}

/* Guests access registers one by one, and wait for each. */
static bool mtty_region_is_register(const struct mtty_region_access *access)
{
	return access->count == 1 && access->index != VFIO_PCI_CONFIG_REGION_INDEX;
}

static ssize_t mtty_region_read_register(struct mtty_card *card,
					 const struct mtty_region_access *access,
					 char __user *buf)
{
	u8 val = mtty_card_read_port(card, access->index, access->pos);

	return put_user(val, (u8 __user *)buf) ?: 1;
}

static ssize_t mtty_region_write_register(struct mtty_card *card,
					  const struct mtty_region_access *access,
					  const char __user *buf)
{
	u8 val;

	if (get_user(val, (const u8 __user *)buf))
		return -EFAULT;
	mtty_card_write_port(card, access->index, access->pos, val);
	return 1;
}

/* Inlined because asking for the direction costs a register access 1 % of its time. */
static __always_inline ssize_t mtty_region_rw(struct mtty_card *card, char __user *buf,
					      size_t count, loff_t *ppos, bool write)
{
	struct mtty_region_access access;
	ssize_t ret;

	if (!count)
		return 0;
	ret = mtty_region_decode(card, *ppos, count, &access);
	if (ret)
		return ret;
	if (mtty_region_is_register(&access))
		ret = write ? mtty_region_write_register(card, &access, buf) :
			      mtty_region_read_register(card, &access, buf);
	else
		ret = write ? mtty_region_write_chunks(card, &access, buf) :
			      mtty_region_read_chunks(card, &access, buf);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

/**
 * mtty_region_read() - read from the region that a file offset selects
 * @card: the card
 * @buf: where to put the bytes
 * @count: number of bytes
 * @ppos: offset in the device file; moved on by what was read
 *
 * Return: bytes read, -EFAULT past the end of configuration space or if @buf cannot be
 * written, or -EINVAL where there is no region
 */
ssize_t mtty_region_read(struct mtty_card *card, char __user *buf, size_t count,
			 loff_t *ppos)
{
	return mtty_region_rw(card, buf, count, ppos, false);
}

/**
 * mtty_region_write() - write to the region that a file offset selects
 * @card: the card
 * @buf: the bytes
 * @count: number of bytes
 * @ppos: offset in the device file; moved on by what was written
 *
 * Return: bytes written, -EFAULT past the end of configuration space or if @buf cannot
 * be read, or -EINVAL where there is no region
 */
ssize_t mtty_region_write(struct mtty_card *card, const char __user *buf, size_t count,
			  loff_t *ppos)
{
	return mtty_region_rw(card, (char __user *)buf, count, ppos, true);
}
