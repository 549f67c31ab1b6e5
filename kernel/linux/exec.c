/*
 * exec.c - from a path and arguments to the first instruction.
 *
 *	0x7fff...    time page and vDSO, at a random place above the stack
 *	             stack (random top), 8 MiB, with a gap below it
 *	             mmap area, growing down from a random place: libraries
 *	0x5555...    program (PIE, random), its heap behind it (random gap)
 */
#include "kernel/linux/exec.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/random.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/linux/elf.h"
#include "kernel/linux/process.h"
#include "kernel/linux/vdso/map.h"
#include "kernel/linux/wx.h"
#include "kernel/mm/slab.h"

enum {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_PLATFORM = 15,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_EXECFN = 31,
	AT_SYSINFO_EHDR = 33,
	AT_MINSIGSTKSZ = 51,

	PHENT_SIZE = 56,
	STACK_SIZE = 8 * 1024 * 1024,
	STRINGS_MAX = 2 * 1024 * 1024, /* a quarter of the stack, as Linux */
};

static const uint64_t PIE_BASE = 0x555555554000;
static const uint64_t GIB = UINT64_C(1) << 30;

/* A random multiple of the page size below `limit` bytes. */
static uint64_t random_pages(uint64_t limit)
{
	return page_down(random_u64() % limit);
}

/* --- the stack, written from its top down --- */

struct stack {
	uint64_t at;
	int error;
};

static uint64_t push(struct stack *s, const void *data, size_t n)
{
	s->at -= n;
	if (!s->error)
		s->error = copy_out((uaddr){s->at}, data, n);
	return s->at;
}

static uint64_t push_string(struct stack *s, const char *text)
{
	return push(s, text, strlen(text) + 1);
}

static void push_strings(struct stack *s, const char *const *text, size_t n,
                         uint64_t *addrs)
{
	while (n-- > 0)
		addrs[n] = push_string(s, text[n]);
}

static size_t total_length(const char *const *text, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += strlen(text[i]) + 1;
	return sum;
}

struct loaded {
	struct elf_image *program;
	uint64_t bias;
	uint64_t interp_base; /* 0: no interpreter */
	uint64_t entry;       /* of the interpreter, if there is one */
	uint64_t vdso;        /* 0: no room for it */
};

static void add_aux(uint64_t key, uint64_t value)
{
	process.auxv[process.auxv_len++] = key;
	process.auxv[process.auxv_len++] = value;
}

static void make_auxv(const struct loaded *l, uint64_t platform,
                      uint64_t random, uint64_t execfn)
{
	const struct elf_image *e = l->program;

	process.auxv_len = 0;
	if (l->vdso)
		add_aux(AT_SYSINFO_EHDR, l->vdso);
	add_aux(AT_HWCAP, cpuid(1, 0).d);
	add_aux(AT_PAGESZ, PAGE_SIZE);
	add_aux(AT_CLKTCK, 100);
	add_aux(AT_PHDR, e->phdrs ? e->phdrs + l->bias : 0);
	add_aux(AT_PHENT, PHENT_SIZE);
	add_aux(AT_PHNUM, e->nr_phdrs);
	add_aux(AT_BASE, l->interp_base);
	add_aux(AT_FLAGS, 0);
	add_aux(AT_ENTRY, e->entry + l->bias);
	add_aux(AT_UID, process.uid);
	add_aux(AT_EUID, process.euid);
	add_aux(AT_GID, process.gid);
	add_aux(AT_EGID, process.egid);
	add_aux(AT_SECURE, 0);
	add_aux(AT_RANDOM, random);
	add_aux(AT_EXECFN, execfn);
	add_aux(AT_PLATFORM, platform);
	add_aux(AT_MINSIGSTKSZ, 1024 + cpu_features.xsave_size);
	add_aux(AT_NULL, 0);
}

static uint64_t push_vectors(struct stack *s, const struct exec_request *r,
                             uint64_t *words)
{
	/* argc, argv, NULL, envp, NULL, auxv: rsp ends a multiple of 16. */
	size_t n = 1 + r->argc + 1 + r->envc + 1 + process.auxv_len;

	s->at = ((s->at - n * 8) & ~UINT64_C(15)) + n * 8;
	push(s, process.auxv, process.auxv_len * 8);
	return push(s, words, (n - process.auxv_len) * 8);
}

static int build_stack(struct stack *s, const struct exec_request *r,
                       const struct loaded *l)
{
	uint64_t *words = mem_zalloc((r->argc + r->envc + 3) * 8);
	uint64_t platform, random, execfn;
	unsigned char bytes[16];

	if (!words)
		return -ENOMEM;
	words[0] = r->argc;
	execfn = push_string(s, r->path);
	process.env_end = s->at;
	push_strings(s, r->envp, r->envc, words + 2 + r->argc);
	process.env_start = process.arg_end = s->at;
	push_strings(s, r->argv, r->argc, words + 1);
	process.arg_start = s->at;
	platform = push_string(s, "x86_64");
	random_bytes(bytes, sizeof(bytes));
	random = push(s, bytes, sizeof(bytes));
	s->at &= ~UINT64_C(15);
	make_auxv(l, platform, random, execfn);
	push_vectors(s, r, words);
	mem_free(words);
	return s->error;
}

static int map_stack(bool executable, struct stack *out)
{
	uint64_t top = USER_END - random_pages(16 * GIB), at;
	struct area_wish w = {
		.addr = top - STACK_SIZE,
		.size = STACK_SIZE,
		.prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0u),
		.max_prot = PROT_ALL,
		.flags = AREA_STACK,
		.fixed = true,
		.name = "[stack]",
	};
	int rc = space_map(&process.space, &w, &at);

	/* Not all stacks begin at the same place in their page. */
	out->at = top - (random_u64() & 0xff0);
	out->error = 0;
	process.stack_top = top;
	process.space.mmap_top =
		top - STACK_SIZE - 1024 * 1024 - random_pages(16 * GIB);
	process.space.search_from = process.space.mmap_top;
	return rc;
}

/* --- loading --- */

static int open_image(const char *path, struct file **f, struct elf_image *e,
                      const char **why)
{
	int rc = vfs_open(NULL, path, O_RDONLY, 0, f);

	*why = "it cannot be opened";
	if (rc)
		return rc;
	rc = elf_read(*f, e, why);
	if (rc)
		file_put(*f);
	return rc;
}

/* Where the libraries go: an address space for the whole interpreter. */
static int load_interpreter(struct loaded *l, const char **why)
{
	struct area_wish w = {.max_prot = PROT_ALL};
	struct elf_image *e = mem_alloc(sizeof(*e));
	struct file *f;
	uint64_t at;
	int rc;

	if (!e)
		return -ENOMEM;
	rc = open_image(l->program->interp, &f, e, why);
	if (rc)
		goto out;
	*why = "it does not fit into memory";
	w.size = e->high - e->low;
	rc = space_map(&process.space, &w, &at);
	if (!rc)
		rc = elf_map(&process.space, f, e, at - e->low);
	l->interp_base = at - e->low;
	l->entry = e->entry + l->interp_base;
	file_put(f);
out:
	mem_free(e);
	return rc;
}

static int load_program(const char *path, struct loaded *l, const char **why)
{
	struct elf_image *e = l->program;
	struct file *f;
	int rc = open_image(path, &f, e, why);

	if (rc)
		return rc;
	l->bias = e->fixed ? 0 : PIE_BASE + random_pages(GIB) - e->low;
	*why = "it does not fit into memory";
	rc = elf_map(&process.space, f, e, l->bias);
	file_put(f);
	l->entry = e->entry + l->bias;
	process.code_start = e->low + l->bias;
	process.code_end = e->high + l->bias;
	process.space.brk_start = process.space.brk_end =
		e->high + l->bias + random_pages(32 * 1024 * 1024);
	return rc;
}

static void name_task(struct task *t, const char *path)
{
	const char *slash = strrchr(path, '/');

	str_copy(t->comm, slash ? slash + 1 : path, sizeof(t->comm));
}

static int load(const struct exec_request *r, struct exec_result *out,
                struct elf_image *e)
{
	struct loaded l = {.program = e};
	const char *which = r->path, *why = "there is no memory for it";
	struct stack stack = {0};
	int rc = load_program(r->path, &l, &why);

	if (!rc && e->exec_stack && wx_check(PROT_WRITE | PROT_EXEC)) {
		why = "it wants an executable stack, and wx-deny is set";
		rc = -EACCES;
	}
	if (!rc)
		rc = map_stack(e->exec_stack, &stack);
	if (!rc && e->interp[0]) {
		which = e->interp;
		rc = load_interpreter(&l, &why);
	}
	if (!rc)
		rc = vdso_map(&process.space, process.stack_top, &l.vdso);
	if (!rc)
		rc = build_stack(&stack, r, &l);
	if (rc) {
		str_printf(out->why, sizeof(out->why), "%s: %s (error %d)",
		           which, why, -rc);
		return rc;
	}
	out->start = (struct trap_frame){
		.rip = l.entry,
		.rsp = stack.at,
		.cs = SEL_USER_CS,
		.ss = SEL_USER_DS,
		.rflags = RFLAGS_IF | 2,
	};
	str_copy(process.exe, r->path, sizeof(process.exe));
	name_task(task_current(), r->path);
	return 0;
}

int exec_load(const struct exec_request *r, struct exec_result *out)
{
	struct elf_image *e;
	int rc;

	memset(out, 0, sizeof(*out));
	if (total_length(r->argv, r->argc) + total_length(r->envp, r->envc) >
	    STRINGS_MAX) {
		str_copy(out->why, "arguments and environment are too long",
		         sizeof(out->why));
		return -E2BIG;
	}
	e = mem_alloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	rc = load(r, out, e);
	mem_free(e);
	return rc;
}
