/* tcp_data.c - what goes through TCP connections. */
#include <lwip/priv/tcp_priv.h>

#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_timer.h"

enum {
	SEND_CHUNK = 16 * 1024, /* bytes copied at a time */
	SEND_SMALL = 512,       /* up to this on the stack */

	/* Small pieces that wait are gathered into buffers of this size. */
	GATHER_BELOW = 512,
	GATHER_SIZE = 1900,
};

/* --- the receive queue, as lwIP fills it --- */

static void append(struct tcp_socket *t, struct pbuf *p)
{
	p->next = NULL;
	if (t->tail)
		t->tail->next = p;
	else
		t->head = p;
	t->tail = p;
}

/*
 * When the program is behind, small pieces would each hold a buffer much
 * larger than themselves. False: keep it as it is.
 */
static bool gather(struct tcp_socket *t, const struct pbuf *p)
{
	struct pbuf *to = t->tail;

	if (!to || p->len > GATHER_BELOW)
		return false;
	if (!to->if_idx || to->len + p->len > GATHER_SIZE) {
		to = pbuf_alloc(PBUF_RAW, GATHER_SIZE, PBUF_RAM);
		if (!to)
			return false;
		to->len = 0;
		to->if_idx = 1; /* ours: has room behind its end */
		append(t, to);
	}
	memcpy((char *)to->payload + to->len, p->payload, p->len);
	to->len = (u16_t)(to->len + p->len);
	return true;
}

static void take_chain(struct tcp_socket *t, struct pbuf *p)
{
	while (p) {
		struct pbuf *after = p->next;

		p->next = NULL;
		t->queued += p->len;
		if (!p->len || gather(t, p)) {
			pbuf_free(p);
		} else {
			p->if_idx = 0;
			append(t, p);
		}
		p = after;
	}
}

err_t tcp_socket_on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
                            err_t err UNUSED)
{
	struct tcp_socket *t = arg;

	if (!t)
		return ERR_OK;
	tcp_socket_admit_deferred(t);
	if (p) {
		/* Several segments joined by the device: RFC 5681, 4.2. */
		if (p->tot_len > tcp_socket_mss(pcb))
			tcp_set_flags(pcb, TF_ACK_NOW);
		take_chain(t, p);
		tcp_socket_arrived(t);
		tcp_socket_changed(t, POLLIN | POLLRDNORM);
		return ERR_OK;
	}
	t->eof = true;
	/* We ended before: lwIP finishes alone and frees it without a word. */
	if (pcb->state == TIME_WAIT || pcb->state == CLOSING) {
		tcp_socket_let_go(t);
		tcp_socket_end(t);
	}
	tcp_socket_changed(t, POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP);
	return ERR_OK;
}

err_t tcp_socket_on_sent(void *arg, struct tcp_pcb *pcb UNUSED, u16_t n UNUSED)
{
	struct tcp_socket *t = arg;

	if (t && t->pcb) {
		tcp_timer_answer(t->pcb);
		tcp_socket_acknowledged(t);
	}
	if (t && tcp_socket_writable(t))
		tcp_socket_changed(t, POLLOUT | POLLWRNORM);
	return ERR_OK;
}

/* --- receiving --- */

struct receive_call {
	struct uio *to;
	unsigned flags;
	size_t done;
};

/* Bytes there are, 0 at the end, or an error. With `done`, errors stay. */
static int64_t look(struct tcp_socket *t, size_t done)
{
	int rc;

	if (t->queued)
		return (int64_t)t->queued;
	if (done && (t->s.error || t->eof || t->shut_read))
		return 0;
	rc = socket_take_error(&t->s);
	if (rc)
		return rc;
	if (t->state == FRESH || t->state == LISTENING)
		return -ENOTCONN;
	return t->eof || t->shut_read ? 0 : -EAGAIN;
}

static int64_t look_and_poll(struct tcp_socket *t, size_t done)
{
	int64_t n;

	stack_lock();
	n = look(t, done);
	if (n == -EAGAIN) {
		stack_poll_locked();
		n = look(t, done);
	}
	stack_unlock();
	return n;
}

/* The first n bytes of the queue to the program. How many went, or -EFAULT. */
static int64_t copy_out_queue(const struct tcp_socket *t, struct uio *to,
                              size_t n)
{
	const struct pbuf *p = t->head;
	size_t at = t->skip, done = 0;

	while (done < n) {
		size_t step = p->len - at;
		int64_t moved;

		if (step > n - done)
			step = n - done;
		moved = uio_copy_out(to, (const char *)p->payload + at, step);
		if (moved < 0)
			return done ? (int64_t)done : moved;
		done += (size_t)moved;
		if ((size_t)moved < step)
			break;
		p = p->next;
		at = 0;
	}
	return (int64_t)done;
}

static void drop_head(struct tcp_socket *t)
{
	struct pbuf *p = t->head;

	t->head = p->next;
	if (!t->head)
		t->tail = NULL;
	t->skip = 0;
	p->next = NULL;
	p->tot_len = p->len;
	pbuf_free(p);
}

void tcp_socket_drop_queue(struct tcp_socket *t)
{
	while (t->head)
		drop_head(t);
	t->queued = 0;
}

static void open_window(struct tcp_socket *t, size_t n)
{
	tcp_timer_wake(t->pcb);
	while (n && t->pcb) {
		size_t step = n < UINT16_MAX ? n : UINT16_MAX;

		tcp_recved(t->pcb, (u16_t)step);
		n -= step;
	}
}

static void consume(struct tcp_socket *t, size_t n)
{
	size_t left = n;

	t->queued -= n;
	while (left) {
		size_t step = t->head->len - t->skip;

		if (left < step) {
			t->skip += left;
			break;
		}
		left -= step;
		drop_head(t);
	}
	open_window(t, n + tcp_socket_grow_window(t));
}

static int64_t receive_some(struct tcp_socket *t, struct receive_call *c)
{
	int64_t n = look_and_poll(t, c->done);

	if (n <= 0)
		return n;
	if ((size_t)n > c->to->left)
		n = (int64_t)c->to->left;
	if (c->flags & SOCKET_MSG_TRUNC) { /* throw it away: tcp(7) */
		c->to->left -= (size_t)n;
	} else {
		n = copy_out_queue(t, c->to, (size_t)n);
		if (n < 0)
			return n;
	}
	if (c->flags & SOCKET_MSG_PEEK)
		return n;
	stack_lock();
	consume(t, (size_t)n);
	tcp_socket_changed(t, 0);
	stack_unlock();
	return n;
}

static bool wants_more(const struct tcp_socket *t, const struct receive_call *c)
{
	if (c->flags & SOCKET_MSG_PEEK)
		return false;
	return c->flags & SOCKET_MSG_WAITALL || c->done < t->s.recv_least;
}

static int64_t try_receive(struct socket *s, void *arg)
{
	struct tcp_socket *t = tcp_of(s);
	struct receive_call *c = arg;
	int64_t n;

	mutex_lock(&t->reading);
	n = receive_some(t, c);
	mutex_unlock(&t->reading);
	if (n > 0) {
		c->done += (size_t)n;
		if (c->to->left && wants_more(t, c))
			return -EAGAIN;
	}
	return n == -EAGAIN || !c->done ? n : (int64_t)c->done;
}

int64_t tcp_socket_receive(struct socket *s, struct socket_msg *m,
                           unsigned flags)
{
	struct receive_call c = {.to = m->data, .flags = flags};
	int64_t n;

	if (flags & SOCKET_MSG_ERRQUEUE) /* nobody puts anything there */
		return -EAGAIN;
	if (!m->data->left)
		return 0;
	n = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->recv_timeout,
	                try_receive, &c);
	return n < 0 && c.done ? (int64_t)c.done : n;
}

/* --- sending --- */

struct send_call {
	struct uio *from;
	unsigned flags;
	size_t done;
};

int64_t tcp_socket_room(struct tcp_socket *t)
{
	int rc = socket_take_error(&t->s);
	uint32_t unsent = tcp_socket_unsent(t),
		 limit = tcp_socket_send_limit(t);

	if (rc)
		return rc;
	if (t->state == CONNECTING)
		return -EAGAIN;
	if (t->state != CONNECTED || t->shut_write)
		return -EPIPE;
	if (unsent >= limit ||
	    t->pcb->snd_queuelen >= TCP_SND_QUEUELEN - TCP_QUEUE_SLACK)
		return -EAGAIN;
	return limit - unsent;
}

void tcp_socket_push_some(struct tcp_socket *t, bool more)
{
	const struct tcp_seg *first = t->pcb->unsent;

	if (!more || (first && (first->next || first->len >= t->pcb->mss)))
		tcp_socket_push(t->pcb);
}

static int64_t queue(struct tcp_socket *t, const void *data, size_t n,
                     bool more)
{
	int64_t rc;
	err_t err;

	stack_lock();
	rc = tcp_socket_room(t);
	if (rc >= 0 && (size_t)rc < n)
		n = (size_t)rc; /* the limit was lowered meanwhile */
	if (rc >= 0) {
		tcp_timer_wake(t->pcb);
		err = tcp_write(t->pcb, data, (u16_t)n,
		                TCP_WRITE_FLAG_COPY |
		                        (more ? TCP_WRITE_FLAG_MORE : 0));
		rc = err ? stack_error(err) : (int64_t)n;
		if (err == ERR_MEM && (t->pcb->unacked || t->pcb->unsent))
			rc = -EAGAIN; /* there is memory when some is sent */
		tcp_socket_push_some(t, more);
	}
	tcp_socket_changed(t, 0);
	stack_unlock();
	return rc;
}

static int64_t send_chunk(struct tcp_socket *t, struct send_call *c, size_t n)
{
	char small[SEND_SMALL], *buffer = small;
	bool more = t->cork || c->flags & SOCKET_MSG_MORE || c->from->left > n;
	struct uio before = *c->from;
	int64_t rc;

	if (n > sizeof(small))
		buffer = mem_alloc(n);
	if (!buffer)
		return -ENOBUFS;
	rc = uio_copy_in(c->from, buffer, n);
	if (rc > 0) {
		n = (size_t)rc;
		rc = queue(t, buffer, n, more);
		/* Give back what was not taken. */
		if (rc < (int64_t)n) {
			*c->from = before;
			if (rc > 0)
				(void)!uio_copy_in(c->from, buffer, (size_t)rc);
		}
	}
	if (buffer != small)
		mem_free(buffer);
	return rc;
}

static int64_t try_send(struct socket *s, void *arg)
{
	struct tcp_socket *t = tcp_of(s);
	struct send_call *c = arg;
	int64_t n = 0;

	mutex_lock(&t->writing);
	do {
		stack_lock();
		n = tcp_socket_room(t);
		stack_unlock();
		if (n < 0)
			break;
		if ((size_t)n > c->from->left)
			n = (int64_t)c->from->left;
		n = send_chunk(t, c, n < SEND_CHUNK ? (size_t)n : SEND_CHUNK);
		if (n > 0)
			c->done += (size_t)n;
	} while (n > 0 && c->from->left);
	mutex_unlock(&t->writing);
	return n == -EAGAIN || !c->done ? n : (int64_t)c->done;
}

int64_t tcp_socket_send(struct socket *s, const struct socket_msg *m,
                        unsigned flags)
{
	struct send_call c = {.from = m->data, .flags = flags};
	int64_t n;

	if (m->name && m->name->len && tcp_of(s)->state == CONNECTED)
		return -EISCONN;
	n = socket_wait(s, flags & SOCKET_MSG_DONTWAIT, s->send_timeout,
	                try_send, &c);
	return n < 0 && c.done ? (int64_t)c.done : n;
}
