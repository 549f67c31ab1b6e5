/*
 * signal_frame.c - struct rt_sigframe, as Linux lays it out on x86-64
 * (arch/x86/include/asm/sigframe.h, uapi/asm/sigcontext.h and ucontext.h).
 *
 * Programs read and change it: Go's scheduler and the JVM move rip.
 */
#include "kernel/linux/signal_frame.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"

enum {
	RED_ZONE = 128, /* the ABI's, below rsp */
	UC_FP_XSTATE = 1,
	UC_SIGCONTEXT_SS = 2,
	UC_STRICT_RESTORE_SS = 4,

	/* Software bytes of the FXSAVE area, and what ends the state. */
	FP_XSTATE_MAGIC1 = 0x46505853,
	FP_XSTATE_MAGIC2 = 0x46505845,
	FXSAVE_SOFT = 464,
	XSTATE_HEADER = 512,
};

struct sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
};
static_assert(sizeof(struct sigcontext) == 256, "uapi/asm/sigcontext.h");

struct ucontext {
	uint64_t flags, link;
	struct sigstack stack;
	struct sigcontext mcontext;
	uint64_t sigmask;
};

struct frame {
	uint64_t restorer;
	struct ucontext uc;
	struct siginfo info;
};

struct fpx_sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size, padding[7];
};
static_assert(sizeof(struct fpx_sw_bytes) == 48, "uapi/asm/sigcontext.h");

static void save_registers(struct sigcontext *c, const struct trap_frame *tf)
{
	*c = (struct sigcontext){
		.r8 = tf->r8,
		.r9 = tf->r9,
		.r10 = tf->r10,
		.r11 = tf->r11,
		.r12 = tf->r12,
		.r13 = tf->r13,
		.r14 = tf->r14,
		.r15 = tf->r15,
		.rdi = tf->rdi,
		.rsi = tf->rsi,
		.rbp = tf->rbp,
		.rbx = tf->rbx,
		.rdx = tf->rdx,
		.rax = tf->rax,
		.rcx = tf->rcx,
		.rsp = tf->rsp,
		.rip = tf->rip,
		.rflags = tf->rflags,
		.cs = SEL_USER_CS,
		.ss = SEL_USER_DS,
		.err = tf->vector < 32 ? tf->error : 0,
		.trapno = tf->vector < 32 ? tf->vector : 0,
	};
}

/* Only what a program may set: never the privileged flags or selectors. */
static void restore_registers(struct trap_frame *tf, const struct sigcontext *c)
{
	const uint64_t may_set = 0x40dd5; /* CF PF AF ZF SF TF DF OF AC */

	tf->r8 = c->r8;
	tf->r9 = c->r9;
	tf->r10 = c->r10;
	tf->r11 = c->r11;
	tf->r12 = c->r12;
	tf->r13 = c->r13;
	tf->r14 = c->r14;
	tf->r15 = c->r15;
	tf->rdi = c->rdi;
	tf->rsi = c->rsi;
	tf->rbp = c->rbp;
	tf->rbx = c->rbx;
	tf->rdx = c->rdx;
	tf->rax = c->rax;
	tf->rcx = c->rcx;
	tf->rsp = c->rsp;
	tf->rip = c->rip;
	tf->rflags = (c->rflags & may_set) | RFLAGS_IF | 2;
}

static bool inside(const struct sigstack *s, uint64_t rsp)
{
	return !(s->flags & SS_DISABLE) && rsp > s->base &&
	       rsp - s->base <= s->size;
}

/* One that disarms itself is never in use while it is set. */
bool signal_on_altstack(const struct sigstack *s, uint64_t rsp)
{
	return !(s->flags & SS_AUTODISARM) && inside(s, rsp);
}

int signal_set_altstack(const struct sigstack *new, uint64_t rsp)
{
	struct sigstack *s = &task_current()->signals.altstack;
	unsigned mode = new->flags & ~SS_AUTODISARM;

	if (signal_on_altstack(s, rsp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		*s = (struct sigstack){.flags = new->flags};
		return 0;
	}
	if (new->size < MINSIGSTKSZ)
		return -ENOMEM;
	*s = *new;
	s->flags &= ~(unsigned)SS_ONSTACK;
	return 0;
}

/* The stack's top; `*floor` is what the frame may not go below. */
static uint64_t choose_stack(const struct trap_frame *tf,
                             const struct sigaction *a, uint64_t *floor)
{
	const struct sigstack *alt = &task_current()->signals.altstack;
	bool on_it = signal_on_altstack(alt, tf->rsp);

	*floor = on_it ? alt->base : 0;
	if (!(a->flags & SA_ONSTACK) || alt->flags & SS_DISABLE || on_it)
		return tf->rsp - RED_ZONE;
	*floor = alt->base;
	return alt->base + alt->size;
}

/* State as XSAVE wrote it, marked so that glibc & co. know what it is. */
static int push_fpu(uint64_t at, uint32_t size)
{
	unsigned char *state = task_current()->thread->fpu;
	uint32_t magic2 = FP_XSTATE_MAGIC2;
	struct fpx_sw_bytes sw = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = size + sizeof(magic2),
		.xfeatures = cpu_features.xsave_mask,
		.xstate_size = size,
	};

	fpu_save(state);
	if (cpu_features.xsave)
		memcpy(state + FXSAVE_SOFT, &sw, sizeof(sw));
	if (copy_out((uaddr){at}, state, size))
		return -EFAULT;
	return cpu_features.xsave
	               ? copy_out((uaddr){at + size}, &magic2, sizeof(magic2))
	               : 0;
}

int signal_push_frame(struct trap_frame *tf, const struct sigaction *a,
                      const struct siginfo *info, uint64_t mask)
{
	uint32_t size = cpu_features.xsave_size;
	struct sigstack *alt = &task_current()->signals.altstack;
	uint64_t floor;
	uint64_t fpu = (choose_stack(tf, a, &floor) - size - 4) & ~UINT64_C(63);
	/* As if called: rsp + 8 is a multiple of 16. */
	uint64_t at = ((fpu - sizeof(struct frame)) & ~UINT64_C(15)) - 8;
	struct frame f = {.restorer = a->restorer, .info = *info};

	if (!(a->flags & SA_RESTORER))
		return -EFAULT; /* x86-64 has no other way back */
	if (at < floor)
		return -EFAULT;
	save_registers(&f.uc.mcontext, tf);
	f.uc.mcontext.fpstate = fpu;
	f.uc.mcontext.oldmask = mask;
	f.uc.mcontext.cr2 = info->signo == SIGSEGV || info->signo == SIGBUS
	                            ? info->addr
	                            : 0;
	f.uc.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
	             (cpu_features.xsave ? UC_FP_XSTATE : 0u);
	f.uc.stack = *alt;
	f.uc.sigmask = mask;
	if (push_fpu(fpu, size) || copy_out((uaddr){at}, &f, sizeof(f)))
		return -EFAULT;

	if (alt->flags & SS_AUTODISARM)
		*alt = (struct sigstack){.flags = SS_DISABLE};
	tf->rsp = at;
	tf->rip = a->handler;
	tf->rdi = (uint64_t)info->signo;
	tf->rsi = at + offsetof(struct frame, info);
	tf->rdx = at + offsetof(struct frame, uc);
	tf->rax = 0;
	tf->rflags &= ~(uint64_t)(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	tf->vector = TRAP_IRET;
	return 0;
}

/*
 * The program may have written anything there: XRSTOR faults on nonsense. Not
 * read into the thread's own state, where its registers are saved when the
 * copy sleeps.
 */
static int load_fpu(unsigned char *state, uint64_t at)
{
	uint32_t size = cpu_features.xsave_size;
	uint64_t header[8], mxcsr_ok = 0xffff;
	uint32_t mxcsr;

	if (copy_in(state, (uaddr){at}, size))
		return -EFAULT;
	memcpy(&mxcsr, state + 24, sizeof(mxcsr));
	mxcsr &= (uint32_t)mxcsr_ok;
	memcpy(state + 24, &mxcsr, sizeof(mxcsr));
	if (cpu_features.xsave) {
		memcpy(header, state + XSTATE_HEADER, sizeof(header));
		header[0] &= cpu_features.xsave_mask;
		memset(header + 1, 0, sizeof(header) - sizeof(header[0]));
		memcpy(state + XSTATE_HEADER, header, sizeof(header));
	}
	fpu_load(state);
	return 0;
}

static int pop_fpu(uint64_t at)
{
	unsigned char *state = fpu_new();
	int rc = state ? load_fpu(state, at) : -ENOMEM;

	fpu_free(state);
	return rc;
}

int64_t signal_return(struct trap_frame *tf)
{
	/* RET has taken the restorer's address off the stack. */
	uint64_t at = tf->rsp - sizeof(uint64_t);
	struct frame f;

	if (copy_in(&f, (uaddr){at}, sizeof(f)) ||
	    (f.uc.mcontext.fpstate && pop_fpu(f.uc.mcontext.fpstate))) {
		signal_force(SIGSEGV, SI_KERNEL, at);
		return 0;
	}
	restore_registers(tf, &f.uc.mcontext);
	tf->vector = TRAP_IRET;
	signal_set_mask(f.uc.sigmask);
	/* As on Linux, nonsense there changes nothing. */
	(void)!signal_set_altstack(&f.uc.stack, tf->rsp);
	return (int64_t)tf->rax;
}
