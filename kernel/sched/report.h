/* report.h - what panic() shows of threads. */
#ifndef KERNEL_SCHED_REPORT_H
#define KERNEL_SCHED_REPORT_H

/* A serial line takes its time: so many threads, and of each so many calls. */
enum { SCHED_REPORT_THREADS = 32, SCHED_REPORT_FRAMES = 8 };

/* Every thread's state and where it waits. To be given to panic_add(). */
void sched_report(void);

#endif
