/* signal_frame.h - what a signal handler finds on its stack. */
#ifndef KERNEL_LINUX_SIGNAL_FRAME_H
#define KERNEL_LINUX_SIGNAL_FRAME_H

#include "kernel/linux/signal.h"

/* struct trap_frame's vector for a system call, as arch/ defines it. */
enum {
	TRAP_SYSCALL_VECTOR = 256,
	TRAP_IRET = 257, /* registers are all set: leave by IRET */
};

/*
 * Put a frame on the program's stack (or the alternate one) and set the
 * registers so that the handler runs next. `mask` is what sigreturn restores.
 * -EFAULT: there is no stack.
 */
NODISCARD int signal_push_frame(struct trap_frame *tf,
                                const struct sigaction *a,
                                const struct siginfo *info, uint64_t mask);

#endif
