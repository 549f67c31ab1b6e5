/* syscall.c - the table, dispatch, tracing, and what is missing. */
#include "kernel/linux/syscall.h"

#include "kernel/core/log.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"

enum { NUMBERS_MAX = 512 };

struct row {
	sysret (*fn)(const struct sysargs *);
	const char *name;
	unsigned char nargs;
};

static const struct row table[] = {
#define SYSCALL(nr, name, nargs, how) [nr] = {linux_##name, #name, nargs},
#include "kernel/linux/syscalls.def"
#undef SYSCALL
};

static bool tracing;
static uint32_t missing[NUMBERS_MAX]; /* calls, by number; atomic */

void syscall_trace(bool on)
{
	tracing = on;
}

static sysret not_there(uint64_t nr)
{
	if (nr < NUMBERS_MAX)
		__atomic_fetch_add(&missing[nr], 1, __ATOMIC_RELAXED);
	return -ENOSYS;
}

static void trace(const struct row *row, uint64_t nr, const struct sysargs *a,
                  sysret result)
{
	char text[160];
	size_t n = row ? str_printf(text, sizeof(text), "%s(", row->name)
	               : str_printf(text, sizeof(text), "syscall_%lu(", nr);

	for (unsigned i = 0; row && i < row->nargs && n < sizeof(text); i++)
		n += str_printf(text + n, sizeof(text) - n, "%s%#lx",
		                i ? ", " : "", a->a[i]);
	if (result < 0)
		log_line("[%u] %s) = -%ld", task_current()->tid, text, -result);
	else
		log_line("[%u] %s) = %#lx", task_current()->tid, text,
		         (uint64_t)result);
}

int64_t syscall_dispatch(struct trap_frame *tf)
{
	struct sysargs a = {
		{tf->rdi, tf->rsi, tf->rdx, tf->r10, tf->r8, tf->r9}, tf};
	uint64_t nr = tf->error;
	const struct row *row = NULL;
	sysret result;

	if (nr < ARRAY_LEN(table) && table[nr].fn)
		row = &table[nr];
	result = row ? row->fn(&a) : not_there(nr);
	signal_call_done();
	if (tracing)
		trace(row, nr, &a, result);
	return result;
}

size_t syscall_missing(char *out, size_t size)
{
	size_t n = 0;

	if (size)
		out[0] = '\0';
	for (unsigned i = 0; i < NUMBERS_MAX && n < size; i++)
		if (missing[i])
			n += str_printf(out + n, size - n, "%u %u\n", i,
			                missing[i]);
	return n < size ? n : size;
}

/* Programs ask for these and are at home without them: not worth a line. */
static bool expected_missing(unsigned nr)
{
	enum { RSEQ = 334 };

	return nr == RSEQ;
}

void syscall_report_missing(void)
{
	for (unsigned i = 0; i < NUMBERS_MAX; i++)
		if (missing[i] && !expected_missing(i))
			log_line("system call %u is not there; it was called "
			         "%u times",
			         i, missing[i]);
}
