/* proc.c - tables of connections and interfaces, for people and tools. */
#include "kernel/net/proc.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/udp.h>

#include "kernel/lib/string.h"
#include "kernel/net/address.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"

struct table {
	char *out;
	size_t size, len;
	bool full;
	unsigned rows;
};

static void line(struct table *t, const char *fmt, ...) PRINTF(2, 3);

static void line(struct table *t, const char *fmt, ...)
{
	size_t room = t->size - t->len, n;
	va_list ap;

	va_start(ap, fmt);
	n = t->full ? 0 : str_vprintf(t->out + t->len, room, fmt, ap);
	va_end(ap);
	if (n < room)
		t->len += n;
	else
		t->full = true;
}

/* --- tcp and udp --- */

struct row {
	uint32_t local, remote; /* network byte order, printed as they lie */
	uint16_t local_port, remote_port;
	uint8_t state;
	uint32_t unsent, unread;
};

static void print_row(struct table *t, const struct row *r)
{
	line(t,
	     "%4u: %08X:%04X %08X:%04X %02X %08X:%08X 00:00000000 00000000 "
	     "    0        0 0 1\n",
	     t->rows++, r->local, r->local_port, r->remote, r->remote_port,
	     r->state, r->unsent, r->unread);
}

static void print_header(struct table *t)
{
	line(t, "  sl  local_address rem_address   st tx_queue rx_queue tr "
	        "tm->when retrnsmt   uid  timeout inode\n");
}

static void print_connections(struct table *t, const struct tcp_pcb *pcb)
{
	for (; pcb; pcb = pcb->next) {
		const struct tcp_socket *s = pcb->callback_arg;
		struct row r = {
			.local = ip4_addr_get_u32(&pcb->local_ip),
			.remote = ip4_addr_get_u32(&pcb->remote_ip),
			.local_port = pcb->local_port,
			.remote_port = pcb->remote_port,
			.state = tcp_socket_linux_state(pcb->state),
			.unsent = TCP_SND_BUF - pcb->snd_buf,
		};

		/* In a handshake it is still the listener's. */
		if (s && pcb->state != SYN_RCVD && pcb->state != TIME_WAIT)
			r.unread = (uint32_t)s->queued;
		print_row(t, &r);
	}
}

static void print_listeners(struct table *t)
{
	const struct tcp_pcb_listen *l = tcp_listen_pcbs.listen_pcbs;

	for (; l; l = l->next) {
		const struct tcp_socket *s = l->callback_arg;
		struct row r = {
			.local = ip4_addr_get_u32(&l->local_ip),
			.local_port = l->local_port,
			.state = tcp_socket_linux_state(LISTEN),
			.unread = s->nr_children,
		};

		print_row(t, &r);
	}
}

size_t net_proc_tcp(char *out, size_t size)
{
	struct table t = {.out = out, .size = size};

	print_header(&t);
	stack_lock();
	print_listeners(&t);
	print_connections(&t, tcp_active_pcbs);
	print_connections(&t, tcp_tw_pcbs);
	stack_unlock();
	return t.len;
}

size_t net_proc_udp(char *out, size_t size)
{
	enum { LINUX_ESTABLISHED = 1, LINUX_CLOSE = 7 };
	struct table t = {.out = out, .size = size};

	print_header(&t);
	stack_lock();
	for (const struct udp_pcb *p = udp_pcbs; p; p = p->next) {
		struct row r = {
			.local = ip4_addr_get_u32(&p->local_ip),
			.remote = ip4_addr_get_u32(&p->remote_ip),
			.local_port = p->local_port,
			.remote_port = p->remote_port,
			.state = p->remote_port ? LINUX_ESTABLISHED
		                                : LINUX_CLOSE,
		};

		print_row(&t, &r);
	}
	stack_unlock();
	return t.len;
}

/* --- dev and route --- */

static void print_interface(struct table *t, const struct interface_info *i)
{
	line(t,
	     "%6s: %7lu %7lu    0 %4lu    0     0          0         0 "
	     "%8lu %7lu    0 %4lu    0     0       0          0\n",
	     i->name, i->rx_bytes, i->rx_packets, i->rx_dropped, i->tx_bytes,
	     i->tx_packets, i->tx_dropped);
}

size_t net_proc_dev(char *out, size_t size)
{
	struct table t = {.out = out, .size = size};
	struct interface_info i;

	line(&t, "Inter-|   Receive                                          "
	         "      |  Transmit\n");
	line(&t, " face |bytes    packets errs drop fifo frame compressed "
	         "multicast|bytes    packets errs drop fifo colls carrier "
	         "compressed\n");
	stack_lock();
	for (unsigned n = 0; interface_info_locked(n, &i); n++)
		print_interface(&t, &i);
	stack_unlock();
	return t.len;
}

static void print_route(struct table *t, const char *name, uint32_t to,
                        uint32_t gateway, uint32_t mask)
{
	enum { UP = 1, GATEWAY = 2 };

	line(t, "%s\t%08X\t%08X\t%04X\t0\t0\t0\t%08X\t0\t0\t0\n", name,
	     __builtin_bswap32(to), __builtin_bswap32(gateway),
	     (unsigned)(gateway ? UP | GATEWAY : UP), __builtin_bswap32(mask));
}

size_t net_proc_route(char *out, size_t size)
{
	struct table t = {.out = out, .size = size};
	struct interface_info i;

	line(&t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\t"
	         "Mask\t\tMTU\tWindow\tIRTT\n");
	stack_lock();
	for (unsigned n = 0; interface_info_locked(n, &i); n++) {
		uint32_t mask = address_mask(i.prefix);

		if (i.loopback || !i.address)
			continue;
		if (i.gateway)
			print_route(&t, i.name, 0, i.gateway, 0);
		print_route(&t, i.name, i.address & mask, 0, mask);
	}
	stack_unlock();
	return t.len;
}
