/* scratch.h - a directory of a test's own, with files in it. */
#ifndef TESTS_LIB_SCRATCH_H
#define TESTS_LIB_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/base/arena.h"
#include "tests/lib/test.h"

struct scratch {
	struct arena mem;
	const char *dir;
};

/* The path of something in it. */
static inline const char *scratch_path(struct scratch *s, const char *name)
{
	return arena_printf(&s->mem, "%s/%s", s->dir, name);
}

/* Write a file, making the directories above it. */
static inline const char *scratch_write(struct scratch *s, const char *name,
                                        const void *data, size_t len)
{
	char *path = arena_printf(&s->mem, "%s/%s", s->dir, name);
	FILE *f;

	for (char *at = path + strlen(s->dir) + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)mkdir(path, 0755);
		*at = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
	return path;
}

static inline const char *scratch_text(struct scratch *s, const char *name,
                                       const char *text)
{
	return scratch_write(s, name, text, strlen(text));
}

static inline int scratch_setup(void **state)
{
	static struct scratch s;
	char name[] = "/tmp/miso-test-XXXXXX";

	if (!mkdtemp(name))
		return -1;
	s.dir = arena_strdup(&s.mem, name);
	*state = &s;
	return 0;
}

static inline int scratch_remove(const char *path, const struct stat *st,
                                 int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	int failed = nftw(s->dir, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);

	arena_free(&s->mem);
	return failed;
}

/* Run a shell script in it: its exit status, as wait(2) gives it. */
static inline int scratch_shell(struct scratch *s, const char *script)
{
	FILE *p = popen(arena_printf(&s->mem, "cd %s && %s", s->dir, script),
	                "r");

	assert_non_null(p);
	return pclose(p);
}

#define SCRATCH_TEST(fn)                                                       \
	cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

#endif
