/*
 * thrash.c - nearly all memory is the program's own, and what is left is too
 * little for the file that it reads over and over.
 *
 * It goes on at the disk's pace, as on Linux, and the console says why. To read
 * a file that is larger than memory is no reason to say so ("alone").
 *
 * run: guest memory=32 disk=256 iops=2000 arg=full says=memory_is_short
 * run: guest memory=32 disk=256 arg=alone lacks=memory_is_short
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

enum {
	PAGE = 4096,
	PIECE = 1 << 20,
	LEFT_KIB = 1024,
	ROUNDS = 6,
};

/* proc(5), /proc/meminfo and /proc/vmstat: a name and a number. */
static long number_of(const char *path, const char *name)
{
	char line[128];
	FILE *f = fopen(path, "r");
	long n = -1;

	while (f && n < 0 && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			n = strtol(line + strlen(name) + 1, NULL, 10);
	if (f)
		fclose(f);
	return n;
}

static long vmstat(const char *name)
{
	return number_of("/proc/vmstat", name);
}

static char *map_file(int size)
{
	static char bytes[PIECE];
	int fd = open("crowd", O_CREAT | O_RDWR | O_TRUNC, 0644);
	char *p;

	memset(bytes, 'c', sizeof(bytes));
	for (int at = 0; at < size; at += PIECE)
		if (pwrite(fd, bytes, PIECE, at) != PIECE)
			return MAP_FAILED;
	if (fsync(fd))
		return MAP_FAILED;
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

static void fill_memory(void)
{
	while (number_of("/proc/meminfo", "MemAvailable:") > LEFT_KIB) {
		char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
		               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			exit(98);
		for (int i = 0; i < 16; i++)
			p[i * PAGE] = 1;
	}
}

int main(int argc, char **argv)
{
	bool full = argc > 1 && strcmp(argv[1], "full") == 0;
	int size = full ? 4 << 20 : 48 << 20;
	const volatile char *p = map_file(size);
	long read = vmstat("pgpgin"), returned;
	bool right = true;

	begin("what is left is too little");
	MUST(p != MAP_FAILED);
	if (full)
		fill_memory();
	returned = vmstat("workingset_refault_file");
	for (int i = 0; i < ROUNDS; i++)
		for (int at = 0; at < size; at += PAGE)
			right = right && p[at] == 'c';
	CHECK(right);
	returned = vmstat("workingset_refault_file") - returned;
	read = vmstat("pgpgin") - read;
	CHECK(returned <= read / (PAGE / 1024));
	if (full) /* each page was given up five times */
		CHECK(returned >= (ROUNDS - 1) * (size / PAGE) / 2);
	CHECK(vmstat("pgsteal_file") > 0);
	unlink("crowd");
	return check_done();
}
