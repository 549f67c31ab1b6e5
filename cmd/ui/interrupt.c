/* interrupt.c - see the header. */
#include "cmd/ui/interrupt.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "parser/base/attr.h"

static const int signals[] = {SIGINT, SIGTERM};

/* Set by a handler, on whatever thread; asked by all of them. */
static atomic_int seen;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "else no handler may set it");

/* Of the thread that holds. */
static struct {
	unsigned holds;
	struct sigaction before[ARRAY_LEN(signals)];
} held;

static void note(int sig)
{
	if (atomic_exchange(&seen, 1))
		_exit(128 + sig);
}

void interrupt_hold(void)
{
	struct sigaction act = {.sa_handler = note};

	if (held.holds++)
		return;
	seen = 0;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &act, &held.before[i]);
}

void interrupt_release(void)
{
	if (--held.holds)
		return;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &held.before[i], NULL);
}

bool interrupt_seen(void)
{
	return seen;
}
