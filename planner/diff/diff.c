/* diff.c - see the table in diff.h. */
#include "planner/diff/diff.h"

#include <string.h>

struct differ {
	struct arena *mem;
	const struct attr_rule *rules;
	const char *kind;
	const struct value *drift; /* or NULL */
	bool configured;           /* an attribute changed in the file */
	bool needs;                /* one is not known yet */
	bool drifted;              /* one changed in the world */
	struct diff_attr *v;
	size_t n, cap;
};

static const struct attr_rule *find_rule(const struct differ *d,
                                         const char *attr)
{
	for (const struct attr_rule *r = d->rules; r && r->kind; r++)
		if (!strcmp(r->kind, d->kind) && !strcmp(r->path, attr))
			return r;
	return NULL;
}

static bool set_contains(const struct value *list, const struct value *v)
{
	for (size_t i = 0; i < list->list.n; i++)
		if (value_equal(list->list.v[i], v))
			return true;
	return false;
}

static bool sets_equal(const struct value *a, const struct value *b)
{
	if (a->list.n != b->list.n)
		return false;
	for (size_t i = 0; i < a->list.n; i++)
		if (!set_contains(b, a->list.v[i]))
			return false;
	return true;
}

static bool same(const struct attr_rule *rule, const struct value *a,
                 const struct value *b)
{
	if (!a || !b)
		return a == b;
	if (rule && rule->set && a->type == VALUE_LIST && b->type == VALUE_LIST)
		return sets_equal(a, b);
	return value_equal(a, b);
}

static void add(struct differ *d, const char *path, const struct value *before,
                const struct value *after, const struct attr_rule *rule)
{
	ARENA_RESERVE(d->mem, struct diff_attr, d->v, d->n, d->cap);
	d->v[d->n++] = (struct diff_attr){
		.path = path,
		.before = before,
		.after = after,
		.replaces = rule && rule->replaces,
	};
}

static bool is_map(const struct value *v)
{
	return v && v->type == VALUE_MAP;
}

/* An image under another name is the same image. */
static bool same_thing(const struct attr_rule *rule, const struct value *before,
                       const struct value *after)
{
	const struct value *was, *is;

	if (!rule || !rule->identity)
		return false;
	was = value_get(before, rule->identity);
	is = value_get(after, rule->identity);
	return was && is && !value_has_unknown(is) && value_equal(was, is);
}

/* Of two maps, only what differs in them is shown: env.MHOST. */
static void compare_maps(struct differ *d, const char *attr,
                         const struct value *before, const struct value *after,
                         const struct attr_rule *rule)
{
	for (size_t i = 0; i < after->map.n; i++) {
		const struct value_entry *e = &after->map.v[i];
		const struct value *old = value_get(before, e->key);

		if (!same(rule, old, e->value))
			add(d, arena_printf(d->mem, "%s.%s", attr, e->key), old,
			    e->value, rule);
	}
	for (size_t i = 0; i < before->map.n; i++) {
		const struct value_entry *e = &before->map.v[i];

		if (!value_get(after, e->key))
			add(d, arena_printf(d->mem, "%s.%s", attr, e->key),
			    e->value, NULL, rule);
	}
}

/* `before` was applied; what is there now may be something else. */
static void compare_attr(struct differ *d, const char *attr,
                         const struct value *before, const struct value *after)
{
	const struct attr_rule *rule = find_rule(d, attr);
	const struct value *now = value_get(d->drift, attr);
	bool configured = !same(rule, before, after), drifted;
	size_t first = d->n;

	drifted = now && !same(rule, before, now);
	if (drifted)
		before = now;
	if (same(rule, before, after))
		return;
	d->drifted = d->drifted || drifted;
	if (is_map(before) && is_map(after))
		compare_maps(d, attr, before, after,
		             same_thing(rule, before, after) ? NULL : rule);
	else
		add(d, attr, before, after, rule);
	for (; first < d->n; first++) {
		struct diff_attr *a = &d->v[first];

		a->drifted = drifted;
		if (a->after && value_has_unknown(a->after))
			d->needs = true;
		else
			d->configured = d->configured || configured;
	}
}

static void compare_specs(struct differ *d, const struct value *before,
                          const struct value *after)
{
	for (size_t i = 0; i < after->map.n; i++)
		compare_attr(d, after->map.v[i].key,
		             value_get(before, after->map.v[i].key),
		             after->map.v[i].value);
	for (size_t i = 0; i < before->map.n; i++)
		if (!value_get(after, before->map.v[i].key))
			compare_attr(d, before->map.v[i].key,
			             before->map.v[i].value, NULL);
}

static bool spec_changed(const struct desired *want, const struct object *have)
{
	return value_has_unknown(want->spec) || !have->digest ||
	       strcmp(want->digest, have->digest) != 0;
}

static bool any_replaces(const struct differ *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].replaces)
			return true;
	return false;
}

/* The content behind the spec: a program that was compiled again. */
static bool content_changed(const struct value *known,
                            const struct object *have, const struct value **was,
                            const struct value **is)
{
	*was = value_get(have->attrs, "digest");
	*is = value_get(known, "digest");
	return *was && *is && (*is)->type == VALUE_STRING &&
	       !value_equal(*was, *is);
}

/*
 * What changed. A digest that differs while no attribute does comes from
 * attributes that are sets, or from an object that cannot tell its spec.
 */
static void compare(struct differ *d, const struct desired *want,
                    const struct object *have)
{
	const struct value *before = value_get(have->attrs, "spec");

	if (is_map(before))
		compare_specs(d, before, want->spec);
	if (want->protect != have->protect)
		add(d, "protect", value_bool(have->protect),
		    value_bool(want->protect), NULL);
}

/* The attributes that changed, in the file or in the world. */
static void both_attrs(struct differ *d, const struct desired *want,
                       const struct value *known, const struct object *have)
{
	bool changed = spec_changed(want, have), blind;
	const struct value *was, *is;

	blind = changed && !is_map(value_get(have->attrs, "spec"));
	if (changed || d->drift || want->protect != have->protect)
		compare(d, want, have);
	if (want->protect != have->protect || blind)
		d->configured = true;
	if (content_changed(known, have, &was, &is)) {
		add(d, "digest", was, is, find_rule(d, "digest"));
		d->configured = true;
	}
}

static struct diff both(struct differ *d, const struct desired *want,
                        const struct value *known, const struct object *have)
{
	struct diff out = {.action = DIFF_NONE};

	d->drift = have->drift;
	both_attrs(d, want, known, have);
	if (d->configured)
		out.reasons |= DIFF_CONFIG;
	if (d->needs)
		out.reasons |= DIFF_NEEDS;
	if (d->drifted || have->fault)
		out.reasons |= DIFF_DRIFT;
	if (out.reasons)
		out.action = any_replaces(d) ? DIFF_REPLACE : DIFF_UPDATE;
	if (have->fault && !have->fault_updatable)
		out.action = DIFF_REPLACE;
	out.attrs = d->v;
	out.nr_attrs = d->n;
	return out;
}

struct diff diff_make(struct arena *mem, const struct attr_rule *rules,
                      const struct desired *want, const struct value *known,
                      const struct object *have)
{
	struct differ d = {.mem = mem, .rules = rules};

	if (!want && !have)
		return (struct diff){.action = DIFF_NONE};
	if (!want)
		return (struct diff){.action = DIFF_DELETE,
		                     .reasons = DIFF_GONE};
	d.kind = want->kind;
	if (have)
		return both(&d, want, known, have);
	compare_specs(&d, value_map(mem, NULL, 0), want->spec);
	return (struct diff){.action = DIFF_CREATE,
	                     .reasons = DIFF_NEW,
	                     .attrs = d.v,
	                     .nr_attrs = d.n};
}
