/*
 * world.c - objects that are there before a test's plan is made.
 *
 * What they are as a rule is what the file wants: so the stack is planned at an
 * empty place, and of each wanted object that the test names, one is made
 * there as an apply would have, with what the test says was different. The
 * place is the fake one; what a world does to objects behind one's back is done
 * to what it lists.
 */
#include <string.h>

#include "parser/base/str.h"
#include "parser/schema/schema.h"
#include "parser/yaml/yaml.h"
#include "planner/trial/internal.h"

static const struct schema_kind *const kinds[] = {
	&schema_image, &schema_volume, &schema_address, &schema_instance};

/* "instance" of `instance.client["0"]`. NULL: it is no address. */
static const struct schema_kind *kind_of(const char *address)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t len = strlen(kinds[i]->name);

		if (!strncmp(address, kinds[i]->name, len) &&
		    address[len] == '.' && address[len + 1])
			return kinds[i];
	}
	return NULL;
}

static const struct plan_node *find_want(const struct plan *p,
                                         const char *address)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->nodes[i].want &&
		    !strcmp(plan_address(&p->nodes[i]), address))
			return &p->nodes[i];
	return NULL;
}

/* --- what the test says --------------------------------------------------- */

static bool check_keys(struct running *r, const struct yaml_node *body)
{
	static const char *const known[] = {"applied", "drift", "fault",
	                                    "foreign"};
	size_t before = r->says->errors;

	if (body->kind != YAML_IS_MAP && !yaml_is_empty(body)) {
		diags_error(r->says, DIAG_TYPE, yaml_at(body),
		            "what is there must be a map; {} is as the file "
		            "says");
		return false;
	}
	for (size_t i = 0; body->kind == YAML_IS_MAP && i < body->map.n; i++) {
		const struct yaml_node *key = body->map.v[i].key;
		bool good = false;

		for (size_t j = 0; j < ARRAY_LEN(known); j++)
			good = good || !strcmp(known[j], key->scalar.s);
		if (!good)
			diags_error(r->says, DIAG_UNKNOWN_KEY, yaml_at(key),
			            "what is there has no \"%s\"; it has "
			            "applied, drift, fault, foreign",
			            key->scalar.s);
	}
	return r->says->errors == before;
}

/* As the schema reads it: a size may be written 512Mi. */
static const struct value *attr_value(struct running *r,
                                      const struct schema_attr *a,
                                      const struct yaml_node *n)
{
	const char *problem = NULL;
	const struct value *v;

	if (n->kind == YAML_IS_SCALAR)
		v = schema_scalar(&r->mem, a, n->scalar.s, n->scalar.len,
		                  n->style == YAML_PLAIN, &problem);
	else
		v = schema_fit(&r->mem, a, trial_value(&r->mem, n), &problem);
	if (!v)
		diags_error(r->says, DIAG_TYPE, yaml_at(n), "\"%s\": %s",
		            a->name, problem ? problem : schema_says(a));
	return v;
}

/* The attributes under `key`, laid over `base`, which may be NULL. */
static const struct value *lay_over(struct running *r,
                                    const struct schema_kind *kind,
                                    const struct yaml_node *body,
                                    const char *key, const struct value *base)
{
	const struct yaml_node *attrs =
		body->kind == YAML_IS_MAP ? yaml_get(body, key) : NULL;
	const struct value *all = base ? base : value_map(&r->mem, NULL, 0);

	if (!attrs || attrs->kind != YAML_IS_MAP)
		return all;
	for (size_t i = 0; i < attrs->map.n; i++) {
		const struct yaml_node *name = attrs->map.v[i].key;
		const struct schema_attr *a = schema_find(kind, name->scalar.s);
		const struct value *v;

		if (!a) {
			diags_error(r->says, DIAG_UNKNOWN_KEY, yaml_at(name),
			            "%s has no \"%s\"", kind->says,
			            name->scalar.s);
			continue;
		}
		v = attr_value(r, a, attrs->map.v[i].value);
		if (v)
			all = value_with(&r->mem, all, name->scalar.s, v);
	}
	return all;
}

/* --- making them ---------------------------------------------------------- */

/* "old" of "instance.old", "client-0" of `instance.client["0"]`. */
static const char *name_of(struct arena *mem, const char *address)
{
	const char *dot = strchr(address, '.') + 1;
	const char *open = strchr(dot, '[');

	if (!open)
		return dot;
	return arena_printf(mem, "%.*s-%.*s", (int)(open - dot), dot,
	                    (int)strcspn(open + 2, "\""), open + 2);
}

static bool make(struct running *r, const struct yaml_node *key,
                 const struct yaml_node *body, const struct plan_node *n)
{
	const char *address = key->scalar.s;
	const struct schema_kind *kind = kind_of(address);
	size_t place = n ? n->place : 0, errors = r->says->errors;
	struct desired want = {.kind = kind->name,
	                       .address = address,
	                       .name = name_of(&r->mem, address)};
	const struct plan_place *at = &r->session.places[place];
	struct object made;
	struct err *e;

	if (n) {
		want = n->desired;
		want.spec = plan_node_spec(&r->mem, &r->plan, n);
	}
	want.spec = lay_over(r, kind, body, "applied", want.spec);
	if (r->says->errors != errors)
		return false;
	if (value_has_unknown(want.spec)) {
		diags_error(r->says, DIAG_UNDEFINED, yaml_at(key),
		            "%s hangs on what only an apply could tell: mock "
		            "what it refers to",
		            address);
		return false;
	}
	want.digest = value_digest(&r->mem, want.spec);
	e = at->ops->create(at->provider, &r->mem, &want, NULL, &made);
	if (e)
		diags_take(r->says, DIAG_PROVIDER, yaml_at(key), e);
	return !e;
}

/* What happened to the object since. */
static void age(struct running *r, const struct yaml_node *body,
                const struct schema_kind *kind, struct object *o)
{
	const struct yaml_node *v;
	const struct value *drift = lay_over(r, kind, body, "drift", NULL);

	if (body->kind != YAML_IS_MAP)
		return;
	if (drift->map.n)
		o->drift = drift;
	v = yaml_get(body, "fault");
	if (v && v->kind == YAML_IS_SCALAR) {
		o->fault = v->scalar.s;
		o->fault_updatable = true;
	}
	v = yaml_get(body, "foreign");
	if (v && v->kind == YAML_IS_SCALAR && !strcmp(v->scalar.s, "true")) {
		o->foreign = true;
		o->address = NULL;
	}
}

static void age_all(struct running *r, const struct yaml_pair *p)
{
	for (size_t i = 0; i < r->session.nr_places; i++) {
		struct object_set *all = &r->session.places[i].objects;

		for (size_t j = 0; j < all->n; j++)
			if (all->v[j].address &&
			    !strcmp(all->v[j].address, p->key->scalar.s))
				age(r, p->value, kind_of(p->key->scalar.s),
				    &all->v[j]);
	}
}

static bool make_each(struct running *r, const struct yaml_node *existing)
{
	bool good = true;

	for (size_t i = 0; i < existing->map.n; i++) {
		const struct yaml_pair *p = &existing->map.v[i];
		const char *address = p->key->scalar.s;

		if (!kind_of(address)) {
			diags_error(r->says, DIAG_UNDEFINED, yaml_at(p->key),
			            "\"%s\" is no address such as "
			            "instance.web",
			            address);
			good = false;
			continue;
		}
		good = check_keys(r, p->value) &&
		       make(r, p->key, p->value,
		            find_want(&r->plan, address)) &&
		       good;
	}
	return good;
}

bool trial_make_world(struct running *r)
{
	const struct yaml_node *existing = r->trial->existing;
	struct err *e;

	if (!make_each(r, existing))
		return false;
	e = plan_list(&r->mem, &r->session);
	if (e) {
		diags_take(r->says, DIAG_PROVIDER, r->trial->at, e);
		return false;
	}
	for (size_t i = 0; i < existing->map.n; i++)
		age_all(r, &existing->map.v[i]);
	return r->says->errors == 0;
}
