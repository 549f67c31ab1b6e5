/*
 * machine.h - starting, watching and stopping the QEMU of one instance.
 *
 * Everything happens in a directory (argv.h has the names of its files), so
 * that `apply` and `run` share it.
 */
#ifndef PROVIDERS_QEMU_MACHINE_H
#define PROVIDERS_QEMU_MACHINE_H

#include "providers/qemu/argv.h"
#include "providers/qemu/host.h"
#include "providers/qemu/process.h"
#include "providers/qemu/spec.h"
#include "providers/qemu/status.h"

/* Make the overlay disk on an image's root, unless it is there. */
NODISCARD struct err *qemu_machine_disk(const char *dir, const char *root);

struct qemu_start {
	const char *dir;
	const char *boot; /* boot lines */
	size_t boot_len;
	int console; /* of a machine in the foreground: a descriptor */
	struct qemu_machine machine;
};

/* Start QEMU; its identity is in the directory when this returns. */
NODISCARD struct err *qemu_machine_start(const struct qemu_start *start,
                                         struct qemu_process *out);

/* Its process, if it runs. `token` finds one that was never written down. */
struct qemu_process qemu_machine_process(const char *dir, const char *token);

/*
 * Wait until the program was started, then for what `spec` says. ERR_IO when
 * the machine ends before, with the last lines of its console; ERR_TIMEOUT;
 * ERR_CANCELED.
 */
NODISCARD struct err *qemu_machine_wait(const char *dir,
                                        const struct qemu_process *process,
                                        const struct qemu_spec *spec,
                                        const struct qemu_forwards *forwards,
                                        const struct progress *progress);

/* The last wait since its start came true. */
bool qemu_machine_is_up(const char *dir);

/*
 * Press the power button, and end it hard after `stop_ms`. Gone is fine;
 * ERR_TIMEOUT when even SIGKILL does not help.
 */
NODISCARD struct err *qemu_machine_stop(const char *dir, const char *token,
                                        int stop_ms);

#endif
