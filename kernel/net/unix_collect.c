/*
 * unix_collect.c - sockets that only wait in each other's queues.
 *
 * A socket that was sent to somebody lives by the message's reference to its
 * file. When that message lies in the socket's own queue, or in that of a
 * socket that lies in its queue, and so on, nobody can ever receive it: the
 * references must be found to be all there is. What is counted here is from
 * where each socket can be reached:
 *
 *	in flight	its file has no more references than messages have it
 *	alive		all others, and what lies in the queue of one that is
 *
 * and who is in flight and not alive gives up its queue. A listener's queue is
 * also those of the connections that nobody has accepted.
 *
 * A reference that somebody holds for a moment only makes a socket alive: then
 * it is found the next time. That is when a socket is closed and one in eight
 * has been since, so that closing many costs no more than closing each.
 */
#include "kernel/fs/vfs.h"
#include "kernel/mm/slab.h"
#include "kernel/net/unix_private.h"

enum { LOOK_SHARE = 8 };

/* unix_lock() must be held for these. */
static struct {
	struct list dying; /* struct unix_message */
	bool burying;      /* somebody takes them out */
} graves = {.dying = LIST_HEAD(graves.dying)};

static unsigned nr_in_flight; /* sockets in messages; atomic */

/* unix_lock() must be held for these. */
static struct {
	unsigned sockets; /* when it was last looked */
	unsigned closed;  /* since then */
} past;

/* NULL: it is something else. */
static struct unix_socket *socket_in(const struct file *f)
{
	struct socket *s = socket_of(f);

	return s && s->domain == AF_UNIX ? unix_of(s) : NULL;
}

void unix_count_in_flight(struct file *const *files, unsigned n, int by)
{
	for (unsigned i = 0; i < n; i++)
		if (socket_in(files[i]))
			__atomic_add_fetch(&nr_in_flight, (unsigned)by,
			                   __ATOMIC_RELAXED);
}

/* --- who is reached --- */

struct visit {
	void (*see)(struct unix_socket *u, const struct file *f,
	            struct list *todo);
	struct list *todo;
};

static void each_in_queue(const struct unix_socket *u, struct visit v)
{
	LIST_EACH(n, &u->inbox)
	{
		const struct unix_message *m =
			LIST_ENTRY(n, struct unix_message, link);

		for (unsigned i = 0; i < m->nr_files; i++) {
			struct unix_socket *in = socket_in(m->files[i]);

			if (in)
				v.see(in, m->files[i], v.todo);
		}
	}
}

static void count_one(struct unix_socket *u, const struct file *f,
                      struct list *todo UNUSED)
{
	u->in_flight++;
	u->file = f;
}

static void reach(struct unix_socket *u, const struct file *f UNUSED,
                  struct list *todo)
{
	if (u->alive)
		return;
	u->alive = true;
	list_append(todo, &u->todo);
}

static bool is_only_in_flight(const struct unix_socket *u)
{
	return u->in_flight && u->file->refs == u->in_flight;
}

static void count_all(struct list *all)
{
	past.sockets = past.closed = 0;
	LIST_EACH(n, all)
	{
		struct unix_socket *u = LIST_ENTRY(n, struct unix_socket, all);

		past.sockets++;
		u->in_flight = 0;
		u->alive = false;
		list_init(&u->todo);
	}
	LIST_EACH(n, all)
	each_in_queue(LIST_ENTRY(n, struct unix_socket, all),
	              (struct visit){count_one, NULL});
}

/* Who waits to be accepted is reached by its listener. */
static void reach_all(struct list *all)
{
	struct list todo = LIST_HEAD(todo), *n;

	LIST_EACH(k, all)
	{
		struct unix_socket *u = LIST_ENTRY(k, struct unix_socket, all);

		if (!is_only_in_flight(u) && !list_linked(&u->link))
			reach(u, NULL, &todo);
	}
	while ((n = list_pop(&todo))) {
		struct unix_socket *u = LIST_ENTRY(n, struct unix_socket, todo);

		each_in_queue(u, (struct visit){reach, &todo});
		LIST_EACH(k, &u->children)
		reach(LIST_ENTRY(k, struct unix_socket, link), NULL, &todo);
	}
}

static void take_queue(struct unix_socket *u, struct list *out)
{
	struct list *n;

	while ((n = list_pop(&u->inbox)))
		list_append(out, n);
	u->held = 0;
}

static void find_garbage(struct list *all, struct list *out)
{
	count_all(all);
	reach_all(all);
	LIST_EACH(n, all)
	{
		struct unix_socket *u = LIST_ENTRY(n, struct unix_socket, all);

		if (!u->alive)
			take_queue(u, out);
	}
}

void unix_collect(struct list *all)
{
	struct list garbage = LIST_HEAD(garbage);

	if (!__atomic_load_n(&nr_in_flight, __ATOMIC_RELAXED))
		return;
	unix_lock();
	if (++past.closed * LOOK_SHARE >= past.sockets)
		find_garbage(all, &garbage);
	unix_unlock();
	unix_free_messages(&garbage);
}

/* --- freeing --- */

/*
 * To free a message may be to close a socket with a queue of its own, and so
 * on: not deeper and deeper, but one after the other, by who came first.
 */
void unix_free_messages(struct list *messages)
{
	struct list *n;

	unix_lock();
	while ((n = list_pop(messages)))
		list_append(&graves.dying, n);
	if (!graves.burying) {
		graves.burying = true;
		while ((n = list_pop(&graves.dying))) {
			unix_unlock();
			unix_free_message(
				LIST_ENTRY(n, struct unix_message, link));
			unix_lock();
		}
		graves.burying = false;
	}
	unix_unlock();
}
