/*
 * oom.c - more memory is touched than there is.
 *
 * run: guest memory=32 exit=137 says=out_of_memory
 * run: guest memory=64 exit=137 says=out_of_memory arg=threads
 */
#include <pthread.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

static void *touch(void *arg)
{
	size_t size = (size_t)1 << 30;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t at = 0; p != MAP_FAILED && at < size; at += 4096)
		p[at] = 1;
	printf("FAIL: there was no end to memory\n");
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t[3];

	(void)argv;
	printf("touching\n");
	fflush(stdout);
	for (int i = 0; i < 3 && argc > 1; i++)
		pthread_create(&t[i], NULL, touch, NULL);
	touch(NULL);
	return 0;
}
