/*
 * inet_error.h - what ICMP said of datagrams, kept for who wants to know
 * (IP_RECVERR of ip(7), IPV6_RECVERR of ipv6(7)).
 *
 * The stack's lock guards everything.
 */
#ifndef KERNEL_NET_INET_ERROR_H
#define KERNEL_NET_INET_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/net/inet.h"

struct socket_msg;

enum { INET_ERROR_DATA_MAX = 512 };

/* A message that came, of either version. Everything is borrowed. */
struct inet_report {
	int error; /* errno, positive */
	bool soft; /* it may pass: only who asks for errors hears of it */
	bool six;
	uint8_t type, code; /* ICMP's */
	ip_addr_t from;     /* who said so */
	struct inet_end to; /* where the datagram was to go */
	const uint8_t *data;
	size_t len; /* of the datagram's beginning, as it was quoted */
};

struct inet_errors {
	struct list waiting;
	unsigned n;
};

void inet_errors_init(struct inet_errors *q);
void inet_errors_drop(struct inet_errors *q);

/* Without memory, or when too many wait, it is lost. */
void inet_errors_add(struct inet_errors *q, const struct inet_report *r);

/* The errno of the first; 0: none waits. */
int inet_errors_first(const struct inet_errors *q);

struct inet_error;

/* Take the first out; NULL: none waits. */
struct inet_error *inet_errors_take(struct inet_errors *q);

/*
 * Give it to the program, as recvmsg(MSG_ERRQUEUE) does, and free it. No lock
 * held. Bytes, or -EFAULT.
 */
NODISCARD int64_t inet_error_deliver(struct inet_error *e, int domain,
                                     struct socket_msg *m);

#endif
