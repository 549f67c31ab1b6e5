/* thread.c - see the header. */
#include "parser/base/thread.h"

#include <signal.h>
#include <stddef.h>

int thread_start_quiet(pthread_t *out, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	int problem;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	problem = pthread_create(out, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return problem;
}
