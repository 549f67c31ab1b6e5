/* timer_private.h - between the timer trees and the scheduler. */
#ifndef KERNEL_SCHED_TIMER_PRIVATE_H
#define KERNEL_SCHED_TIMER_PRIVATE_H

#include <stdint.h>

/* The earliest deadline set on this CPU, or NO_DEADLINE. Any context. */
uint64_t timer_next_deadline(void);

/* Run what is due on this CPU. Interrupt context. */
void timer_run_due(uint64_t now);

/* queue.c: the earliest deadline of this CPU changed. No lock held but rank
 * RUNQ's and outer ones. */
void sched_timer_changed(void);

#endif
