/*
 * socket_private.h - what all kinds of sockets are made of, for net/ itself.
 *
 * A kind of socket embeds struct socket and fills in a struct socket_ops. Its
 * own lock (the stack's, or that of unix.c) guards what it adds, and the
 * members below that say so. All of it is called without the giant lock but
 * readable, unsent and release, which may have it.
 */
#ifndef KERNEL_NET_SOCKET_PRIVATE_H
#define KERNEL_NET_SOCKET_PRIVATE_H

#include "kernel/net/socket.h"
#include "kernel/sched/wait.h"

struct socket;

/* NULL members answer -EOPNOTSUPP. */
struct socket_ops {
	NODISCARD int (*bind)(struct socket *s, const struct socket_address *a);
	NODISCARD int (*listen)(struct socket *s, unsigned backlog);
	NODISCARD int (*accept)(struct socket *s, bool dontwait,
	                        struct socket **out);
	NODISCARD int (*connect)(struct socket *s,
	                         const struct socket_address *a, bool dontwait);
	NODISCARD int64_t (*send)(struct socket *s, const struct socket_msg *m,
	                          unsigned flags);
	NODISCARD int64_t (*send_pages)(struct socket *s,
	                                struct socket_pages *p, bool dontwait);
	NODISCARD int64_t (*recv)(struct socket *s, struct socket_msg *m,
	                          unsigned flags);
	NODISCARD int (*shutdown)(struct socket *s, bool read, bool write);
	NODISCARD int (*name)(struct socket *s, bool peer,
	                      struct socket_address *out);
	/* -ENOPROTOOPT: not one of this kind's. */
	NODISCARD int (*set_option)(struct socket *s, int level, int name,
	                            const void *value, size_t len);
	NODISCARD int (*get_option)(struct socket *s, int level, int name,
	                            void *value, size_t *len);
	/* A SOL_SOCKET option was changed: tell the protocol. */
	void (*options_changed)(struct socket *s);
	size_t (*readable)(struct socket *s); /* FIONREAD */
	size_t (*unsent)(struct socket *s);   /* SIOCOUTQ */
	/* The file is gone. Frees the socket. */
	void (*release)(struct socket *s);
};

enum socket_timestamp { TIMESTAMP_NONE, TIMESTAMP_US, TIMESTAMP_NS };

struct socket {
	const struct socket_ops *ops;
	struct waitq waitq;
	int domain, type, protocol;

	/* The kind's lock guards changes; read anywhere, atomically. */
	uint32_t ready; /* poll bits that are true now */
	int error;      /* for SO_ERROR and the next call; positive */

	/* Options, as set. Single words, read by whoever needs them. */
	bool accepting; /* SO_ACCEPTCONN */
	bool reuse_address, reuse_port, broadcast, keep_alive, pass_credentials;
	bool tell_dropped; /* SO_RXQ_OVFL */
	size_t recv_least; /* SO_RCVLOWAT, bytes; TCP heeds it */
	uint64_t cookie;   /* that no other has; 0: nobody asked. Atomic */
	uint8_t timestamp; /* enum socket_timestamp */
	bool linger;
	uint32_t linger_s;
	uint32_t send_buffer, recv_buffer; /* bytes */
	bool send_buffer_set, recv_buffer_set;
	uint64_t send_timeout, recv_timeout; /* ns; 0: none */
	uint8_t device;                      /* SO_BINDTODEVICE; 0: any */

	/* Kept for who asks, and of no effect. */
	bool debug, dont_route, oob_inline, no_check;
	int priority, mark, busy_poll, incoming_cpu;
};

/* Fill in the common part. */
void socket_init(struct socket *s, const struct socket_ops *ops, int domain,
                 int type, int protocol);

/* The file of a new socket, which owns `s`. -ENOMEM; then `s` is released. */
NODISCARD int socket_make_file(struct socket *s, unsigned flags,
                               struct file **out);

/* NULL when the file is no socket. */
struct socket *socket_of(const struct file *f);

/*
 * Say what is ready now, and wake those who wait for any of `events`. Called
 * with the kind's lock held: waking takes spin locks only and never sleeps.
 */
void socket_event(struct socket *s, uint32_t ready, uint32_t events);

/* Take the pending error: 0, or negated. */
int socket_take_error(struct socket *s);

/*
 * Run `attempt` until it gives something other than -EAGAIN, sleeping on the
 * socket in between; once only with `dontwait`. `timeout` in ns, 0: none, and
 * running out of it is -EAGAIN.
 */
NODISCARD int64_t socket_wait(struct socket *s, bool dontwait, uint64_t timeout,
                              int64_t (*attempt)(struct socket *s, void *arg),
                              void *arg);

/* Add a control message; it is lost when there are too many. */
void socket_add_control(struct socket_msg *m, int level, int type,
                        const void *data, size_t len);

/* An option's value that is an int. -EINVAL when there is no room. */
NODISCARD int socket_option_int(void *value, size_t *len, int v);

/* What each kind provides to socket.c. */
/* `domain` is AF_INET or AF_INET6. */
NODISCARD int inet_tcp_new(int domain, struct socket **out);
NODISCARD int inet_udp_new(int domain, struct socket **out);
NODISCARD int inet_ping_new(int domain, struct socket **out);
NODISCARD int unix_new(int type, struct socket **out);
NODISCARD int unix_new_pair(int type, struct socket *out[2]);
NODISCARD int netlink_new(int type, int protocol, struct socket **out);

#endif
