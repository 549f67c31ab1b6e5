/* trace.c - see trace.h. */
#include "kernel/core/trace.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/timebase.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"

enum { EVENTS = 256 }; /* a power of two */

struct event {
	uint64_t ns;
	uint32_t cpu;
	uint32_t id; /* enum trace_id */
	uint64_t w[4];
};

/* Two that write at once have different places. `next` only grows. */
static struct {
	uint32_t next; /* atomic */
	struct event events[EVENTS];
} ring;

void trace_event(enum trace_id id, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d)
{
	uint32_t n = __atomic_fetch_add(&ring.next, 1, __ATOMIC_RELAXED);

	ring.events[n % EVENTS] =
		(struct event){timebase_ns(), cpu_self()->id, id, {a, b, c, d}};
}

static void describe(const struct event *e, char *text, size_t size)
{
	const uint64_t *w = e->w;

	switch ((enum trace_id)e->id) {
#define TRACE_EVENT(name, ...)                                                 \
	case TRACE_##name:                                                     \
		str_printf(text, size, __VA_ARGS__);                           \
		break;
#include "kernel/core/trace.def"
#undef TRACE_EVENT
	case TRACE_NOTHING:
	default:
		str_copy(text, "?", size);
		break;
	}
}

void trace_print(unsigned max)
{
	uint32_t end = __atomic_load_n(&ring.next, __ATOMIC_RELAXED);
	uint32_t have = end < EVENTS ? end : EVENTS;
	uint64_t now = timebase_ns();
	char text[120];

	for (uint32_t n = end - (have < max ? have : max); n != end; n++) {
		const struct event *e = &ring.events[n % EVENTS];

		describe(e, text, sizeof(text));
		log_line("  -%lu us, cpu %u: %s", (now - e->ns) / 1000, e->cpu,
		         text);
	}
}
