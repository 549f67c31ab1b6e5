/* load.h - how much there is to do, and was lately. */
#ifndef KERNEL_SCHED_LOAD_H
#define KERNEL_SCHED_LOAD_H

#include <stdint.h>

enum { LOAD_SPANS = 3, LOAD_ONE = 2048 };

/* At boot, when timers go: from now on it is counted. */
void load_start(void);

/*
 * Threads of the program that ran or wanted to, or waited for a disk: the mean
 * over one, five and fifteen minutes, of which older parts count less. In
 * 1/LOAD_ONE.
 */
void load_get(uint32_t out[LOAD_SPANS]);

/* Threads of the program that wait for a disk or a lock. */
unsigned load_nr_blocked(void);

#endif
