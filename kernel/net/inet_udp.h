/* inet_udp.h - what the stack asks of UDP sockets. Its lock is held. */
#ifndef KERNEL_NET_INET_UDP_H
#define KERNEL_NET_INET_UDP_H

struct inet_end;
struct inet_report;
struct socket;
struct udp_pcb;

/* NULL: lwIP's own, such as that of DHCP. */
const struct socket *udp_socket_of_pcb_locked(const struct udp_pcb *pcb);

/* Somebody answered our datagram from `local` with an error. */
void udp_socket_refused_locked(const struct inet_end *local,
                               const struct inet_report *r);

#endif
