/* timer_private.h - between the timer tree and the scheduler. */
#ifndef KERNEL_SCHED_TIMER_PRIVATE_H
#define KERNEL_SCHED_TIMER_PRIVATE_H

#include <stdint.h>

/* The earliest deadline set, or NO_DEADLINE. Any context. */
uint64_t timer_next_deadline(void);

/* Run what is due. Interrupt context. */
void timer_run_due(uint64_t now);

/* thread.c: the earliest deadline changed. No lock held but rank TIMER's. */
void sched_timer_changed(void);

#endif
