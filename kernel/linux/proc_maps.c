/* proc_maps.c - see proc_maps.h; proc(5) and Linux's fs/proc/task_mmu.c say
 * what it looks like. */
#include "kernel/linux/proc_maps.h"

#include "kernel/fs/proc.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/process.h"
#include "kernel/mm/slab.h"

enum { KIB_PER_PAGE = PAGE_SIZE / 1024, NAME_COLUMN = 73 };

struct listing {
	struct text *out;
	char *path; /* PATH_MAX bytes */
};

/* --- one line --- */

static const char *name_of(const struct area *a, struct listing *l)
{
	const struct file *f = a->file;

	if (f && f->dentry && vfs_path(f->dentry, l->path, PATH_MAX) > 0)
		return l->path;
	return a->name;
}

/* "start-end rwxp offset major:minor inode", and the name in its column. */
static void print_line(const struct area *a, struct listing *l)
{
	const struct file *f = a->file;
	const struct inode *i = f ? f->inode : NULL;
	const char *name = name_of(a, l);
	size_t begin = l->out->len, width;

	text_printf(l->out, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ",
	            a->start, a->end, a->prot & PROT_READ ? 'r' : '-',
	            a->prot & PROT_WRITE ? 'w' : '-',
	            a->prot & PROT_EXEC ? 'x' : '-',
	            a->flags & AREA_SHARED ? 's' : 'p',
	            a->mapping ? a->index << PAGE_SHIFT : 0,
	            i ? (unsigned)(i->sb->dev >> 8) : 0,
	            i ? (unsigned)(i->sb->dev & 0xff) : 0, i ? i->ino : 0);
	width = l->out->len - begin;
	if (name)
		text_printf(l->out, "%*s%s",
		            width < NAME_COLUMN ? (int)(NAME_COLUMN - width)
		                                : 0,
		            "", name);
	text_printf(l->out, "\n");
}

static void print_area(const struct area *a, void *ctx)
{
	print_line(a, ctx);
}

/* --- what is in memory of it --- */

/* In pages; `share` in bytes: a page that is shown n times counts 1/n. */
struct usage {
	uint64_t resident, share, share_dirty;
	uint64_t share_own, share_file, share_memory;
	uint64_t shared_clean, shared_dirty, private_clean, private_dirty;
	uint64_t accessed, own, locked;
};

static void add_page(struct usage *u, const struct area *a,
                     const struct mmu_entry *e)
{
	const struct page *p = page_of_paddr(e->pa);
	bool own = !(e->flags & MMU_CACHE);
	uint32_t shown = own ? 1 : __atomic_load_n(&p->maps, __ATOMIC_RELAXED);
	bool dirty = own || p->flags & PAGE_DIRTY;
	uint64_t share = PAGE_SIZE / (shown ? shown : 1);

	u->resident++;
	u->own += own;
	u->accessed += e->accessed;
	u->share += share;
	if (dirty)
		u->share_dirty += share;
	if (own)
		u->share_own += share;
	else if (a->mapping && !a->mapping->ops->write_pages)
		u->share_memory += share;
	else
		u->share_file += share;
	if (a->flags & AREA_LOCKED)
		u->locked += share;
	if (shown > 1)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += 1;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += 1;
}

/* The page of zeroes and the vDSO are nobody's. */
static void add_area(struct usage *u, const struct area *a)
{
	uint64_t at = a->start;
	struct mmu_entry e;

	for (; mmu_next(&a->space->mmu, &at, a->end, &e); at += PAGE_SIZE)
		if (!(e.flags & MMU_NOBODY) && page_of_paddr(e.pa))
			add_page(u, a, &e);
}

static void print_kib(struct text *out, const char *name, uint64_t kib)
{
	text_printf(out, "%s:%*s%8lu kB\n", name, (int)(15 - strlen(name)), "",
	            kib);
}

static void print_pages(struct text *out, const char *name, uint64_t pages)
{
	print_kib(out, name, pages * KIB_PER_PAGE);
}

/* There are neither huge pages nor swap. */
static void print_usage(struct text *out, const struct usage *u, bool all)
{
	static const char *const none[] = {"LazyFree",       "AnonHugePages",
	                                   "ShmemPmdMapped", "FilePmdMapped",
	                                   "Shared_Hugetlb", "Private_Hugetlb",
	                                   "Swap",           "SwapPss"};

	print_pages(out, "Rss", u->resident);
	print_kib(out, "Pss", u->share / 1024);
	print_kib(out, "Pss_Dirty", u->share_dirty / 1024);
	if (all) {
		print_kib(out, "Pss_Anon", u->share_own / 1024);
		print_kib(out, "Pss_File", u->share_file / 1024);
		print_kib(out, "Pss_Shmem", u->share_memory / 1024);
	}
	print_pages(out, "Shared_Clean", u->shared_clean);
	print_pages(out, "Shared_Dirty", u->shared_dirty);
	print_pages(out, "Private_Clean", u->private_clean);
	print_pages(out, "Private_Dirty", u->private_dirty);
	print_pages(out, "Referenced", u->accessed);
	print_pages(out, "Anonymous", u->own);
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		print_kib(out, none[i], 0);
	print_kib(out, "Locked", u->locked / 1024);
}

/* What it is allowed, and what mprotect(2) may allow ("may"). */
static void print_flags(struct text *out, const struct area *a)
{
	const struct {
		bool set;
		const char *name;
	} flags[] = {
		{a->prot & PROT_READ, "rd"},
		{a->prot & PROT_WRITE, "wr"},
		{a->prot & PROT_EXEC, "ex"},
		{a->flags & AREA_SHARED, "sh"},
		{a->max_prot & PROT_READ, "mr"},
		{a->max_prot & PROT_WRITE, "mw"},
		{a->max_prot & PROT_EXEC, "me"},
		{a->flags & AREA_SHARED, "ms"},
		{a->flags & AREA_LOCKED, "lo"},
	};

	text_printf(out, "VmFlags: ");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].set)
			text_printf(out, "%s ", flags[i].name);
	text_printf(out, "\n");
}

static void print_area_and_usage(const struct area *a, void *ctx)
{
	struct listing *l = ctx;
	struct usage u = {0};

	add_area(&u, a);
	print_line(a, l);
	print_kib(l->out, "Size", (a->end - a->start) / 1024);
	print_kib(l->out, "KernelPageSize", KIB_PER_PAGE);
	print_kib(l->out, "MMUPageSize", KIB_PER_PAGE);
	print_usage(l->out, &u, false);
	text_printf(l->out, "THPeligible:    %8u\n", 0);
	print_flags(l->out, a);
}

/* --- the files --- */

static int fill_each(struct text *out,
                     void (*fn)(const struct area *a, void *ctx))
{
	struct listing l = {out, mem_alloc(PATH_MAX)};

	if (!l.path)
		return -ENOMEM;
	mutex_lock(&process.space.lock);
	space_each(&process.space, fn, &l);
	mutex_unlock(&process.space.lock);
	mem_free(l.path);
	return 0;
}

static int fill_maps(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	return fill_each(out, print_area);
}

static int fill_smaps(struct text *out, uint64_t key, void *arg)
{
	(void)key, (void)arg;
	return fill_each(out, print_area_and_usage);
}

struct sum {
	struct usage u;
	uint64_t start, end;
};

static void add_to_sum(const struct area *a, void *ctx)
{
	struct sum *s = ctx;

	if (!s->end)
		s->start = a->start;
	s->end = a->end;
	add_area(&s->u, a);
}

static int fill_rollup(struct text *out, uint64_t key, void *arg)
{
	struct sum s = {0};

	(void)key, (void)arg;
	mutex_lock(&process.space.lock);
	space_each(&process.space, add_to_sum, &s);
	mutex_unlock(&process.space.lock);
	text_printf(out, "%08lx-%08lx ---p 00000000 00:00 0 %*s[rollup]\n",
	            s.start, s.end, 32, "");
	print_usage(out, &s.u, true);
	return 0;
}

int proc_maps_init(void)
{
	static const struct proc_entry rows[] = {
		{.path = "/proc/self/maps", .fill = fill_maps},
		{.path = "/proc/self/smaps", .fill = fill_smaps},
		{.path = "/proc/self/smaps_rollup", .fill = fill_rollup},
	};

	return proc_add_all(rows, ARRAY_LEN(rows));
}
