/*
 * tcp_timer.h - TCP's clock, and connections that need none.
 *
 * lwIP looks at all connections of its list at every tick. A connection where
 * nothing is under way does not need that: a second after its last segment it
 * leaves the list, and comes back with the next one, or when the program does
 * something with it. When all connections rest, nothing ticks.
 *
 * Everything needs the stack's lock.
 */
#ifndef KERNEL_NET_TCP_TIMER_H
#define KERNEL_NET_TCP_TIMER_H

struct tcp_pcb;

/*
 * Something is about to be done with it that may need a timer: to be called
 * before lwIP's functions are. NULL is fine.
 */
void tcp_timer_wake(struct tcp_pcb *pcb);

/* lwIP's clock stands while its lists are empty: before one comes to them. */
void tcp_timer_begin(void);

/* The connections that rest. */
extern struct tcp_pcb *tcp_timer_resting;

/*
 * How long an answer takes is known from the handshake, if that was not
 * repeated; until then it is taken for a second (RFC 6298, 2.1).
 */
void tcp_timer_unknown(struct tcp_pcb *pcb);
void tcp_timer_first_answer(struct tcp_pcb *pcb);

/* Of TCP_SYNCNT, TCP_LINGER2: what is so when nobody says otherwise. */
enum { TCP_TIMER_SYN_COUNT = 6, TCP_TIMER_FIN_WAIT_S = 60 };

/* lwIP has measured again. */
void tcp_timer_answer(struct tcp_pcb *pcb);

#endif
