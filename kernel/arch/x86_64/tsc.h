/* tsc.h - the time stamp counter beside another clock. */
#ifndef KERNEL_ARCH_X86_64_TSC_H
#define KERNEL_ARCH_X86_64_TSC_H

#include <stdint.h>

struct tsc_look {
	uint64_t tsc;
	uint32_t count; /* of the other clock, in the same moment */
};

/*
 * Of a few looks the one that took least: a host that was busy meanwhile would
 * make the two clocks disagree.
 */
struct tsc_look tsc_look_at(uint32_t (*read_other)(void));

#endif
