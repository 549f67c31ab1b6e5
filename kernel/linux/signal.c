/* signal.c - sending, blocking and taking signals. Frames: signal_frame.c. */
#include "kernel/linux/signal.h"

#include "kernel/core/log.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/linux/signal_frame.h"
#include "kernel/mm/slab.h"

enum { QUEUED_MAX = 4096 };

/* Never blocked, caught or ignored. */
static const uint64_t UNSTOPPABLE = SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP);

struct queued_signal {
	struct list link;
	struct siginfo info;
};

void signals_init(void)
{
	list_init(&process.signals.pending.queue);
	waitq_init(&process.signals.arrived);
}

void signals_init_task(struct task_signals *s, const struct task_signals *from)
{
	memset(s, 0, sizeof(*s));
	list_init(&s->pending.queue);
	s->altstack.flags = SS_DISABLE;
	if (from)
		s->blocked = from->blocked;
}

static void drop_all_locked(struct pending_signals *p)
{
	struct list *n;

	while ((n = list_pop(&p->queue))) {
		process.signals.queued--;
		mem_free(LIST_ENTRY(n, struct queued_signal, link));
	}
	p->set = 0;
}

void signals_drop_pending_locked(void)
{
	drop_all_locked(&process.signals.pending);
}

void signals_fini_task(struct task_signals *s)
{
	lock_acquire(&process.lock);
	drop_all_locked(&s->pending);
	lock_release(&process.lock);
}

/* --- what a signal does when nobody handles it (signal(7)) --- */

enum effect { END, IGNORE, STOP, CONTINUE };

static enum effect default_effect(int sig)
{
	switch (sig) {
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
		return IGNORE;
	case SIGCONT:
		return CONTINUE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return STOP;
	default:
		return END;
	}
}

static bool ignored_locked(int sig)
{
	uint64_t handler = process.signals.actions[sig].handler;

	if (handler == SIG_IGN)
		return true;
	return handler == SIG_DFL && default_effect(sig) != END;
}

/* --- who has something to do --- */

static uint64_t ready_locked(const struct task *t)
{
	return (t->signals.pending.set | process.signals.pending.set) &
	       ~t->signals.blocked;
}

static void update_locked(struct task *t)
{
	bool pending = ready_locked(t) != 0 || process.exiting;

	__atomic_store_n(&t->thread->signal_pending, pending, __ATOMIC_RELAXED);
	if (pending)
		thread_interrupt(t->thread);
}

static void update_all_locked(void)
{
	LIST_EACH(n, &process.tasks)
	update_locked(LIST_ENTRY(n, struct task, link));
}

/*
 * One task is told of a signal to the process: the first thread if it does not
 * block the signal (as on Linux), else any. Whoever blocks it while it is
 * pending, or ends, must signal_retarget_locked().
 */
static void tell_one_locked(int sig)
{
	struct task *chosen = NULL;

	LIST_EACH(n, &process.tasks)
	{
		struct task *t = LIST_ENTRY(n, struct task, link);

		if (t->signals.blocked & SIGNAL_BIT(sig))
			continue;
		if (!chosen || t->tid == PID)
			chosen = t;
	}
	if (chosen)
		update_locked(chosen);
}

void signal_retarget_locked(void)
{
	uint64_t left = process.signals.pending.set;

	for (; left; left &= left - 1)
		tell_one_locked(__builtin_ctzll(left) + 1);
}

void signal_kill_tasks_locked(void)
{
	update_all_locked();
}

/* --- sending --- */

static int queue_locked(struct pending_signals *p, int sig,
                        const struct siginfo *info)
{
	struct queued_signal *q;

	/* Classic signals do not queue (signal(7), "Queueing"). */
	if (p->set & SIGNAL_BIT(sig) && sig < 32)
		return 0;
	if (info) {
		q = process.signals.queued < QUEUED_MAX ? mem_alloc(sizeof(*q))
		                                        : NULL;
		if (!q && info->code != SI_USER && info->code != SI_KERNEL)
			return -EAGAIN;
		if (q) {
			q->info = *info;
			q->info.signo = sig;
			list_append(&p->queue, &q->link);
			process.signals.queued++;
		}
	}
	p->set |= SIGNAL_BIT(sig);
	return 0;
}

static int send_locked(struct pending_signals *p, struct task *to, int sig,
                       const struct siginfo *info)
{
	int rc;

	if (ignored_locked(sig) &&
	    !(to && to->signals.blocked & SIGNAL_BIT(sig)))
		return 0;
	rc = queue_locked(p, sig, info);
	if (rc)
		return rc;
	if (to)
		update_locked(to);
	else
		tell_one_locked(sig);
	waitq_wake(&process.signals.arrived, ~0u);
	return 0;
}

int signal_send_process(int sig, const struct siginfo *info)
{
	int rc;

	lock_acquire(&process.lock);
	rc = send_locked(&process.signals.pending, NULL, sig, info);
	lock_release(&process.lock);
	return rc;
}

int signal_send_task(struct task *t, int sig, const struct siginfo *info)
{
	int rc;

	lock_acquire(&process.lock);
	rc = send_locked(&t->signals.pending, t, sig, info);
	lock_release(&process.lock);
	return rc;
}

void signal_post(int sig)
{
	lock_acquire(&process.lock);
	/* Without information nothing can fail. */
	(void)!send_locked(&process.signals.pending, NULL, sig, NULL);
	lock_release(&process.lock);
}

void signal_force(int sig, int code, uint64_t addr)
{
	struct task *t = task_current();
	struct siginfo info = {.signo = sig, .code = code, .addr = addr};
	struct sigaction *a = &process.signals.actions[sig];

	lock_acquire(&process.lock);
	if (t->signals.blocked & SIGNAL_BIT(sig) || a->handler == SIG_IGN) {
		a->handler = SIG_DFL;
		t->signals.blocked &= ~SIGNAL_BIT(sig);
	}
	/* Without memory for the details the signal still comes. */
	if (queue_locked(&t->signals.pending, sig, &info))
		t->signals.pending.set |= SIGNAL_BIT(sig);
	update_locked(t);
	lock_release(&process.lock);
}

void signal_pipe(void)
{
	struct siginfo info = {.code = SI_USER, .user.pid = PID};

	(void)!signal_send_task(task_current(), SIGPIPE, &info);
}

/* --- taking --- */

static void take_from_locked(struct pending_signals *p, int sig,
                             struct siginfo *info)
{
	bool more = false;
	struct queued_signal *found = NULL;

	LIST_EACH(n, &p->queue)
	{
		struct queued_signal *q =
			LIST_ENTRY(n, struct queued_signal, link);

		if (q->info.signo != sig)
			continue;
		if (found) {
			more = true;
			break;
		}
		found = q;
	}
	memset(info, 0, sizeof(*info));
	info->signo = sig;
	info->code = SI_KERNEL; /* who else says nothing of itself */
	if (found) {
		*info = found->info;
		list_remove(&found->link);
		process.signals.queued--;
		mem_free(found);
	}
	if (!more)
		p->set &= ~SIGNAL_BIT(sig);
}

static int take_locked(struct task *t, uint64_t set, struct siginfo *info)
{
	struct pending_signals *own = &t->signals.pending,
			       *all = &process.signals.pending;
	uint64_t from_own = own->set & set, from_all = all->set & set;
	int sig;

	if (!from_own && !from_all)
		return 0;
	sig = __builtin_ctzll(from_own ? from_own : from_all) + 1;
	take_from_locked(from_own ? own : all, sig, info);
	update_locked(t);
	return sig;
}

int signal_take(uint64_t set, struct siginfo *info)
{
	int sig;

	lock_acquire(&process.lock);
	sig = take_locked(task_current(), set, info);
	lock_release(&process.lock);
	return sig;
}

uint64_t signal_pending_set(void)
{
	uint64_t set;

	lock_acquire(&process.lock);
	set = task_current()->signals.pending.set | process.signals.pending.set;
	lock_release(&process.lock);
	return set;
}

uint64_t signal_mask(void)
{
	return task_current()->signals.blocked;
}

void signal_set_mask(uint64_t mask)
{
	struct task *t = task_current();

	lock_acquire(&process.lock);
	t->signals.blocked = mask & ~UNSTOPPABLE;
	update_locked(t);
	signal_retarget_locked();
	lock_release(&process.lock);
}

void signal_set_temporary_mask(uint64_t mask)
{
	struct task *t = task_current();

	t->signals.saved_mask = t->signals.blocked;
	t->signals.restore_mask = true;
	signal_set_mask(mask);
}

int signal_get_action(int sig, struct sigaction *out)
{
	if (sig < 1 || sig > SIGNALS)
		return -EINVAL;
	lock_acquire(&process.lock);
	*out = process.signals.actions[sig];
	lock_release(&process.lock);
	return 0;
}

static void discard_locked(int sig)
{
	struct siginfo unused;

	while (process.signals.pending.set & SIGNAL_BIT(sig))
		take_from_locked(&process.signals.pending, sig, &unused);
	LIST_EACH(n, &process.tasks)
	{
		struct task *t = LIST_ENTRY(n, struct task, link);

		while (t->signals.pending.set & SIGNAL_BIT(sig))
			take_from_locked(&t->signals.pending, sig, &unused);
	}
}

int signal_set_action(int sig, const struct sigaction *a)
{
	if (sig < 1 || sig > SIGNALS || SIGNAL_BIT(sig) & UNSTOPPABLE)
		return -EINVAL;
	lock_acquire(&process.lock);
	process.signals.actions[sig] = *a;
	process.signals.actions[sig].mask &= ~UNSTOPPABLE;
	if (ignored_locked(sig)) {
		discard_locked(sig);
		update_all_locked();
	}
	lock_release(&process.lock);
	return 0;
}

/* --- delivering --- */

/*
 * The result of an interrupted system call. `handler` is NULL when no handler
 * runs; then the call always begins again.
 */
static void finish_call(struct trap_frame *tf, const struct sigaction *handler)
{
	int64_t result = (int64_t)tf->rax;

	if (tf->vector != TRAP_SYSCALL_VECTOR || result != -ERESTARTSYS)
		return;
	if (handler && !(handler->flags & SA_RESTART)) {
		tf->rax = (uint64_t) - (int64_t)EINTR;
		return;
	}
	tf->rax = tf->error; /* the number */
	tf->rip -= 2;        /* back onto SYSCALL */
}

static void die_of(int sig, const struct trap_frame *tf,
                   const struct siginfo *info)
{
	if (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE)
		log_line("%s: signal %d at address %#lx, rip %#lx",
		         task_current()->comm, sig, info->addr, tf->rip);
	task_exit(sig, true);
}

/* Run the handler of the next signal. False: nothing is left to do. */
static bool deliver_one(struct trap_frame *tf)
{
	struct task *t = task_current();
	struct sigaction action;
	struct siginfo info;
	uint64_t mask;
	int sig;

	lock_acquire(&process.lock);
	sig = take_locked(t, ~t->signals.blocked, &info);
	action = process.signals.actions[sig];
	if (sig && action.handler > SIG_IGN && action.flags & SA_RESETHAND)
		process.signals.actions[sig].handler = SIG_DFL;
	lock_release(&process.lock);
	if (!sig)
		return false;
	if (action.handler == SIG_IGN)
		return true;
	if (action.handler == SIG_DFL) {
		if (default_effect(sig) == END)
			die_of(sig, tf, &info);
		return true;
	}

	finish_call(tf, &action);
	mask = t->signals.restore_mask ? t->signals.saved_mask
	                               : t->signals.blocked;
	t->signals.restore_mask = false;
	if (signal_push_frame(tf, &action, &info, mask))
		task_exit(SIGSEGV, true); /* no stack to run it on */
	if (!(action.flags & SA_NODEFER))
		action.mask |= SIGNAL_BIT(sig);
	signal_set_mask(t->signals.blocked | action.mask);
	return true;
}

void signal_deliver(struct trap_frame *tf)
{
	struct task *t = task_current();

	while (thread_interrupted(t->thread)) {
		if (process.exiting)
			task_exit(0, false);
		if (!deliver_one(tf))
			break;
	}
	finish_call(tf, NULL);
	if (t->signals.restore_mask) {
		t->signals.restore_mask = false;
		signal_set_mask(t->signals.saved_mask);
	}
}
