/* inet_inbox.c - see inet_inbox.h. */
#include "kernel/net/inet_inbox.h"

#include <lwip/ip.h>
#include <lwip/pbuf.h>

#include "kernel/core/clock.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/socket_private.h"
#include "kernel/net/stack.h"

enum {
	SOL_SOCKET = 1,
	SCM_TIMESTAMP = 29,
	SCM_TIMESTAMPNS = 35,
	SO_RXQ_OVFL = 40,

	OVERHEAD = 256, /* what a waiting datagram costs beside its bytes */
};

struct datagram {
	struct list link;
	struct pbuf *p;
	struct inet_end from;

	/* For who asks by control messages. */
	ip_addr_t to;
	uint8_t interface, ttl, tos;
	uint32_t dropped; /* before it */
	uint64_t arrived; /* ns since 1970; 0: nobody asks */
};

void inet_inbox_init(struct inet_inbox *b, struct socket *s,
                     const struct inet_options *ip,
                     const struct inet_end *local)
{
	*b = (struct inet_inbox){.s = s, .ip = ip, .local = local};
	list_init(&b->waiting);
	inet_errors_init(&b->errors);
}

void inet_inbox_changed(struct inet_inbox *b, uint32_t events)
{
	uint32_t r = POLLOUT | POLLWRNORM;

	if (!list_empty(&b->waiting) || b->shut_read)
		r |= POLLIN | POLLRDNORM;
	if (b->shut_read)
		r |= POLLRDHUP;
	if (b->shut_read && b->shut_write)
		r |= POLLHUP;
	if (inet_errors_first(&b->errors))
		r |= POLLERR;
	socket_event(b->s, r, events);
}

/* --- arriving --- */

static void note_details(const struct inet_inbox *b, struct datagram *d)
{
	d->to = *ip_current_dest_addr();
	d->interface = netif_get_index(ip_current_input_netif());
	if (ip_current_is_v6()) {
		d->ttl = IP6H_HOPLIM(ip6_current_header());
		d->tos = (uint8_t)IP6H_TC(ip6_current_header());
	} else {
		d->ttl = IPH_TTL(ip4_current_header());
		d->tos = IPH_TOS(ip4_current_header());
	}
	d->dropped = b->dropped;
	d->arrived = b->s->timestamp ? clock_realtime() : 0;
}

void inet_inbox_put(struct inet_inbox *b, struct pbuf *p,
                    const struct inet_end *from)
{
	struct datagram *d = NULL;

	if (b->held + p->tot_len + OVERHEAD <= b->s->recv_buffer)
		d = mem_alloc(sizeof(*d));
	if (!d) {
		b->dropped++;
		pbuf_free(p);
		return;
	}
	d->p = p;
	d->from = *from;
	note_details(b, d);
	b->held += p->tot_len + OVERHEAD;
	list_append(&b->waiting, &d->link);
	inet_inbox_changed(b, POLLIN | POLLRDNORM);
}

void inet_inbox_refuse(struct inet_inbox *b, const struct inet_report *r)
{
	if (b->ip->receive_errors)
		inet_errors_add(&b->errors, r);
	__atomic_store_n(&b->s->error, r->error, __ATOMIC_RELEASE);
	inet_inbox_changed(b, ~0u);
}

/* --- receiving --- */

/* Take the datagram out, or with `peek` share it. */
static int take_locked(struct inet_inbox *b, bool peek, struct datagram *out)
{
	int rc = socket_take_error(b->s);
	struct datagram *d;

	if (rc)
		return rc;
	if (list_empty(&b->waiting))
		return b->shut_read ? 0 : -EAGAIN;
	d = LIST_ENTRY(b->waiting.next, struct datagram, link);
	*out = *d;
	if (peek) {
		pbuf_ref(d->p);
		return 0;
	}
	list_remove(&d->link);
	b->held -= d->p->tot_len + OVERHEAD;
	mem_free(d);
	inet_inbox_changed(b, 0);
	return 0;
}

static int64_t copy_datagram(const struct datagram *d, struct uio *to)
{
	int64_t done = 0;

	for (const struct pbuf *p = d->p; p && to->left; p = p->next) {
		int64_t n;

		if (!p->len)
			continue;
		n = uio_copy_out(to, p->payload, p->len);
		if (n < 0)
			return n;
		done += n;
	}
	return done;
}

static void describe_time(const struct socket *s, const struct datagram *d,
                          struct socket_msg *m)
{
	bool ns = s->timestamp == TIMESTAMP_NS;
	uint64_t t[2] = {d->arrived / NS_PER_SEC, d->arrived % NS_PER_SEC};

	if (!d->arrived || !s->timestamp)
		return;
	if (!ns)
		t[1] /= NS_PER_US;
	socket_add_control(m, SOL_SOCKET, ns ? SCM_TIMESTAMPNS : SCM_TIMESTAMP,
	                   t, sizeof(t));
}

/* The control messages that were asked for (ip(7), ipv6(7), socket(7)). */
static void describe(const struct inet_inbox *b, const struct datagram *d,
                     struct socket_msg *m)
{
	struct inet_details details = {d->to, b->local->port, d->interface,
	                               d->ttl, d->tos};

	describe_time(b->s, d, m);
	if (b->s->tell_dropped && d->dropped)
		socket_add_control(m, SOL_SOCKET, SO_RXQ_OVFL, &d->dropped,
		                   sizeof(d->dropped));
	inet_describe(b->s->domain, b->ip, &details, m);
}

struct receive_call {
	struct inet_inbox *b;
	struct socket_msg *m;
	unsigned flags;
};

static int64_t deliver(const struct datagram *d, const struct receive_call *c)
{
	int64_t n = copy_datagram(d, c->m->data);

	if (n < 0)
		return n;
	if (c->m->name)
		inet_write_address(c->b->s->domain, &d->from, c->m->name);
	describe(c->b, d, c->m);
	if (n == d->p->tot_len)
		return n;
	c->m->flags |= SOCKET_MSG_TRUNC;
	return c->flags & SOCKET_MSG_TRUNC ? d->p->tot_len : n;
}

static int64_t try_receive(struct socket *s UNUSED, void *arg)
{
	struct receive_call *c = arg;
	bool peek = c->flags & SOCKET_MSG_PEEK;
	struct datagram d = {.p = NULL};
	int64_t n;

	stack_lock();
	n = take_locked(c->b, peek, &d);
	if (n == -EAGAIN) {
		stack_poll_locked();
		n = take_locked(c->b, peek, &d);
	}
	stack_unlock();
	if (!d.p)
		return n;
	n = deliver(&d, c);
	stack_lock();
	pbuf_free(d.p);
	stack_unlock();
	return n;
}

/* Who has read the last error need not hear of it by other calls. */
static int64_t receive_error(struct inet_inbox *b, struct socket_msg *m)
{
	struct inet_error *e;

	stack_lock();
	e = inet_errors_take(&b->errors);
	if (e)
		__atomic_store_n(&b->s->error, inet_errors_first(&b->errors),
		                 __ATOMIC_RELEASE);
	inet_inbox_changed(b, 0);
	stack_unlock();
	return e ? inet_error_deliver(e, b->s->domain, m) : -EAGAIN;
}

int64_t inet_inbox_receive(struct inet_inbox *b, struct socket_msg *m,
                           unsigned flags)
{
	struct receive_call c = {b, m, flags};

	if (flags & SOCKET_MSG_ERRQUEUE)
		return receive_error(b, m);
	return socket_wait(b->s, flags & SOCKET_MSG_DONTWAIT,
	                   b->s->recv_timeout, try_receive, &c);
}

size_t inet_inbox_readable(const struct inet_inbox *b)
{
	size_t n = 0;

	stack_lock();
	if (!list_empty(&b->waiting))
		n = LIST_ENTRY(b->waiting.next, struct datagram, link)
		            ->p->tot_len;
	stack_unlock();
	return n;
}

void inet_inbox_empty(struct inet_inbox *b)
{
	struct list *n;

	inet_errors_drop(&b->errors);
	while ((n = list_pop(&b->waiting))) {
		struct datagram *d = LIST_ENTRY(n, struct datagram, link);

		pbuf_free(d->p);
		mem_free(d);
	}
}
