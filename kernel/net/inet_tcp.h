/* inet_tcp.h - what the stack asks of TCP sockets. Its lock is held. */
#ifndef KERNEL_NET_INET_TCP_H
#define KERNEL_NET_INET_TCP_H

#include <stdbool.h>

/* Forget the oldest of too many closed connections (TIME_WAIT). */
void tcp_socket_trim_locked(void);

/* Has everything been sent and acknowledged, also the ends of connections? */
bool tcp_socket_quiet_locked(void);

#endif
