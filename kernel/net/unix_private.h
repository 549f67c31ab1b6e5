/*
 * unix_private.h - sockets of AF_UNIX: shared by unix.c (names and
 * connections) and unix_data.c (messages).
 *
 * One lock guards everything that the sockets share, so pointers between them
 * need no references: who goes takes itself out of the others. The lock is a
 * mutex of the network's rank: the program's memory is not touched and no file
 * is let go while it is held.
 */
#ifndef KERNEL_NET_UNIX_PRIVATE_H
#define KERNEL_NET_UNIX_PRIVATE_H

#include "kernel/lib/list.h"
#include "kernel/net/socket_private.h"
#include "kernel/sched/mutex.h"

struct inode;

enum unix_state {
	UNIX_FRESH,
	UNIX_LISTENING,
	UNIX_CONNECTED, /* streams and packets; the peer may be gone */
};

/* What was sent in one go; for streams the piece that is left of it. */
struct unix_message {
	struct list link;
	size_t len, at; /* bytes, and how many of them were read */
	struct file **files;
	unsigned nr_files;
	struct socket_address *from; /* datagrams; NULL: has no name */
	uint8_t data[];
};

struct unix_socket {
	struct socket s;
	/* One reader, one who binds at a time; taken before the lock. */
	struct mutex reading, binding;

	/* unix_lock() must be held for these. */
	enum unix_state state;
	struct list all;          /* in the list of all sockets */
	struct unix_socket *peer; /* who gets what is sent; NULL: gone, none */
	struct unix_socket *blocked_on; /* its queue was full */
	bool peer_died; /* of a datagram socket: the next send says so */
	bool shut_read, shut_write;
	struct socket_address name, peer_name;
	struct inode *inode; /* bound to this one; a reference */

	struct list inbox; /* struct unix_message */
	size_t held;       /* bytes in it, with what they cost beside */

	struct list children; /* of a listener: not accepted yet */
	unsigned nr_children, backlog;
	struct list link; /* in the listener's children */

	/* unix_collect() counts here. */
	struct list todo;
	const struct file *file; /* ours, if it is in flight */
	unsigned in_flight;      /* messages that hold it */
	bool alive;
};

static inline struct unix_socket *unix_of(struct socket *s)
{
	return CONTAINER_OF(s, struct unix_socket, s);
}

static inline bool unix_is_dgram(const struct unix_socket *u)
{
	return u->s.type == SOCK_DGRAM;
}

void unix_lock(void);
void unix_unlock(void);

/* Say what is ready now, and wake those who wait for `events`. */
void unix_changed_locked(struct unix_socket *u, uint32_t events);

/* A queue has room again: those who were blocked on it may go on. */
void unix_unblock_locked(const struct unix_socket *u);

/* Has the peer as much of `u`'s as may wait? */
bool unix_is_full(const struct unix_socket *u, const struct unix_socket *peer);

/* Whom a name means. `inode` is that of a path, or NULL. */
NODISCARD int unix_find_locked(const struct socket_address *a,
                               const struct inode *inode,
                               struct unix_socket **out);

/*
 * The inode that a name's path leads to, with a reference; NULL for a name
 * without a path. -EINVAL for what is no name.
 */
NODISCARD int unix_resolve(const struct socket_address *a, struct inode **out);

/* Give such a reference back; NULL is fine. */
void unix_put_inode(struct inode *inode);

/* Free messages, and let go of the files in them. No lock held. */
void unix_free_message(struct unix_message *m); /* NULL is fine */
void unix_free_messages(struct list *messages);

/* --- unix_collect.c --- */

/* Messages take files, or let go of them. */
void unix_count_in_flight(struct file *const *files, unsigned n, int by);

/* Empty the queues of those among `all` that nobody can reach. No lock held. */
void unix_collect(struct list *all);

NODISCARD int64_t unix_send(struct socket *s, const struct socket_msg *m,
                            unsigned flags);
NODISCARD int64_t unix_recv(struct socket *s, struct socket_msg *m,
                            unsigned flags);
size_t unix_readable(struct socket *s);

#endif
