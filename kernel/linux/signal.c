/* signal.c - sending, blocking and taking signals. Frames: signal_frame.c. */
#include "kernel/linux/signal.h"

#include "kernel/core/log.h"
#include "kernel/core/trace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/posix_timer.h"
#include "kernel/linux/process.h"
#include "kernel/linux/signal_frame.h"
#include "kernel/mm/slab.h"

/* Never blocked, caught or ignored. */
static const uint64_t UNSTOPPABLE = SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP);

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

/* An entry that is in no queue any more. */
static void let_go_locked(struct queued_signal *q, struct siginfo *info)
{
	if (q->timer) {
		posix_timer_taken_locked(q, info);
		return;
	}
	process.signals.queued--;
	mem_free(q);
}

static void drop_all_locked(struct pending_signals *p)
{
	struct siginfo unused;
	struct list *n;

	while ((n = list_pop(&p->queue)))
		let_go_locked(LIST_ENTRY(n, struct queued_signal, link),
		              &unused);
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

/* Who blocks a signal may be waiting for it, ignored or not. What comes for
 * the process is asked of the first thread, as on Linux. */
static bool blocked_by_locked(const struct task *to, int sig)
{
	if (!to)
		to = task_find_locked(PID);
	return to && to->signals.blocked & SIGNAL_BIT(sig);
}

/* --- who has something to do --- */

static uint64_t ready_locked(const struct task *t)
{
	if (t->signals.forced.signo)
		return SIGNAL_BIT(t->signals.forced.signo);
	return (t->signals.pending.set | process.signals.pending.set) &
	       ~t->signals.blocked;
}

static void update_locked(struct task *t)
{
	uint64_t ready = ready_locked(t);
	bool ending = process.exiting || ready & SIGNAL_BIT(SIGKILL);
	bool pending = ready != 0 || ending;

	__atomic_store_n(&t->thread->ending, ending, __ATOMIC_RELAXED);
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

/* The kernel's own, and kill()'s, come even when nothing can be told of them
 * (signal(7), RLIMIT_SIGPENDING). */
static bool must_queue(int sig, const struct siginfo *info)
{
	return sig >= 32 && info->code != SI_USER && info->code != SI_KERNEL;
}

static int queue_locked(struct pending_signals *p, int sig,
                        const struct siginfo *info)
{
	struct queued_signal *q;

	/* Classic signals do not queue (signal(7), "Queueing"). */
	if (p->set & SIGNAL_BIT(sig) && sig < 32)
		return 0;
	if (info) {
		bool room = process.signals.queued <
		            process.limits[RLIMIT_SIGPENDING].soft;

		q = room || (sig < 32 && info->code >= 0)
		            ? mem_alloc(sizeof(*q))
		            : NULL;
		if (!q && must_queue(sig, info))
			return -EAGAIN;
		if (q) {
			q->timer = false;
			q->info = *info;
			q->info.signo = sig;
			list_append(&p->queue, &q->link);
			process.signals.queued++;
		}
	}
	p->set |= SIGNAL_BIT(sig);
	return 0;
}

static void tell_locked(struct task *to, int sig)
{
	if (to)
		update_locked(to);
	else
		tell_one_locked(sig);
	waitq_wake(&process.signals.arrived, ~0u);
}

static struct pending_signals *pending_of(struct task *t)
{
	return t ? &t->signals.pending : &process.signals.pending;
}

int signal_send_locked(struct task *to, int sig, const struct siginfo *info)
{
	int rc;

	if (ignored_locked(sig) && !blocked_by_locked(to, sig))
		return 0;
	rc = queue_locked(pending_of(to), sig, info);
	if (!rc)
		tell_locked(to, sig);
	return rc;
}

bool signal_queue_timer_locked(struct task *to, struct queued_signal *q)
{
	int sig = q->info.signo;

	if (ignored_locked(sig) && !blocked_by_locked(to, sig))
		return false;
	list_append(&pending_of(to)->queue, &q->link);
	pending_of(to)->set |= SIGNAL_BIT(sig);
	tell_locked(to, sig);
	return true;
}

int signal_send_process(int sig, const struct siginfo *info)
{
	int rc;

	lock_acquire(&process.lock);
	rc = signal_send_locked(NULL, sig, info);
	lock_release(&process.lock);
	return rc;
}

int signal_send_task(struct task *t, int sig, const struct siginfo *info)
{
	int rc;

	lock_acquire(&process.lock);
	rc = signal_send_locked(t, sig, info);
	lock_release(&process.lock);
	return rc;
}

void signal_post(int sig)
{
	lock_acquire(&process.lock);
	/* Without information nothing can fail. */
	(void)!signal_send_locked(NULL, sig, NULL);
	lock_release(&process.lock);
}

void signal_force(int sig, int code, uint64_t addr)
{
	struct task *t = task_current();
	struct sigaction *a = &process.signals.actions[sig];

	lock_acquire(&process.lock);
	if (t->signals.blocked & SIGNAL_BIT(sig) || a->handler == SIG_IGN) {
		a->handler = SIG_DFL;
		t->signals.blocked &= ~SIGNAL_BIT(sig);
	}
	t->signals.forced =
		(struct siginfo){.signo = sig, .code = code, .addr = addr};
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
		let_go_locked(found, info);
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

/* What is to be delivered next: an exception goes before all others. */
static int take_next_locked(struct task *t, struct siginfo *info)
{
	int sig = t->signals.forced.signo;

	if (!sig)
		return take_locked(t, ~t->signals.blocked, info);
	*info = t->signals.forced;
	t->signals.forced.signo = 0;
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

static bool wants_restart(const struct trap_frame *tf)
{
	int64_t result = (int64_t)tf->rax;

	return tf->vector == TRAP_SYSCALL_VECTOR &&
	       (result == -ERESTARTSYS || result == -ERESTARTNOINTR ||
	        result == -ERESTARTNOHAND);
}

/*
 * The result of an interrupted system call. `handler` is NULL when no handler
 * runs; then the call always begins again.
 */
static void finish_call(struct trap_frame *tf, const struct sigaction *handler)
{
	if (!wants_restart(tf))
		return;
	if (handler && (int64_t)tf->rax != -ERESTARTNOINTR &&
	    !(handler->flags & SA_RESTART &&
	      (int64_t)tf->rax == -ERESTARTSYS)) {
		tf->rax = (uint64_t) - (int64_t)EINTR;
		return;
	}
	task_current()->signals.resuming = !handler;
	tf->rax = tf->error; /* the number */
	tf->rip -= 2;        /* back onto SYSCALL */
}

uint64_t signal_keep_deadline(uint64_t deadline)
{
	struct task_signals *s = &task_current()->signals;

	if (!s->resuming)
		s->deadline = deadline;
	return s->deadline;
}

void signal_call_done(void)
{
	task_current()->signals.resuming = false;
}

static void die_of(int sig, const struct trap_frame *tf,
                   const struct siginfo *info)
{
	if (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE)
		log_line("%s: signal %d at address %#lx, rip %#lx",
		         task_current()->comm, sig, info->addr, tf->rip);
	task_exit(sig, true);
}

/*
 * There is no stack to run a handler on. That is a SIGSEGV, whose handler may
 * have a stack of its own; when it has not, that is the end.
 */
static void no_stack(struct task *t, int sig, uint64_t mask)
{
	if (sig == SIGSEGV) {
		lock_acquire(&process.lock);
		process.signals.actions[SIGSEGV].handler = SIG_DFL;
		lock_release(&process.lock);
	}
	if (mask != t->signals.blocked)
		signal_set_mask(mask);
	signal_force(SIGSEGV, SI_KERNEL, 0);
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
	sig = take_next_locked(t, &info);
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

	trace_event(TRACE_SIGNAL, (uint64_t)sig, action.handler, 0, 0);
	finish_call(tf, &action);
	t->signals.resuming = false;
	mask = t->signals.restore_mask ? t->signals.saved_mask
	                               : t->signals.blocked;
	t->signals.restore_mask = false;
	if (signal_push_frame(tf, &action, &info, mask)) {
		no_stack(t, sig, mask);
		return true;
	}
	if (!(action.flags & SA_NODEFER))
		action.mask |= SIGNAL_BIT(sig);
	signal_set_mask(t->signals.blocked | action.mask);
	return true;
}

static void restore_mask(struct task *t)
{
	if (!t->signals.restore_mask)
		return;
	t->signals.restore_mask = false;
	signal_set_mask(t->signals.saved_mask);
}

bool signal_has_work(const struct trap_frame *tf)
{
	const struct task *t = task_current();

	return thread_interrupted(t->thread) || t->signals.restore_mask ||
	       wants_restart(tf);
}

void signal_deliver(struct trap_frame *tf)
{
	struct task *t = task_current();

	/* A call that did not wait in vain: only what the program lets through
	 * otherwise is handled now. */
	if (!wants_restart(tf) && (int64_t)tf->rax != -EINTR)
		restore_mask(t);
	while (thread_interrupted(t->thread)) {
		if (process.exiting)
			task_exit(0, false);
		if (!deliver_one(tf))
			break;
	}
	finish_call(tf, NULL);
	restore_mask(t);
}
