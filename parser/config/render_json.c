/*
 * render_json.c - the rendered stack for programs: the files as one, and where
 * each value in it was written, by JSON pointer (RFC 6901).
 *
 * A plain scalar that JSON would write the same way stays as it is (5, true,
 * 1.20), and all others are strings: what they mean is for the field to say.
 * So the config is a stack's file, too, JSON being YAML.
 */
#include <stdio.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "parser/config/internal.h"

struct render {
	const struct config *config;
	struct strbuf *out;
	struct strbuf path, origins;
};

/* --- scalars -------------------------------------------------------------- */

static bool is_number(const char *s, size_t len)
{
	const char *whole;

	return json_pass_number(s, s + len, &whole) == s + len;
}

static void add_plain(struct strbuf *out, const char *s, size_t len)
{
	if (!len || !strcmp(s, "~"))
		strbuf_add(out, "null");
	else if (!strcmp(s, "null") || !strcmp(s, "true") ||
	         !strcmp(s, "false") || is_number(s, len))
		strbuf_addn(out, s, len);
	else
		json_add_string(out, s, len);
}

static void add_scalar(struct render *r, const struct yaml_node *n)
{
	if (n->style == YAML_PLAIN)
		add_plain(r->out, n->scalar.s, n->scalar.len);
	else
		json_add_string(r->out, n->scalar.s, n->scalar.len);
}

/* --- origins -------------------------------------------------------------- */

/* What is below `key`, until path_leave() with the result. */
static size_t path_enter(struct render *r, const char *key)
{
	size_t before = r->path.len;

	strbuf_addc(&r->path, '/');
	for (; *key; key++)
		if (*key == '~' || *key == '/')
			strbuf_add(&r->path, *key == '~' ? "~0" : "~1");
		else
			strbuf_addc(&r->path, *key);
	return before;
}

static void path_leave(struct render *r, size_t before)
{
	r->path.len = before;
	r->path.s[before] = '\0';
}

static void begin_origin(struct render *r)
{
	strbuf_add(&r->origins, r->origins.len ? "," : "");
	json_add_string(&r->origins, r->path.s, r->path.len);
	strbuf_addc(&r->origins, ':');
}

static void note(struct render *r, const struct yaml_node *n)
{
	if (!n->file)
		return;
	begin_origin(r);
	strbuf_add(&r->origins, "{\"file\":");
	json_add_bytes(&r->origins, n->file->name, strlen(n->file->name));
	strbuf_printf(&r->origins, ",\"line\":%u}", yaml_at(n).pos.line);
}

/* --- the tree ------------------------------------------------------------- */

static void add_node(struct render *r, const struct yaml_node *n);

/* `"name":`, and what comes is below it until path_leave() with the result. */
static size_t enter_member(struct render *r, bool first, const char *name,
                           size_t len)
{
	strbuf_add(r->out, first ? "" : ",");
	json_add_string(r->out, name, len);
	strbuf_addc(r->out, ':');
	return path_enter(r, name);
}

static void add_map(struct render *r, const struct yaml_node *n)
{
	strbuf_addc(r->out, '{');
	for (size_t i = 0; i < n->map.n; i++) {
		const struct yaml_pair *p = &n->map.v[i];
		size_t before = enter_member(r, !i, p->key->scalar.s,
		                             p->key->scalar.len);

		add_node(r, p->value);
		path_leave(r, before);
	}
	strbuf_addc(r->out, '}');
}

static void add_list(struct render *r, const struct yaml_node *n)
{
	char index[24];

	strbuf_addc(r->out, '[');
	for (size_t i = 0; i < n->list.n; i++) {
		size_t before;

		snprintf(index, sizeof(index), "%zu", i);
		before = path_enter(r, index);
		strbuf_add(r->out, i ? "," : "");
		add_node(r, n->list.v[i]);
		path_leave(r, before);
	}
	strbuf_addc(r->out, ']');
}

static void add_node(struct render *r, const struct yaml_node *n)
{
	if (n->kind == YAML_IS_SCALAR)
		add_scalar(r, n);
	else if (n->kind == YAML_IS_LIST)
		add_list(r, n);
	else
		add_map(r, n);
	if (n->kind == YAML_IS_SCALAR ||
	    !(n->kind == YAML_IS_LIST ? n->list.n : n->map.n))
		note(r, n);
}

/* --- variables ------------------------------------------------------------ */

/*
 * Text from outside, as what its type made of it; where a secret is, as that
 * is written.
 */
static void add_given(struct render *r, const char *name,
                      const struct config_origin *o)
{
	const struct value *v = map_get(&r->config->vars, name);
	struct arena mem = {0};

	if (!v || value_has_taint(v)) {
		v = NULL;
		err_free(value_from_json(&mem, o->text, strlen(o->text), &v));
	}
	if (v)
		strbuf_add(r->out, value_to_json(&mem, v));
	else
		json_add_bytes(r->out, o->text, strlen(o->text));
	arena_free(&mem);
	begin_origin(r);
	strbuf_add(&r->origins, "{\"from\":");
	json_add_bytes(&r->origins, o->from, strlen(o->from));
	strbuf_addc(&r->origins, '}');
}

/* A variable's description, with the value it has as its default. */
static void add_var(struct render *r, const char *name,
                    const struct yaml_node *body)
{
	const struct config_origin *o = map_get(&r->config->origins, name);
	bool first = true;
	size_t before;

	if (body->kind != YAML_IS_MAP || !o || (!o->node && !o->text)) {
		add_node(r, body);
		return;
	}
	strbuf_addc(r->out, '{');
	for (size_t i = 0; i < body->map.n; i++) {
		const struct yaml_pair *p = &body->map.v[i];

		if (!strcmp(p->key->scalar.s, "default"))
			continue;
		before = enter_member(r, first, p->key->scalar.s,
		                      p->key->scalar.len);
		add_node(r, p->value);
		path_leave(r, before);
		first = false;
	}
	before = enter_member(r, first, "default", strlen("default"));
	if (o->node)
		add_node(r, o->node);
	else
		add_given(r, name, o);
	path_leave(r, before);
	strbuf_addc(r->out, '}');
}

static void add_vars(struct render *r, const struct yaml_node *vars)
{
	strbuf_addc(r->out, '{');
	for (size_t i = 0; i < vars->map.n; i++) {
		const char *name = vars->map.v[i].key->scalar.s;
		size_t before = enter_member(r, !i, name, strlen(name));

		add_var(r, name, vars->map.v[i].value);
		path_leave(r, before);
	}
	strbuf_addc(r->out, '}');
}

static void add_sections(struct render *r, const struct yaml_node *root)
{
	for (size_t i = 0; i < root->map.n; i++) {
		const struct yaml_pair *p = &root->map.v[i];
		size_t before = enter_member(r, !i, p->key->scalar.s,
		                             p->key->scalar.len);

		if (p->value->kind == YAML_IS_MAP &&
		    !strcmp(p->key->scalar.s, "vars"))
			add_vars(r, p->value);
		else
			add_node(r, p->value);
		path_leave(r, before);
	}
}

void config_render_json(struct strbuf *out, const struct config *c)
{
	struct render r = {.config = c, .out = out};

	strbuf_add(&r.path, "");
	strbuf_add(&r.origins, "");
	strbuf_add(out, "{\"config\":{");
	if (c->root && c->root->kind == YAML_IS_MAP)
		add_sections(&r, c->root);
	strbuf_printf(out, "},\"origins\":{%s}}\n", r.origins.s);
	strbuf_fini(&r.path);
	strbuf_fini(&r.origins);
}
