/*
 * proc.h - the texts of files in /proc/net, as Linux writes them (proc(5)).
 *
 * They return the length of what is in `out`, which is cut off after a whole
 * line when there is no more room.
 */
#ifndef KERNEL_NET_PROC_H
#define KERNEL_NET_PROC_H

#include <stddef.h>

size_t net_proc_tcp(char *out, size_t size);
size_t net_proc_udp(char *out, size_t size);
size_t net_proc_tcp6(char *out, size_t size);
size_t net_proc_udp6(char *out, size_t size);
size_t net_proc_if_inet6(char *out, size_t size);
size_t net_proc_ipv6_route(char *out, size_t size);
size_t net_proc_dev(char *out, size_t size);
size_t net_proc_route(char *out, size_t size);
size_t net_proc_arp(char *out, size_t size);

#endif
