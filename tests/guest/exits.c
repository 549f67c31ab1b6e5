/*
 * exits.c - every way to end.
 *
 * run: arg=code arg=0
 * run: arg=code arg=1
 * run: arg=code arg=42
 * run: arg=code arg=255
 * run: arg=code arg=256
 * run: arg=return
 * run: arg=thread
 * run: arg=behind
 * run: arg=only
 * run: arg=abort
 * run: arg=kill arg=9
 * run: arg=kill arg=15
 * run: arg=kill arg=10
 * run: arg=kill arg=34
 * run: arg=segv
 * run: arg=fpe
 * run: arg=ill
 * run: arg=pipe
 * run: arg=alarm
 * run: arg=buffered
 */
#include <pthread.h>
#include <signal.h>

#include "tests/guest/check.h"

static void *spin(void *arg)
{
	for (volatile long i = 0;; i++)
		;
	return arg;
}

static void *block(void *arg)
{
	pause();
	return arg;
}

static void *leave(void *arg)
{
	sleep_ms(10);
	exit(7);
	return arg;
}

static void start_some(void *(*last)(void *))
{
	pthread_t t;

	pthread_create(&t, NULL, spin, NULL);
	pthread_create(&t, NULL, block, NULL);
	pthread_create(&t, NULL, last, NULL);
}

static void *end_quietly(void *arg)
{
	sleep_ms(20);
	printf("last words\n");
	return arg;
}

static int end(const char *how, const char *arg)
{
	volatile int zero = 0;
	pthread_t t;
	int p[2];

	if (!strcmp(how, "code"))
		exit((int)strtol(arg, NULL, 10));
	if (!strcmp(how, "return"))
		return 3;
	if (!strcmp(how, "thread")) { /* exit() from a thread */
		start_some(leave);
		pause();
	}
	if (!strcmp(how, "behind")) { /* main returns, others run */
		start_some(block);
		return 5;
	}
	if (!strcmp(how, "only")) { /* the last thread ends the program */
		pthread_create(&t, NULL, end_quietly, NULL);
		pthread_exit(NULL);
	}
	if (!strcmp(how, "abort"))
		abort();
	if (!strcmp(how, "kill"))
		kill(getpid(), (int)strtol(arg, NULL, 10));
	if (!strcmp(how, "segv"))
		*(volatile int *)16 = 1;
	if (!strcmp(how, "fpe"))
		zero = 7 / zero;
	if (!strcmp(how, "ill"))
		__asm__ volatile("ud2");
	if (!strcmp(how, "pipe") && pipe(p) == 0) {
		close(p[0]);
		(void)!write(p[1], "x", 1);
	}
	if (!strcmp(how, "alarm")) {
		ualarm(10000, 0);
		pause();
	}
	if (!strcmp(how, "buffered")) {
		printf("without an end");
		return 0;
	}
	return 99;
}

int main(int argc, char **argv)
{
	return end(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "0");
}
