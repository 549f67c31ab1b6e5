/* unix.c - AF_UNIX: names, connections, ends. */
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/unix_private.h"
#include "kernel/sched/giant.h"

enum {
	FAMILY_SIZE = 2,         /* of sun_family */
	NAME_SIZE_MAX = 2 + 108, /* sizeof(struct sockaddr_un) */
	SOCKET_MODE = S_IFSOCK | 0755,
	AUTOBIND_DIGITS = 5,
};

static struct {
	struct mutex lock;

	/* lock must be held for these. */
	struct list all; /* every socket */

	unsigned next_auto_name; /* atomic */
} unix = {
	.lock = MUTEX_INIT(unix.lock),
	.all = LIST_HEAD(unix.all),
};

void unix_lock(void)
{
	mutex_lock(&unix.lock);
}

void unix_unlock(void)
{
	mutex_unlock(&unix.lock);
}

/* --- what poll() says --- */

bool unix_is_full(const struct unix_socket *u, const struct unix_socket *peer)
{
	return peer->held >= u->s.send_buffer;
}

static bool is_writable(const struct unix_socket *u)
{
	return u->shut_write || !u->peer || !unix_is_full(u, u->peer);
}

static uint32_t ready_of(const struct unix_socket *u)
{
	uint32_t r = 0;

	if (u->state == UNIX_LISTENING)
		return u->nr_children ? POLLIN | POLLRDNORM : 0;
	if (!unix_is_dgram(u) && u->state == UNIX_FRESH)
		r |= POLLHUP;
	if (u->shut_read && u->shut_write)
		r |= POLLHUP;
	if (u->shut_read)
		r |= POLLRDHUP;
	if (u->shut_read || !list_empty(&u->inbox))
		r |= POLLIN | POLLRDNORM;
	if (is_writable(u))
		r |= POLLOUT | POLLWRNORM;
	return r;
}

void unix_changed_locked(struct unix_socket *u, uint32_t events)
{
	socket_event(&u->s, ready_of(u), events);
}

void unix_unblock_locked(const struct unix_socket *u)
{
	LIST_EACH(n, &unix.all)
	{
		struct unix_socket *other =
			LIST_ENTRY(n, struct unix_socket, all);

		if (other->blocked_on != u && other->peer != u)
			continue;
		if (other->blocked_on == u)
			other->blocked_on = NULL;
		unix_changed_locked(other, POLLOUT | POLLWRNORM);
	}
}

/* --- names --- */

static bool is_path(const struct socket_address *a)
{
	return a->len > FAMILY_SIZE && a->bytes[FAMILY_SIZE];
}

/* The path, which need not be terminated in the address. */
static void read_path(const struct socket_address *a,
                      char out[NAME_SIZE_MAX + 1])
{
	size_t n = a->len - FAMILY_SIZE;

	memcpy(out, a->bytes + FAMILY_SIZE, n);
	out[n] = '\0';
}

static int check_name(const struct socket_address *a)
{
	if (a->len < FAMILY_SIZE || a->family != AF_UNIX ||
	    a->len > NAME_SIZE_MAX)
		return -EINVAL;
	return 0;
}

int unix_resolve(const struct socket_address *a, struct inode **out)
{
	char path[NAME_SIZE_MAX + 1];
	struct dentry *d;
	int rc = check_name(a);

	*out = NULL;
	if (rc)
		return rc;
	if (a->len == FAMILY_SIZE)
		return -EINVAL;
	if (!is_path(a))
		return 0;
	read_path(a, path);
	giant_lock(); /* names and inodes want it */
	rc = vfs_lookup(NULL, path, LOOKUP_FOLLOW, &d);
	if (!rc) {
		*out = dentry_inode(d);
		inode_get(*out);
		dentry_put(d);
	}
	giant_unlock();
	return rc;
}

void unix_put_inode(struct inode *inode)
{
	if (!inode)
		return;
	giant_lock();
	inode_put(inode);
	giant_unlock();
}

static bool has_name(const struct unix_socket *u,
                     const struct socket_address *a, const struct inode *inode)
{
	if (inode)
		return u->inode == inode;
	return !u->inode && u->name.len == a->len && u->name.len &&
	       memcmp(u->name.bytes, a->bytes, a->len) == 0;
}

int unix_find_locked(const struct socket_address *a, const struct inode *inode,
                     struct unix_socket **out)
{
	LIST_EACH(n, &unix.all)
	{
		struct unix_socket *u = LIST_ENTRY(n, struct unix_socket, all);

		/* An accepted socket shares its listener's name. */
		if (u->peer && !unix_is_dgram(u))
			continue;
		if (!has_name(u, a, inode))
			continue;
		*out = u;
		return 0;
	}
	return -ECONNREFUSED;
}

static int bind_path(struct unix_socket *u, const struct socket_address *a)
{
	char path[NAME_SIZE_MAX + 1];
	struct inode *inode;
	int rc;

	read_path(a, path);
	giant_lock();
	rc = vfs_create(NULL, path, SOCKET_MODE, 0);
	giant_unlock();
	if (!rc)
		rc = unix_resolve(a, &inode);
	if (rc)
		return rc == -EEXIST ? -EADDRINUSE : rc;
	unix_lock();
	u->inode = inode;
	u->name = *a;
	u->name.len = FAMILY_SIZE + strlen(path) + 1;
	u->name.bytes[u->name.len - 1] = '\0';
	unix_unlock();
	return 0;
}

static int bind_abstract(struct unix_socket *u, const struct socket_address *a)
{
	struct unix_socket *other;
	int rc = -EADDRINUSE;

	unix_lock();
	if (unix_find_locked(a, NULL, &other)) {
		u->name = *a;
		rc = 0;
	}
	unix_unlock();
	return rc;
}

/* unix(7), "Autobind feature". */
static int bind_automatically(struct unix_socket *u)
{
	enum { NAMES = 1 << 20 };
	int rc = -EADDRINUSE;

	for (unsigned i = 0; i < NAMES && rc == -EADDRINUSE; i++) {
		struct socket_address a = {.family = AF_UNIX};

		str_printf((char *)a.bytes + FAMILY_SIZE + 1,
		           AUTOBIND_DIGITS + 1, "%05x",
		           __atomic_fetch_add(&unix.next_auto_name, 1,
		                              __ATOMIC_RELAXED) %
		                   NAMES);
		a.len = FAMILY_SIZE + 1 + AUTOBIND_DIGITS;
		rc = bind_abstract(u, &a);
	}
	return rc;
}

/* `binding` is held: nobody else gives it a name. */
static int bind_once(struct unix_socket *u, const struct socket_address *a)
{
	if (u->name.len)
		return -EINVAL;
	if (a->len == FAMILY_SIZE)
		return bind_automatically(u);
	return is_path(a) ? bind_path(u, a) : bind_abstract(u, a);
}

static int bind(struct socket *s, const struct socket_address *a)
{
	struct unix_socket *u = unix_of(s);
	int rc = check_name(a);

	if (rc)
		return rc;
	mutex_lock(&u->binding);
	rc = bind_once(u, a);
	mutex_unlock(&u->binding);
	return rc;
}

static int name(struct socket *s, bool peer, struct socket_address *out)
{
	static const struct socket_address none = {FAMILY_SIZE, {AF_UNIX}};
	struct unix_socket *u = unix_of(s);
	const struct socket_address *a;
	int rc = 0;

	unix_lock();
	a = peer ? &u->peer_name : &u->name;
	if (peer && u->state != UNIX_CONNECTED && !u->peer)
		rc = -ENOTCONN;
	else
		*out = a->len ? *a : none;
	unix_unlock();
	return rc;
}

/* --- making --- */

static const struct socket_ops unix_ops;

static struct unix_socket *new_socket(int type)
{
	struct unix_socket *u = mem_zalloc(sizeof(*u));

	if (!u)
		return NULL;
	socket_init(&u->s, &unix_ops, AF_UNIX, type, 0);
	mutex_init(&u->reading);
	mutex_init(&u->binding);
	list_init(&u->inbox);
	list_init(&u->children);
	u->s.ready = ready_of(u);
	return u;
}

int unix_new(int type, struct socket **out)
{
	struct unix_socket *u;

	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	u = new_socket(type);
	if (!u)
		return -ENOMEM;
	unix_lock();
	list_append(&unix.all, &u->all);
	unix_unlock();
	*out = &u->s;
	return 0;
}

static void join_locked(struct unix_socket *a, struct unix_socket *b)
{
	a->peer = b;
	b->peer = a;
	a->state = b->state = UNIX_CONNECTED;
	a->peer_name = b->name;
	b->peer_name = a->name;
	unix_changed_locked(a, POLLOUT | POLLWRNORM);
	unix_changed_locked(b, POLLOUT | POLLWRNORM);
}

int unix_new_pair(int type, struct socket *out[2])
{
	int rc = unix_new(type, &out[0]);

	if (rc)
		return rc;
	rc = unix_new(type, &out[1]);
	if (rc) {
		out[0]->ops->release(out[0]);
		return rc;
	}
	unix_lock();
	join_locked(unix_of(out[0]), unix_of(out[1]));
	unix_unlock();
	return 0;
}

/* --- listening and connecting --- */

static int listen(struct socket *s, unsigned backlog)
{
	struct unix_socket *u = unix_of(s);
	int rc = 0;

	if (unix_is_dgram(u))
		return -EOPNOTSUPP;
	unix_lock();
	if (!u->name.len || u->state == UNIX_CONNECTED) {
		rc = -EINVAL;
	} else {
		u->state = UNIX_LISTENING;
		u->backlog = backlog;
		s->accepting = true;
		unix_changed_locked(u, 0);
		unix_unblock_locked(u);
	}
	unix_unlock();
	return rc;
}

static int64_t try_accept(struct socket *s, void *arg)
{
	struct unix_socket *u = unix_of(s), **out = arg;
	struct list *n;
	int rc = -EAGAIN;

	unix_lock();
	n = list_pop(&u->children);
	if (u->state != UNIX_LISTENING || u->shut_read) {
		rc = -EINVAL;
	} else if (n) {
		*out = LIST_ENTRY(n, struct unix_socket, link);
		u->nr_children--;
		unix_changed_locked(u, 0);
		unix_unblock_locked(u);
		rc = 0;
	}
	unix_unlock();
	return rc;
}

static int accept(struct socket *s, bool dontwait, struct socket **out)
{
	struct unix_socket *child;
	int64_t rc;

	if (unix_is_dgram(unix_of(s)))
		return -EOPNOTSUPP;
	rc = socket_wait(s, dontwait, s->recv_timeout, try_accept, &child);
	if (!rc)
		*out = &child->s;
	return (int)rc;
}

struct connect_call {
	const struct socket_address *to;
	const struct inode *inode;
	struct unix_socket *child; /* the other end; taken when connected */
};

static int check_listener(const struct unix_socket *u,
                          const struct unix_socket *l)
{
	if (u->s.type != l->s.type)
		return -EPROTOTYPE;
	if (l->state != UNIX_LISTENING || l->shut_read)
		return -ECONNREFUSED;
	return l->nr_children > l->backlog ? -EAGAIN : 0;
}

static int connect_locked(struct unix_socket *u, struct connect_call *c)
{
	struct unix_socket *l;
	int rc;

	if (u->state != UNIX_FRESH)
		return u->state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
	rc = unix_find_locked(c->to, c->inode, &l);
	if (rc)
		return rc;
	rc = check_listener(u, l);
	if (rc == -EAGAIN)
		u->blocked_on = l;
	if (rc)
		return rc;
	c->child->name = l->name;
	list_append(&unix.all, &c->child->all);
	join_locked(u, c->child);
	list_append(&l->children, &c->child->link);
	l->nr_children++;
	c->child = NULL;
	unix_changed_locked(l, POLLIN | POLLRDNORM);
	return 0;
}

static int64_t try_connect(struct socket *s, void *arg)
{
	int rc;

	unix_lock();
	rc = connect_locked(unix_of(s), arg);
	unix_unlock();
	return rc;
}

static int connect_stream(struct socket *s, const struct socket_address *a,
                          const struct inode *inode, bool dontwait)
{
	struct connect_call c = {a, inode, new_socket(s->type)};
	int64_t rc;

	if (!c.child)
		return -ENOMEM;
	rc = socket_wait(s, dontwait, s->send_timeout, try_connect, &c);
	mem_free(c.child);
	return (int)rc;
}

/* Where the socket's datagrams go from now on; nowhere for AF_UNSPEC. */
static int connect_dgram(struct unix_socket *u, const struct socket_address *a,
                         const struct inode *inode)
{
	struct unix_socket *to;
	int rc;

	unix_lock();
	rc = unix_find_locked(a, inode, &to);
	if (!rc && !unix_is_dgram(to))
		rc = -EPROTOTYPE;
	if (!rc && to->peer && to->peer != u)
		rc = -EPERM; /* it talks to somebody else only */
	if (!rc) {
		u->peer = to;
		u->peer_died = false;
		u->peer_name = to->name;
		unix_changed_locked(u, POLLOUT | POLLWRNORM);
	}
	unix_unlock();
	return rc;
}

static int disconnect_dgram(struct unix_socket *u)
{
	unix_lock();
	u->peer = NULL;
	unix_changed_locked(u, POLLOUT | POLLWRNORM);
	unix_unlock();
	return 0;
}

static int connect(struct socket *s, const struct socket_address *a,
                   bool dontwait)
{
	struct unix_socket *u = unix_of(s);
	struct inode *inode;
	int rc;

	if (a->family == AF_UNSPEC && unix_is_dgram(u))
		return disconnect_dgram(u);
	rc = unix_resolve(a, &inode);
	if (rc)
		return rc;
	if (inode && (inode->mode & S_IFMT) != S_IFSOCK)
		rc = -ECONNREFUSED;
	else if (unix_is_dgram(u))
		rc = connect_dgram(u, a, inode);
	else
		rc = connect_stream(s, a, inode, dontwait);
	unix_put_inode(inode);
	return rc;
}

/* --- ends --- */

/* The other side sees the end of the stream, and cannot write any more. */
static void leave_peer_locked(struct unix_socket *u)
{
	struct unix_socket *peer = u->peer;

	u->peer = NULL;
	if (!peer || peer->peer != u)
		return;
	if (unix_is_dgram(u))
		return; /* forget_locked() sees to it */
	peer->peer = NULL;
	peer->shut_read = peer->shut_write = true;
	if (!list_empty(&u->inbox)) /* it was not read */
		peer->s.error = ECONNRESET;
	unix_changed_locked(peer, ~0u);
}

/* Datagram sockets that sent to this one, and all who waited for it. */
static void forget_locked(struct unix_socket *u)
{
	LIST_EACH(n, &unix.all)
	{
		struct unix_socket *other =
			LIST_ENTRY(n, struct unix_socket, all);

		if (other->peer == u) {
			other->peer = NULL;
			other->peer_died = true;
			unix_changed_locked(other, ~0u);
		}
		if (other->blocked_on == u) {
			other->blocked_on = NULL;
			unix_changed_locked(other, ~0u);
		}
	}
}

static void move_all(struct list *from, struct list *to)
{
	struct list *n;

	while ((n = list_pop(from)))
		list_append(to, n);
}

/* Take it out of everything; what was in it goes into `inbox`. */
static void unlink_locked(struct unix_socket *u, struct list *inbox)
{
	leave_peer_locked(u);
	list_remove(&u->all);
	forget_locked(u);
	move_all(&u->inbox, inbox);
}

static void release(struct socket *s)
{
	struct unix_socket *u = unix_of(s);
	struct list inbox = LIST_HEAD(inbox), children = LIST_HEAD(children);
	struct list *n;

	unix_lock();
	unlink_locked(u, &inbox);
	move_all(&u->children, &children);
	LIST_EACH(child, &children)
	unlink_locked(LIST_ENTRY(child, struct unix_socket, link), &inbox);
	unix_unlock();
	while ((n = list_pop(&children)))
		mem_free(LIST_ENTRY(n, struct unix_socket, link));
	unix_free_messages(&inbox);
	unix_put_inode(u->inode);
	mem_free(u);
	unix_collect(&unix.all);
}

static int shutdown(struct socket *s, bool read, bool write)
{
	struct unix_socket *u = unix_of(s), *peer;
	int rc = 0;

	unix_lock();
	peer = u->peer;
	if (u->state == UNIX_FRESH && !unix_is_dgram(u))
		rc = -ENOTCONN;
	if (!rc) {
		u->shut_read |= read;
		u->shut_write |= write;
		unix_changed_locked(u, ~0u);
	}
	if (!rc && peer && !unix_is_dgram(u)) {
		peer->shut_read |= write;
		peer->shut_write |= read;
		unix_changed_locked(peer, ~0u);
	}
	unix_unlock();
	return rc;
}

static const struct socket_ops unix_ops = {
	.bind = bind,
	.listen = listen,
	.accept = accept,
	.connect = connect,
	.send = unix_send,
	.recv = unix_recv,
	.shutdown = shutdown,
	.name = name,
	.readable = unix_readable,
	.release = release,
};
