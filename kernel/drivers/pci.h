/* pci.h - finding PCI devices (PCI Local Bus 3.0, configuration mechanism 1).
 */
#ifndef KERNEL_DRIVERS_PCI_H
#define KERNEL_DRIVERS_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/irq.h"
#include "kernel/lib/attr.h"

struct pci_device {
	uint8_t bus, slot, function;
	uint16_t vendor, device;
};

/* Is there a PCI root at all? */
bool pci_present(void);

/* Call fn for every function of every device. */
void pci_scan(void (*fn)(const struct pci_device *d));

/* Class, subclass and programming interface (PCI 3.0, 6.2.1). */
uint32_t pci_class(const struct pci_device *d);

uint8_t pci_read8(const struct pci_device *d, unsigned offset);
uint16_t pci_read16(const struct pci_device *d, unsigned offset);
uint32_t pci_read32(const struct pci_device *d, unsigned offset);
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v);
void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v);

/* Memory access and bus mastering on, legacy interrupts off. */
void pci_enable(const struct pci_device *d);

/* Bus mastering off: it does not reach memory any more. */
void pci_disable(const struct pci_device *d);

/* The next capability with this id behind `after` (0: from the start); 0. */
unsigned pci_find_cap(const struct pci_device *d, uint8_t id, unsigned after);

/* Map a part of a memory BAR. NULL: it is not one, or too small. */
volatile void *pci_map_bar(const struct pci_device *d, unsigned bar,
                           uint64_t offset, uint64_t size);

/* The first port of an I/O BAR, decoding switched on; 0: it is none. */
uint16_t pci_io_bar(const struct pci_device *d, unsigned bar);

/*
 * MSI-X, with its entry 0 on this CPU; `name` is copied. -ENOENT: it has no
 * MSI-X; -EIO, -EBUSY.
 */
NODISCARD int pci_use_msix(const struct pci_device *d, const char *name,
                           irq_handler fn, void *arg);

/* One more entry, for a CPU. -ENOENT: it has fewer; -EIO, -EBUSY, -EINVAL. */
NODISCARD int pci_add_msix(const struct pci_device *d, unsigned entry,
                           unsigned cpu, const char *name, irq_handler fn,
                           void *arg);

#endif
