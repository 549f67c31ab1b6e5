/*
 * aslr.c - where things are differs from boot to boot.
 *
 * run: guest varies
 */
#include <sys/auxv.h>
#include <sys/mman.h>

#include "tests/guest/check.h"

int main(void)
{
	int local = 0;

	printf("stack %p\n", (void *)&local);
	printf("program %p\n", (void *)main);
	printf("heap %p\n", sbrk(0));
	printf("mapping %p\n",
	       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	printf("canary %016lx\n", *(unsigned long *)getauxval(AT_RANDOM));
	return 0;
}
