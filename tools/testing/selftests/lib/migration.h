/* SPDX-License-Identifier: GPL-2.0-only */
/* Migration states, and the data files that carry the device's state. */
#ifndef MTTY_LIB_MIGRATION_H
#define MTTY_LIB_MIGRATION_H

#include <sys/types.h>

#include "vfio.h"

#define STATE_ERROR		VFIO_DEVICE_STATE_ERROR
#define STATE_STOP		VFIO_DEVICE_STATE_STOP
#define STATE_RUNNING		VFIO_DEVICE_STATE_RUNNING
#define STATE_STOP_COPY		VFIO_DEVICE_STATE_STOP_COPY
#define STATE_RESUMING		VFIO_DEVICE_STATE_RESUMING
#define STATE_RUNNING_P2P	VFIO_DEVICE_STATE_RUNNING_P2P
#define STATE_PRE_COPY		VFIO_DEVICE_STATE_PRE_COPY
#define STATE_PRE_COPY_P2P	VFIO_DEVICE_STATE_PRE_COPY_P2P
#define STATE_NR		VFIO_DEVICE_STATE_NR

const char *mig_state_name(unsigned int state);

/* @data_fd: what the call stored there; -1 if it opened no session. */
int __mig_set(struct vfio_dev *dev, unsigned int state, int *data_fd);
/* Returns the new session's data file, or -1 if there is none. */
int mig_set(struct vfio_dev *dev, unsigned int state);
/* The same; it also writes the stream if it is RESUMING, so that it can be left. */
int mig_enter(struct vfio_dev *dev, unsigned int state, const void *stream, size_t size);
unsigned int mig_get(struct vfio_dev *dev);

/* The number of bytes moved, or a negative errno. */
ssize_t __mig_read(int data_fd, void *data, size_t size);
ssize_t __mig_write(int data_fd, const void *data, size_t size);
/* Reads to the end of the stream, or until there is no more data for now. */
size_t mig_read_all(int data_fd, void *data, size_t size);

int __mig_precopy_info(int data_fd, struct vfio_precopy_info *info);

/* Stops the device and reads its whole stream; leaves it in STOP. */
size_t mig_save(struct vfio_dev *dev, void *stream, size_t size);
/* Loads a stream and leaves the device in STOP; a negative errno if it is refused. */
int __mig_load(struct vfio_dev *dev, const void *stream, size_t size);
void mig_load(struct vfio_dev *dev, const void *stream, size_t size);

/* Puts the device into ERROR, from any state. */
void mig_break(struct vfio_dev *dev);

#endif /* MTTY_LIB_MIGRATION_H */
