/* elf_dirs.c - ld.so.cache, ld.so.conf and the built-in directories. */
#include "providers/image/elf_dirs.h"

#include <assert.h>
#include <glob.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "parser/base/fs.h"

enum {
	MAX_CACHE = 64 * 1024 * 1024,
	MAX_CONF = 64 * 1024,
	MAX_INCLUDES = 8, /* depth of include lines */
};

/* The cache as ldconfig writes it: header, entries, strings. */
#define CACHE_MAGIC "glibc-ld.so.cache1.1"

struct cache_header {
	char magic[20];
	uint32_t nr_entries;
	uint32_t strings_size;
	uint8_t flags, unused[3];
	uint32_t extension_offset;
	uint32_t unused2[3];
};

struct cache_entry {
	int32_t flags;
	uint32_t name, path; /* offsets from the start of the file */
	uint32_t os_version;
	uint64_t hwcap; /* 0: for every CPU */
};

static_assert(sizeof(struct cache_header) == 48, "ld.so.cache 1.1, header");
static_assert(sizeof(struct cache_entry) == 24, "ld.so.cache 1.1, entry");

enum { CACHE_ELF_LIBC6_X86_64 = 0x0303 };

/* What Debian's, then what other distributions' ld.so has built in. */
static const char *const glibc_dirs[] = {
	"/lib/x86_64-linux-gnu",
	"/usr/lib/x86_64-linux-gnu",
	"/lib64",
	"/usr/lib64",
	"/lib",
	"/usr/lib",
};

static const char *const musl_dirs[] = {
	"/lib",
	"/usr/local/lib",
	"/usr/lib",
};

/* A growing list of directories. */
struct list {
	struct arena *mem;
	const char *root;
	const char **v;
	size_t n, cap;
};

static void push(struct list *l, const char *dir, size_t len)
{
	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 0 || dir[0] != '/')
		return;
	ARENA_RESERVE(l->mem, const char *, l->v, l->n, l->cap);
	l->v[l->n++] = arena_strndup(l->mem, dir, len);
}

static void push_all(struct list *l, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		push(l, v[i], strlen(v[i]));
}

/* Text of a file below root; empty when it cannot be read. */
static char *read_text(struct list *l, const char *path, size_t limit,
                       size_t *len)
{
	char *text = arena_strdup(l->mem, "");
	struct err *e;

	*len = 0;
	if (!l->root)
		return text;
	e = fs_read(l->mem, arena_printf(l->mem, "%s%s", l->root, path), limit,
	            &text, len);
	err_free(e);
	return text;
}

static const char *cache_string(const char *file, size_t len, uint32_t at)
{
	if (at >= len || !memchr(file + at, '\0', len - at))
		return NULL;
	return file + at;
}

static void read_cache(struct list *l, struct elf_dirs *out)
{
	struct cache_header head;
	struct elf_cached *v;
	size_t len, n = 0;
	const char *file = read_text(l, "/etc/ld.so.cache", MAX_CACHE, &len);

	if (len < sizeof(head))
		return;
	memcpy(&head, file, sizeof(head));
	if (memcmp(head.magic, CACHE_MAGIC, sizeof(head.magic)) != 0 ||
	    head.nr_entries > (len - sizeof(head)) / sizeof(struct cache_entry))
		return;
	v = ARENA_ARRAY(l->mem, struct elf_cached, head.nr_entries);
	for (uint32_t i = 0; i < head.nr_entries; i++) {
		struct cache_entry entry;

		memcpy(&entry, file + sizeof(head) + i * sizeof(entry),
		       sizeof(entry));
		v[n].name = cache_string(file, len, entry.name);
		v[n].path = cache_string(file, len, entry.path);
		if (entry.flags == CACHE_ELF_LIBC6_X86_64 && entry.hwcap == 0 &&
		    v[n].name && v[n].path && v[n].path[0] == '/')
			n++;
	}
	out->cached = v;
	out->nr_cached = n;
}

static void read_conf(struct list *l, const char *path, unsigned depth);

static void include(struct list *l, const char *pattern, unsigned depth)
{
	size_t root_len = strlen(l->root);
	glob_t found;

	if (pattern[0] != '/')
		pattern = arena_printf(l->mem, "/etc/%s", pattern);
	pattern = arena_printf(l->mem, "%s%s", l->root, pattern);
	if (depth == MAX_INCLUDES || glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_conf(l, found.gl_pathv[i] + root_len, depth + 1);
	globfree(&found);
}

static void conf_line(struct list *l, char *line, unsigned depth)
{
	static const char blank[] = " \t\r";
	char *rest;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, blank);
	if (strncmp(line, "include", 7) == 0 && strchr(blank, line[7])) {
		line += 7;
		while ((rest = strsep(&line, blank)))
			if (*rest)
				include(l, rest, depth);
		return;
	}
	/* Directories may share a line, parted as PATH or by blanks. */
	while ((rest = strsep(&line, ": \t\r,")))
		push(l, rest, strlen(rest));
}

static void read_conf(struct list *l, const char *path, unsigned depth)
{
	size_t len;
	char *text = read_text(l, path, MAX_CONF, &len);
	char *line;

	while ((line = strsep(&text, "\n")))
		conf_line(l, line, depth);
}

static void read_glibc(struct list *l, struct elf_dirs *out)
{
	read_cache(l, out);
	if (out->nr_cached) {
		out->source = "/etc/ld.so.cache";
	} else {
		read_conf(l, "/etc/ld.so.conf", 0);
		out->source = "/etc/ld.so.conf";
	}
	push_all(l, glibc_dirs, ARRAY_LEN(glibc_dirs));
}

static void read_musl(struct list *l, struct elf_dirs *out)
{
	static const char path_file[] = "/etc/ld-musl-x86_64.path";
	size_t len;
	char *text = read_text(l, path_file, MAX_CONF, &len);
	char *dir;

	out->source = path_file;
	while ((dir = strsep(&text, "\n:")))
		push(l, dir, strlen(dir));
	if (!l->n)
		push_all(l, musl_dirs, ARRAY_LEN(musl_dirs));
}

void elf_dirs_read(struct arena *mem, const char *root, enum elf_loader loader,
                   struct elf_dirs *out)
{
	struct list l = {.mem = mem, .root = root};

	*out = (struct elf_dirs){0};
	if (loader == ELF_LOADER_MUSL)
		read_musl(&l, out);
	else
		read_glibc(&l, out);
	out->dirs = l.v;
	out->nr_dirs = l.n;
}

const char *elf_dirs_cached(const struct elf_dirs *d, const char *name)
{
	for (size_t i = 0; i < d->nr_cached; i++)
		if (strcmp(d->cached[i].name, name) == 0)
			return d->cached[i].path;
	return NULL;
}
