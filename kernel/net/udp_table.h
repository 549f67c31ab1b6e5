/*
 * udp_table.h - UDP's control blocks (pcbs) by their port.
 *
 * lwIP has one list of them, and walks it for each datagram that comes. Here
 * there is a list for each few ports. lwIP's sources are as they came: the
 * linker wraps its functions that use the list, and each finds there the one of
 * the port at hand.
 *
 * Everything needs the stack's lock.
 */
#ifndef KERNEL_NET_UDP_TABLE_H
#define KERNEL_NET_UDP_TABLE_H

#include <stdint.h>

struct udp_pcb;

/* The first of those that may have this port (host byte order), by `next`. */
struct udp_pcb *udp_table_first(uint16_t port);

/* One of all pcbs after the other; NULL begins, and NULL ends. */
struct udp_pcb *udp_table_next(const struct udp_pcb *pcb);

#endif
