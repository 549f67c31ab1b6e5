/*
 * config.h - the network as the boot lines want it (kernel/abi/boot_lines.h).
 *
 * boot/ calls, in one thread: net_add_*() for each line, net_start() when the
 * devices have been found, and later what it needs of the rest.
 */
#ifndef KERNEL_NET_CONFIG_H
#define KERNEL_NET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

/*
 * The value of one boot line, `len` bytes that need not be terminated and are
 * not kept. -EINVAL: malformed; -ENOSPC: too many of them.
 */
NODISCARD int net_add_interface(const char *value, size_t len); /* net */
NODISCARD int net_add_allow(const char *value, size_t len);     /* allow */
NODISCARD int net_add_host(const char *value, size_t len);      /* host */
NODISCARD int net_set_hostname(const char *value, size_t len);  /* hostname */
NODISCARD int net_add_log(const char *value, size_t len);       /* log */

/*
 * Bring up loopback and every device. Does not wait for DHCP. `changed` (NULL:
 * nobody) is called in a kernel thread that may sleep, when addresses or name
 * servers have changed, so that /etc/resolv.conf can be written anew.
 */
NODISCARD int net_start(void (*changed)(void));

/* Wait until every interface has its address. False: not in this time. */
bool net_wait_configured(uint64_t timeout_ns);

/*
 * The program has ended: wait until what it sent has arrived, and how its
 * connections ended is known to the other side, but not longer.
 */
void net_drain(uint64_t timeout_ns);

/*
 * Texts of files. They return the length the whole text has, and terminate
 * what fits.
 */
size_t net_resolv_conf(char *out, size_t size);
size_t net_hosts(char *out, size_t size);
const char *net_hostname(void);
size_t net_filter_stats(char *out, size_t size);

#endif
