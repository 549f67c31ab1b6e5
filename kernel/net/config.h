/*
 * config.h - the network as the boot lines want it (kernel/abi/boot_lines.h).
 *
 * boot/ calls, in one thread: net_add_line() for each line, net_up(), and later
 * what it needs of the rest. Other lines may come before or after net_up():
 * where they come by network, they cannot come sooner.
 */
#ifndef KERNEL_NET_CONFIG_H
#define KERNEL_NET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"

/* The value of one boot line. -EINVAL: malformed; -ENOSPC: too many. */
NODISCARD int net_add_line(const char *value);  /* net */
NODISCARD int net_add_allow(const char *value); /* allow */
NODISCARD int net_add_host(const char *value);  /* host */
NODISCARD int net_add_log(const char *value);   /* log */

/* Instead of allow lines: let everything in. */
NODISCARD int net_allow_all(void);

/* What is no name is cut off where it ends to be one. Default: "miso". */
void net_set_hostname(const char *name);
const char *net_hostname(void);

/*
 * `changed` is called in a kernel thread that may sleep, when addresses or
 * name servers have changed after net_up(): /etc/resolv.conf is to be written
 * anew. To be called before net_up().
 */
void net_set_changed(void (*changed)(void));

/* Bring up loopback and every device. Does not wait for DHCP. */
NODISCARD int net_up(void);

/* All lines are there: begin to ship the log, if one wants that. */
NODISCARD int net_start_log(void);

/*
 * Wait until every interface has its address, at most a second: a program
 * that connects at once should find a network. False: not all have.
 */
bool net_wait_configured(void);

/*
 * The program has ended: wait until what it sent has arrived, and how its
 * connections ended is known to the other side, but not longer.
 */
void net_drain(uint64_t timeout_ns);

/* Texts of files, cut off where the room ends. They return the length. */
size_t net_resolv_conf(char *out, size_t size);
size_t net_hosts(char *out, size_t size);
size_t net_filter_stats(char *out, size_t size);

#endif
