/* run.h - one instance in the foreground. */
#ifndef PROVIDERS_QEMU_RUN_H
#define PROVIDERS_QEMU_RUN_H

#include "providers/qemu/host.h"

/*
 * See provider.h. SIGINT and SIGTERM press the power button; the second one
 * ends the machine at once. An instance without tags publishes its ports on
 * the loopback address. Leaves nothing behind but the image in the store.
 */
NODISCARD struct err *qemu_run(struct provider *p, const struct desired *image,
                               const struct desired *instance, int console,
                               int *status);

#endif
