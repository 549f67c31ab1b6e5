/*
 * syscall.h - how a system call reaches the function that does it.
 *
 * linux_<name>() gets the six raw arguments, decodes them, and acts. It answers
 * >= 0 or a negated errno. The program's memory is reached only through
 * arch/user.h and mm/uio.h.
 */
#ifndef KERNEL_LINUX_SYSCALL_H
#define KERNEL_LINUX_SYSCALL_H

#include "kernel/arch/trap.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"

struct sysargs {
	uint64_t a[6];
	struct trap_frame *tf;
};

/* Declares every linux_<name>(). */
#define SYSCALL(nr, name, nargs, how)                                          \
	sysret linux_##name(const struct sysargs *);
#include "kernel/linux/syscalls.def"
#undef SYSCALL

/* Called by arch/ for each SYSCALL instruction. */
int64_t syscall_dispatch(struct trap_frame *tf);

/* Print each call on the console from now on. */
void syscall_trace(bool on);

/*
 * Calls that are not there: the text of /proc/sysmiss. A line is the number,
 * how often it was called, and Linux's name for it.
 */
size_t syscall_missing(char *out, size_t size);

/* The same on the console, when there were any. */
void syscall_report_missing(void);

static inline uaddr arg_addr(const struct sysargs *a, int i)
{
	return (uaddr){a->a[i]};
}

static inline int arg_int(const struct sysargs *a, int i)
{
	return (int)a->a[i];
}

static inline unsigned arg_uint(const struct sysargs *a, int i)
{
	return (unsigned)a->a[i];
}

#endif
