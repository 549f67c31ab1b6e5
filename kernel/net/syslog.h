/*
 * syslog.h - the console's lines, sent to a collector too (RFC 5424 over UDP,
 * RFC 5426). What cannot be sent is lost: the console has it.
 */
#ifndef KERNEL_NET_SYSLOG_H
#define KERNEL_NET_SYSLOG_H

#include <stddef.h>

#include "kernel/lib/attr.h"

/*
 * The value of a boot line `log`: "syslog HOST:PORT", HOST an IPv4 address or a
 * name. -EINVAL when it is something else, -ENOSPC for a second one.
 */
NODISCARD int syslog_add(const char *value);

/* Begin, if a line has asked for it and it has not begun. `hostname` stays
 * borrowed. */
NODISCARD int syslog_start(const char *hostname);

#endif
