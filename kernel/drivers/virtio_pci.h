/* virtio_pci.h - virtio devices on PCI, by the modern interface. */
#ifndef KERNEL_DRIVERS_VIRTIO_PCI_H
#define KERNEL_DRIVERS_VIRTIO_PCI_H

/* Hand every virtio device on the bus to its driver. */
void virtio_pci_scan(void);

#endif
