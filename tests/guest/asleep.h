/* asleep.h - waiting until another thread does. */
#ifndef TESTS_GUEST_ASLEEP_H
#define TESTS_GUEST_ASLEEP_H

#include "tests/guest/check.h"

/* proc(5): the state of a thread stands behind its name, which may hold
 * anything. '?': there is no such thread. */
static inline char state_of(pid_t tid)
{
	char path[64], text[256];
	const char *end;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : '?';
}

/*
 * Until the thread sleeps so that a signal would end it. `tid` is written by
 * that thread before it goes to sleep; 0: it has not come so far.
 */
static inline void until_asleep(const pid_t *tid)
{
	while (!__atomic_load_n(tid, __ATOMIC_SEQ_CST) ||
	       state_of(__atomic_load_n(tid, __ATOMIC_SEQ_CST)) != 'S')
		sleep_ms(1);
}

static inline void say_tid(pid_t *tid)
{
	__atomic_store_n(tid, gettid(), __ATOMIC_SEQ_CST);
}

#endif
