/* cpu.c - descriptor tables, features, floating point state. */
#include "kernel/arch/cpu.h"

#include "kernel/arch/mmu.h"
#include "kernel/arch/timebase.h"
#include "kernel/arch/trap.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/smp.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

static_assert(offsetof(struct cpu, self) == CPU_SELF, "entry.S");
static_assert(offsetof(struct cpu, kernel_rsp) == CPU_KERNEL_RSP, "entry.S");
static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "entry.S");
static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "entry.S");

struct cpu_features cpu_features;

/* Not to be remembered across a sleep: the thread may go on elsewhere. */
struct cpu *cpu_self(void)
{
	struct cpu *self;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(self) : "i"(CPU_SELF));
	return self;
}

/* This may: wherever the thread runs, it is the same. */
struct thread *cpu_current_thread(void)
{
	struct thread *t;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(t) : "i"(CPU_CURRENT));
	return t;
}

bool irq_enabled(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags & RFLAGS_IF;
}

void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

void cpu_wait(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

void cpu_relax(void)
{
	__asm__ volatile("pause");
}

_Noreturn void cpu_stop(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* --- descriptor tables --- */

/* AMD64 APM vol. 2, 12.2.5. */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, io_map;
} PACKED;
static_assert(sizeof(struct tss) == 104, "AMD64 APM vol. 2, 12.2.5");

struct gate {
	uint16_t offset_lo, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_hi, reserved;
} PACKED;
static_assert(sizeof(struct gate) == 16, "AMD64 APM vol. 2, 4.8.4");

struct table_ptr {
	uint16_t limit;
	uint64_t base;
} PACKED;

/* Stacks of traps that may come when there is no other: tss.ist. */
enum { DOUBLE_FAULT_STACK, NMI_STACK, TRAP_STACKS };

enum {
	EARLY_STACK = 4096,
	GATE_INTERRUPT = 0x8e,      /* present, ring 0 */
	GATE_INTERRUPT_USER = 0xee, /* present, ring 3: int3 */
	TSS_AVAILABLE = 0x89,
	VECTOR_NMI = 2,
	VECTOR_BREAKPOINT = 3,
	VECTOR_DOUBLE_FAULT = 8,
};

/* What each CPU has of its own. */
struct cpu_tables {
	struct cpu cpu;
	uint64_t gdt[10];
	struct tss tss;
} ALIGNED(16);

/* Those of the first CPU, until there are some with guard pages. */
static uint8_t early_stacks[TRAP_STACKS][EARLY_STACK] ALIGNED(16);

static struct cpu_tables boot_cpu = {
	.gdt =
		{
			[SEL_KERNEL_CS / 8] = 0x00209b0000000000,
			[SEL_KERNEL_DS / 8] = 0x0000930000000000,
			[SEL_USER_CS32 / 8] = 0x00cffb000000ffff,
			[SEL_USER_DS / 8] = 0x0000f30000000000,
			[SEL_USER_CS / 8] = 0x0020fb0000000000,
		},
};

/* Those that run. `nr` is raised once its CPU is ready. */
static struct {
	struct cpu *all[CPUS_MAX];
	unsigned nr; /* atomic */
} cpus = {.all = {&boot_cpu.cpu}, .nr = 1};

static struct gate idt[256];

unsigned cpu_count(void)
{
	return __atomic_load_n(&cpus.nr, __ATOMIC_ACQUIRE);
}

struct cpu *cpu_get(unsigned id)
{
	return cpus.all[id];
}

extern const char trap_stubs[]; /* 16 bytes each */
extern const char syscall_entry[];
void gdt_load(const void *ptr);

static void init_gdt(struct cpu_tables *t)
{
	uint64_t base = (uint64_t)&t->tss;
	struct table_ptr ptr = {sizeof(t->gdt) - 1, (uint64_t)t->gdt};

	t->tss.io_map = sizeof(struct tss);
	t->gdt[SEL_TSS / 8] =
		(sizeof(struct tss) - 1) | (base & 0xffffff) << 16 |
		(uint64_t)TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
	t->gdt[SEL_TSS / 8 + 1] = base >> 32;
	gdt_load(&ptr);
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

static void fill_idt(void)
{
	for (unsigned v = 0; v < 256; v++) {
		uint64_t at = (uint64_t)trap_stubs + 16 * (uint64_t)v;

		idt[v] = (struct gate){
			.offset_lo = (uint16_t)at,
			.offset_mid = (uint16_t)(at >> 16),
			.offset_hi = (uint32_t)(at >> 32),
			.selector = SEL_KERNEL_CS,
			.type = v == VECTOR_BREAKPOINT ? GATE_INTERRUPT_USER
		                                       : GATE_INTERRUPT,
			.ist = v == VECTOR_DOUBLE_FAULT ? 1 + DOUBLE_FAULT_STACK
		               : v == VECTOR_NMI        ? 1 + NMI_STACK
		                                        : 0,
		};
	}
}

static void load_idt(void)
{
	struct table_ptr ptr = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lidt %0" : : "m"(ptr));
}

static void init_syscall(void)
{
	wrmsr(MSR_STAR,
	      (uint64_t)SEL_USER_CS32 << 48 | (uint64_t)SEL_KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK,
	      RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC);
}

/* --- features --- */

static void put_regs(char *to, uint32_t a, uint32_t b, uint32_t c)
{
	memcpy(to, &a, 4);
	memcpy(to + 4, &b, 4);
	memcpy(to + 8, &c, 4);
}

static void read_model(void)
{
	uint32_t max = cpuid(0x80000000, 0).a;

	str_copy(cpu_features.model, "unknown", sizeof(cpu_features.model));
	for (uint32_t i = 0; i < 3 && max >= 0x80000004; i++) {
		struct cpuid r = cpuid(0x80000002 + i, 0);

		put_regs(cpu_features.model + 16 * i, r.a, r.b, r.c);
		memcpy(cpu_features.model + 16 * i + 12, &r.d, 4);
	}
}

static bool bit(uint32_t reg, unsigned n)
{
	return reg >> n & 1;
}

static void find_features(void)
{
	struct cpu_features *f = &cpu_features;
	struct cpuid zero = cpuid(0, 0), one = cpuid(1, 0), seven = {0};
	struct cpuid ext = cpuid(0x80000001, 0);

	put_regs(f->vendor, zero.b, zero.d, zero.c);
	if (zero.a >= 7)
		seven = cpuid(7, 0);
	f->smep = bit(seven.b, 7);
	f->smap = bit(seven.b, 20);
	f->umip = bit(seven.c, 2);
	f->rdseed = bit(seven.b, 18);
	f->rdrand = bit(one.c, 30);
	f->x2apic = bit(one.c, 21);
	f->tsc_deadline = bit(one.c, 24);
	f->xsave = bit(one.c, 26);
	f->hypervisor = bit(one.c, 31);
	f->pages_1g = bit(ext.d, 26);
	f->rdtscp = bit(ext.d, 27);
	f->rdpid = f->rdtscp && bit(seven.c, 22);
	read_model();
}

/*
 * Where programs read which processor they are on. On every processor, before
 * it runs any.
 */
static void show_number(uint32_t id)
{
	if (!cpu_features.rdtscp)
		return;
	wrmsr(MSR_TSC_AUX, id);
	time_page.page.cpu_mode =
		cpu_features.rdpid ? CPU_BY_RDPID : CPU_BY_RDTSCP;
}

/* --- floating point --- */

enum {
	FXSAVE_SIZE = 512,
	FPU_ALIGN = 64,
	/* x87, SSE, AVX, AVX-512 (SDM vol. 1, 13.1). Not MPX, PKRU or AMX. */
	XSTATE_KEPT = 0xe7,
};

static uint64_t read_xcr0_supported(void)
{
	struct cpuid d = cpuid(0xd, 0);

	return (uint64_t)d.d << 32 | d.a;
}

static void init_fpu(uint64_t cr4)
{
	struct cpu_features *f = &cpu_features;

	f->xsave_size = FXSAVE_SIZE;
	if (f->xsave) {
		uint64_t mask = read_xcr0_supported() & XSTATE_KEPT;

		__asm__ volatile("movq %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
		__asm__ volatile("xsetbv"
		                 :
		                 : "c"(0), "a"((uint32_t)mask), "d"(0));
		f->xsave_mask = mask;
		f->xsave_size = cpuid(0xd, 0).b;
	}
}

/* The block from mem_alloc() stands before the aligned state. */
void *fpu_new(void)
{
	unsigned char *raw = mem_zalloc(cpu_features.xsave_size + FPU_ALIGN);
	unsigned char *state;
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80;

	if (!raw)
		return NULL;
	state = (unsigned char *)(((uintptr_t)raw + FPU_ALIGN) &
	                          ~(uintptr_t)(FPU_ALIGN - 1));
	state[-1] = (unsigned char)(state - raw);
	memcpy(state, &fcw, sizeof(fcw));
	memcpy(state + 24, &mxcsr, sizeof(mxcsr));
	return state;
}

void fpu_free(void *state)
{
	unsigned char *s = state;

	if (s)
		mem_free(s - s[-1]);
}

void fpu_save(void *state)
{
	if (cpu_features.xsave)
		__asm__ volatile("xsave64 (%0)"
		                 :
		                 : "r"(state), "a"(~0u), "d"(~0u)
		                 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(state) : "memory");
}

void fpu_load(const void *state)
{
	if (cpu_features.xsave)
		__asm__ volatile("xrstor64 (%0)"
		                 :
		                 : "r"(state), "a"(~0u), "d"(~0u)
		                 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(state) : "memory");
}

int fpu_error(bool vector)
{
	/* Flags in the order in which Linux looks at them. */
	static const struct {
		uint8_t flag, code;
	} codes[] = {
		{0x01, 7}, /* invalid operation */
		{0x04, 3}, /* division by zero */
		{0x08, 4}, /* overflow */
		{0x12, 5}, /* underflow, denormal */
		{0x20, 6}, /* inexact */
	};
	uint32_t mxcsr, flags;
	uint16_t control, status;

	if (vector) {
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		flags = mxcsr & ~(mxcsr >> 7); /* what is masked */
	} else {
		__asm__ volatile("fnstcw %0" : "=m"(control));
		__asm__ volatile("fnstsw %0" : "=m"(status));
		flags = status & ~(uint32_t)control;
	}
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (flags & codes[i].flag)
			return codes[i].code;
	return 0;
}

void cpu_set_fs_base(uint64_t base)
{
	wrmsr(MSR_FS_BASE, base);
}

void cpu_set_user_gs_base(uint64_t base)
{
	wrmsr(MSR_KERNEL_GS_BASE, base);
}

uint64_t cpu_user_gs_base(void)
{
	return rdmsr(MSR_KERNEL_GS_BASE);
}

void cpu_set_kernel_stack(uint64_t top)
{
	struct cpu *cpu = cpu_self();

	cpu->kernel_rsp = top;
	((struct cpu_tables *)cpu)->tss.rsp[0] = top;
}

bool cpu_random(uint64_t *out)
{
	for (int tries = 0; tries < 10; tries++) {
		bool ok = false;

		if (cpu_features.rdseed)
			__asm__ volatile("rdseed %0" : "=r"(*out), "=@ccc"(ok));
		else if (cpu_features.rdrand)
			__asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(ok));
		if (ok)
			return true;
	}
	return false;
}

extern const char thread_trampoline[];

uint64_t context_new(uint64_t stack_top, void (*fn)(void *), void *arg)
{
	/* What context_switch() pops: r15 r14 r13 r12 rbx rbp, then ret. It
	 * lies below the place where a program's thread writes the frame it
	 * will leave the kernel by, while it still runs on this stack. */
	uint64_t *sp = (uint64_t *)(stack_top - sizeof(struct trap_frame)) - 8;

	memset(sp, 0, 8 * sizeof(*sp));
	sp[3] = (uint64_t)arg;
	sp[4] = (uint64_t)fn;
	sp[6] = (uint64_t)thread_trampoline;
	return (uint64_t)sp;
}

bool context_caller(uint64_t rsp, uint64_t *pc, uint64_t *frame)
{
	const uint64_t *sp = (const uint64_t *)rsp;

	if (rsp < PAGE_OFFSET || rsp & 7)
		return false;
	*frame = sp[5];
	*pc = sp[6];
	return true;
}

/* The running CPU's own registers, with `t` to be its tables. */
static void init_this(struct cpu_tables *t)
{
	uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_features.smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.umip)
		cr4 |= CR4_UMIP;
	__asm__ volatile("movq %0, %%cr4" : : "r"(cr4));
	t->cpu.self = &t->cpu;
	init_gdt(t);
	wrmsr(MSR_GS_BASE, (uint64_t)&t->cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	load_idt();
	init_syscall();
	init_fpu(cr4);
	show_number(t->cpu.id);
}

void cpu_init(void)
{
	find_features();
	fill_idt();
	for (unsigned i = 0; i < TRAP_STACKS; i++)
		boot_cpu.tss.ist[i] = (uint64_t)early_stacks[i] + EARLY_STACK;
	init_this(&boot_cpu);
}

/* --- stacks with guard pages --- */

static void free_trap_stacks(struct cpu_tables *t)
{
	for (unsigned i = 0; i < TRAP_STACKS; i++)
		if (t->tss.ist[i])
			stack_free(t->tss.ist[i]);
}

static int new_trap_stacks(struct cpu_tables *t)
{
	for (unsigned i = 0; i < TRAP_STACKS; i++) {
		uint64_t top = stack_new();

		if (!top)
			return -ENOMEM;
		t->tss.ist[i] = top;
	}
	return 0;
}

int cpu_init_stacks(void)
{
	return new_trap_stacks(&boot_cpu);
}

uint64_t cpu_trap_stack(unsigned i)
{
	const struct cpu_tables *t = (struct cpu_tables *)cpu_self();

	return i < TRAP_STACKS ? t->tss.ist[i] - KERNEL_STACK_SIZE : 0;
}

/* --- other processors --- */

void cpu_discard(struct cpu *c)
{
	free_trap_stacks((struct cpu_tables *)c);
	mem_free(c);
}

struct cpu *cpu_new(uint32_t *index)
{
	struct cpu_tables *t;

	*index = cpu_count();
	if (*index >= CPUS_MAX)
		return NULL;
	t = mem_zalloc(sizeof(*t));
	if (!t)
		return NULL;
	if (new_trap_stacks(t)) {
		cpu_discard(&t->cpu);
		return NULL;
	}
	memcpy(t->gdt, boot_cpu.gdt, sizeof(t->gdt));
	t->gdt[SEL_TSS / 8] = 0;
	t->cpu.id = *index;
	return &t->cpu;
}

void cpu_become(struct cpu *c)
{
	init_this((struct cpu_tables *)c);
}

void cpu_announce(struct cpu *c)
{
	cpus.all[c->id] = c;
	__atomic_store_n(&cpus.nr, c->id + 1, __ATOMIC_RELEASE);
}
