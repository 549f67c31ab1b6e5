/*
 * tcp_pages.c - sending pages of files as they lie in the page cache.
 *
 * Each piece of a page in the send queue holds a reference to it, until it is
 * acknowledged and the device has let go of the frame. Meanwhile the page stays
 * what it is to everybody else: who writes to the file may change what has not
 * gone yet, or what goes again, as on Linux (sendfile(2)). A page that is
 * truncated away lives until then, and its end is zeroed at once.
 *
 * lwIP sends data that it does not copy from pbufs that only point to it. For
 * the Makefile tcp_out.c's pbuf_alloc() is tcp_page_pbuf(), so that these know
 * whose page it is.
 */
#include <lwip/priv/tcp_priv.h>

#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_timer.h"

struct lent {
	struct pbuf_custom pbuf;
	struct page *page;
};

/* The page that is being written; the stack's lock guards it. */
static struct page *lender;

struct pbuf *tcp_page_pbuf(pbuf_layer layer, u16_t len, pbuf_type type);

static void give_back(struct pbuf *p)
{
	struct lent *l = CONTAINER_OF(p, struct lent, pbuf.pbuf);

	page_put(l->page);
	mem_free(l);
}

/* lwIP sets the payload. It must not take what follows for the same page's. */
struct pbuf *tcp_page_pbuf(pbuf_layer layer, u16_t len, pbuf_type type)
{
	struct lent *l;

	if (type != PBUF_ROM || !lender)
		return pbuf_alloc(layer, len, type);
	l = mem_alloc(sizeof(*l));
	if (!l)
		return NULL;
	l->pbuf.custom_free_function = give_back;
	l->page = lender;
	page_get(lender);
	return pbuf_alloced_custom(PBUF_RAW, len, PBUF_REF, &l->pbuf, NULL,
	                           len);
}

/* The first `n` bytes of what is left of the page at hand. */
static int write_piece(struct tcp_socket *t, const struct socket_pages *p,
                       size_t n, bool more)
{
	const char *bytes = page_virt(p->pages[0]);
	err_t err;

	lender = p->pages[0];
	err = tcp_write(t->pcb, bytes + p->offset, (u16_t)n,
	                more ? TCP_WRITE_FLAG_MORE : 0);
	lender = NULL;
	if (err == ERR_MEM && (t->pcb->unacked || t->pcb->unsent))
		return -EAGAIN; /* there is memory when some is sent */
	return err ? stack_error(err) : 0;
}

static void go_forward(struct socket_pages *p, size_t n)
{
	p->left -= n;
	p->offset += n;
	if (p->offset == PAGE_SIZE) {
		p->offset = 0;
		p->pages++;
	}
}

static int64_t write_pages(struct tcp_socket *t, struct socket_pages *p)
{
	size_t begun = p->left;
	int64_t rc = 0;

	tcp_timer_wake(t->pcb);
	while (p->left) {
		size_t n = PAGE_SIZE - p->offset;

		rc = tcp_socket_room(t);
		if (rc < 0)
			break;
		n = n < p->left ? n : p->left;
		n = n < (size_t)rc ? n : (size_t)rc;
		rc = write_piece(t, p, n, p->more || n < p->left || t->cork);
		if (rc)
			break;
		go_forward(p, n);
	}
	return begun == p->left ? rc : (int64_t)(begun - p->left);
}

static int64_t try_pages(struct socket *s, void *arg)
{
	struct tcp_socket *t = tcp_of(s);
	struct socket_pages *p = arg;
	int64_t rc;

	mutex_lock(&t->writing);
	stack_lock();
	rc = tcp_socket_room(t);
	if (rc >= 0) {
		rc = write_pages(t, p);
		tcp_socket_push_some(t, p->more || p->left || t->cork);
	}
	tcp_socket_changed(t, 0);
	stack_unlock();
	mutex_unlock(&t->writing);
	if (rc > 0)
		p->done += (size_t)rc;
	return rc > 0 && p->left ? -EAGAIN : rc;
}

int64_t tcp_socket_send_pages(struct socket *s, struct socket_pages *p,
                              bool dontwait)
{
	int64_t rc = socket_wait(s, dontwait, s->send_timeout, try_pages, p);

	return p->done ? (int64_t)p->done : rc;
}
