/*
 * tsc.c - how fast the time stamp counter runs, and the real-time clock.
 *
 * From the hypervisor (kvmclock's parameters, the timing leaf 0x40000010), from
 * CPUID leaf 0x15, or counted against the 8254 for 1 ms.
 */
#include "kernel/arch/cpu.h"
#include "kernel/arch/timebase.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/core/clock.h"
#include "kernel/lib/addr.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/string.h"

__extension__ typedef unsigned __int128 u128;

struct timebase timebase;

static uint64_t tsc_hz;
static uint64_t kvm_ns_at_boot; /* kvmclock's time at boot_tsc, about */

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
	PIT_TICKS = 1193, /* 1 ms */
	PIT_LOOKS = 4,
};

/* Linux, Documentation/virt/kvm/x86/msr.rst; 1 << 32 fixed point. */
struct kvm_time {
	uint32_t version, pad0;
	uint64_t tsc, ns;
	uint32_t mult;
	int8_t shift;
	uint8_t flags, pad[2];
};
static_assert(sizeof(struct kvm_time) == 32, "pvclock ABI");

struct kvm_wall {
	uint32_t version, sec, nsec;
};

static bool is_kvm(void)
{
	struct cpuid r = cpuid(HV_BASE, 0);

	return cpu_features.hypervisor && r.b == 0x4b4d564b &&
	       r.c == 0x564b4d56 && r.d == 0x4d;
}

static uint64_t phys(const volatile void *p)
{
	return (uint64_t)p - 0xffffffff80000000; /* both are in .bss */
}

static uint64_t hz_from_kvmclock(void)
{
	static volatile struct kvm_time t ALIGNED(64);
	uint64_t hz;

	if (!is_kvm() || !(cpuid(KVM_FEATURES, 0).a & KVM_CLOCKSOURCE2))
		return 0;
	cpu_features.kvmclock = true;
	wrmsr(MSR_KVM_SYSTEM_TIME, phys(&t) | 1);
	if (!t.mult)
		return 0;
	hz = (NS_PER_SEC << 32) / t.mult;
	hz = t.shift < 0 ? hz << -t.shift : hz >> t.shift;
	kvm_ns_at_boot = t.ns;
	wrmsr(MSR_KVM_SYSTEM_TIME, 0);
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

struct look {
	uint64_t tsc;
	uint32_t count;
};

static uint32_t read_pit(void)
{
	uint32_t low;

	outb(PIT_COMMAND, PIT_LATCH);
	low = inb(PIT_CHANNEL0);
	return low | (uint32_t)inb(PIT_CHANNEL0) << 8;
}

/* Of a few looks the one that took least: a host that was busy meanwhile
 * would make the two clocks disagree. */
static struct look look_at_both(void)
{
	struct look best = {0};
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < PIT_LOOKS; i++) {
		uint64_t before = rdtsc();
		uint32_t count = read_pit();
		uint64_t took = rdtsc() - before;

		if (took < shortest) {
			shortest = took;
			best = (struct look){before + took / 2, count};
		}
	}
	return best;
}

static uint64_t hz_from_pit(void)
{
	struct look begin, end;

	outb(PIT_COMMAND, PIT_ONE_SHOT);
	outb(PIT_CHANNEL0, 0xff);
	outb(PIT_CHANNEL0, 0xff);
	begin = look_at_both();
	while (begin.count - read_pit() < PIT_TICKS)
		;
	end = look_at_both();
	return (end.tsc - begin.tsc) * PIT_HZ / (begin.count - end.count);
}

/* The largest shift whose multiplier fits into 32 bits. */
static void set_rate(uint64_t hz)
{
	uint32_t shift = 32;

	while ((NS_PER_SEC << shift) / hz > UINT32_MAX)
		shift--;
	timebase.shift = shift;
	timebase.mult = (uint32_t)((NS_PER_SEC << shift) / hz);
	tsc_hz = hz;
}

void timebase_init(const char **how)
{
	uint64_t hz;

	timebase.boot_tsc = rdtsc();
	*how = "kvmclock";
	hz = hz_from_kvmclock();
	if (!hz) {
		*how = "cpuid";
		hz = hz_from_leaf();
	}
	if (!hz) {
		*how = "8254";
		hz = hz_from_pit();
	}
	set_rate(hz);
}

uint64_t timebase_ns(void)
{
	uint64_t ticks = rdtsc() - timebase.boot_tsc;

	return (uint64_t)((u128)ticks * timebase.mult >> timebase.shift);
}

uint64_t timebase_hz(void)
{
	return tsc_hz;
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
	static volatile struct kvm_wall w;

	if (!cpu_features.kvmclock)
		return 0;
	wrmsr(MSR_KVM_WALL_CLOCK, phys(&w));
	if (!w.sec)
		return 0;
	return w.sec * NS_PER_SEC + w.nsec + kvm_ns_at_boot + timebase_ns();
}

uint64_t timebase_wall_clock(void)
{
	uint64_t ns = read_kvm_wall();

	return ns ? ns : read_cmos();
}
