/*
 * preload.c - a library that makes calls fail, for a program that is run with
 * it (LD_PRELOAD).
 *
 *	FAULT=CLASS:N:ERRNO	the Nth call of that class fails
 *	FAULT=CLASS:N+:ERRNO	so do all that follow
 *	FAULT=full:N:ERRNO	the Nth write comes to half of it, and no later
 *				one succeeds, as on a disk that gets full
 *	FAULT_HIT=PATH		this file appears when one did fail
 *
 * Classes are rows below. What the program starts has no faults. Memory that
 * OpenSSL, libext2fs and glibc's name service ask for is there: without, they
 * read through null pointers and abort.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What glibc offers to those who replace malloc(). */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

enum class { NONE, ALLOC, WRITE, FULL, SYNC, RENAME, CREATE, OPEN, READ };

static const char *const names[] = {
	[ALLOC] = "alloc",   /* malloc, calloc, realloc; see above */
	[WRITE] = "write",   /* write, pwrite; not to stdout and stderr */
	[FULL] = "full",     /* the same */
	[SYNC] = "sync",     /* fsync, fdatasync */
	[RENAME] = "rename", /* rename, link */
	[CREATE] = "create", /* open and openat with O_CREAT, mkdir */
	[OPEN] = "open",     /* the same without O_CREAT */
	[READ] = "read",     /* read, pread */
};

struct range {
	uintptr_t start, end;
};

static struct {
	enum class class;
	long at;
	bool stays;
	int errnum;
	const char *hit;
	atomic_long calls;
	atomic_bool is_full;
	struct range spared[4]; /* the code whose allocations do not fail */
	size_t nr_spared;
} fault;

static int number_of(const char *name)
{
	return !strcmp(name, "ENOSPC")   ? ENOSPC
	       : !strcmp(name, "EIO")    ? EIO
	       : !strcmp(name, "EMFILE") ? EMFILE
	                                 : ENOMEM;
}

static void spare(const struct dl_phdr_info *info)
{
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && p->p_flags & PF_X)
			fault.spared[fault.nr_spared++] =
				(struct range){start, start + p->p_memsz};
	}
}

static int spare_others(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	if (strstr(info->dlpi_name, "/libcrypto.") ||
	    strstr(info->dlpi_name, "/libext2fs."))
		spare(info);
	return 0;
}

__attribute__((constructor)) static void begin(void)
{
	static char text[64], hit[4096];
	char *at, *errnum;

	snprintf(text, sizeof(text), "%s", getenv("FAULT") ?: "");
	snprintf(hit, sizeof(hit), "%s", getenv("FAULT_HIT") ?: "");
	unsetenv("LD_PRELOAD");
	dl_iterate_phdr(spare_others, NULL);
	at = strchr(text, ':');
	errnum = at ? strchr(at + 1, ':') : NULL;
	if (!errnum)
		return;
	*at = *errnum = '\0';
	fault.at = strtol(at + 1, NULL, 10);
	fault.stays = errnum[-1] == '+';
	fault.errnum = number_of(errnum + 1);
	fault.hit = hit;
	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], text))
			fault.class = (enum class)i;
	fault.stays = fault.stays || fault.class == FULL;
}

#define NEXT(fn) ((__typeof__(&fn))dlsym(RTLD_NEXT, #fn))

static bool fails(enum class class)
{
	long nr;
	int fd;

	if (class != fault.class)
		return false;
	nr = atomic_fetch_add(&fault.calls, 1) + 1;
	if (nr < fault.at || (nr > fault.at && !fault.stays))
		return false;
	fd = NEXT(open)(fault.hit, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	errno = fault.errnum;
	return true;
}

static _Thread_local bool in_name_service;

static bool no_memory_for(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (in_name_service)
		return false;
	for (size_t i = 0; i < fault.nr_spared; i++)
		if (at >= fault.spared[i].start && at < fault.spared[i].end)
			return false;
	return fails(ALLOC);
}

void *malloc(size_t size)
{
	return no_memory_for(__builtin_return_address(0)) ? NULL
	                                                  : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return no_memory_for(__builtin_return_address(0))
	               ? NULL
	               : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return no_memory_for(__builtin_return_address(0))
	               ? NULL
	               : __libc_realloc(old, size);
}

struct passwd *getpwuid(uid_t uid)
{
	struct passwd *found;

	in_name_service = true;
	found = NEXT(getpwuid)(uid);
	in_name_service = false;
	return found;
}

/* How much of `n` bytes may be written; -1: none, it fails. */
static ssize_t writable(int fd, size_t n)
{
	if (fd <= STDERR_FILENO)
		return (ssize_t)n;
	if (fails(WRITE))
		return -1;
	if (!fails(FULL))
		return (ssize_t)n;
	return n > 1 && !atomic_exchange(&fault.is_full, true) ? (ssize_t)n / 2
	                                                       : -1;
}

ssize_t write(int fd, const void *data, size_t n)
{
	ssize_t some = writable(fd, n);

	return some < 0 ? -1 : NEXT(write)(fd, data, (size_t)some);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	ssize_t some = writable(fd, n);

	return some < 0 ? -1 : NEXT(pwrite)(fd, data, (size_t)some, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return pwrite(fd, data, n, at);
}

ssize_t read(int fd, void *data, size_t n)
{
	return fails(READ) ? -1 : NEXT(read)(fd, data, n);
}

ssize_t pread64(int fd, void *data, size_t n, off64_t at)
{
	return fails(READ) ? -1 : NEXT(pread64)(fd, data, n, at);
}

int fsync(int fd)
{
	return fails(SYNC) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
	return fails(SYNC) ? -1 : NEXT(fdatasync)(fd);
}

int rename(const char *from, const char *to)
{
	return fails(RENAME) ? -1 : NEXT(rename)(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(RENAME) ? -1 : NEXT(renameat)(from_dir, from, to_dir, to);
}

int link(const char *from, const char *to)
{
	return fails(RENAME) ? -1 : NEXT(link)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(CREATE) ? -1 : NEXT(mkdir)(path, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (fails(flags & O_CREAT ? CREATE : OPEN))
		return -1;
	return NEXT(openat)(dir, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return openat(AT_FDCWD, path, flags, mode);
}

/* Offsets have 64 bits in both. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
