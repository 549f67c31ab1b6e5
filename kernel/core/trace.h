/*
 * trace.h - the last things that happened, for the panic report.
 *
 * A ring of fixed size that is always written and only ever read by panic().
 * trace.def lists the events; one costs about twenty instructions.
 */
#ifndef KERNEL_CORE_TRACE_H
#define KERNEL_CORE_TRACE_H

#include <stdint.h>

enum trace_id {
	TRACE_NOTHING,
#define TRACE_EVENT(name, ...) TRACE_##name,
#include "kernel/core/trace.def"
#undef TRACE_EVENT
};

/* Any context. */
void trace_event(enum trace_id id, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d);

/* The newest `max` on the console, oldest first. For panic(). */
void trace_print(unsigned max);

#endif
