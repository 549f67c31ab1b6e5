/* inet_ping.h - what the stack asks of sockets for ping. Its lock is held. */
#ifndef KERNEL_NET_INET_PING_H
#define KERNEL_NET_INET_PING_H

#include <stdbool.h>
#include <stdint.h>

struct inet_report;

/* Somebody answered our request, which had that number, with an error. */
void ping_socket_refused_locked(bool six, uint16_t ident,
                                const struct inet_report *r);

#endif
