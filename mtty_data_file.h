/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data files of migration sessions.
 *
 * A session begins when the state machine opens a data file, and ends when the state
 * machine says so. The user reads the stream as it is generated (mtty_saving.h), or writes
 * one that is checked as it arrives (mtty_resuming.h).
 */
#ifndef MTTY_DATA_FILE_H
#define MTTY_DATA_FILE_H

#include <linux/types.h>

struct file;
struct mtty_data_file;
struct mtty_instrument;
struct mtty_settings;
struct mtty_stream_port;
struct vfio_device;

struct file *mtty_data_file_open_saving(struct vfio_device *vdev,
					struct mtty_instrument *instrument,
					unsigned int nr_ports);
struct file *mtty_data_file_open_resuming(struct vfio_device *vdev,
					  struct mtty_instrument *instrument,
					  unsigned int nr_ports);
struct mtty_data_file *mtty_data_file_of(const struct file *filp);
void mtty_data_file_stop(struct mtty_data_file *data,
			 const struct mtty_stream_port *records);
int mtty_data_file_reinit(struct mtty_data_file *data);
void mtty_data_file_apply(struct mtty_data_file *data, const struct mtty_settings *settings);
u64 mtty_data_file_left(struct mtty_data_file *data);
int mtty_data_file_take(struct mtty_data_file *data, struct mtty_stream_port *records);
void mtty_data_file_end(struct mtty_data_file *data);

#endif /* MTTY_DATA_FILE_H */
