/*
 * nvme.h - disks behind an NVM Express controller (NVM Express Base
 * Specification 1.4; section numbers are its).
 *
 * Who finds a controller (nvme_pci.c, and tests that play one) hands over how
 * its registers are reached. Nothing it writes is trusted: a controller that
 * completes what it was not given, or says nothing for NVME_TIMEOUT_S, is
 * switched off, and who waits for it gets -EIO.
 */
#ifndef KERNEL_DRIVERS_NVME_H
#define KERNEL_DRIVERS_NVME_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

struct pci_device;
struct nvme_controller;

enum {
	NVME_TIMEOUT_S = 30,     /* for each command */
	NVME_DOORBELLS = 0x1000, /* 3.1: the first register of them */
};

struct nvme_port;

struct nvme_port_ops {
	/* Registers of 32 bits by their offset (3.1). The doorbells are those
	 * of the first two pairs of queues. */
	uint32_t (*read)(struct nvme_port *p, uint32_t reg);
	void (*write)(struct nvme_port *p, uint32_t reg, uint32_t v);

	/* The device does not reach memory any more. Any context. */
	void (*cut_off)(struct nvme_port *p);
};

struct nvme_port {
	const struct nvme_port_ops *ops;
	struct nvme_controller *controller; /* nvme_attach() sets it */
};

/*
 * Set the controller up and announce a disk for each of its namespaces. Sleeps.
 * -EIO: it does not work, or answers nonsense; -ENODEV: it is of a kind that
 * cannot be used; -ENOMEM. It is switched off then. Memory that it may know of
 * is kept, as `p` has to be.
 */
NODISCARD int nvme_attach(struct nvme_port *p);

/* Its interrupt came. */
void nvme_interrupt(struct nvme_port *p);

/* Take over a PCI device that is a controller; false: it is none. */
bool nvme_pci_found(const struct pci_device *d);

#endif
