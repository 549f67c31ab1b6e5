/* virtio_pci.h - virtio devices on PCI, by the modern interface or the legacy
 * one. */
#ifndef KERNEL_DRIVERS_VIRTIO_PCI_H
#define KERNEL_DRIVERS_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

struct pci_device;

/* Hand every virtio device on the bus to its driver. */
void virtio_pci_scan(void);

/* The same for one device of that kind by the legacy interface; false: it has
 * none. For virtio_pci.c. */
bool virtio_pci_legacy(const struct pci_device *d, uint16_t kind);

#endif
