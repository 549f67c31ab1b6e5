/*
 * syslog.h - the console's lines, sent to a collector too (RFC 5424 over UDP,
 * RFC 5426). What cannot be sent is lost: the console has it.
 */
#ifndef KERNEL_NET_SYSLOG_H
#define KERNEL_NET_SYSLOG_H

#include <stddef.h>

#include "kernel/lib/attr.h"

/*
 * The value of a boot line `log`: "syslog ADDRESS:PORT". -EINVAL when it is
 * something else, -ENOSPC for a second one. Names are not resolved.
 */
NODISCARD int syslog_add(const char *value);

/* Begin, if a line asked for it. `hostname` stays borrowed. */
NODISCARD int syslog_start(const char *hostname);

#endif
