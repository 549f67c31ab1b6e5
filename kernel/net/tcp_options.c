/* tcp_options.c - options of TCP sockets (tcp(7), ip(7)). */
#include <lwip/priv/tcp_priv.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_private.h"
#include "kernel/net/tcp_timer.h"

enum {
	TCP_NODELAY = 1,
	TCP_MAXSEG = 2,
	TCP_CORK = 3,
	TCP_KEEPIDLE = 4,
	TCP_KEEPINTVL = 5,
	TCP_KEEPCNT = 6,
	TCP_SYNCNT = 7,
	TCP_LINGER2 = 8,
	TCP_DEFER_ACCEPT = 9,
	TCP_INFO = 11,
	TCP_QUICKACK = 12,
	TCP_CONGESTION = 13,
	TCP_USER_TIMEOUT = 18,

	MSS_LEAST = 88,      /* Linux's TCP_MIN_MSS */
	LINGER2_MAX_S = 120, /* TCP_FIN_TIMEOUT_MAX */
};

static void set_cork(struct tcp_socket *t, bool on)
{
	bool was = t->cork;

	t->cork = on;
	if (!was || on || !t->pcb || t->state != CONNECTED)
		return;
	/* What was held back goes now, whatever Nagle says. */
	tcp_nagle_disable(t->pcb);
	tcp_output(t->pcb);
}

/*
 * Linux counts answers to a SYN instead of seconds, and says how long so many
 * take, each twice as long as the one before.
 */
static uint32_t as_attempts(uint32_t seconds)
{
	enum { LONGEST_S = 120, MOST = 255 };
	uint32_t sum = seconds ? 1 : 0, step = 1;

	for (unsigned n = 1; seconds > sum && n < MOST; n++) {
		step = 2 * step < LONGEST_S ? 2 * step : LONGEST_S;
		sum += step;
	}
	return sum;
}

static int set_tcp(struct tcp_socket *t, int option, int v)
{
	enum { KEEP_MAX = 32767, KEEP_COUNT_MAX = 127 };

	switch (option) {
	case TCP_NODELAY:
		t->no_delay = v;
		break;
	case TCP_CORK:
		set_cork(t, v);
		break;
	case TCP_KEEPIDLE:
	case TCP_KEEPINTVL:
		if (v < 1 || v > KEEP_MAX)
			return -EINVAL;
		if (option == TCP_KEEPIDLE)
			t->keep_idle_s = (uint32_t)v;
		else
			t->keep_interval_s = (uint32_t)v;
		break;
	case TCP_KEEPCNT:
		if (v < 1 || v > KEEP_COUNT_MAX)
			return -EINVAL;
		t->keep_count = (uint32_t)v;
		break;
	case TCP_USER_TIMEOUT:
		if (v < 0)
			return -EINVAL;
		t->user_timeout_ms = (uint32_t)v;
		break;
	case TCP_MAXSEG:
		if (v && (v < MSS_LEAST || v > UINT16_MAX))
			return -EINVAL;
		t->max_segment = (uint16_t)v;
		break;
	case TCP_DEFER_ACCEPT:
		t->defer_accept_s = as_attempts(v > 0 ? (uint32_t)v : 0);
		break;
	case TCP_QUICKACK: /* a hint */
		break;
	case TCP_LINGER2:
		t->linger2_s = v < 0 || v > LINGER2_MAX_S ? -1 : v;
		break;
	case TCP_SYNCNT:
		if (v < 1 || v > KEEP_COUNT_MAX)
			return -EINVAL;
		t->syn_count = (uint8_t)v;
		break;
	default:
		return -ENOPROTOOPT;
	}
	tcp_socket_apply(&t->s);
	/* Setting TCP_NODELAY sends what waits (tcp(7)). */
	if (option == TCP_NODELAY && v && t->pcb && t->state == CONNECTED &&
	    !t->cork)
		tcp_output(t->pcb);
	return 0;
}

/* There is one way to avoid congestion here. */
static int set_congestion(const void *value, size_t len)
{
	static const char reno[] = "reno";

	if (len < sizeof(reno) - 1 || memcmp(value, reno, sizeof(reno) - 1))
		return -ENOENT;
	return len == sizeof(reno) - 1 || !((const char *)value)[4] ? 0
	                                                            : -ENOENT;
}

int tcp_socket_set_option(struct socket *s, int level, int option,
                          const void *value, size_t len)
{
	struct tcp_socket *t = tcp_of(s);
	int v, rc = -ENOPROTOOPT;

	stack_lock();
	if (inet_has_level(s, level)) {
		rc = inet_set_option(&t->ip, level, option, value, len,
		                     t->bound);
		if (!t->bound)
			t->local.address = inet_any(s->domain, &t->ip);
		tcp_socket_apply(s);
	} else if (level == IP_PROTO_TCP && option == TCP_CONGESTION) {
		rc = set_congestion(value, len);
	} else if (level == IP_PROTO_TCP && len < sizeof(v)) {
		rc = -EINVAL;
	} else if (level == IP_PROTO_TCP) {
		memcpy(&v, value, sizeof(v));
		rc = set_tcp(t, option, v);
	}
	stack_unlock();
	return rc;
}

uint8_t tcp_socket_linux_state(enum tcp_state state)
{
	/* include/net/tcp_states.h */
	static const uint8_t of_pcb[] = {
		[CLOSED] = 7,     [LISTEN] = 10,     [SYN_SENT] = 2,
		[SYN_RCVD] = 3,   [ESTABLISHED] = 1, [FIN_WAIT_1] = 4,
		[FIN_WAIT_2] = 5, [CLOSE_WAIT] = 8,  [CLOSING] = 11,
		[LAST_ACK] = 9,   [TIME_WAIT] = 6,
	};

	return of_pcb[state];
}

/* The beginning of Linux's struct tcp_info: what we know of it. */
struct tcp_info {
	uint8_t state, ca_state, retransmits, probes, backoff, options, wscale,
		flags;
	uint32_t rto, ato, snd_mss, rcv_mss;
	uint32_t unacked, sacked, lost, retrans, fackets;
	uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
	uint32_t pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd,
		advmss, reordering;
};
static_assert(sizeof(struct tcp_info) == 92, "struct tcp_info");

static void fill_info(const struct tcp_socket *t, struct tcp_info *out)
{
	const struct tcp_pcb *pcb = t->pcb;
	uint32_t mss;

	*out = (struct tcp_info){
		.state = tcp_socket_linux_state(pcb ? pcb->state : CLOSED),
	};
	if (!pcb || t->state == LISTENING)
		return;
	mss = tcp_socket_mss(pcb);
	out->retransmits = pcb->nrtx;
	out->rto = (uint32_t)pcb->rto * TCP_SLOW_INTERVAL * 1000;
	out->snd_mss = out->rcv_mss = out->advmss = mss;
	out->unacked = (pcb->snd_nxt - pcb->lastack + mss - 1) / mss;
	out->rtt = (uint32_t)(pcb->sa >> 3) * TCP_SLOW_INTERVAL * 1000;
	out->rttvar = (uint32_t)(pcb->sv >> 2) * TCP_SLOW_INTERVAL * 1000;
	out->snd_ssthresh = pcb->ssthresh / mss;
	out->snd_cwnd = pcb->cwnd / mss;
	out->pmtu = mss + 40u;
}

static int get_bytes(void *value, size_t *len, const void *from, size_t n)
{
	if (*len > n)
		*len = n;
	memcpy(value, from, *len);
	return 0;
}

/* Of a connection what goes at once; else what was asked for (RFC 9293, 3.7.1
 * has the number that is so without asking). */
static int max_segment(const struct tcp_socket *t)
{
	enum { DEFAULT = 536 };

	if (t->pcb && t->state == CONNECTED)
		return tcp_socket_mss(t->pcb);
	return t->max_segment ? t->max_segment : DEFAULT;
}

static int get_tcp(const struct tcp_socket *t, int option, void *value,
                   size_t *len)
{
	static const char reno[16] = "reno"; /* TCP_CA_NAME_MAX */
	struct tcp_info info;

	switch (option) {
	case TCP_NODELAY:
		return socket_option_int(value, len, t->no_delay);
	case TCP_CORK:
		return socket_option_int(value, len, t->cork);
	case TCP_MAXSEG:
		return socket_option_int(value, len, max_segment(t));
	case TCP_KEEPIDLE:
		return socket_option_int(value, len, (int)t->keep_idle_s);
	case TCP_KEEPINTVL:
		return socket_option_int(value, len, (int)t->keep_interval_s);
	case TCP_KEEPCNT:
		return socket_option_int(value, len, (int)t->keep_count);
	case TCP_USER_TIMEOUT:
		return socket_option_int(value, len, (int)t->user_timeout_ms);
	case TCP_DEFER_ACCEPT:
		return socket_option_int(value, len, (int)t->defer_accept_s);
	case TCP_SYNCNT:
		return socket_option_int(value, len,
		                         t->syn_count ? t->syn_count
		                                      : TCP_TIMER_SYN_COUNT);
	case TCP_LINGER2:
		return socket_option_int(value, len,
		                         t->linger2_s ? t->linger2_s
		                                      : TCP_TIMER_FIN_WAIT_S);
	case TCP_QUICKACK:
		return socket_option_int(value, len, 1);
	case TCP_CONGESTION:
		return get_bytes(value, len, reno, sizeof(reno));
	case TCP_INFO:
		fill_info(t, &info);
		return get_bytes(value, len, &info, sizeof(info));
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_socket_get_option(struct socket *s, int level, int option, void *value,
                          size_t *len)
{
	const struct tcp_socket *t = tcp_of(s);
	int rc = inet_wrong_level(s, level);

	stack_lock();
	if (inet_has_level(s, level))
		rc = inet_get_mtu(&t->local, &t->peer, level, option, value,
		                  len);
	if (inet_has_level(s, level) && rc == -ENOPROTOOPT)
		rc = inet_get_option(&t->ip, level, option, value, len);
	else if (level == IP_PROTO_TCP)
		rc = get_tcp(t, option, value, len);
	stack_unlock();
	return rc;
}
