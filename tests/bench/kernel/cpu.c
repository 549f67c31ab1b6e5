/* cpu.c - what needs no kernel: sorting, hashing, a sieve. Says the seconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 1 << 17, ROUNDS = 6 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t work(uint32_t *v, unsigned char *sieve)
{
	uint64_t h = 1469598103934665603u;
	uint32_t x = 1;

	for (int i = 0; i < N; i++)
		v[i] = x = x * 1664525u + 1013904223u;
	qsort(v, N, sizeof(*v), order);
	for (int i = 0; i < N; i++)
		h = (h ^ v[i]) * 1099511628211u;
	memset(sieve, 1, N);
	for (int i = 2; i < N; i++)
		for (int k = 2 * i; sieve[i] && k < N; k += i)
			sieve[k] = 0;
	for (int i = 2; i < N; i++)
		h += sieve[i];
	return h;
}

int main(void)
{
	uint32_t *v = malloc(N * sizeof(*v));
	unsigned char *sieve = malloc(N);
	double begin = now();
	uint64_t h = 0;

	puts("begin");
	fflush(stdout);
	for (int i = 0; i < ROUNDS; i++)
		h += work(v, sieve);
	printf("seconds %.4f (%lx)\n", now() - begin, (unsigned long)h);
	return 0;
}
