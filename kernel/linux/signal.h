/*
 * signal.h - signals, as signal(7) describes them.
 *
 * Numbers and layouts are Linux's (include/uapi/asm-generic/signal*.h and
 * arch/x86/include/uapi/asm/sigcontext.h).
 *
 * A signal is pending for a task or for the process. Whenever what is pending
 * or blocked changes, thread->signal_pending is brought up to date: true means
 * the next return to user mode has something to do, so waits end early.
 */
#ifndef KERNEL_LINUX_SIGNAL_H
#define KERNEL_LINUX_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/trap.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/list.h"
#include "kernel/sched/wait.h"

enum {
	SIGHUP = 1,
	SIGINT = 2,
	SIGQUIT = 3,
	SIGILL = 4,
	SIGTRAP = 5,
	SIGABRT = 6,
	SIGBUS = 7,
	SIGFPE = 8,
	SIGKILL = 9,
	SIGUSR1 = 10,
	SIGSEGV = 11,
	SIGUSR2 = 12,
	SIGPIPE = 13,
	SIGALRM = 14,
	SIGTERM = 15,
	SIGCHLD = 17,
	SIGCONT = 18,
	SIGSTOP = 19,
	SIGTSTP = 20,
	SIGTTIN = 21,
	SIGTTOU = 22,
	SIGURG = 23,
	SIGWINCH = 28,
	SIGSYS = 31,
	SIGNALS = 64, /* 1 to 64 */

	SI_USER = 0,
	SI_KERNEL = 0x80,
	SI_QUEUE = -1,
	SI_TIMER = -2,
	SI_TKILL = -6,
	SEGV_MAPERR = 1,
	SEGV_ACCERR = 2,
	BUS_ADRALN = 1,
	BUS_ADRERR = 2,
	FPE_INTDIV = 1,
	ILL_ILLOPN = 2,
	TRAP_BRKPT = 1,
	TRAP_TRACE = 2,

	SA_SIGINFO = 4,
	SA_RESTORER = 0x04000000,
	SA_ONSTACK = 0x08000000,
	SA_RESTART = 0x10000000,
	SA_NODEFER = 0x40000000,

	SS_ONSTACK = 1,
	SS_DISABLE = 2,
	MINSIGSTKSZ = 2048,
};

#define SS_AUTODISARM   0x80000000u
#define SA_RESETHAND    0x80000000u
#define SIG_DFL         0
#define SIG_IGN         1
#define SIGNAL_BIT(sig) (UINT64_C(1) << ((sig)-1))

/* siginfo_t as programs see it, 128 bytes. */
struct siginfo {
	int32_t signo, err, code, pad;
	union {
		struct {
			int32_t pid;
			uint32_t uid;
			uint64_t value;
		} user;
		struct {
			int32_t id, overrun;
			uint64_t value;
		} timer;
		uint64_t addr;
		uint8_t bytes[112];
	};
};
static_assert(sizeof(struct siginfo) == 128, "asm-generic/siginfo.h");

/* A signal that waits with what is known of it. */
struct queued_signal {
	struct list link;
	struct siginfo info;
	bool timer; /* part of a POSIX timer: not to be freed */
};

struct sigaction {
	uint64_t handler, flags, restorer, mask;
};

/* stack_t. `flags`: SS_DISABLE, and SS_AUTODISARM as it was given. */
struct sigstack {
	uint64_t base;
	uint32_t flags, pad;
	uint64_t size;
};

/* What is pending: a bit each, and information for those that have some. */
struct pending_signals {
	uint64_t set;
	struct list queue; /* of struct queued_signal */
};

struct task_signals {
	/* process.lock must be held to change these. */
	uint64_t blocked;
	struct pending_signals pending;

	/* This task's own. */
	uint64_t saved_mask; /* to be restored after sigsuspend & co. */
	bool restore_mask;
	struct sigstack altstack;

	/* An exception's, which needs no memory and goes first. signo 0: none.
	 */
	struct siginfo forced;

	/* This call goes on after an interruption, and until when. */
	bool resuming;
	uint64_t deadline;
};

struct process_signals {
	struct sigaction actions[SIGNALS + 1];
	struct pending_signals pending;
	struct waitq arrived; /* signalfd, sigtimedwait */
	unsigned queued;      /* entries in all queues, for the limit */
};

struct task;

void signals_init(void);
void signals_init_task(struct task_signals *s, const struct task_signals *from);
void signals_fini_task(struct task_signals *s);

/* Forget what is pending for the process. process.lock held. */
void signals_drop_pending_locked(void);

/* Send. -EAGAIN: too many queued. Any thread; no lock held. */
NODISCARD int signal_send_process(int sig, const struct siginfo *info);
NODISCARD int signal_send_task(struct task *t, int sig,
                               const struct siginfo *info);

/* From an interrupt handler: no information, cannot fail. */
void signal_post(int sig);

/* The same with process.lock held; to `t`, or with NULL to the process. */
NODISCARD int signal_send_locked(struct task *t, int sig,
                                 const struct siginfo *info);

/*
 * A timer's own entry, which is in no queue: it queues whatever is pending,
 * and posix_timer_taken_locked() says when it is taken out. False: the signal
 * is ignored. process.lock held.
 */
NODISCARD bool signal_queue_timer_locked(struct task *t,
                                         struct queued_signal *q);

/* An exception's: to this task, and not to be blocked or ignored. */
void signal_force(int sig, int code, uint64_t addr);

/* SIGPIPE after a write to what nobody reads. */
void signal_pipe(void);

/* Has signal_deliver() anything to do? */
bool signal_has_work(const struct trap_frame *tf);

/*
 * On the way back to user mode: run what is pending. May not return. A system
 * call that answered -ERESTARTSYS or -ERESTARTNOHAND is begun again when no
 * handler runs. Where one does, it ends with -EINTR; but -ERESTARTSYS with
 * SA_RESTART is begun again, too.
 */
void signal_deliver(struct trap_frame *tf);

/*
 * Until when this system call waits: `deadline` as just worked out from its
 * arguments, or, when it goes on after -ERESTARTNOHAND, as it was then.
 */
uint64_t signal_keep_deadline(uint64_t deadline);

/* The system call is over. */
void signal_call_done(void);

/* Is the handler's stack in use, given the stack pointer? */
bool signal_on_altstack(const struct sigstack *s, uint64_t rsp);

/* sigaltstack(2), for a stack pointer. -EPERM, -EINVAL, -ENOMEM. */
NODISCARD int signal_set_altstack(const struct sigstack *new, uint64_t rsp);

/* Block `mask` for the rest of this system call and until a handler ran. */
void signal_set_temporary_mask(uint64_t mask);

/* sigreturn: take the registers back from the program's stack. */
int64_t signal_return(struct trap_frame *tf);

/*
 * Take a pending signal of `set` for this task. 0: none. Otherwise its number,
 * and what is known of it.
 */
int signal_take(uint64_t set, struct siginfo *info);

/* Those pending for this task, blocked or not. */
uint64_t signal_pending_set(void);

/* Change this task's mask. */
void signal_set_mask(uint64_t mask);
uint64_t signal_mask(void);

NODISCARD int signal_get_action(int sig, struct sigaction *out);
NODISCARD int signal_set_action(int sig, const struct sigaction *a);

/* A task ends: others are told of what was pending. process.lock held. */
void signal_retarget_locked(void);

/* A process exit is under way: every task ends at its next chance. */
void signal_kill_tasks_locked(void);

#endif
