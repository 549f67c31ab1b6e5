/*
 * argv.h - QEMU's command line for one machine.
 *
 * Paths without a slash are in the instance's directory, where QEMU runs: the
 * path of a socket may have 107 bytes only.
 */
#ifndef PROVIDERS_QEMU_ARGV_H
#define PROVIDERS_QEMU_ARGV_H

#include <stdint.h>

#include "providers/qemu/firewall.h"

#define QEMU_BINARY "qemu-system-x86_64"

/* Files of an instance. */
#define QEMU_FILE_DISK    "disk.qcow2"
#define QEMU_FILE_BOOT    "boot"
#define QEMU_FILE_CONSOLE "console.log"
#define QEMU_FILE_STATUS  "status"
#define QEMU_FILE_PIDFILE "pid"
#define QEMU_FILE_LOG     "qemu.log" /* what QEMU itself has to say */

struct qemu_machine {
	const char *name;
	const char *token; /* see process.h; a UUID */
	const char *type;  /* microvm, q35, pc */
	const char *accel; /* kvm, tcg */
	uint64_t memory;   /* bytes */
	unsigned cpus;
	const char *kernel;
	bool foreground; /* console on stdout */
	const struct qemu_forwards *forwards;
	const char *out_mac;

	/* The segment; NULL: none. Paths from the instance's directory. */
	const char *segment_mac;
	const char *segment_socket, *switch_socket;
};

/* NULL-terminated. */
const char *const *qemu_argv(struct arena *mem, const struct qemu_machine *m);

#endif
