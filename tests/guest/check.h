/*
 * check.h - checks of programs that run on Linux and in the guest.
 *
 * Each prints one line that says what was expected; the lines must be the same
 * in both places, so an expression's value appears only when it is wrong.
 * Print nothing that differs from run to run.
 */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int check_failures;

static inline bool check_that(bool ok, const char *what, int line)
{
	int error = errno;

	if (ok) {
		printf("ok: %s\n", what);
	} else {
		printf("FAIL: line %d: %s (errno %d, %s)\n", line, what, error,
		       strerror(error));
		check_failures++;
	}
	fflush(stdout);
	return ok;
}

static inline bool check_equal(long got, long want, const char *what, int line)
{
	int error = errno;

	if (got == want) {
		printf("ok: %s\n", what);
	} else {
		printf("FAIL: line %d: %s: %ld and %ld (errno %d, %s)\n", line,
		       what, got, want, error, strerror(error));
		check_failures++;
	}
	fflush(stdout);
	return got == want;
}

/* Calls that answer -1 and set errno, and nothing else will do. */
static inline bool check_error(long got, int want, const char *what, int line)
{
	int error = errno;
	bool ok = got == -1 && error == want;

	if (ok) {
		printf("ok: %s\n", what);
	} else {
		printf("FAIL: line %d: %s: %ld, errno %d (%s)\n", line, what,
		       got, error, strerror(error));
		check_failures++;
	}
	fflush(stdout);
	return ok;
}

#define CHECK(e) check_that((errno = 0, (e)), #e, __LINE__)
#define CHECK_EQ(a, b)                                                         \
	check_equal((errno = 0, (long)(a)), (long)(b), #a " is " #b, __LINE__)
#define CHECK_ERR(e, error)                                                    \
	check_error((errno = 0, (long)(e)), error, #e " fails with " #error,   \
	            __LINE__)

/* What cannot go on without this ends the program. */
#define MUST(e)                                                                \
	do {                                                                   \
		if (!check_that((errno = 0, (e)), #e, __LINE__))               \
			exit(99);                                              \
	} while (0)

static inline int check_done(void)
{
	printf("%s\n", check_failures ? "some failed" : "all as expected");
	return check_failures ? 1 : 0;
}

static inline void begin(const char *what)
{
	printf("-- %s\n", what);
	fflush(stdout);
}

static inline int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

#endif
