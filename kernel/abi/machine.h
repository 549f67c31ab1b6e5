/*
 * machine.h - what the kernel expects of a machine, and tells its host.
 */
#ifndef KERNEL_ABI_MACHINE_H
#define KERNEL_ABI_MACHINE_H

#include <stdint.h>

enum {
	/* Less memory than this does not boot. Bytes. */
	MACHINE_MIN_MEMORY = 8 * 1024 * 1024,

	/*
	 * An I/O port where bytes for the host's tool go, on machines that have
	 * QEMU's isa-debugcon there: reading it gives MACHINE_STATUS_MAGIC.
	 * Lines of text; the last one before the machine stops is one of
	 *
	 *	exit N      the program ended with exit status N (0-255)
	 *	signal N    signal N ended it
	 *	boot TEXT   the machine did not get as far as running it
	 *	panic TEXT  the kernel stopped
	 *
	 * and before it, once each,
	 *
	 *	ready       the program has been started
	 */
	MACHINE_STATUS_PORT = 0xe9,
	MACHINE_STATUS_MAGIC = 0xe9,
};

/* The root disk: the virtio disk with this serial number, else the first. */
#define MACHINE_ROOT_SERIAL "root"

#endif
