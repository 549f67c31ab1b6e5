/*
 * console.c - what the kernel says does not cut the program's lines in two.
 *
 * run: guest says=half_and_half says=end_without_a_feed
 * run: guest memory=2048 says=half_and_half
 * run: guest memory=5120 says=half_and_half
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void put(const char *s, size_t n)
{
	if (write(1, s, n) != (ssize_t)n)
		_exit(1);
}

int main(void)
{
	put("half ", 5);
	(void)!syscall(SYS_fork); /* the kernel says who wanted it */
	put("and half\n", 9);
	put("end ", 4);
	(void)!syscall(SYS_vfork);
	put("without a feed", 14);
	return 0;
}
