/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes of a device's regions: its BARs and configuration space. */
#ifndef MTTY_LIB_REGION_H
#define MTTY_LIB_REGION_H

#include <sys/types.h>

#include "vfio.h"

#define CONFIG_SIZE	256
#define UART_SIZE	8

/* The number of bytes moved, or a negative errno. */
ssize_t __region_read(struct vfio_dev *dev, unsigned int index, __u64 offset,
		      void *data, size_t size);
ssize_t __region_write(struct vfio_dev *dev, unsigned int index, __u64 offset,
		       const void *data, size_t size);

void config_read(struct vfio_dev *dev, unsigned int offset, void *data, size_t size);
void config_write(struct vfio_dev *dev, unsigned int offset, const void *data, size_t size);
__u16 config_read16(struct vfio_dev *dev, unsigned int offset);
void config_write16(struct vfio_dev *dev, unsigned int offset, __u16 value);
__u32 config_read32(struct vfio_dev *dev, unsigned int offset);
void config_write32(struct vfio_dev *dev, unsigned int offset, __u32 value);

/* PCI_STATUS_INTERRUPT: a port requests an interrupt, even if INTx is masked. */
int config_interrupt_status(struct vfio_dev *dev);
void config_intx_disable(struct vfio_dev *dev, int disable);

__u8 uart_read(struct vfio_dev *dev, unsigned int port, unsigned int reg);
void uart_write(struct vfio_dev *dev, unsigned int port, unsigned int reg, __u8 value);

/* Raise the line by port 0's THRE interrupt, and lower it by reading IIR. */
void uart_raise(struct vfio_dev *dev);
void uart_lower(struct vfio_dev *dev);

/*
 * Executes tokens with tests/uart_vector_run.h; I= and L= are read from PCI status,
 * and M= is ignored. Returns the token that failed, or NULL if all hold.
 */
const char *__uart_run(struct vfio_dev *dev, const char *tokens);
void uart_run(struct vfio_dev *dev, const char *tokens);

/* Checks that both ports are in their reset state; returns what __uart_run() does. */
const char *__uart_run_as_new(struct vfio_dev *dev);

/* Memory of @room bytes, followed by a page that cannot be accessed. */
void *memory_end(size_t room);

#endif /* MTTY_LIB_REGION_H */
