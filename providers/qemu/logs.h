/* logs.h - an instance's console, what was and what comes. */
#ifndef PROVIDERS_QEMU_LOGS_H
#define PROVIDERS_QEMU_LOGS_H

#include "providers/qemu/host.h"

NODISCARD struct err *qemu_logs(struct provider *p,
                                const struct log_request *request);

#endif
