/* posix_timer.h - timers that send signals: timer_create(2), setitimer(2). */
#ifndef KERNEL_LINUX_POSIX_TIMER_H
#define KERNEL_LINUX_POSIX_TIMER_H

#include <stdint.h>

struct queued_signal;
struct siginfo;

/*
 * The signal of a timer is taken from its queue: say in `info` how often it
 * was missed meanwhile, and go on. process.lock held.
 */
void posix_timer_taken_locked(struct queued_signal *q, struct siginfo *info);

/* The real-time clock was set. */
void posix_timer_real_set(void);

/* The program has ended: no timer is left. */
void posix_timer_reset(void);

/*
 * Processor time is not an event. How long it is, in ns, until it is worth
 * looking whether `left` more ns of it have been spent.
 */
uint64_t posix_timer_cpu_step(uint64_t left);

#endif
