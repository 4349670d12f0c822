// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "region.h"
#include "uart_vector_run.h"

ssize_t __region_read(struct vfio_dev *dev, unsigned int index, __u64 offset,
		      void *data, size_t size)
{
	ssize_t ret = pread(dev->fd, data, size, dev->offset[index] + offset);

	return ret < 0 ? -errno : ret;
}

ssize_t __region_write(struct vfio_dev *dev, unsigned int index, __u64 offset,
		       const void *data, size_t size)
{
	ssize_t ret = pwrite(dev->fd, data, size, dev->offset[index] + offset);

	return ret < 0 ? -errno : ret;
}

static void region_read(struct vfio_dev *dev, unsigned int index, __u64 offset,
			void *data, size_t size)
{
	ssize_t ret = __region_read(dev, index, offset, data, size);

	CHECK(ret == (ssize_t)size, "read of %zu bytes at %llx of region %u gave %zd",
	      size, offset, index, ret);
}

static void region_write(struct vfio_dev *dev, unsigned int index, __u64 offset,
			 const void *data, size_t size)
{
	ssize_t ret = __region_write(dev, index, offset, data, size);

	CHECK(ret == (ssize_t)size, "write of %zu bytes at %llx of region %u gave %zd",
	      size, offset, index, ret);
}

void config_read(struct vfio_dev *dev, unsigned int offset, void *data, size_t size)
{
	region_read(dev, VFIO_PCI_CONFIG_REGION_INDEX, offset, data, size);
}

void config_write(struct vfio_dev *dev, unsigned int offset, const void *data, size_t size)
{
	region_write(dev, VFIO_PCI_CONFIG_REGION_INDEX, offset, data, size);
}

__u16 config_read16(struct vfio_dev *dev, unsigned int offset)
{
	__u16 value;

	config_read(dev, offset, &value, sizeof(value));
	return le16toh(value);
}

void config_write16(struct vfio_dev *dev, unsigned int offset, __u16 value)
{
	value = htole16(value);
	config_write(dev, offset, &value, sizeof(value));
}

__u32 config_read32(struct vfio_dev *dev, unsigned int offset)
{
	__u32 value;

	config_read(dev, offset, &value, sizeof(value));
	return le32toh(value);
}

void config_write32(struct vfio_dev *dev, unsigned int offset, __u32 value)
{
	value = htole32(value);
	config_write(dev, offset, &value, sizeof(value));
}

int config_interrupt_status(struct vfio_dev *dev)
{
	return !!(config_read16(dev, PCI_STATUS) & PCI_STATUS_INTERRUPT);
}

void config_intx_disable(struct vfio_dev *dev, int disable)
{
	__u16 command = config_read16(dev, PCI_COMMAND) & ~PCI_COMMAND_INTX_DISABLE;

	config_write16(dev, PCI_COMMAND, command | (disable ? PCI_COMMAND_INTX_DISABLE : 0));
}

__u8 uart_read(struct vfio_dev *dev, unsigned int port, unsigned int reg)
{
	__u8 value;

	region_read(dev, VFIO_PCI_BAR0_REGION_INDEX + port, reg, &value, 1);
	return value;
}

void uart_write(struct vfio_dev *dev, unsigned int port, unsigned int reg, __u8 value)
{
	region_write(dev, VFIO_PCI_BAR0_REGION_INDEX + port, reg, &value, 1);
}

void uart_raise(struct vfio_dev *dev)
{
	uart_run(dev, "W1=00 W1=02");
}

void uart_lower(struct vfio_dev *dev)
{
	uart_run(dev, "R2=02");
}

const char *__uart_run_as_new(struct vfio_dev *dev)
{
	static const char * const ports[] = {
		"0:R1=00 0:R2=01 0:R3=00 0:R4=00 0:R5=60 0:R6=00 0:R7=00 0:R0=00",
		"1:R1=00 1:R2=01 1:R3=00 1:R4=00 1:R5=60 1:R6=00 1:R7=00 1:R0=00",
		"0:W3=80 0:R0=0C 0:R1=00 0:W3=00 1:W3=80 1:R0=0C 1:R1=00 1:W3=00 L=0",
	};
	const char *failed = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ports) && !failed; i++)
		failed = __uart_run(dev, ports[i]);
	return failed;
}

void *memory_end(size_t room)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(map != MAP_FAILED && munmap(map + page, page) == 0, "no memory");
	return map + page - room;
}

static void card_reset(void *card)
{
	vfio_reset(card);
}

static void card_write(void *card, unsigned int port, unsigned int offset, __u8 value)
{
	uart_write(card, port, offset, value);
}

static __u8 card_read(void *card, unsigned int port, unsigned int offset)
{
	return uart_read(card, port, offset);
}

static bool card_line(void *card)
{
	return config_interrupt_status(card);
}

const char *__uart_run(struct vfio_dev *dev, const char *tokens)
{
	static const struct uart_vector_ops ops = {
		.reset = card_reset,
		.write = card_write,
		.read = card_read,
		.line = card_line,
	};
	struct uart_vector_run run;

	return uart_vector_run(&run, tokens, &ops, dev) ? NULL : run.token;
}

void uart_run(struct vfio_dev *dev, const char *tokens)
{
	const char *failed = __uart_run(dev, tokens);

	CHECK(!failed, "\"%s\" fails from here on: %s", tokens, failed);
}
