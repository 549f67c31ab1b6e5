/* fixture.h - a stack's text in a scratch folder, loaded. */
#ifndef TESTS_UNIT_PARSER_CONFIG_FIXTURE_H
#define TESTS_UNIT_PARSER_CONFIG_FIXTURE_H

#include "parser/config/config.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"

struct fixture {
	struct arena mem;
	struct diags d;
	struct config c;
	char dir[64];
	const char *site;
	const char *const *vars;
	size_t nr_vars;
	const char *const *var_files;
	size_t nr_var_files;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%s/miso-config-%d",
	         base ? base : "/tmp", (int)getpid());
	err_free(fs_make_dirs(arena_printf(&f->mem, "%s/sites", f->dir), 0755));
	diags_init(&f->d);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	err_free(fs_remove_tree(f->dir));
	diags_fini(&f->d);
	arena_free(&f->mem);
	free(f);
	return 0;
}

static inline void write_file(struct fixture *f, const char *name,
                              const char *text)
{
	err_free(fs_write(fs_join(&f->mem, f->dir, name), text, strlen(text),
	                  0600));
}

static inline bool load(struct fixture *f, const char *text)
{
	static const char *const types[] = {"fake", "qemu", NULL};
	struct config_options how = {
		.file = fs_join(&f->mem, f->dir, "miso.yaml"),
		.site = f->site,
		.vars = f->vars,
		.nr_vars = f->nr_vars,
		.var_files = f->var_files,
		.nr_var_files = f->nr_var_files,
		.provider_types = types,
		.default_provider = "qemu",
	};

	write_file(f, "miso.yaml", text);
	return config_load(&f->mem, &how, &f->d, &f->c);
}

/* The want with that address. */
static inline const struct config_want *want(struct fixture *f,
                                             const char *address)
{
	static const struct config_want none;

	for (size_t i = 0; i < f->c.nr_wants; i++)
		if (!strcmp(f->c.wants[i].address, address))
			return &f->c.wants[i];
	fail_msg("nothing wanted at %s", address);
	return &none;
}

/* The spec of a want as JSON, with nothing known of the world. */
static inline const char *spec(struct fixture *f, const char *address)
{
	const struct value *v =
		config_spec(&f->mem, &f->c, want(f, address), NULL, &f->d);

	return v ? value_to_json(&f->mem, v) : "(none)";
}

/* The first error, or the first warning when there is no error. */
static inline const struct diag *first(struct fixture *f)
{
	assert_true(f->d.n > 0);
	for (size_t i = 0; i < f->d.n; i++)
		if (f->d.v[i].severity == DIAG_ERROR)
			return &f->d.v[i];
	return &f->d.v[0];
}

static inline void says(struct fixture *f, enum diag_code code,
                        const char *text)
{
	const struct diag *m = first(f);

	assert_int_equal(m->code, code);
	if (!strstr(m->message, text))
		fail_msg("\"%s\" does not say \"%s\"", m->message, text);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* What most stacks of the tests begin with. */
#define HEAD                                                                   \
	"version: 1\nname: s\n"                                                \
	"images: {a: {program: ./a}}\n"

#endif
