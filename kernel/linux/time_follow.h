/* time_follow.h - the real-time clock follows the machine's. */
#ifndef KERNEL_LINUX_TIME_FOLLOW_H
#define KERNEL_LINUX_TIME_FOLLOW_H

/* Start the thread that sees to it, once. A program that sets the clock itself
 * ends it: two would pull at the clock. */
void time_follow_start(void);
void time_follow_stop(void);

/* Look at the machine's clock at once: it may be far off. Any context. */
void time_follow_now(void);

#endif
