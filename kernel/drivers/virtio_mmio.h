/* virtio_mmio.h - virtio devices that the command line names. */
#ifndef KERNEL_DRIVERS_VIRTIO_MMIO_H
#define KERNEL_DRIVERS_VIRTIO_MMIO_H

/*
 * Look for words "virtio_mmio.device=SIZE@ADDRESS:IRQ" (the form of Linux's
 * kernel-parameters.txt, which QEMU's microvm writes) and hand each device to
 * its driver. Returns how many there were.
 */
unsigned virtio_mmio_scan(const char *cmdline);

#endif
