/* virtio_pci.h - virtio devices on PCI, by the modern interface or the legacy
 * one. */
#ifndef KERNEL_DRIVERS_VIRTIO_PCI_H
#define KERNEL_DRIVERS_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

struct pci_device;
struct virtio_queue;

/* Hand a virtio device to its driver; false: it is no virtio device. */
bool virtio_pci_found(const struct pci_device *d);

/* The same for one device of that kind by the legacy interface; false: it has
 * none. For virtio_pci.c. */
bool virtio_pci_legacy(const struct pci_device *d, uint16_t kind);

/* For both interfaces: the queue's entry of MSI-X; 0 is the device's. */
uint16_t virtio_pci_connect(const struct pci_device *d, struct virtio_queue *q);

#endif
