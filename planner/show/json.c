/*
 * json.c - a plan with the key names of Terraform's JSON plan
 * (developer.hashicorp.com/terraform/internals/json-format, format 1.2), so
 * that rules and filters people have go on working.
 *
 * What is written for each thing is a table of keys. Objects are written one
 * by one: a plan of 100,000 never stands in memory as text.
 */
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "planner/show/internal.h"

#define FORMAT_VERSION "1.2"

struct writer {
	FILE *out;
	const struct plan *plan;
	struct arena mem; /* of the object at hand */
	bool any;         /* an element was written: a comma comes first */
};

/* --- masks ---------------------------------------------------------------- */

typedef bool (*leaf_test)(const struct value *v);

static bool is_unknown(const struct value *v)
{
	return v->type == VALUE_UNKNOWN;
}

/*
 * The shape of `v` with true where `test` holds; maps have only such keys, and
 * lists {} or false elsewhere. NULL: nowhere.
 */
static const struct value *mask(struct arena *mem, const struct value *v,
                                leaf_test test)
{
	const struct value **list;
	struct value_entry *map;
	size_t n = 0;

	if (test(v))
		return value_bool(true);
	if (v->type == VALUE_MAP) {
		map = ARENA_ARRAY(mem, struct value_entry, v->map.n);
		for (size_t i = 0; i < v->map.n; i++) {
			map[n].key = v->map.v[i].key;
			map[n].value = mask(mem, v->map.v[i].value, test);
			n += map[n].value != NULL;
		}
		return n ? value_map(mem, map, n) : NULL;
	}
	if (v->type != VALUE_LIST)
		return NULL;
	list = ARENA_ARRAY(mem, const struct value *, v->list.n);
	for (size_t i = 0; i < v->list.n; i++) {
		list[i] = mask(mem, v->list.v[i], test);
		n += list[i] != NULL;
		if (!list[i])
			list[i] = value_bool(false);
	}
	return n ? value_list(mem, list, v->list.n) : NULL;
}

/* `v` without what is unknown: keys are left out, elements are null. */
static const struct value *known_part(struct arena *mem, const struct value *v)
{
	const struct value **list;
	struct value_entry *map;
	size_t n = 0;

	if (!value_has_unknown(v))
		return v;
	if (v->type == VALUE_MAP) {
		map = ARENA_ARRAY(mem, struct value_entry, v->map.n);
		for (size_t i = 0; i < v->map.n; i++) {
			if (is_unknown(v->map.v[i].value))
				continue;
			map[n].key = v->map.v[i].key;
			map[n++].value = known_part(mem, v->map.v[i].value);
		}
		return value_map(mem, map, n);
	}
	if (v->type != VALUE_LIST)
		return value_null();
	list = ARENA_ARRAY(mem, const struct value *, v->list.n);
	for (size_t i = 0; i < v->list.n; i++)
		list[i] = known_part(mem, v->list.v[i]);
	return value_list(mem, list, v->list.n);
}

static const struct value *nothing(struct arena *mem)
{
	return value_map(mem, NULL, 0);
}

static const struct value *mask_of(struct arena *mem, const struct value *v,
                                   leaf_test test)
{
	const struct value *m;

	if (!v)
		return value_bool(false);
	m = mask(mem, v, test);
	if (m)
		return m;
	return v->type == VALUE_MAP ? nothing(mem) : value_bool(false);
}

/* --- objects -------------------------------------------------------------- */

/* A map that grows; a later value of a key wins. */
struct entries {
	struct arena *mem;
	struct value_entry *v;
	size_t n, cap;
};

static void put(struct entries *e, const char *key, const struct value *value)
{
	for (size_t i = 0; i < e->n; i++)
		if (!strcmp(e->v[i].key, key)) {
			e->v[i].value = value;
			return;
		}
	ARENA_RESERVE(e->mem, struct value_entry, e->v, e->n, e->cap);
	e->v[e->n++] = (struct value_entry){.key = key, .value = value};
}

static void put_all(struct entries *e, const struct value *map,
                    const char *without)
{
	for (size_t i = 0; map && map->type == VALUE_MAP && i < map->map.n; i++)
		if (strcmp(map->map.v[i].key, without) != 0)
			put(e, map->map.v[i].key, map->map.v[i].value);
}

static const struct value *as_map(const struct entries *e)
{
	return value_map(e->mem, e->v, e->n);
}

/* What is there: the spec as applied, and what the world tells. */
static const struct value *object_now(struct arena *mem, const struct object *o,
                                      bool drifted)
{
	struct entries e = {.mem = mem};

	put_all(&e, value_get(o->attrs, "spec"), "");
	if (drifted)
		put_all(&e, o->drift, "");
	put_all(&e, o->attrs, "spec");
	put(&e, "protect", value_bool(o->protect));
	if (o->fault)
		put(&e, "fault",
		    drifted ? value_string(mem, o->fault) : value_null());
	return as_map(&e);
}

/* What will be there. */
static const struct value *object_then(struct arena *mem,
                                       const struct plan_node *n)
{
	struct entries e = {.mem = mem};

	put_all(&e, n->desired.spec, "");
	put_all(&e, n->value, "");
	put(&e, "protect", value_bool(n->desired.protect));
	return as_map(&e);
}

/* --- changes -------------------------------------------------------------- */

struct change {
	struct arena *mem;
	const char *actions[2]; /* NULL: only one */
	const struct value *before, *after;
	const struct plan_node *node; /* or NULL */
};

typedef const struct value *(*get_change)(const struct change *c);

static const struct value *or_null(const struct value *v)
{
	return v ? v : value_null();
}

static const struct value *get_actions(const struct change *c)
{
	const struct value *v[2];
	size_t n = c->actions[1] ? 2 : 1;

	for (size_t i = 0; i < n; i++)
		v[i] = value_string(c->mem, c->actions[i]);
	return value_list(c->mem, v, n);
}

static const struct value *get_before(const struct change *c)
{
	return or_null(c->before);
}

static const struct value *get_after(const struct change *c)
{
	return c->after ? known_part(c->mem, c->after) : value_null();
}

static const struct value *get_after_unknown(const struct change *c)
{
	return mask_of(c->mem, c->after, is_unknown);
}

static const struct value *get_before_sensitive(const struct change *c)
{
	return mask_of(c->mem, c->before, value_is_secret);
}

static const struct value *get_after_sensitive(const struct change *c)
{
	return mask_of(c->mem, c->after, value_is_secret);
}

/* "env.LOG" is the path ["env", "LOG"]. */
static const struct value *path_value(struct arena *mem, const char *path)
{
	const char *dot = strchr(path, '.');
	const struct value *v[2];

	if (!dot) {
		v[0] = value_string(mem, path);
		return value_list(mem, v, 1);
	}
	v[0] = value_stringn(mem, path, (size_t)(dot - path));
	v[1] = value_string(mem, dot + 1);
	return value_list(mem, v, 2);
}

static const struct value *get_replace_paths(const struct change *c)
{
	const struct diff *d = c->node ? &c->node->diff : NULL;
	const struct value **v;
	size_t n = 0;

	if (!d || d->action != DIFF_REPLACE)
		return NULL;
	v = ARENA_ARRAY(c->mem, const struct value *, d->nr_attrs);
	for (size_t i = 0; i < d->nr_attrs; i++)
		if (d->attrs[i].replaces)
			v[n++] = path_value(c->mem, d->attrs[i].path);
	return n ? value_list(c->mem, v, n) : NULL;
}

static const struct value *get_importing(const struct change *c)
{
	const struct value_entry id = {
		.key = "id",
		.value = c->node && c->node->have && c->node->have->id
	                         ? value_string(c->mem, c->node->have->id)
	                         : value_null(),
	};

	if (!c->node || !(c->node->diff.reasons & DIFF_ADOPTED))
		return NULL;
	return value_map(c->mem, &id, 1);
}

static const struct value *change_value(const struct change *c)
{
	static const struct {
		const char *key;
		get_change get; /* NULL from it: the key is left out */
	} rows[] = {
		{"actions", get_actions},
		{"before", get_before},
		{"after", get_after},
		{"after_unknown", get_after_unknown},
		{"before_sensitive", get_before_sensitive},
		{"after_sensitive", get_after_sensitive},
		{"replace_paths", get_replace_paths},
		{"importing", get_importing},
	};
	struct value_entry v[ARRAY_LEN(rows)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		v[n].key = rows[i].key;
		v[n].value = rows[i].get(c);
		n += v[n].value != NULL;
	}
	return value_map(c->mem, v, n);
}

static void set_actions(struct change *c, const struct plan_node *n)
{
	static const char *const names[][2] = {
		[DIFF_NONE] = {"no-op"},
		[DIFF_CREATE] = {"create"},
		[DIFF_UPDATE] = {"update"},
		[DIFF_REPLACE] = {"delete", "create"},
		[DIFF_DELETE] = {"delete"},
	};
	const char *const *v = names[n->diff.action];

	c->actions[0] = v[n->create_first ? 1 : 0];
	c->actions[1] = v[n->create_first ? 0 : 1];
}

static struct change planned_change(struct arena *mem,
                                    const struct plan_node *n)
{
	struct change c = {.mem = mem, .node = n};

	set_actions(&c, n);
	if (n->have)
		c.before = object_now(mem, n->have, true);
	if (n->diff.action == DIFF_NONE)
		c.after = c.before;
	else if (n->want)
		c.after = object_then(mem, n);
	return c;
}

/* --- resources ------------------------------------------------------------ */

/* A thing of one table: a resource and what happens to it. */
struct resource {
	struct arena *mem;
	const struct plan *plan;
	const struct plan_node *node;
	const struct change *change;
};

typedef const struct value *(*get_resource)(const struct resource *r);

static const struct value *get_address(const struct resource *r)
{
	return value_string(r->mem, plan_address(r->node));
}

static const struct value *get_previous(const struct resource *r)
{
	const struct plan_node *n = r->node;

	if (!(n->diff.reasons & DIFF_MOVED))
		return NULL;
	return value_string(r->mem, n->have->address);
}

static const struct value *get_mode(const struct resource *r)
{
	return value_string(r->mem, "managed");
}

static const struct value *get_type(const struct resource *r)
{
	return value_string(r->mem, plan_kind(r->node));
}

static const struct value *get_name(const struct resource *r)
{
	const char *dot = strchr(plan_address(r->node), '.');
	const char *name = dot ? dot + 1 : "";

	return value_stringn(r->mem, name, strcspn(name, "["));
}

/* What stands in the brackets of instance.client["0"]. */
static const struct value *get_index(const struct resource *r)
{
	const char *open = strchr(plan_address(r->node), '[');
	size_t len = open ? strlen(open) : 0;

	if (len < 4)
		return NULL;
	return value_stringn(r->mem, open + 2, len - 4);
}

static const struct value *get_provider_name(const struct resource *r)
{
	return value_string(r->mem,
	                    r->plan->session->places[r->node->place].ops->type);
}

static const struct value *get_provider(const struct resource *r)
{
	return value_string(r->mem,
	                    r->plan->session->places[r->node->place].name);
}

static const struct value *get_change_value(const struct resource *r)
{
	return change_value(r->change);
}

static const struct value *get_action_reason(const struct resource *r)
{
	const struct diff *d = &r->node->diff;
	const char *reason = NULL;

	if (d->action == DIFF_DELETE)
		reason = show_delete_reason(r->plan, r->node);
	else if (d->action == DIFF_REPLACE && d->reasons & DIFF_FORCED)
		reason = "replace_by_request";
	else if (d->action == DIFF_REPLACE && d->reasons == DIFF_DRIFT)
		reason = "replace_because_tainted";
	else if (d->action == DIFF_REPLACE)
		reason = "replace_because_cannot_update";
	return reason ? value_string(r->mem, reason) : NULL;
}

static const struct value *get_reasons(const struct resource *r)
{
	struct strbuf b = {0};
	const struct value *v = NULL;

	show_add_reasons(&b, r->plan, r->node);
	if (b.len)
		v = value_string(r->mem, b.s);
	strbuf_fini(&b);
	return v;
}

static const struct value *get_schema_version(const struct resource *r)
{
	return value_int(r->mem, 0);
}

static const struct value *get_values(const struct resource *r)
{
	return get_after(r->change);
}

static const struct value *get_sensitive_values(const struct resource *r)
{
	return get_after_sensitive(r->change);
}

struct resource_row {
	const char *key;
	get_resource get; /* NULL from it: the key is left out */
};

static const struct resource_row change_rows[] = {
	{"address", get_address},
	{"previous_address", get_previous},
	{"mode", get_mode},
	{"type", get_type},
	{"name", get_name},
	{"index", get_index},
	{"provider_name", get_provider_name},
	{"provider", get_provider},
	{"change", get_change_value},
	{"action_reason", get_action_reason},
	{"reasons", get_reasons},
	{0},
};

static const struct resource_row value_rows[] = {
	{"address", get_address},
	{"mode", get_mode},
	{"type", get_type},
	{"name", get_name},
	{"index", get_index},
	{"provider_name", get_provider_name},
	{"schema_version", get_schema_version},
	{"values", get_values},
	{"sensitive_values", get_sensitive_values},
	{0},
};

static void write_value(struct writer *w, const struct value *v)
{
	fputs(value_to_json(&w->mem, v), w->out);
}

static void comma(struct writer *w)
{
	if (w->any)
		fputc(',', w->out);
	w->any = true;
}

static void write_resource(struct writer *w, const struct resource_row *rows,
                           const struct plan_node *n, const struct change *c)
{
	const struct resource r = {&w->mem, w->plan, n, c};
	struct entries e = {.mem = &w->mem};

	for (; rows->key; rows++) {
		const struct value *v = rows->get(&r);

		if (v)
			put(&e, rows->key, v);
	}
	comma(w);
	write_value(w, as_map(&e));
	arena_free(&w->mem);
}

static bool is_object(const struct plan_node *n)
{
	return (n->want || n->have) && !n->successor;
}

static void write_changes(struct writer *w)
{
	for (size_t i = 0; i < w->plan->n; i++) {
		const struct plan_node *n = &w->plan->nodes[w->plan->order[i]];
		struct change c;

		if (!is_object(n))
			continue;
		c = planned_change(&w->mem, n);
		write_resource(w, change_rows, n, &c);
	}
}

static void write_drift(struct writer *w)
{
	for (size_t i = 0; i < w->plan->n; i++) {
		const struct plan_node *n = &w->plan->nodes[w->plan->order[i]];
		struct change c = {.mem = &w->mem, .actions = {"update"}};

		/* What it was, nobody knows any more. */
		if (n->diff.reasons & DIFF_VANISHED) {
			c.actions[0] = "delete";
			write_resource(w, change_rows, n, &c);
			continue;
		}
		if (!is_object(n) || !n->have || n->have->foreign ||
		    (!n->have->fault && !n->have->drift))
			continue;
		c.before = object_now(&w->mem, n->have, false);
		c.after = object_now(&w->mem, n->have, true);
		write_resource(w, change_rows, n, &c);
	}
}

static void write_planned(struct writer *w)
{
	for (size_t i = 0; i < w->plan->n; i++) {
		const struct plan_node *n = &w->plan->nodes[w->plan->order[i]];
		struct change c;

		if (!is_object(n) || n->diff.action == DIFF_DELETE)
			continue;
		c = planned_change(&w->mem, n);
		if (c.after)
			write_resource(w, value_rows, n, &c);
	}
}

/* --- outputs -------------------------------------------------------------- */

static const struct value *value_then(const void *ctx, size_t node)
{
	const struct plan *p = ctx;

	return p->nodes[node].value;
}

/* What an object is worth now, or NULL: it is not there. */
static const struct value *value_now(const void *ctx, size_t node)
{
	const struct plan *p = ctx;
	const struct plan_node *n = &p->nodes[node];

	if (!n->want)
		return n->value; /* a group: its members as planned */
	return n->have ? n->have->attrs : NULL;
}

static const struct value *output(struct arena *mem, const struct plan *p,
                                  const struct config_output *o, bool now)
{
	struct config_world world = {.ctx = p,
	                             .value_of = now ? value_now : value_then};
	const struct value *v;
	struct diags d;

	diags_init(&d);
	v = config_output(mem, p->config, o, &world, &d);
	diags_fini(&d);
	if (v && o->sensitive)
		v = value_tainted(mem, v);
	return v;
}

static struct change output_change(struct arena *mem, const struct plan *p,
                                   const struct config_output *o)
{
	struct change c = {.mem = mem};

	c.before = output(mem, p, o, true);
	if (c.before && value_has_unknown(c.before))
		c.before = NULL;
	c.after = p->how->destroy ? NULL : output(mem, p, o, false);
	if (!c.after)
		c.actions[0] = "delete";
	else if (!c.before)
		c.actions[0] = "create";
	else
		c.actions[0] =
			value_equal(c.before, c.after) ? "no-op" : "update";
	return c;
}

static void write_key(struct writer *w, const char *key)
{
	struct strbuf b = {0};

	json_add_string(&b, key, strlen(key));
	fprintf(w->out, "%s:", b.s);
	strbuf_fini(&b);
}

static void write_output_changes(struct writer *w)
{
	const struct config *c = w->plan->config;

	for (size_t i = 0; i < c->nr_outputs; i++) {
		struct change change =
			output_change(&w->mem, w->plan, &c->outputs[i]);

		comma(w);
		write_key(w, c->outputs[i].name);
		write_value(w, change_value(&change));
		arena_free(&w->mem);
	}
}

static void write_planned_outputs(struct writer *w)
{
	const struct config *c = w->plan->config;

	for (size_t i = 0; i < c->nr_outputs && !w->plan->how->destroy; i++) {
		const struct value *v =
			output(&w->mem, w->plan, &c->outputs[i], false);
		struct entries e = {.mem = &w->mem};

		put(&e, "sensitive", value_bool(c->outputs[i].sensitive));
		if (v && !value_has_unknown(v))
			put(&e, "value", v);
		comma(w);
		write_key(w, c->outputs[i].name);
		write_value(w, as_map(&e));
		arena_free(&w->mem);
	}
}

/* --- the whole ------------------------------------------------------------ */

static void write_variables(struct writer *w)
{
	const char *name;

	for (size_t at = 0; map_next(&w->plan->config->vars, &at, &name);) {
		struct entries e = {.mem = &w->mem};

		put(&e, "value", map_get(&w->plan->config->vars, name));
		comma(w);
		write_key(w, name);
		write_value(w, as_map(&e));
		arena_free(&w->mem);
	}
}

static void write_checks(struct writer *w)
{
	static const char *const words[] = {"unknown", "fail", "pass"};

	for (size_t i = 0; w->plan->checks && i < w->plan->config->nr_checks;
	     i++) {
		comma(w);
		fprintf(w->out,
		        "{\"address\":{\"kind\":\"check\",\"name\":\"%zu\","
		        "\"to_display\":\"check.%zu\"},\"status\":\"%s\"}",
		        i, i, words[w->plan->checks[i] + 1]);
	}
}

static void write_section(struct writer *w, const char *open,
                          void (*content)(struct writer *), const char *close)
{
	fputs(open, w->out);
	w->any = false;
	content(w);
	fputs(close, w->out);
}

static void write_head(struct writer *w)
{
	const struct plan *p = w->plan;
	struct entries e = {.mem = &w->mem};
	const char *json;

	put(&e, "format_version", value_string(&w->mem, FORMAT_VERSION));
	put(&e, "miso_version", value_string(&w->mem, MISO_VERSION));
	put(&e, "stack", value_string(&w->mem, p->config->name));
	put(&e, "site", value_string(&w->mem, p->config->site));
	put(&e, "errored", value_bool(false));
	put(&e, "complete", value_bool(!p->nr_left_out));
	put(&e, "applyable", value_bool(!plan_is_empty(p)));
	json = value_to_json(&w->mem, as_map(&e));
	fwrite(json, 1, strlen(json) - 1, w->out); /* it goes on */
	arena_free(&w->mem);
}

void show_json(FILE *out, const struct plan *p)
{
	static const struct {
		const char *open;
		void (*content)(struct writer *w);
		const char *close;
	} sections[] = {
		{",\"variables\":{", write_variables, "}"},
		{",\"planned_values\":{\"outputs\":{", write_planned_outputs,
	         "}"},
		{",\"root_module\":{\"resources\":[", write_planned, "]}}"},
		{",\"resource_drift\":[", write_drift, "]"},
		{",\"resource_changes\":[", write_changes, "]"},
		{",\"output_changes\":{", write_output_changes, "}"},
		{",\"checks\":[", write_checks, "]}\n"},
	};
	struct writer w = {.out = out, .plan = p};

	write_head(&w);
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		write_section(&w, sections[i].open, sections[i].content,
		              sections[i].close);
}
