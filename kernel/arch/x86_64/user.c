/* user.c - copying from and to the program's memory. */
#include "kernel/arch/user.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* entry.S; return how many bytes were not moved. */
size_t user_copy_raw(void *to, const void *from, size_t n);
size_t user_zero_raw(void *to, size_t n);
int64_t user_cmpxchg32_raw(uint32_t *at, uint32_t old, uint32_t new);

/* SMAP: the program's pages are out of reach but between these two. */
static void open_user(void)
{
	if (cpu_features.smap)
		__asm__ volatile("stac" : : : "memory");
}

static void close_user(void)
{
	if (cpu_features.smap)
		__asm__ volatile("clac" : : : "memory");
}

bool user_range_ok(uaddr a, size_t n)
{
	return a.v < USER_END && n <= USER_END - a.v;
}

size_t copy_in_some(void *to, uaddr from, size_t n)
{
	size_t left;

	if (!user_range_ok(from, n))
		return n;
	open_user();
	left = user_copy_raw(to, (const void *)from.v, n);
	close_user();
	return left;
}

size_t copy_out_some(uaddr to, const void *from, size_t n)
{
	size_t left;

	if (!user_range_ok(to, n))
		return n;
	open_user();
	left = user_copy_raw((void *)to.v, from, n);
	close_user();
	return left;
}

size_t zero_out_some(uaddr to, size_t n)
{
	size_t left;

	if (!user_range_ok(to, n))
		return n;
	open_user();
	left = user_zero_raw((void *)to.v, n);
	close_user();
	return left;
}

int copy_in(void *to, uaddr from, size_t n)
{
	return copy_in_some(to, from, n) ? -EFAULT : 0;
}

int copy_out(uaddr to, const void *from, size_t n)
{
	return copy_out_some(to, from, n) ? -EFAULT : 0;
}

int user_cmpxchg32(uaddr at, uint32_t old, uint32_t new, uint32_t *was)
{
	int64_t v;

	if (at.v & 3 || !user_range_ok(at, 4))
		return -EFAULT;
	open_user();
	v = user_cmpxchg32_raw((uint32_t *)at.v, old, new);
	close_user();
	if (v < 0)
		return -EFAULT;
	*was = (uint32_t)v;
	return 0;
}

/* Page by page, so that nothing behind the string's end is touched. */
int64_t copy_in_string(char *to, uaddr from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t n = PAGE_SIZE - ((from.v + done) & PAGE_MASK), got, len;

		n = n < size - done ? n : size - done;
		got = n - copy_in_some(to + done, (uaddr){from.v + done}, n);
		len = strnlen(to + done, got);
		if (len < got)
			return (int64_t)(done + len);
		if (got < n)
			return -EFAULT;
		done += n;
	}
	return -ENAMETOOLONG;
}
