/*
 * qmp.h - one command to a running QEMU.
 *
 * A connection serves one caller at a time; each call connects, asks and
 * leaves, so nobody keeps others out for long.
 */
#ifndef PROVIDERS_QEMU_QMP_H
#define PROVIDERS_QEMU_QMP_H

#include "parser/base/err.h"

/* Its name in the instance's directory. */
#define QEMU_QMP_SOCKET "qmp"

/*
 * Send a command, whole as JSON ({"execute": ...}), to the socket in `dir` and
 * wait for its answer, at most `timeout_ms` in all. ERR_IO when nobody listens,
 * ERR_REMOTE when QEMU refuses, ERR_TIMEOUT.
 */
NODISCARD struct err *qemu_qmp_send(const char *dir, const char *command,
                                    int timeout_ms);

#endif
