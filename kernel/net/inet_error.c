/* inet_error.c - see inet_error.h. */
#include "kernel/net/inet_error.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/socket_private.h"

enum {
	WAITING_MAX = 64,
	IP_RECVERR = 11,
	IPV6_RECVERR = 25,
	ORIGIN_ICMP = 2, /* SO_EE_ORIGIN_... */
	ORIGIN_ICMP6 = 3,
};

struct inet_error {
	struct list link;
	int error;
	bool six;
	uint8_t type, code;
	ip_addr_t from;
	struct inet_end to;
	size_t len;
	uint8_t data[];
};

/* linux/errqueue.h; the address of who said so is behind it. */
struct extended_error {
	uint32_t error;
	uint8_t origin, type, code, pad;
	uint32_t info, data;
};
static_assert(sizeof(struct extended_error) == 16, "struct sock_extended_err");

void inet_errors_init(struct inet_errors *q)
{
	list_init(&q->waiting);
	q->n = 0;
}

struct inet_error *inet_errors_take(struct inet_errors *q)
{
	struct list *n = list_pop(&q->waiting);

	if (!n)
		return NULL;
	q->n--;
	return LIST_ENTRY(n, struct inet_error, link);
}

void inet_errors_drop(struct inet_errors *q)
{
	struct inet_error *e;

	while ((e = inet_errors_take(q)))
		mem_free(e);
}

int inet_errors_first(const struct inet_errors *q)
{
	if (list_empty(&q->waiting))
		return 0;
	return LIST_ENTRY(q->waiting.next, struct inet_error, link)->error;
}

void inet_errors_add(struct inet_errors *q, const struct inet_report *r)
{
	size_t len =
		r->len < INET_ERROR_DATA_MAX ? r->len : INET_ERROR_DATA_MAX;
	struct inet_error *e;

	if (q->n == WAITING_MAX)
		return;
	e = mem_alloc(sizeof(*e) + len);
	if (!e)
		return;
	*e = (struct inet_error){.error = r->error,
	                         .six = r->six,
	                         .type = r->type,
	                         .code = r->code,
	                         .from = r->from,
	                         .to = r->to,
	                         .len = len};
	memcpy(e->data, r->data, len);
	list_append(&q->waiting, &e->link);
	q->n++;
}

static void describe(const struct inet_error *e, int domain,
                     struct socket_msg *m)
{
	struct extended_error x = {
		.error = (uint32_t)e->error,
		.origin = e->six ? ORIGIN_ICMP6 : ORIGIN_ICMP,
		.type = e->type,
		.code = e->code,
	};
	struct inet_end from = {e->from, 0};
	uint8_t bytes[sizeof(m->control[0].bytes)];
	struct socket_address offender;
	bool six = domain == AF_INET6;

	inet_write_address(domain, &from, &offender);
	memcpy(bytes, &x, sizeof(x));
	memcpy(bytes + sizeof(x), offender.bytes, offender.len);
	socket_add_control(m, six ? LEVEL_IPV6 : LEVEL_IP,
	                   six ? IPV6_RECVERR : IP_RECVERR, bytes,
	                   sizeof(x) + offender.len);
}

int64_t inet_error_deliver(struct inet_error *e, int domain,
                           struct socket_msg *m)
{
	int64_t n = 0;

	if (e->len && m->data->left)
		n = uio_copy_out(m->data, e->data, e->len);
	if (n >= 0) {
		m->flags |= SOCKET_MSG_ERRQUEUE;
		if ((size_t)n < e->len)
			m->flags |= SOCKET_MSG_TRUNC;
		if (m->name)
			inet_write_address(domain, &e->to, m->name);
		describe(e, domain, m);
	}
	mem_free(e);
	return n;
}
