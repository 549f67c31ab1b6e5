/* hooks.h - where lwIP calls us, beside the callbacks of its API. */
#ifndef KERNEL_NET_LWIP_HOOKS_H
#define KERNEL_NET_LWIP_HOOKS_H

#include <stdint.h>

#include <lwip/arch.h>
#include <lwip/err.h>
#include <lwip/ip_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>

struct tcp_hdr;
struct tcp_pcb;

/*
 * A control block comes to the list of its state, or leaves it (tcp_table.h).
 * lwIP includes this file after the one that says what the two are.
 */
#undef TCP_REG
#undef TCP_RMV
#define TCP_REG(list, pcb)                                                     \
	do {                                                                   \
		tcp_table_add(pcb);                                            \
		tcp_timer_needed();                                            \
	} while (0)
#define TCP_RMV(list, pcb) tcp_table_remove(pcb)

/*
 * Limits that are each connection's own (tcp_timer.c). Where lwIP compares
 * with them, `pcb` is the connection.
 */
#undef TCP_SYNMAXRTX
#undef TCP_MAXRTX
#undef TCP_FIN_WAIT_TIMEOUT
#define TCP_SYNMAXRTX        tcp_timer_syn_limit(pcb)
#define TCP_MAXRTX           tcp_timer_retry_limit(pcb)
#define TCP_FIN_WAIT_TIMEOUT tcp_timer_fin_wait_ms(pcb)
unsigned tcp_timer_syn_limit(struct tcp_pcb *pcb);
unsigned tcp_timer_retry_limit(struct tcp_pcb *pcb);
uint32_t tcp_timer_fin_wait_ms(const struct tcp_pcb *pcb);

void tcp_table_add(struct tcp_pcb *pcb);
void tcp_table_remove(struct tcp_pcb *pcb);

/* A first sequence number nobody can guess (RFC 6528). */
#define LWIP_HOOK_TCP_ISN stack_first_sequence
u32_t stack_first_sequence(const ip_addr_t *local, u16_t local_port,
                           const ip_addr_t *remote, u16_t remote_port);

/* The filter. 1: the packet was dropped and is freed. */
#define LWIP_HOOK_IP4_INPUT interface_filter_input
#define LWIP_HOOK_IP6_INPUT interface_filter_input
int interface_filter_input(struct pbuf *p, struct netif *from);

/*
 * A listening socket whose queue is full hears no SYN, and what reaches beyond
 * the window is not kept for later. `data` is the segment without its header.
 */
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p)         \
	tcp_socket_admit(pcb, hdr, p)
err_t tcp_socket_admit(struct tcp_pcb *pcb, const struct tcp_hdr *header,
                       const struct pbuf *data);

/* The largest segment of the connection whose packet is sent now; 0: none. */
u16_t tcp_socket_part(struct netif_hint *hints);

/*
 * Options that lwIP's DHCP client does not know. Before an interface has an
 * address, the one that lwIP takes for the receiver is another.
 */
#define LWIP_HOOK_DHCP_PARSE_OPTION(netif, dhcp, state, msg, type, option,     \
                                    len, p, offset)                            \
	interface_dhcp_option(ip_current_input_netif(), option, len, p, offset)
void interface_dhcp_option(struct netif *netif, u8_t option, u8_t len,
                           struct pbuf *p, u16_t offset);

/* Routes that DHCP gave: which interface, and which gateway; NULL: none. */
#define LWIP_HOOK_IP4_ROUTE(to)            interface_dhcp_route(to)
#define LWIP_HOOK_ETHARP_GET_GW(netif, to) interface_dhcp_gateway(netif, to)
struct netif *interface_dhcp_route(const ip4_addr_t *to);
const ip4_addr_t *interface_dhcp_gateway(struct netif *n, const ip4_addr_t *to);

/* The same for static addresses of IPv6. */
#define LWIP_HOOK_IP6_ROUTE(from, to)   interface6_route(to)
#define LWIP_HOOK_ND6_GET_GW(netif, to) interface6_gateway(netif, to)
struct netif *interface6_route(const ip6_addr_t *to);
const ip6_addr_t *interface6_gateway(struct netif *n, const ip6_addr_t *to);

/*
 * A DHCP message is about to go: say so, ask for more options, and shake the
 * time until the next one a little.
 */
#define LWIP_HOOK_DHCP_APPEND_OPTIONS(netif, dhcp, state, msg, type, len)      \
	interface_dhcp_message(netif, dhcp, msg, type, len)
struct dhcp;
struct dhcp_msg;
void interface_dhcp_message(struct netif *netif, struct dhcp *dhcp,
                            struct dhcp_msg *msg, u8_t type, u16_t *len);

#endif
