/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data files of migration sessions.
 *
 * A session begins when the state machine opens a data file, and ends when the state
 * machine says so. Its stream (mtty_stream.h) is short, so it is kept whole: the device
 * appends to it and the user reads it, or the user writes it and the device takes it.
 */
#ifndef MTTY_DATA_FILE_H
#define MTTY_DATA_FILE_H

#include <linux/types.h>

struct file;
struct mtty_data_file;
struct mtty_stream;
struct vfio_device;

struct file *mtty_data_file_open_saving(struct vfio_device *vdev, unsigned int nr_ports);
struct file *mtty_data_file_open_resuming(struct vfio_device *vdev, unsigned int nr_ports);
struct mtty_data_file *mtty_data_file_of(const struct file *filp);
void mtty_data_file_append(struct mtty_data_file *data, const void *bytes, size_t count);
int mtty_data_file_take(struct mtty_data_file *data, struct mtty_stream *stream);
void mtty_data_file_end(struct mtty_data_file *data);

#endif /* MTTY_DATA_FILE_H */
