/*
 * tcp_table.h - where a TCP connection is, without looking through lists.
 *
 * lwIP keeps its control blocks (pcbs) in singly linked lists, and walks them
 * for every segment, for every connection that begins and for every one that
 * ends. Here the same lists get a way back, so that leaving one is cheap, and
 * beside them two hash tables: of the connections by both ends, and of all
 * pcbs by their port.
 *
 * lwIP's sources are as they came. They meet this file in three places:
 *
 *	TCP_REG, TCP_RMV   are defined anew (lwip/hooks.h): tcp_table_add(),
 *	                   tcp_table_remove()
 *	tcp_input()        is wrapped by the linker: what it would look for is
 *	                   found first, and the two lists that it looks through
 *	                   (the Makefile renames them for tcp_in.c) hold that
 *	                   alone
 *	a pcb that goes    unlinked by lwIP's timer without TCP_RMV is seen by
 *the callback for its extra arguments
 *
 * Only the list of listeners is lwIP's own: it moves them about, and there are
 * few. Everything needs the stack's lock.
 */
#ifndef KERNEL_NET_TCP_TABLE_H
#define KERNEL_NET_TCP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/tcp.h>

#include "kernel/lib/attr.h"

/* What a pcb's extra arguments are for. */
enum tcp_extra {
	TCP_EXTRA_PART,      /* tcp_segment.c */
	TCP_EXTRA_HALF_OPEN, /* a listener's handshakes; of one: is it counted
	                      */
	TCP_EXTRA_RESTS,     /* tcp_timer.c */
	TCP_EXTRA_AWAKE,     /* it may not rest */
	TCP_EXTRA_SYN_COUNT, /* how often to try; 0: as usual */
	TCP_EXTRA_FIN_WAIT,  /* ms, and one; 0: as usual */
	TCP_EXTRA_PATIENCE,  /* ms without an answer; 0: as usual */
	TCP_EXTRA_SILENT,    /* ticks when that began, and one; 0: it has not */
	TCP_EXTRA_SELF,      /* the others are tcp_table.c's */
	TCP_EXTRA_BACK,
	TCP_EXTRA_ENDS_NEXT,
	TCP_EXTRA_ENDS_BACK,
	TCP_EXTRA_PORT_NEXT,
	TCP_EXTRA_PORT_BACK,
	TCP_EXTRAS,
};
static_assert(TCP_EXTRAS == LWIP_TCP_PCB_NUM_EXT_ARGS, "lwipopts.h");

/*
 * Once, before the first pcb. The key makes it impossible to choose addresses
 * and ports that all lie in one place.
 */
void tcp_table_init(const uint64_t key[2]);

/*
 * The connection between these ends, or one in TIME_WAIT, or NULL. Zones of
 * IPv6 addresses are not compared.
 */
struct tcp_pcb *tcp_table_find(const ip_addr_t *local, uint16_t local_port,
                               const ip_addr_t *remote, uint16_t remote_port);

/*
 * Bind a new pcb, as tcp_bind() would. False: the port is taken, by a pcb that
 * does not share it (SOF_REUSEADDR).
 */
NODISCARD bool tcp_table_bind(struct tcp_pcb *pcb, const ip_addr_t *address,
                              uint16_t port);

/* Put it into another list, where `list` is the head. */
void tcp_table_move(struct tcp_pcb *pcb, struct tcp_pcb **list);

/* Handshakes that a listener has under way; this one is over. */
unsigned tcp_table_half_open(const struct tcp_pcb *listener);
void tcp_table_opened(struct tcp_pcb *pcb);

#endif
