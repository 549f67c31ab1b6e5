/* run.c - one test: load, plan at fakes, compare. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "parser/base/str.h"
#include "parser/yaml/yaml.h"
#include "planner/trial/internal.h"

/* --- nodes as values ------------------------------------------------------ */

static const struct value *list_of(struct arena *mem, const struct yaml_node *n)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, n->list.n);

	for (size_t i = 0; i < n->list.n; i++)
		v[i] = trial_value(mem, n->list.v[i]);
	return value_list(mem, v, n->list.n);
}

static const struct value *map_of(struct arena *mem, const struct yaml_node *n)
{
	struct value_entry *v = ARENA_ARRAY(mem, struct value_entry, n->map.n);

	for (size_t i = 0; i < n->map.n; i++) {
		v[i].key = n->map.v[i].key->scalar.s;
		v[i].value = trial_value(mem, n->map.v[i].value);
	}
	return value_map(mem, v, n->map.n);
}

const struct value *trial_value(struct arena *mem, const struct yaml_node *n)
{
	const struct value *v;
	struct err *e;

	if (n->kind == YAML_IS_LIST)
		return list_of(mem, n);
	if (n->kind == YAML_IS_MAP)
		return map_of(mem, n);
	if (n->style != YAML_PLAIN)
		return value_stringn(mem, n->scalar.s, n->scalar.len);
	e = value_from_json(mem, n->scalar.s, n->scalar.len, &v);
	if (!e)
		return v;
	err_free(e);
	return value_stringn(mem, n->scalar.s, n->scalar.len);
}

/* As a command line has it: the variable's type says what the text is. */
static const char *var_text(struct arena *mem, const struct yaml_pair *p)
{
	const struct yaml_node *n = p->value;

	return arena_printf(mem, "%s=%s", p->key->scalar.s,
	                    n->kind == YAML_IS_SCALAR
	                            ? n->scalar.s
	                            : value_to_json(mem, trial_value(mem, n)));
}

/* --- loading and planning ------------------------------------------------- */

static bool load(struct running *r, const struct config_options *base)
{
	const struct yaml_node *vars = r->trial->vars;
	size_t n = vars ? vars->map.n : 0;
	const char **texts = ARENA_ARRAY(&r->mem, const char *, n);
	struct config_options how = *base;

	for (size_t i = 0; i < n; i++)
		texts[i] = var_text(&r->mem, &vars->map.v[i]);
	how.site = r->trial->site;
	how.vars = texts;
	how.nr_vars = n;
	how.secrets_by_name = true;
	if (!config_load(&r->mem, &how, &r->found, &r->config))
		return false;
	config_check(&r->config, &r->found);
	return r->found.errors == 0;
}

/* Whatever the stack uses, a test touches nothing. */
static void use_fakes(struct running *r)
{
	struct config_provider *v = ARENA_ARRAY(&r->mem, struct config_provider,
	                                        r->config.nr_providers);

	for (size_t i = 0; i < r->config.nr_providers; i++) {
		v[i] = r->config.providers[i];
		v[i].type = "fake";
		v[i].settings = value_map(&r->mem, NULL, 0);
	}
	r->config.providers = v;
}

static bool make_plan(struct running *r)
{
	static const struct plan_options whole;

	return plan_make(&r->mem, &r->config, &r->session, &whole, &r->found,
	                 &r->plan);
}

static bool plan(struct running *r)
{
	struct err *e;

	use_fakes(r);
	if (!plan_session_open(&r->mem, &r->config, &r->found, &r->session))
		return false;
	if (r->trial->mocks)
		r->session.mocks = trial_value(&r->mem, r->trial->mocks);
	e = plan_list(&r->mem, &r->session);
	if (e) {
		diags_take(&r->found, DIAG_PROVIDER, r->trial->at, e);
		return false;
	}
	return make_plan(r) &&
	       (!r->trial->existing || (trial_make_world(r) && make_plan(r)));
}

static const char *known_address(const struct running *r, const char *address)
{
	for (size_t i = 0; i < r->config.nr_wants; i++)
		if (!strcmp(r->config.wants[i].address, address))
			return address;
	return NULL;
}

/* A mock of nothing is misspelt. */
static void check_mocks(struct running *r)
{
	const struct yaml_node *mocks = r->trial->mocks;

	for (size_t i = 0; mocks && i < mocks->map.n; i++) {
		const struct yaml_node *key = mocks->map.v[i].key;
		struct str_guess near = {.word = key->scalar.s};
		struct diag *m;

		if (known_address(r, key->scalar.s))
			continue;
		for (size_t j = 0; j < r->config.nr_wants; j++)
			str_guess_try(&near, r->config.wants[j].address);
		m = diags_error(r->says, DIAG_UNDEFINED, yaml_at(key),
		                "the stack has no \"%s\"", key->scalar.s);
		if (near.best)
			diag_label(r->says, m, "did you mean \"%s\"?",
			           near.best);
	}
}

/* --- what assertions may use ---------------------------------------------- */

static const char *const actions[] = {
	[DIFF_NONE] = "none",     [DIFF_CREATE] = "create",
	[DIFF_UPDATE] = "update", [DIFF_REPLACE] = "replace",
	[DIFF_DELETE] = "delete",
};

static const char *const reasons[] = {
	"new",   "config",  "drift", "gone",  "asked",    "forced",
	"moved", "adopted", "extra", "needs", "vanished",
};
static_assert(1 << (ARRAY_LEN(reasons) - 1) == DIFF_LAST_REASON,
              "one word a bit");

static const struct value *reasons_of(struct arena *mem, const struct diff *d)
{
	const struct value *v[ARRAY_LEN(reasons)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (d->reasons & 1u << i)
			v[n++] = value_string(mem, reasons[i]);
	return value_list(mem, v, n);
}

static const struct value *changes_of(struct arena *mem, const struct diff *d)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, d->nr_attrs);

	for (size_t i = 0; i < d->nr_attrs; i++)
		v[i] = value_string(mem, d->attrs[i].path);
	return value_list(mem, v, d->nr_attrs);
}

/* What it was, as last applied; of what is new, null. */
static const struct value *before_of(const struct plan_node *n)
{
	const struct value *spec =
		n->have ? value_get(n->have->attrs, "spec") : NULL;

	return spec ? spec : value_null();
}

static const struct value *needs_of(struct arena *mem, const struct desired *d)
{
	const struct value **v =
		ARENA_ARRAY(mem, const struct value *, d->nr_needs);

	for (size_t i = 0; i < d->nr_needs; i++)
		v[i] = value_string(mem, d->needs[i]);
	return value_list(mem, v, d->nr_needs);
}

static const struct value *node_value(struct running *r,
                                      const struct plan_node *n)
{
	struct arena *mem = &r->mem;
	const char *name =
		n->want ? n->desired.name
			: value_get_string(n->have->attrs, "name", "");
	const struct value_entry v[] = {
		{.key = "action",
	         .value = value_string(mem, actions[n->diff.action])},
		{.key = "kind", .value = value_string(mem, plan_kind(n))},
		{.key = "name", .value = value_string(mem, name)},
		{.key = "provider",
	         .value = value_string(mem, r->session.places[n->place].name)},
		{.key = "protect", .value = value_bool(n->desired.protect)},
		{.key = "needs", .value = needs_of(mem, &n->desired)},
		{.key = "reasons", .value = reasons_of(mem, &n->diff)},
		{.key = "changes", .value = changes_of(mem, &n->diff)},
		{.key = "before", .value = before_of(n)},
		{.key = "after",
	         .value = n->want ? plan_node_spec(mem, &r->plan, n)
	                          : value_null()},
	};

	return value_map(mem, v, ARRAY_LEN(v));
}

static const struct value *plan_map(struct running *r)
{
	struct value_entry *v =
		ARENA_ARRAY(&r->mem, struct value_entry, r->plan.n);
	size_t n = 0;

	for (size_t i = 0; i < r->plan.n; i++) {
		const struct plan_node *node = &r->plan.nodes[i];

		if (node->want || (node->have && !node->successor))
			v[n++] = (struct value_entry){
				.key = plan_address(node),
				.value = node_value(r, node)};
	}
	return value_map(&r->mem, v, n);
}

static const struct value *counts(struct running *r)
{
	struct value_entry v[ARRAY_LEN(actions)] = {{0}};

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		v[i].key = actions[i];
		v[i].value = value_int(&r->mem, (int64_t)r->plan.counts[i]);
	}
	return value_map(&r->mem, v, ARRAY_LEN(v));
}

static const struct value *value_of(const void *ctx, size_t node)
{
	const struct plan *p = ctx;

	return p->nodes[node].value;
}

static const struct value *outputs(struct running *r,
                                   const struct config_world *world)
{
	const struct config *c = &r->config;
	struct value_entry *v =
		ARENA_ARRAY(&r->mem, struct value_entry, c->nr_outputs);
	size_t n = 0;

	for (size_t i = 0; i < c->nr_outputs; i++) {
		const struct value *o = config_output(
			&r->mem, c, &c->outputs[i], world, r->says);

		if (o)
			v[n++] = (struct value_entry){.key = c->outputs[i].name,
			                              .value = o};
	}
	return value_map(&r->mem, v, n);
}

/* --- judging -------------------------------------------------------------- */

static void run_asserts(struct running *r)
{
	const struct config_world world = {.ctx = &r->plan,
	                                   .value_of = value_of};
	const struct value_entry roots[] = {
		{.key = "plan", .value = plan_map(r)},
		{.key = "count", .value = counts(r)},
		{.key = "output", .value = outputs(r, &world)},
	};
	const struct value *all = value_map(&r->mem, roots, ARRAY_LEN(roots));

	for (size_t i = 0; i < r->trial->asserts->list.n; i++)
		config_ask(&r->mem, &r->config, r->trial->asserts->list.v[i],
		           &world, all, r->says);
}

static bool means(const struct diag *m, const char *word)
{
	char code[16];

	snprintf(code, sizeof(code), "E%04d", (int)m->code);
	return m->severity == DIAG_ERROR &&
	       (!strcmp(code, word) || strstr(m->message, word));
}

/* Each expected mistake was made, and each mistake was expected. */
static void compare_errors(struct running *r)
{
	const struct yaml_node *list = r->trial->errors;
	bool met[DIAGS_MOST] = {false};

	for (size_t i = 0; i < list->list.n; i++) {
		const struct yaml_node *n = list->list.v[i];
		bool found = false;

		for (size_t j = 0; n->kind == YAML_IS_SCALAR && *n->scalar.s &&
		                   j < r->found.n;
		     j++)
			if (means(&r->found.v[j], n->scalar.s))
				found = met[j] = true;
		if (!found)
			diags_error(r->says, DIAG_CHECK, yaml_at(n),
			            "the stack made no such mistake");
	}
	for (size_t j = 0; j < r->found.n; j++)
		if (!met[j] && r->found.v[j].severity == DIAG_ERROR)
			diags_error(r->says, r->found.v[j].code, r->trial->at,
			            "not expected: %s", r->found.v[j].message);
}

/* The stack's own mistakes, where none was expected. */
static void copy_mistakes(struct running *r)
{
	for (size_t i = 0; i < r->found.n; i++) {
		const struct diag *m = &r->found.v[i];
		struct diag *to;

		if (m->severity != DIAG_ERROR)
			continue;
		to = diags_error(r->says, m->code, r->trial->at, "%s",
		                 m->message);
		if (m->at.pos.line)
			diag_note(r->says, to, "at %s:%u:%u", m->at.pos.file,
			          m->at.pos.line, m->at.pos.col);
	}
}

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct trial_result trial_run(const struct trial *t,
                              const struct config_options *how, struct diags *d)
{
	struct running r = {.trial = t, .says = d};
	size_t before = d->errors;
	int64_t start = clock_ms();
	bool good;

	diags_init(&r.found);
	good = load(&r, how) && plan(&r);
	if (good)
		check_mocks(&r);
	if (t->errors)
		compare_errors(&r);
	else if (good)
		run_asserts(&r);
	else
		copy_mistakes(&r);
	plan_session_close(&r.session);
	diags_fini(&r.found);
	arena_free(&r.mem);
	return (struct trial_result){d->errors == before, clock_ms() - start};
}
