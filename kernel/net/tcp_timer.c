/* tcp_timer.c - when TCP sends again, and what need not be looked at. */
#include "kernel/net/tcp_timer.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>

#include "kernel/core/clock.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/stack.h"
#include "kernel/net/tcp_table.h"

enum {
	TICKS_PER_S = 1000 / TCP_SLOW_INTERVAL,
	FIRST_RTO = TICKS_PER_S,

	/*
	 * As Linux: 200 ms more than an answer takes (TCP_RTO_MIN), because the
	 * other side may wait before it acknowledges. The tick under way when a
	 * segment goes is not a whole one.
	 */
	VARIANCE_LEAST = 200 / TCP_SLOW_INTERVAL + 1,

	RESTS_AFTER = TICKS_PER_S,
	DOUBLED_MAX = 7, /* two minutes, as Linux (TCP_RTO_MAX) */
	RTO_MAX = 120 * TICKS_PER_S,
	SHIFT_MAX = 10,

	/*
	 * How long Linux takes for 15 attempts (tcp_retries2) that begin after
	 * 200 ms, each after twice the time but no more than two minutes; and
	 * for 8 (tcp_orphan_retries) when the program has closed it.
	 */
	PATIENCE_MS = 924600,
	PATIENCE_CLOSED_MS = 102200,
	SWEEP_MS = 1000,
};

struct tcp_pcb *tcp_timer_resting;

/* The stack's lock guards it. */
static struct {
	uint64_t next_sweep;
	bool alarm; /* somebody who rests may have to be woken */
} timer;

/* --- the clock --- */

/* Ticks of lwIP's clock since the machine started. */
static uint32_t ticks(void)
{
	return (uint32_t)(clock_monotonic() / (TCP_SLOW_INTERVAL * NS_PER_MS));
}

void tcp_timer_begin(void)
{
	if (!tcp_active_pcbs && !tcp_tw_pcbs)
		tcp_ticks = ticks();
}

/* --- who rests --- */

static bool keepalive_is_near(const struct tcp_pcb *pcb)
{
	uint32_t idle = pcb->keep_idle / TCP_SLOW_INTERVAL;

	return ip_get_option(pcb, SOF_KEEPALIVE) &&
	       tcp_ticks - pcb->tmr + 2 * TICKS_PER_S > idle;
}

static bool may_rest(const struct tcp_pcb *pcb)
{
	return (pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT) &&
	       !pcb->unsent && !pcb->unacked && !pcb->ooseq &&
	       !pcb->refused_data && !pcb->persist_backoff &&
	       !pcb->ext_args[TCP_EXTRA_AWAKE].data &&
	       !(pcb->flags & (TF_ACK_DELAY | TF_ACK_NOW | TF_CLOSEPEND)) &&
	       tcp_ticks - pcb->tmr > RESTS_AFTER && !keepalive_is_near(pcb);
}

static void look_after_resting(void *arg);

static void rest(struct tcp_pcb *pcb)
{
	tcp_table_move(pcb, &tcp_timer_resting);
	pcb->ext_args[TCP_EXTRA_RESTS].data = pcb;
	if (ip_get_option(pcb, SOF_KEEPALIVE) && !timer.alarm) {
		timer.alarm = true;
		sys_timeout(SWEEP_MS, look_after_resting, NULL);
	}
}

static bool rests(const struct tcp_pcb *pcb)
{
	return pcb->ext_args[TCP_EXTRA_RESTS].data;
}

void tcp_timer_wake(struct tcp_pcb *pcb)
{
	if (!pcb || pcb->state == LISTEN || !rests(pcb))
		return;
	tcp_timer_begin();
	tcp_table_move(pcb, &tcp_active_pcbs);
	pcb->ext_args[TCP_EXTRA_RESTS].data = NULL;
	tcp_timer_needed();
	stack_timers_changed_locked();
}

/* Once a second, while there is one that wants to be kept alive. */
static void look_after_resting(void *arg UNUSED)
{
	struct tcp_pcb *pcb = tcp_timer_resting, *next;

	timer.alarm = false;
	tcp_timer_begin();
	for (; pcb; pcb = next) {
		next = pcb->next;
		if (keepalive_is_near(pcb))
			tcp_timer_wake(pcb);
		else if (ip_get_option(pcb, SOF_KEEPALIVE))
			timer.alarm = true;
	}
	if (timer.alarm)
		sys_timeout(SWEEP_MS, look_after_resting, NULL);
}

static void sweep(void)
{
	uint64_t now = clock_monotonic();
	struct tcp_pcb *next;

	if (now < timer.next_sweep)
		return;
	timer.next_sweep = now + SWEEP_MS * NS_PER_MS;
	for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = next) {
		next = pcb->next;
		if (may_rest(pcb))
			rest(pcb);
	}
}

/* --- how long an answer takes --- */

/*
 * lwIP keeps what RFC 6298 calls SRTT in eighths of a tick, and four times
 * RTTVAR in ticks.
 */
static void set_timeout(struct tcp_pcb *pcb)
{
	if (pcb->sv < VARIANCE_LEAST)
		pcb->sv = VARIANCE_LEAST;
	pcb->rto = (s16_t)((pcb->sa >> 3) + pcb->sv);
}

void tcp_timer_unknown(struct tcp_pcb *pcb)
{
	pcb->rto = pcb->sv = FIRST_RTO;
}

/* RFC 6298, 2.2: RTTVAR is half of the first measurement. */
void tcp_timer_first_answer(struct tcp_pcb *pcb)
{
	uint32_t took = tcp_ticks - pcb->rttest;

	if (!pcb->rttest || took > INT16_MAX / 8)
		return;
	pcb->rttest = 0;
	pcb->sa = (s16_t)(took * 8);
	pcb->sv = (s16_t)(took * 2);
	set_timeout(pcb);
}

void tcp_timer_answer(struct tcp_pcb *pcb)
{
	if (pcb->sv < VARIANCE_LEAST && !pcb->nrtx)
		set_timeout(pcb);
}

/* --- limits --- */

static uintptr_t extra(const struct tcp_pcb *pcb, enum tcp_extra e)
{
	return (uintptr_t)pcb->ext_args[e].data;
}

/*
 * lwIP asks at each tick: only when it compares with `nrtx` does the answer
 * end the attempt, and that is when the last one had its time. Each waits twice
 * as long as the one before (RFC 6298, 5.5).
 */
unsigned tcp_timer_syn_limit(struct tcp_pcb *pcb)
{
	unsigned limit = (unsigned)extra(pcb, TCP_EXTRA_SYN_COUNT);
	unsigned doubled = pcb->nrtx < DOUBLED_MAX ? pcb->nrtx : DOUBLED_MAX;

	limit = limit ? limit : TCP_TIMER_SYN_COUNT;
	pcb->rto = (s16_t)(FIRST_RTO << doubled);
	return pcb->nrtx >= limit && pcb->rtime + 1 >= pcb->rto ? pcb->nrtx
	                                                        : UINT8_MAX;
}

static uint32_t patience_ms(const struct tcp_pcb *pcb)
{
	uint32_t ms = (uint32_t)extra(pcb, TCP_EXTRA_PATIENCE);

	return ms ? ms : pcb->callback_arg ? PATIENCE_MS : PATIENCE_CLOSED_MS;
}

/* How long nobody has answered what is sent again, in ms; 0: it is not. */
static uint64_t silent_ms(struct tcp_pcb *pcb)
{
	void **since = &pcb->ext_args[TCP_EXTRA_SILENT].data;
	uint32_t now = tcp_ticks;

	if (!pcb->nrtx && !(pcb->persist_backoff && pcb->persist_probe)) {
		*since = NULL;
		return 0;
	}
	if (!*since)
		*since = (void *)((uintptr_t)now + 1);
	return (uint64_t)(now + 1 - (uint32_t)(uintptr_t)*since) *
	       TCP_SLOW_INTERVAL;
}

/*
 * Asked at each tick, of what is sent again and of questions whether the window
 * is still closed. 0 ends the connection. lwIP doubles the wait seven times.
 */
unsigned tcp_timer_retry_limit(struct tcp_pcb *pcb)
{
	enum { NEVER = UINT8_MAX + 1 };
	uint64_t silent = silent_ms(pcb);
	unsigned doubled = pcb->nrtx < SHIFT_MAX ? pcb->nrtx : SHIFT_MAX;
	int rto = ((pcb->sa >> 3) + pcb->sv) << doubled;

	if (!silent)
		return NEVER;
	if (pcb->state == SYN_SENT) /* it has a limit of its own, too */
		return extra(pcb, TCP_EXTRA_PATIENCE) &&
		                       silent > patience_ms(pcb)
		               ? 0
		               : NEVER;
	if (pcb->nrtx)
		pcb->rto = (s16_t)(rto < RTO_MAX ? rto : RTO_MAX);
	return silent > patience_ms(pcb) ? 0 : NEVER;
}

uint32_t tcp_timer_fin_wait_ms(const struct tcp_pcb *pcb)
{
	uintptr_t ms = extra(pcb, TCP_EXTRA_FIN_WAIT);

	return ms ? (uint32_t)(ms - 1) : TCP_TIMER_FIN_WAIT_S * 1000;
}

/* --- what lwIP calls: linked with --wrap --- */

void __wrap_tcp_tmr(void);

/*
 * Both of its timers at each tick: a delayed acknowledgement waits for 40 ms at
 * most, as on Linux.
 */
void __wrap_tcp_tmr(void)
{
	tcp_ticks = ticks() - 1; /* it adds one */
	tcp_fasttmr();
	tcp_slowtmr();
	sweep();
}

void __real_tcp_netif_ip_addr_changed(const ip_addr_t *from,
                                      const ip_addr_t *to);
void __wrap_tcp_netif_ip_addr_changed(const ip_addr_t *from,
                                      const ip_addr_t *to);

/* Connections of an address end with it. */
void __wrap_tcp_netif_ip_addr_changed(const ip_addr_t *from,
                                      const ip_addr_t *to)
{
	while (tcp_timer_resting)
		tcp_timer_wake(tcp_timer_resting);
	__real_tcp_netif_ip_addr_changed(from, to);
}
