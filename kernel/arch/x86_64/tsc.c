/*
 * tsc.c - how fast the time stamp counter runs, and the real-time clock.
 *
 * From the hypervisor (kvmclock's parameters, the timing leaf 0x40000010), from
 * CPUID leaf 0x15, or counted for 1 ms against the HPET or else the 8254.
 */
#include "kernel/arch/x86_64/tsc.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/timebase.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/kvmclock.h"
#include "kernel/core/clock.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/string.h"

__extension__ typedef unsigned __int128 u128;

/* A page of its own: programs see all of it. */
union time_page_room time_page ALIGNED(4096);

static uint64_t tsc_hz, boot_tsc;
static uint64_t kvm_ns_at_boot; /* kvmclock's time at boot_tsc */

enum {
	HV_BASE = 0x40000000,
	HV_TIMING = 0x40000010,
	KVM_FEATURES = 0x40000001,
	KVM_CLOCKSOURCE2 = 1 << 3,
	MSR_KVM_WALL_CLOCK = 0x4b564d00,
	MSR_KVM_SYSTEM_TIME = 0x4b564d01,

	PIT_HZ = 1193182,
	PIT_CHANNEL0 = 0x40,
	PIT_COMMAND = 0x43,
	PIT_ONE_SHOT = 0x30, /* channel 0, both bytes, mode 0, binary */
	PIT_LATCH = 0x00,
	PIT_LATCH_STATUS = 0xe2, /* read-back: the status of channel 0 */
	PIT_OUT = 0x80,          /* in mode 0: the count has been at zero */
	PIT_TRIES = 20,
	PIT_TICKS = 1193, /* 1 ms */
	LOOKS = 4,
};

static bool is_kvm(void)
{
	struct cpuid r = cpuid(HV_BASE, 0);

	return cpu_features.hypervisor && r.b == 0x4b4d564b &&
	       r.c == 0x564b4d56 && r.d == 0x4d;
}

static uint64_t phys(const volatile void *p)
{
	return virt_to_phys((const void *)(uint64_t)p).v;
}

/* KVM writes it now and then as long as it is told where: so only while it is
 * read. One caller at a time. */
static bool read_kvmclock(struct kvmclock_time *out)
{
	static volatile struct kvmclock_time t ALIGNED(64);
	bool good;

	wrmsr(MSR_KVM_SYSTEM_TIME, phys(&t) | 1);
	good = kvmclock_read(&t, out);
	wrmsr(MSR_KVM_SYSTEM_TIME, 0);
	return good;
}

static uint64_t hz_from_kvmclock(void)
{
	struct kvmclock_time t;
	uint64_t hz;

	if (!is_kvm() || !(cpuid(KVM_FEATURES, 0).a & KVM_CLOCKSOURCE2) ||
	    !read_kvmclock(&t))
		return 0;
	hz = kvmclock_hz(&t);
	cpu_features.kvmclock = hz != 0;
	kvm_ns_at_boot = kvmclock_ns(&t, boot_tsc);
	return hz;
}

static uint64_t hz_from_leaf(void)
{
	struct cpuid r;

	if (cpu_features.hypervisor && cpuid(HV_BASE, 0).a >= HV_TIMING) {
		r = cpuid(HV_TIMING, 0);
		if (r.a)
			return (uint64_t)r.a * 1000;
	}
	if (cpuid(0, 0).a >= 0x15) {
		r = cpuid(0x15, 0);
		if (r.a && r.b && r.c)
			return (uint64_t)r.c * r.b / r.a;
	}
	return 0;
}

/* --- counting against another clock --- */

static uint32_t read_pit(void)
{
	uint32_t low;

	outb(PIT_COMMAND, PIT_LATCH);
	low = inb(PIT_CHANNEL0);
	return low | (uint32_t)inb(PIT_CHANNEL0) << 8;
}

/* IA-PC HPET specification 1.0a, 2.3: registers as 64-bit words. */
enum {
	HPET_CAPABILITIES = 0,
	HPET_CONFIG = 0x10 / 8,
	HPET_COUNTER = 0xf0 / 8,
	HPET_ENABLE = 1,
	HPET_SLOWEST_FS = 100000000, /* a period, as the specification allows */
};

static const uint64_t HPET_PHYS = 0xfed00000;

static volatile uint64_t *hpet;

static uint32_t read_hpet(void)
{
	return (uint32_t)hpet[HPET_COUNTER];
}

struct tsc_look tsc_look_at(uint32_t (*read_other)(void))
{
	struct tsc_look best = {0};
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < LOOKS; i++) {
		uint64_t before = rdtsc();
		uint32_t count = read_other();
		uint64_t took = rdtsc() - before;

		if (took < shortest) {
			shortest = took;
			best = (struct tsc_look){before + took / 2, count};
		}
	}
	return best;
}

/* Femtoseconds of one count; 0: there is none, or nonsense answers. */
static uint64_t find_hpet(void)
{
	uint64_t period;

	hpet = mmio_map(HPET_PHYS, PAGE_SIZE);
	period = hpet ? hpet[HPET_CAPABILITIES] >> 32 : 0;
	return period <= HPET_SLOWEST_FS ? period : 0;
}

static uint64_t hz_from_hpet(void)
{
	const uint64_t fs_per_ms = UINT64_C(1000000000000);
	uint64_t period = find_hpet(), config, ns;
	struct tsc_look begin, end;

	if (!period)
		return 0;
	config = hpet[HPET_CONFIG];
	hpet[HPET_CONFIG] = config | HPET_ENABLE;
	begin = tsc_look_at(read_hpet);
	while (read_hpet() - begin.count < fs_per_ms / period)
		;
	end = tsc_look_at(read_hpet);
	hpet[HPET_CONFIG] = config;
	ns = (end.count - begin.count) * period / 1000000;
	return (end.tsc - begin.tsc) * NS_PER_SEC / ns;
}

static bool pit_ran_out(void)
{
	outb(PIT_COMMAND, PIT_LATCH_STATUS);
	return inb(PIT_CHANNEL0) & PIT_OUT;
}

/*
 * A host that was busy for 55 ms meanwhile has let the 8254 count through zero:
 * then it is not known how much time went by.
 */
static uint64_t hz_from_pit(void)
{
	struct tsc_look begin, end;
	int tries = 0;

	do {
		outb(PIT_COMMAND, PIT_ONE_SHOT);
		outb(PIT_CHANNEL0, 0xff);
		outb(PIT_CHANNEL0, 0xff);
		begin = tsc_look_at(read_pit);
		while (begin.count - read_pit() < PIT_TICKS)
			;
		end = tsc_look_at(read_pit);
	} while (pit_ran_out() && ++tries < PIT_TRIES);
	return (end.tsc - begin.tsc) * PIT_HZ / (begin.count - end.count);
}

/* The largest shift whose multiplier fits into 32 bits. */
static void set_rate(struct time_page *p, uint64_t hz)
{
	uint32_t shift = 32;

	while ((NS_PER_SEC << shift) / hz >
	       UINT32_MAX - UINT32_MAX / TIMEBASE_HEADROOM)
		shift--;
	p->shift = shift;
	p->mult = (uint32_t)((NS_PER_SEC << shift) / hz);
	tsc_hz = hz;
}

void timebase_init(const char **how)
{
	static const struct {
		const char *name;
		uint64_t (*hz)(void);
	} sources[] = {
		{"kvmclock", hz_from_kvmclock},
		{"cpuid", hz_from_leaf},
		{"hpet", hz_from_hpet},
		{"8254", hz_from_pit},
	};
	struct time_page *p = &time_page.page;
	uint64_t hz = 0;

	p->tsc = boot_tsc = rdtsc();
	for (unsigned i = 0; i < ARRAY_LEN(sources) && !hz; i++) {
		*how = sources[i].name;
		hz = sources[i].hz();
	}
	set_rate(p, hz);
	p->mode = TIME_BY_TSC;
}

/* Not before what stands before it, nor after what comes after. */
static uint64_t rdtsc_ordered(void)
{
	__asm__ volatile("lfence" : : : "memory");
	return rdtsc();
}

/* linux/vdso/vdso.c does the same for programs. */
uint64_t timebase_ns(void)
{
	const struct time_page *p = &time_page.page;
	uint64_t tsc, ns;
	uint32_t seq;

	do {
		seq = __atomic_load_n(&p->seq, __ATOMIC_ACQUIRE);
		tsc = rdtsc_ordered();
		tsc = tsc > p->tsc ? tsc - p->tsc : 0;
		ns = p->ns + (uint64_t)((u128)tsc * p->mult >> p->shift);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (seq & 1 || seq != __atomic_load_n(&p->seq, __ATOMIC_RELAXED));
	return ns;
}

void timebase_rebase(struct time_page *p)
{
	uint64_t tsc = rdtsc_ordered();
	uint64_t ticks = tsc > p->tsc ? tsc - p->tsc : 0;

	/* Rounded up: nobody may have seen a later time already. */
	p->ns += (uint64_t)((u128)ticks * p->mult >> p->shift) + 1;
	p->tsc += ticks;
}

uint64_t timebase_hz(void)
{
	return tsc_hz;
}

uint64_t timebase_boot_tsc(void)
{
	return boot_tsc;
}

/* --- wall clock --- */

enum {
	CMOS_INDEX = 0x70,
	CMOS_DATA = 0x71,
	CMOS_STATUS_A = 0x0a,
	CMOS_STATUS_B = 0x0b,
	CMOS_UPDATING = 0x80,
	CMOS_BINARY = 4,
	CMOS_CENTURY = 0x32,
};

static uint8_t cmos(uint8_t reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static unsigned decode(uint8_t v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15u);
}

/* Days from 1970-01-01 (Howard Hinnant's civil calendar arithmetic). */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned era = y / 400, of_era = y % 400;
	unsigned of_year =
		(153 * (month + (month > 2 ? -3u : 9)) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 -
	       of_era / 100 + of_year - 719468;
}

static uint64_t read_cmos(void)
{
	/* second, minute, hour, day, month, year */
	static const uint8_t regs[6] = {0, 2, 4, 7, 8, 9};
	uint8_t now[6], again[6];
	bool binary = cmos(CMOS_STATUS_B) & CMOS_BINARY;
	unsigned v[6];

	if (cmos(CMOS_STATUS_B) == 0xff)
		return 0; /* there is none */
	do {
		for (int i = 0; i < 6; i++)
			now[i] = cmos(regs[i]);
		while (cmos(CMOS_STATUS_A) & CMOS_UPDATING)
			;
		for (int i = 0; i < 6; i++)
			again[i] = cmos(regs[i]);
	} while (memcmp(now, again, sizeof(now)) != 0);
	for (int i = 0; i < 6; i++)
		v[i] = decode(now[i], binary);
	if (v[4] < 1 || v[4] > 12 || v[3] < 1)
		return 0;
	return ((uint64_t)days(2000 + v[5], v[4], v[3]) * 86400 + v[2] * 3600 +
	        v[1] * 60 + v[0]) *
	       NS_PER_SEC;
}

/* KVM gives the time at which the machine started; `kvm_time` what has passed.
 */
static uint64_t read_kvm_wall(void)
{
	static volatile struct kvmclock_wall w;
	uint64_t ns;

	if (!cpu_features.kvmclock)
		return 0;
	wrmsr(MSR_KVM_WALL_CLOCK, phys(&w));
	if (!kvmclock_wall_ns(&w, &ns))
		return 0;
	return ns + kvm_ns_at_boot + timebase_ns();
}

uint64_t timebase_wall_clock(uint64_t *error)
{
	uint64_t ns = read_kvm_wall();

	*error = ns ? 0 : NS_PER_SEC;
	return ns ? ns : read_cmos();
}
