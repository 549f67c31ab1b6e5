/*
 * kvmclock.h - time as KVM tells it in memory that it writes (Linux,
 * Documentation/virt/kvm/x86/msr.rst), arithmetic only.
 *
 * Also built for the host: a machine under KVM is not always at hand.
 */
#ifndef KERNEL_ARCH_X86_64_KVMCLOCK_H
#define KERNEL_ARCH_X86_64_KVMCLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* ns = time.ns + ((tsc - time.tsc) << shift) * mult / 2^32; `version` is odd
 * while KVM changes the rest. */
struct kvmclock_time {
	uint32_t version, pad0;
	uint64_t tsc, ns;
	uint32_t mult;
	int8_t shift; /* negative: to the right */
	uint8_t flags, pad[2];
};

/* Real time when that clock showed 0. */
struct kvmclock_wall {
	uint32_t version, sec, nsec;
};

/* A copy that is of one moment. False: KVM has not written it, or never comes
 * to an end of writing. */
bool kvmclock_read(const volatile struct kvmclock_time *t,
                   struct kvmclock_time *out);

/* How fast the counter runs, in Hz; 0: it does not say. */
uint64_t kvmclock_hz(const struct kvmclock_time *t);

/* Its time when the counter shows `tsc`, which may be earlier than t->tsc. */
uint64_t kvmclock_ns(const struct kvmclock_time *t, uint64_t tsc);

/* In ns since 1970; false as above. */
bool kvmclock_wall_ns(const volatile struct kvmclock_wall *w, uint64_t *ns);

#endif
