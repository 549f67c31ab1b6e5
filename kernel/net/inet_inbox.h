/*
 * inet_inbox.h - what came for a socket of datagrams and was not read: UDP's,
 * and those of ping.
 *
 * The stack's lock guards all members. Data goes to the program while it is
 * not held.
 */
#ifndef KERNEL_NET_INET_INBOX_H
#define KERNEL_NET_INET_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/net/inet.h"
#include "kernel/net/inet_error.h"

struct pbuf;
struct socket;
struct socket_msg;

struct inet_inbox {
	/* Set once: whose it is, and what of that counts here. */
	struct socket *s;
	const struct inet_options *ip;
	const struct inet_end *local;

	struct list waiting; /* struct datagram */
	size_t held;         /* bytes they cost */
	uint32_t dropped;    /* for want of room or memory */
	struct inet_errors errors;
	bool shut_read, shut_write;
};

void inet_inbox_init(struct inet_inbox *b, struct socket *s,
                     const struct inet_options *ip,
                     const struct inet_end *local);

/* Say what is ready now, and wake those who wait for `events`. */
void inet_inbox_changed(struct inet_inbox *b, uint32_t events);

/* The packet that lwIP delivers at the moment: takes over `p`. */
void inet_inbox_put(struct inet_inbox *b, struct pbuf *p,
                    const struct inet_end *from);

/* An ICMP error about what was sent. */
void inet_inbox_refuse(struct inet_inbox *b, const struct inet_report *r);

/* As recv of struct socket_ops. The stack's lock is not held. */
NODISCARD int64_t inet_inbox_receive(struct inet_inbox *b, struct socket_msg *m,
                                     unsigned flags);

/* The size of the next datagram, not of all (udp(7)). Takes the lock. */
size_t inet_inbox_readable(const struct inet_inbox *b);

/* Everything in it is freed. */
void inet_inbox_empty(struct inet_inbox *b);

#endif
