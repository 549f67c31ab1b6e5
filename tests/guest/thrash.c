/*
 * thrash.c - a heap grows until what the program uses of its files has no room
 * left: the machine does not go on like this for hours.
 *
 * run: guest memory=32 seconds=120 exit=137 says=out_of_memory
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum { PAGE = 4096, IN_USE = 4 << 20, HEAP = 64 << 20 };

static void *use_file(void *arg)
{
	static char piece[1 << 16];
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	const volatile char *m;

	for (int at = 0; at < IN_USE; at += (int)sizeof(piece))
		if (write(fd, piece, sizeof(piece)) != sizeof(piece))
			exit(1);
	if (fsync(fd))
		exit(1);
	m = mmap(NULL, IN_USE, PROT_READ, MAP_SHARED, fd, 0);
	for (;;)
		for (int at = 0; at < IN_USE; at += PAGE)
			(void)m[at];
	return arg;
}

/* A figure of /proc/meminfo, in KiB. */
static long meminfo(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (f && kib < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

int main(void)
{
	char *heap = mmap(NULL, HEAP, PROT_READ | PROT_WRITE,
	                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long least = meminfo("MemTotal:") / 20;
	pthread_t t;

	pthread_create(&t, NULL, use_file, NULL);
	sleep_ms(500);
	/* Then it stops growing, so that memory is never just gone. */
	for (long at = 0; at < HEAP && meminfo("Cached:") > least; at += PAGE)
		heap[at] = 1;
	pause();
	return 0;
}
