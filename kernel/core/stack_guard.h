/*
 * stack_guard.h - what GCC puts between a frame's arrays and its return address
 * (-fstack-protector-strong), and looks at before it returns.
 */
#ifndef KERNEL_CORE_STACK_GUARD_H
#define KERNEL_CORE_STACK_GUARD_H

/* Choose this boot's value. Only from a function that never returns, and whose
 * callers do not either: their frames end with the value from before. */
void stack_guard_init(void);

#endif
