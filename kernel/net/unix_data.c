/* unix_data.c - AF_UNIX: what is sent and received. */
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/unix_private.h"

enum {
	CHUNK = 16 * 1024, /* bytes of a stream in one message */
	OVERHEAD = sizeof(struct unix_message) + 64, /* what a message costs */
};

static void put_files(struct file **files, unsigned n)
{
	while (n--)
		file_put(files[n]);
}

void unix_free_message(struct unix_message *m)
{
	if (!m)
		return;
	unix_count_in_flight(m->files, m->nr_files, -1);
	put_files(m->files, m->nr_files);
	mem_free(m->files);
	mem_free(m->from);
	mem_free(m);
}

/* --- sending --- */

static int take_files(struct unix_message *m, const struct socket_msg *from)
{
	if (!from->nr_files)
		return 0;
	m->files = mem_alloc(from->nr_files * sizeof(struct file *));
	if (!m->files)
		return -ENOBUFS;
	for (unsigned i = 0; i < from->nr_files; i++) {
		file_get(from->files[i]);
		m->files[i] = from->files[i];
	}
	m->nr_files = from->nr_files;
	unix_count_in_flight(m->files, m->nr_files, 1);
	return 0;
}

static int take_name(struct unix_message *m, const struct unix_socket *u)
{
	struct socket_address *name;

	if (!unix_is_dgram(u) || !u->name.len)
		return 0;
	name = mem_alloc(sizeof(*name));
	if (!name)
		return -ENOBUFS;
	unix_lock();
	*name = u->name;
	unix_unlock();
	m->from = name;
	return 0;
}

/* A message of the next `len` bytes; files go with the first of a call. */
static int make_message(const struct unix_socket *u,
                        const struct socket_msg *from, size_t len, bool first,
                        struct unix_message **out)
{
	struct unix_message *m = mem_alloc(sizeof(*m) + len);
	int64_t n;
	int rc;

	if (!m)
		return -ENOBUFS;
	*m = (struct unix_message){.len = len};
	rc = take_name(m, u);
	if (!rc && first)
		rc = take_files(m, from);
	if (!rc) {
		n = uio_copy_in(from->data, m->data, len);
		rc = n < 0 ? (int)n : (size_t)n < len ? -EFAULT : 0;
	}
	if (rc)
		unix_free_message(m);
	else
		*out = m;
	return rc;
}

struct send_call {
	const struct socket_msg *m;
	const struct inode *inode; /* of m->name, if that is a path */
	struct unix_message *made; /* a packet, until it is delivered */
	size_t done;
};

static void deliver_locked(struct unix_socket *to, struct unix_message *m)
{
	list_append(&to->inbox, &m->link);
	to->held += m->len + OVERHEAD;
	unix_changed_locked(to, POLLIN | POLLRDNORM);
}

static int no_destination_locked(struct unix_socket *u)
{
	if (u->peer_died) {
		u->peer_died = false;
		return -ECONNREFUSED;
	}
	return u->state == UNIX_CONNECTED && !unix_is_dgram(u) ? -EPIPE
	                                                       : -ENOTCONN;
}

/* Who would get it now, or why nobody. */
static int destination_locked(struct unix_socket *u, const struct send_call *c,
                              struct unix_socket **out)
{
	int rc = socket_take_error(&u->s);

	if (rc)
		return rc == -ECONNRESET && !unix_is_dgram(u) ? -EPIPE : rc;
	if (u->shut_write)
		return -EPIPE;
	if (unix_is_dgram(u) && c->m->name && c->m->name->len) {
		rc = unix_find_locked(c->m->name, c->inode, out);
		if (rc)
			return rc;
		if (!unix_is_dgram(*out))
			return -EPROTOTYPE;
		if ((*out)->peer && (*out)->peer != u)
			return -EPERM;
	} else {
		*out = u->peer;
	}
	if (!*out)
		return no_destination_locked(u);
	if ((*out)->shut_read)
		return -EPIPE;
	if (!unix_is_full(u, *out))
		return 0;
	u->blocked_on = *out;
	unix_changed_locked(u, 0);
	return -EAGAIN;
}

static int64_t try_send_packet(struct socket *s, void *arg)
{
	struct unix_socket *u = unix_of(s), *to;
	struct send_call *c = arg;
	int rc;

	unix_lock();
	rc = destination_locked(u, c, &to);
	if (!rc) {
		deliver_locked(to, c->made);
		c->made = NULL;
		unix_changed_locked(u, 0);
	}
	unix_unlock();
	return rc;
}

static int64_t send_packet(struct socket *s, struct send_call *c,
                           unsigned flags)
{
	size_t len = c->m->data->left;
	int64_t rc;

	if (len > s->send_buffer)
		return -EMSGSIZE;
	rc = make_message(unix_of(s), c->m, len, true, &c->made);
	if (rc)
		return rc;
	rc = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->send_timeout,
	                 try_send_packet, c);
	unix_free_message(c->made);
	return rc ? rc : (int64_t)len;
}

static int send_chunk(struct unix_socket *u, struct send_call *c)
{
	size_t n = c->m->data->left < CHUNK ? c->m->data->left : CHUNK;
	struct uio before = *c->m->data;
	struct unix_message *m;
	struct unix_socket *to;
	int rc = make_message(u, c->m, n, !c->done, &m);

	if (rc)
		return rc;
	unix_lock();
	rc = destination_locked(u, c, &to);
	if (!rc) {
		deliver_locked(to, m);
		unix_changed_locked(u, 0);
	}
	unix_unlock();
	if (rc) {
		*c->m->data = before;
		unix_free_message(m);
		return rc;
	}
	c->done += n;
	return 0;
}

/* Look for room before copying, which could be for nothing. */
static int64_t try_send_stream(struct socket *s, void *arg)
{
	struct unix_socket *u = unix_of(s), *to;
	struct send_call *c = arg;
	int rc = 0;

	while (!rc && c->m->data->left) {
		unix_lock();
		rc = destination_locked(u, c, &to);
		unix_unlock();
		if (!rc)
			rc = send_chunk(u, c);
	}
	return rc;
}

static int64_t send_stream(struct socket *s, struct send_call *c,
                           unsigned flags)
{
	int64_t rc;

	if (c->m->name && c->m->name->len)
		return unix_of(s)->state == UNIX_CONNECTED ? -EISCONN
		                                           : -EOPNOTSUPP;
	rc = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->send_timeout,
	                 try_send_stream, c);
	return c->done ? (int64_t)c->done : rc;
}

int64_t unix_send(struct socket *s, const struct socket_msg *m, unsigned flags)
{
	struct send_call c = {.m = m};
	struct inode *inode = NULL;
	int64_t rc = 0;

	if (s->type == SOCK_STREAM)
		return send_stream(s, &c, flags);
	if (m->name && m->name->len && s->type == SOCK_DGRAM)
		rc = unix_resolve(m->name, &inode);
	if (rc)
		return rc;
	c.inode = inode;
	rc = send_packet(s, &c, flags);
	unix_put_inode(inode);
	return rc;
}

/* --- receiving --- */

struct recv_call {
	struct socket_msg *m;
	unsigned flags;
	size_t done;
};

/* The oldest message, which stays where it is; NULL and why not. */
static int look_locked(struct unix_socket *u, size_t done,
                       struct unix_message **out)
{
	int rc;

	*out = NULL;
	if (!list_empty(&u->inbox)) {
		*out = LIST_ENTRY(u->inbox.next, struct unix_message, link);
		return 0;
	}
	if (done && (u->s.error || u->shut_read))
		return 0;
	rc = socket_take_error(&u->s);
	if (rc || u->shut_read)
		return rc;
	if (u->state != UNIX_CONNECTED && !unix_is_dgram(u))
		return u->s.type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	return -EAGAIN;
}

/* Files that are not wanted, or too many, are let go. */
static void give_files(struct unix_message *m, struct socket_msg *to)
{
	unsigned all, n;

	/* The message may still be in the queue. */
	unix_lock();
	all = m->nr_files;
	m->nr_files = 0;
	unix_unlock();
	if (!all)
		return;
	n = all < to->max_files ? all : to->max_files;
	unix_count_in_flight(m->files, all, -1);
	memcpy(to->files, m->files, n * sizeof(struct file *));
	to->nr_files = n;
	if (n < all)
		to->flags |= SOCKET_MSG_CTRUNC;
	put_files(m->files + n, all - n);
}

/*
 * There is room again. Only the peer sends to one end of a connection; who
 * sends to a datagram socket has to be looked for.
 */
static void tell_senders_locked(const struct unix_socket *u, bool was_full)
{
	if (unix_is_dgram(u))
		unix_unblock_locked(u);
	else if (u->peer && was_full)
		unix_changed_locked(u->peer, POLLOUT | POLLWRNORM);
}

static void drop_message(struct unix_socket *u, struct unix_message *m)
{
	bool was_full;

	unix_lock();
	was_full = u->peer && unix_is_full(u->peer, u);
	list_remove(&m->link);
	u->held -= m->len + OVERHEAD;
	unix_changed_locked(u, 0);
	tell_senders_locked(u, was_full);
	unix_unlock();
	unix_free_message(m);
}

static int64_t copy_out_message(const struct unix_message *m,
                                struct recv_call *c)
{
	size_t n = m->len - m->at;

	if (n > c->m->data->left)
		n = c->m->data->left;
	return uio_copy_out(c->m->data, m->data + m->at, n);
}

/* The part of a stream's message that is wanted. More than 0: go on. */
static int64_t read_piece(struct unix_socket *u, struct recv_call *c)
{
	bool peek = c->flags & SOCKET_MSG_PEEK;
	struct unix_message *m;
	bool had_files;
	int64_t n;

	unix_lock();
	n = look_locked(u, c->done, &m);
	unix_unlock();
	if (!m)
		return n;
	/* Files are not to arrive with bytes that were before them. */
	if (c->done && m->nr_files)
		return 0;
	n = copy_out_message(m, c);
	if (n < 0)
		return n;
	c->done += (size_t)n;
	if (peek)
		return 0;
	had_files = m->nr_files;
	give_files(m, c->m);
	m->at += (size_t)n;
	if (m->at == m->len)
		drop_message(u, m);
	return had_files ? 0 : n;
}

static int64_t try_recv_stream(struct socket *s, void *arg)
{
	struct unix_socket *u = unix_of(s);
	struct recv_call *c = arg;
	int64_t n;

	mutex_lock(&u->reading);
	do
		n = read_piece(u, c);
	while (n > 0 && c->m->data->left);
	mutex_unlock(&u->reading);
	if (n == -EAGAIN && c->done && !(c->flags & SOCKET_MSG_WAITALL))
		n = 0;
	return n < 0 && !(c->done && n != -EAGAIN) ? n : 0;
}

static int64_t recv_packet(struct unix_socket *u, struct recv_call *c)
{
	struct unix_message *m;
	int64_t n;

	unix_lock();
	n = look_locked(u, 0, &m);
	unix_unlock();
	if (!m)
		return n;
	n = copy_out_message(m, c);
	if (n < 0)
		return n;
	c->done = (size_t)n;
	if (c->m->name && m->from)
		*c->m->name = *m->from;
	if ((size_t)n < m->len) {
		c->m->flags |= SOCKET_MSG_TRUNC;
		if (c->flags & SOCKET_MSG_TRUNC)
			c->done = m->len;
	}
	if (!(c->flags & SOCKET_MSG_PEEK)) {
		give_files(m, c->m);
		drop_message(u, m);
	}
	return 0;
}

static int64_t try_recv_packet(struct socket *s, void *arg)
{
	struct unix_socket *u = unix_of(s);
	int64_t rc;

	mutex_lock(&u->reading);
	rc = recv_packet(u, arg);
	mutex_unlock(&u->reading);
	return rc;
}

int64_t unix_recv(struct socket *s, struct socket_msg *m, unsigned flags)
{
	bool stream = s->type == SOCK_STREAM;
	struct recv_call c = {.m = m, .flags = flags};
	int64_t rc;

	if (stream && !m->data->left)
		return 0;
	rc = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->recv_timeout,
	                 stream ? try_recv_stream : try_recv_packet, &c);
	return c.done ? (int64_t)c.done : rc;
}

size_t unix_readable(struct socket *s)
{
	struct unix_socket *u = unix_of(s);
	size_t sum = 0;

	unix_lock();
	LIST_EACH(n, &u->inbox)
	{
		const struct unix_message *m =
			LIST_ENTRY(n, struct unix_message, link);

		sum += m->len - m->at;
		if (s->type != SOCK_STREAM)
			break; /* of the next packet only */
	}
	unix_unlock();
	return sum;
}
