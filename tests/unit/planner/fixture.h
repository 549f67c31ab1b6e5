/* fixture.h - a stack at the fake provider, planned and applied. */
#ifndef TESTS_UNIT_PLANNER_FIXTURE_H
#define TESTS_UNIT_PLANNER_FIXTURE_H

#include "planner/plan/plan.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "planner/apply/apply.h"

struct fixture {
	struct arena mem;
	struct diags d;
	struct config c;
	struct plan_session s;
	struct plan p;
	struct apply_result r;
	struct plan_options how;
	unsigned parallelism; /* 0: as many as apply wants */
	char dir[64];
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%s/miso-plan-%d",
	         base ? base : "/tmp", (int)getpid());
	err_free(fs_make_dirs(f->dir, 0755));
	diags_init(&f->d);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	plan_session_close(&f->s);
	err_free(fs_remove_tree(f->dir));
	diags_fini(&f->d);
	arena_free(&f->mem);
	free(f);
	return 0;
}

/* Load `text`, open its providers, list, plan. */
static inline bool plan_text(struct fixture *f, const char *text, bool destroy)
{
	static const char *const types[] = {"fake", NULL};
	struct config_options how = {
		.file = fs_join(&f->mem, f->dir, "miso.yaml"),
		.provider_types = types,
		.default_provider = "fake",
	};

	plan_session_close(&f->s);
	err_free(fs_write(how.file, text, strlen(text), 0600));
	if (!config_load(&f->mem, &how, &f->d, &f->c) ||
	    !plan_session_open(&f->mem, &f->c, &f->d, &f->s))
		return false;
	assert_null(plan_list(&f->mem, &f->s));
	f->how.destroy = destroy;
	return plan_make(&f->mem, &f->c, &f->s, &f->how, &f->d, &f->p);
}

static inline void apply_plan(struct fixture *f)
{
	const struct apply_options quiet = {.parallelism = f->parallelism};

	apply_run(&f->mem, &f->p, &quiet, &f->r);
}

/* Plan and apply; every change must succeed. */
static inline void apply_text(struct fixture *f, const char *text)
{
	assert_true(plan_text(f, text, false));
	apply_plan(f);
	assert_int_equal(f->r.failed + f->r.waiting, 0);
}

static inline size_t node_of(struct fixture *f, const char *address)
{
	for (size_t i = 0; i < f->p.n; i++)
		if ((f->p.nodes[i].want || f->p.nodes[i].have) &&
		    !strcmp(plan_address(&f->p.nodes[i]), address))
			return i;
	fail_msg("the plan has no %s", address);
	return 0;
}

static inline enum diff_action action_of(struct fixture *f, const char *address)
{
	return f->p.nodes[node_of(f, address)].diff.action;
}

/* The body of what is planned, also of what stays as it is. */
static inline const struct value *spec_of(struct fixture *f,
                                          const char *address)
{
	return plan_node_spec(&f->mem, &f->p, &f->p.nodes[node_of(f, address)]);
}

static inline enum apply_state state_of(struct fixture *f, const char *address)
{
	return f->r.states[node_of(f, address)];
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* Settings of the fake go between the two. */
#define FAKE(settings)                                                         \
	"version: 1\nname: s\n"                                                \
	"providers: {here: {type: fake, state: state.json" settings "}}\n"     \
	"images: {a: {program: ./a}}\n"                                        \
	"instances:\n"

#endif
