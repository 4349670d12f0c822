/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One mtty device, and what its parts offer each other.
 *
 * Locks, in the order in which they nest:
 *
 *   mtty_irq.igate            serialises VFIO_DEVICE_SET_IRQS
 *   mtty_migration.state_lock serialises the migration state machine and data files
 *   mtty_port.lock            one port, from port 0 upwards
 *
 * igate and state_lock never nest. A port's lock is innermost, because a register
 * access takes nothing else and must not wait for user space, for an allocation or
 * for another port.
 *
 * What the ports share (configuration space, interrupt set-up, the halt) is written
 * with the locks of all ports held, mtty_ports_lock(), so holding any one of them is
 * enough to read it. That is how a register access can signal an interrupt under
 * the lock of its own port alone. eventfd_signal() is called under these locks;
 * that is safe because no eventfd wake-up callback of ours takes them: the unmask
 * eventfd works from a thread.
 *
 * No lock is held across a copy to or from user space.
 */
#ifndef MTTY_H
#define MTTY_H

#include <linux/cache.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pci_regs.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/vfio.h>
#include <linux/wait.h>

#include "mtty_stream.h"
#include "mtty_uart.h"

struct eventfd_ctx;
struct file;

#define MTTY_MAX_PORTS		2
#define MTTY_PCI_CONFIG_SIZE	PCI_CFG_SPACE_SIZE

/* struct mtty_irq.index while neither INTx nor MSI is set up */
#define MTTY_IRQ_NONE		VFIO_PCI_NUM_IRQS

/**
 * struct mtty_port - one port: a UART and its request line
 */
struct mtty_port {
	/** @lock: protects the UART and the request; innermost lock of all */
	spinlock_t lock;
	/** @uart: the UART; protected by @lock */
	struct mtty_uart uart;
	/**
	 * @request: interrupt request of @uart after the last access; written under
	 * @lock, read under it or by READ_ONCE()
	 */
	bool request;
} ____cacheline_aligned_in_smp;

/**
 * struct mtty_irq - interrupt set-up of a device
 */
struct mtty_irq {
	/** @igate: serialises VFIO_DEVICE_SET_IRQS; outside the ports' locks */
	struct mutex igate;
	/**
	 * @index: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX or MTTY_IRQ_NONE;
	 * changed under @igate and all ports' locks
	 */
	unsigned int index;
	/**
	 * @trigger: eventfd of the one vector of @index, or NULL; changed under
	 * @igate and all ports' locks
	 */
	struct eventfd_ctx *trigger;
	/**
	 * @masked: bit 0: INTx is masked, by the user or by having been signalled; set
	 * atomically under any port's lock, cleared under all of them
	 */
	unsigned long masked;
	/**
	 * @halted: the migration state forbids interrupts; changed under all ports'
	 * locks
	 */
	bool halted;
	/**
	 * @announce: signal INTx once at the end of @halted, even if nothing is
	 * pending; changed under all ports' locks
	 */
	bool announce;
	/** @unmask: eventfd that unmasks INTx, or NULL; protected by @igate */
	struct virqfd *unmask;
	/** @err: eventfd of VFIO_PCI_ERR_IRQ_INDEX, or NULL; protected by @igate */
	struct eventfd_ctx *err;
	/** @req: eventfd of VFIO_PCI_REQ_IRQ_INDEX, or NULL; protected by @igate */
	struct eventfd_ctx *req;
};

/**
 * struct mtty_migration - migration state of a device
 */
struct mtty_migration {
	/**
	 * @users: whoever has the device open, and data files; together they have one
	 * reference on the device. Atomic
	 */
	refcount_t users;
	/** @state_lock: serialises the state machine and protects what follows */
	struct mutex state_lock;
	/**
	 * @state: current state; changes only by the user's request, reset and close;
	 * protected by @state_lock
	 */
	enum vfio_device_mig_state state;
	/**
	 * @work: MTTY_PORTS_* that remain to be done before @state_lock is released;
	 * protected by it
	 */
	unsigned int work;
	/**
	 * @filp: data file of the session, or NULL. Without a reference: it is only
	 * compared with files that are open. Protected by @state_lock
	 */
	const struct file *filp;
	/** @stream: the session's stream so far; protected by @state_lock */
	struct mtty_stream stream;
	/** @len: bytes of @stream that are there; protected by @state_lock */
	size_t len;
	/** @pos: bytes of @stream that the user has read; protected by @state_lock */
	size_t pos;
	/** @refused: what was written to @stream is invalid; protected by @state_lock */
	bool refused;
	/** @wait: whoever polls a data file, of this session or of an earlier one */
	wait_queue_head_t wait;
	/** @logging: dirty logging is on; protected by @state_lock */
	bool logging;
};

/**
 * struct mtty_dev - one mtty device
 */
struct mtty_dev {
	/** @vdev: what VFIO knows of it; first, as vfio_alloc_device() wants it */
	struct vfio_device vdev;
	/** @nr_ports: 1 (mtty-1) or 2 (mtty-2); constant */
	unsigned int nr_ports;
	/** @config: PCI configuration space; changed under all ports' locks */
	u8 config[MTTY_PCI_CONFIG_SIZE];
	/** @irq: interrupt set-up */
	struct mtty_irq irq;
	/** @migration: migration state */
	struct mtty_migration migration;
	/** @port: the ports; those from @nr_ports on are only ever locked */
	struct mtty_port port[MTTY_MAX_PORTS];
};

static inline struct mtty_dev *to_mtty_dev(struct vfio_device *vdev)
{
	return container_of(vdev, struct mtty_dev, vdev);
}

/**
 * mtty_ports_lock() - lock all ports, and so what they share, for changing it
 * @mtty: the device
 *
 * Locks the second port of a one-port device too: nobody contends for it, and the
 * rule of who may write what stays the same for both types.
 */
static inline void mtty_ports_lock(struct mtty_dev *mtty)
	__acquires(&mtty->port[0].lock)
	__acquires(&mtty->port[1].lock)
{
	spin_lock(&mtty->port[0].lock);
	spin_lock_nested(&mtty->port[1].lock, SINGLE_DEPTH_NESTING);
}

/**
 * mtty_ports_unlock() - undo mtty_ports_lock()
 * @mtty: the device
 */
static inline void mtty_ports_unlock(struct mtty_dev *mtty)
	__releases(&mtty->port[1].lock)
	__releases(&mtty->port[0].lock)
{
	spin_unlock(&mtty->port[1].lock);
	spin_unlock(&mtty->port[0].lock);
}

/**
 * mtty_ports_assert_locked() - the caller may change what the ports share
 * @mtty: the device
 */
static inline void mtty_ports_assert_locked(const struct mtty_dev *mtty)
{
	lockdep_assert_held(&mtty->port[0].lock);
	lockdep_assert_held(&mtty->port[1].lock);
}

/**
 * mtty_port_assert_any_locked() - the caller may read what the ports share
 * @mtty: the device
 */
static inline void mtty_port_assert_any_locked(const struct mtty_dev *mtty)
{
	lockdep_assert(lockdep_is_held(&mtty->port[0].lock) ||
		       lockdep_is_held(&mtty->port[1].lock));
}

/**
 * mtty_ports_request() - level of the function's INTx line, were it not masked
 * @mtty: the device; exact with all ports locked, else the other ports may change
 *
 * Return: true while any port requests an interrupt
 */
static inline bool mtty_ports_request(const struct mtty_dev *mtty)
{
	return READ_ONCE(mtty->port[0].request) || READ_ONCE(mtty->port[1].request);
}

/* mtty_port.c */
void mtty_ports_init(struct mtty_dev *mtty);
void mtty_ports_reset(struct mtty_dev *mtty);
bool mtty_ports_load(struct mtty_dev *mtty, const struct mtty_stream *stream);
u8 mtty_port_read(struct mtty_dev *mtty, unsigned int nr, unsigned int offset);
void mtty_port_write(struct mtty_dev *mtty, unsigned int nr, unsigned int offset,
		     u8 val);

/* mtty_pci.c */
void mtty_pci_reset(struct mtty_dev *mtty);
void mtty_pci_read(struct mtty_dev *mtty, unsigned int offset, u8 *buf,
		   unsigned int count);
void mtty_pci_write(struct mtty_dev *mtty, unsigned int offset, const u8 *buf,
		    unsigned int count);
bool mtty_pci_intx_disabled(const struct mtty_dev *mtty);

/* mtty_irq.c */
void mtty_irq_init(struct mtty_dev *mtty);
void mtty_irq_destroy(struct mtty_dev *mtty);
void mtty_irq_release(struct mtty_dev *mtty);
void mtty_irq_raise(struct mtty_dev *mtty);
void mtty_irq_unmask(struct mtty_dev *mtty);
void mtty_irq_forget(struct mtty_dev *mtty);
void mtty_irq_announce(struct mtty_dev *mtty, bool announce);
void mtty_irq_halt(struct mtty_dev *mtty);
void mtty_irq_resume(struct mtty_dev *mtty);
unsigned int mtty_irq_count(unsigned int index);
int mtty_irq_set(struct mtty_dev *mtty, const struct vfio_irq_set *hdr,
		 const void *data);
void mtty_irq_request_release(struct mtty_dev *mtty);

#endif /* MTTY_H */
