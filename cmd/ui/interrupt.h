/*
 * interrupt.h - SIGINT and SIGTERM while something must not be cut off.
 *
 * Between hold and release the first one is only noted, and the second ends the
 * process at once. Holds may be nested. What sleeps in a system call is woken.
 */
#ifndef CMD_UI_INTERRUPT_H
#define CMD_UI_INTERRUPT_H

#include <stdbool.h>

void interrupt_hold(void);
void interrupt_release(void);

/* Was there one since the first hold? */
bool interrupt_seen(void);

#endif
