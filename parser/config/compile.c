/*
 * compile.c - nodes and rows become terms.
 *
 * Everything that is known without evaluating is checked here: keys, types of
 * plain scalars, the grammar of expressions, and that every name an expression
 * uses exists and may be used where it stands.
 */
#include <assert.h>
#include <string.h>

#include "parser/config/internal.h"

static bool is_container(const struct schema_attr *a)
{
	return a->type >= SCHEMA_LIST;
}

static struct src_pos locate(const void *origin, size_t offset)
{
	return yaml_locate(origin, offset);
}

void config_report_type(struct diags *d, const char *what,
                        const struct schema_attr *attr,
                        const struct yaml_node *node)
{
	diags_error(d, DIAG_TYPE, yaml_at(node), "%s: it must be %s, not %s",
	            what, schema_says(attr), yaml_says(node));
}

const struct config_field *config_field(const struct config_field *v, size_t n,
                                        const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].key, key))
			return &v[i];
	return NULL;
}

static struct config_term *new_term(struct compile *c, enum term_kind kind,
                                    const struct schema_attr *attr,
                                    const struct yaml_node *node)
{
	struct config_term *t = ARENA_NEW(c->mem, struct config_term);

	t->kind = kind;
	t->attr = attr;
	t->at = yaml_at(node);
	t->what = c->what;
	return t;
}

static const struct config_term *value_term(struct compile *c,
                                            const struct schema_attr *attr,
                                            const struct yaml_node *node,
                                            const struct value *v)
{
	struct config_term *t = new_term(c, TERM_VALUE, attr, node);

	t->value = value_at(c->mem, v, yaml_at(node).pos);
	return t;
}

/* --- names in expressions ------------------------------------------------- */

struct checking {
	struct compile *c;
	const struct schema_attr *attr;
	const struct config_term *whole;
};

static void note_edge(struct compile *c, const struct expr_ref *ref)
{
	const struct config_block *b =
		config_find_block(c->l->config, ref->root, ref->name);

	if (!b)
		return;
	ARENA_RESERVE(c->mem, struct config_edge, c->edges, c->nr_edges,
	              c->cap);
	c->edges[c->nr_edges++] = (struct config_edge){
		.to = (size_t)(b - c->l->config->blocks),
		.key = ref->key,
		.at = expr_span(ref->at),
	};
}

static struct config_names names_of(const struct compile *c)
{
	return (struct config_names){.config = c->l->config};
}

static void report_undefined(struct compile *c, const struct expr_ref *ref)
{
	struct config_names names = names_of(c);
	struct expr_scope scope = config_scope(&names);
	bool member = ref->name && config_is_root(ref->root);
	struct str_guess near = {.word = member ? ref->name : ref->root};
	struct diags *d = c->l->diags;
	struct diag *m;

	scope.guess(scope.ctx, member ? ref->root : NULL, &near);
	if (member)
		m = diags_error(d, DIAG_UNDEFINED, expr_span(ref->at),
		                "there is no %s \"%s\"", ref->root, ref->name);
	else
		m = diags_error(d, DIAG_UNDEFINED, expr_span(ref->at),
		                "nothing is called \"%s\"", ref->root);
	if (near.best)
		diag_label(d, m, "did you mean \"%s\"?", near.best);
	if (member && !strcmp(ref->root, "env"))
		diag_note(d, m, "allow it with env_allow: [%s] at the top",
		          ref->name);
	if (!member && !near.best)
		diag_note(d, m,
		          "an expression begins with var, local, each, env, "
		          "image, instance, volume, ...");
}

static bool exists(const struct compile *c, const struct expr_ref *ref)
{
	struct config_names names = names_of(c);
	struct expr_scope scope = config_scope(&names);

	if (c->each && ref->name && !strcmp(ref->root, "each"))
		return !strcmp(ref->name, "key") || !strcmp(ref->name, "value");
	if (c->each && ref->name && !strcmp(ref->root, "self"))
		return !strcmp(ref->name, "name") ||
		       !strcmp(ref->name, "address");
	if (ref->name && c->pending && !strcmp(ref->root, "local") &&
	    map_get(c->pending, ref->name))
		return true;
	return scope.find(scope.ctx, ref->root, ref->name) != NULL;
}

/* var[each.key]: which member is meant, only evaluation can tell. */
static bool is_computed(const struct expr_ref *ref)
{
	return !ref->name && ref->at->kind != EXPR_ROOT;
}

static void check_ref(void *ctx, const struct expr_ref *ref)
{
	const struct checking *check = ctx;
	struct compile *c = check->c;
	bool resource = config_is_resource(ref->root);

	if (resource && is_computed(ref)) {
		diags_error(c->l->diags, DIAG_NOT_STATIC, expr_span(ref->at),
		            "which %s is meant must be written out", ref->root);
		return;
	}
	if (!is_computed(ref) && !exists(c, ref)) {
		report_undefined(c, ref);
		return;
	}
	if (!resource)
		return;
	if (!c->resources || (check->attr->flags & SCHEMA_STATIC)) {
		diags_error(c->l->diags, DIAG_NOT_STATIC, expr_span(ref->at),
		            "%s may not depend on a resource such as %s.%s",
		            c->what, ref->root, ref->name);
		return;
	}
	note_edge(c, ref);
}

/* The condition of an if(), when nothing but static names decides it. */
static int decide(void *ctx, const struct expr *condition)
{
	const struct checking *check = ctx;
	struct config_names names = names_of(check->c);
	struct expr_scope scope = config_scope(&names);
	const struct value *v =
		expr_eval(check->c->mem, condition, &scope, NULL);

	return v && v->type == VALUE_BOOL ? v->boolean : -1;
}

/* A field for an image gets ${image.x}, not another kind of thing. */
static bool check_ref_kind(struct compile *c, const struct schema_attr *attr,
                           const struct expr *e, struct src_span at)
{
	bool direct = e->kind == EXPR_MEMBER && e->args[0]->kind == EXPR_ROOT;

	if (attr->type != SCHEMA_REF || !direct ||
	    !strcmp(e->args[0]->name, attr->ref))
		return true;
	diags_error(c->l->diags, DIAG_TYPE, at, "%s: it must be %s", c->what,
	            schema_says(attr));
	return false;
}

static const struct config_term *compile_expr(struct compile *c,
                                              const struct schema_attr *attr,
                                              const struct yaml_node *node)
{
	struct expr_text *text = ARENA_NEW(c->l->mem, struct expr_text);
	struct config_term *t = new_term(c, TERM_EXPR, attr, node);
	struct checking check = {c, attr, t};
	struct expr_visitor v = {&check, check_ref, decide};

	if (attr->flags & SCHEMA_LITERAL) {
		diags_error(c->l->diags, DIAG_NOT_STATIC, yaml_at(node),
		            "%s may not be an expression", c->what);
		return NULL;
	}
	*text = (struct expr_text){node->scalar.s, node->scalar.len, node,
	                           locate};
	if (!expr_parse(c->l->mem, text, c->l->diags, &t->expr) ||
	    !check_ref_kind(c, attr, t->expr, yaml_at(node)))
		return NULL;
	expr_refs(t->expr, &v);
	return t;
}

/* --- nodes ---------------------------------------------------------------- */

/* Text is mostly what it is: the node's own letters are the value. */
static const struct config_term *text_term(struct compile *c,
                                           const struct schema_attr *attr,
                                           const struct yaml_node *node,
                                           const char *text)
{
	struct config_term *t = new_term(c, TERM_VALUE, attr, node);
	struct value *v = ARENA_NEW(c->mem, struct value);

	v->type = VALUE_STRING;
	v->pos = yaml_at(node).pos;
	v->string.s = strcmp(text, node->scalar.s)
	                      ? arena_strdup(c->l->mem, text)
	                      : node->scalar.s;
	v->string.len = strlen(v->string.s);
	t->value = v;
	return t;
}

static const struct config_term *compile_one(struct compile *c,
                                             const struct schema_attr *attr,
                                             const struct yaml_node *node);

static const struct config_term *compile_scalar(struct compile *c,
                                                const struct schema_attr *attr,
                                                const struct yaml_node *node)
{
	const struct value *v;
	const char *problem;

	if (expr_is_template(node->scalar.s, node->scalar.len))
		return compile_expr(c, attr, node);
	if (yaml_is_empty(node) && is_container(attr))
		return NULL;
	if (attr->type == SCHEMA_LIST && (attr->flags & SCHEMA_ONE))
		return compile_one(c, attr, node);
	if (attr->type >= SCHEMA_REF && attr->type != SCHEMA_ANY) {
		config_report_type(c->l->diags, c->what, attr, node);
		return NULL;
	}
	if (attr->type == SCHEMA_STRING && !attr->one_of)
		return text_term(c, attr, node, node->scalar.s);
	v = schema_scalar(c->mem, attr, node->scalar.s, node->scalar.len,
	                  node->style == YAML_PLAIN, &problem);
	if (v && v->type == VALUE_STRING)
		return text_term(c, attr, node, v->string.s);
	if (v)
		return value_term(c, attr, node, v);
	diags_error(c->l->diags, DIAG_TYPE, yaml_at(node), "%s: %s", c->what,
	            problem);
	return NULL;
}

/* A row with more flags than it has in the tables. */
struct config_inner {
	const struct schema_attr *from;
	struct schema_attr row;
	struct config_inner *next;
};

/* The same row for what is inside, with the flags of what is outside. */
static const struct schema_attr *inner(struct compile *c,
                                       const struct schema_attr *attr)
{
	const struct schema_attr *from =
		attr->type == SCHEMA_ANY ? attr : attr->element;
	unsigned flags =
		from->flags | (attr->flags & (SCHEMA_STATIC | SCHEMA_LITERAL));
	struct config_inner *i = c->l->inner;

	if (from->flags == flags)
		return from;
	while (i && (i->from != from || i->row.flags != flags))
		i = i->next;
	if (i)
		return &i->row;
	i = ARENA_NEW(c->l->mem, struct config_inner);
	i->from = from;
	i->row = *from;
	i->row.flags = flags;
	i->next = c->l->inner;
	c->l->inner = i;
	return &i->row;
}

static const struct config_term *fold_list(struct compile *c,
                                           const struct schema_attr *attr,
                                           const struct yaml_node *node,
                                           const struct config_term **v,
                                           size_t n)
{
	const struct value **values =
		ARENA_ARRAY(c->mem, const struct value *, n);
	struct config_term *t;
	size_t i;

	for (i = 0; i < n && v[i]->kind == TERM_VALUE; i++)
		values[i] = v[i]->value;
	if (i == n)
		return value_term(c, attr, node, value_list(c->mem, values, n));
	t = new_term(c, TERM_LIST, attr, node);
	t->list.v = v;
	t->list.n = n;
	return t;
}

static const struct config_term *compile_one(struct compile *c,
                                             const struct schema_attr *attr,
                                             const struct yaml_node *node)
{
	const struct config_term *one = compile_scalar(c, attr->element, node);

	return one ? fold_list(c, attr, node, &one, 1) : NULL;
}

static const struct config_term *compile_list(struct compile *c,
                                              const struct schema_attr *attr,
                                              const struct yaml_node *node)
{
	const struct schema_attr *element;
	const struct config_term **v;
	bool good = true;

	if (attr->type != SCHEMA_LIST && attr->type != SCHEMA_ANY) {
		config_report_type(c->l->diags, c->what, attr, node);
		return NULL;
	}
	element = inner(c, attr);
	v = ARENA_ARRAY(c->mem, const struct config_term *, node->list.n);
	for (size_t i = 0; i < node->list.n; i++) {
		v[i] = config_compile(c, element, node->list.v[i]);
		good = good && v[i];
	}
	return good ? fold_list(c, attr, node, v, node->list.n) : NULL;
}

static const struct config_term *fold_map(struct compile *c,
                                          const struct schema_attr *attr,
                                          const struct yaml_node *node,
                                          const struct config_field *v,
                                          size_t n)
{
	struct value_entry *values = ARENA_ARRAY(c->mem, struct value_entry, n);
	struct config_term *t;
	size_t i;

	for (i = 0; i < n && v[i].term->kind == TERM_VALUE; i++)
		values[i] = (struct value_entry){v[i].key, v[i].term->value};
	if (i == n)
		return value_term(c, attr, node, value_map(c->mem, values, n));
	t = new_term(c, TERM_MAP, attr, node);
	t->map.v = v;
	t->map.n = n;
	return t;
}

static const struct config_term *compile_entries(struct compile *c,
                                                 const struct schema_attr *attr,
                                                 const struct yaml_node *node)
{
	const struct schema_attr *element = inner(c, attr);
	struct config_field *v =
		ARENA_ARRAY(c->mem, struct config_field, node->map.n);
	bool good = true;

	for (size_t i = 0; i < node->map.n; i++) {
		const struct yaml_node *key = node->map.v[i].key;

		if (expr_is_template(key->scalar.s, key->scalar.len)) {
			diags_error(c->l->diags, DIAG_NOT_STATIC, yaml_at(key),
			            "a key may not be an expression");
			good = false;
		}
		v[i] = (struct config_field){
			key->scalar.s, element,
			config_compile(c, element, node->map.v[i].value)};
		good = good && v[i].term;
	}
	return good ? fold_map(c, attr, node, v, node->map.n) : NULL;
}

static const struct config_term *compile_map(struct compile *c,
                                             const struct schema_attr *attr,
                                             const struct yaml_node *node)
{
	const struct config_field *fields;
	size_t n, errors = c->l->diags->errors;

	if (attr->type == SCHEMA_MAP || attr->type == SCHEMA_ANY)
		return compile_entries(c, attr, node);
	if (attr->type != SCHEMA_OBJECT) {
		config_report_type(c->l->diags, c->what, attr, node);
		return NULL;
	}
	fields = config_compile_body(c, attr->kind, node, yaml_at(node),
	                             c->what, &n);
	return errors == c->l->diags->errors
	               ? fold_map(c, attr, node, fields, n)
	               : NULL;
}

static const struct config_term *compile_secret(struct compile *c,
                                                const struct schema_attr *attr,
                                                const struct yaml_node *node)
{
	struct config_term *t = new_term(c, TERM_SECRET, attr, node);

	t->secret = config_read_secret(c->l, node, c->what);
	return t->secret ? t : NULL;
}

const struct config_term *config_compile(struct compile *c,
                                         const struct schema_attr *attr,
                                         const struct yaml_node *node)
{
	if (node->tagged) {
		diags_error(c->l->diags, DIAG_TAG, yaml_at(node),
		            "the tag %s means nothing here", yaml_tag(node));
		return NULL;
	}
	if ((attr->flags & SCHEMA_SECRET) && attr->type == SCHEMA_STRING &&
	    config_is_secret(node))
		return compile_secret(c, attr, node);
	if (node->kind == YAML_IS_SCALAR)
		return compile_scalar(c, attr, node);
	if (node->kind == YAML_IS_LIST)
		return compile_list(c, attr, node);
	return compile_map(c, attr, node);
}

/* --- bodies --------------------------------------------------------------- */

static const char *list_keys(struct arena *mem, const struct schema_kind *kind)
{
	const char *all = "";

	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		all = arena_printf(mem, "%s%s%s", all, *all ? ", " : "",
		                   a->name);
	return all;
}

static void report_unknown_key(struct compile *c,
                               const struct schema_kind *kind,
                               const struct yaml_node *key, const char *title)
{
	struct str_guess near = {.word = key->scalar.s};
	struct diag *m;

	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		str_guess_try(&near, a->name);
	m = diags_error(c->l->diags, DIAG_UNKNOWN_KEY, yaml_at(key),
	                "unknown key \"%s\" in %s", key->scalar.s, title);
	if (near.best)
		diag_label(c->l->diags, m, "did you mean \"%s\"?", near.best);
	diag_note(c->l->diags, m, "%s has: %s", kind->says,
	          list_keys(&c->l->diags->mem, kind));
}

/* `env:` with nothing, and what was meant as its child right below. */
static void warn_empty_parent(struct compile *c, const struct schema_kind *kind,
                              const struct yaml_node *node)
{
	for (size_t i = 0; i + 1 < node->map.n; i++) {
		const struct yaml_node *key = node->map.v[i].key;
		const struct yaml_node *after = node->map.v[i + 1].key;
		struct diag *m;

		if (node->flow || !yaml_is_empty(node->map.v[i].value) ||
		    schema_find(kind, after->scalar.s))
			continue;
		m = diags_warn(c->l->diags, DIAG_EMPTY_PARENT, yaml_at(key),
		               "\"%s\" has no value", key->scalar.s);
		diag_also(c->l->diags, m, yaml_at(after),
		          "indent this if it belongs to it");
	}
}

/* The default of a row: one term for everybody, written nowhere. */
struct config_initial {
	const struct schema_attr *attr;
	const struct config_term *term;
	struct config_initial *next;
};

static const struct config_term *initial_term(struct compile *c,
                                              const struct schema_attr *a)
{
	struct compile shared = {.l = c->l, .mem = c->l->mem};
	struct yaml_node nowhere = {.file = NULL};
	struct config_initial *i = c->l->initial;
	const char *problem;

	while (i && i->attr != a)
		i = i->next;
	if (i)
		return i->term;
	i = ARENA_NEW(c->l->mem, struct config_initial);
	i->attr = a;
	i->next = c->l->initial;
	i->term = value_term(&shared, a, &nowhere,
	                     schema_scalar(c->l->mem, a, a->initial,
	                                   strlen(a->initial), true, &problem));
	c->l->initial = i;
	return i->term;
}

static void compile_known(struct compile *c, const struct schema_attr *a,
                          const struct yaml_pair *pair, const char *title,
                          struct config_field *out)
{
	const char *outer = c->what;

	if (a->flags & SCHEMA_NOT_WIRED)
		diags_error(c->l->diags, DIAG_NOT_YET, yaml_at(pair->key),
		            "\"%s\" in %s is checked, but nothing acts on it "
		            "yet",
		            a->name, title);
	c->what = arena_concat(c->mem, "\"", a->name, "\" of ", title, NULL);
	*out = (struct config_field){a->name, a,
	                             config_compile(c, a, pair->value)};
	c->what = outer;
}

static void compile_absent(struct compile *c, const struct schema_attr *a,
                           struct src_span at, const char *title,
                           struct config_field *out)
{
	if (a->flags & SCHEMA_REQUIRED)
		diags_error(c->l->diags, DIAG_MISSING, at,
		            "%s needs \"%s\": %s", title, a->name, a->help);
	if (a->initial)
		*out = (struct config_field){a->name, a, initial_term(c, a)};
}

enum { MOST_ATTRS = 64 }; /* rows of a kind, in our own tables */

/* For each row of `kind`, where `node` has it. */
static void find_given(struct compile *c, const struct schema_kind *kind,
                       const struct yaml_node *node, const char *title,
                       const struct yaml_pair **given)
{
	if (node->kind != YAML_IS_MAP)
		return;
	warn_empty_parent(c, kind, node);
	for (size_t i = 0; i < node->map.n; i++) {
		const struct yaml_node *key = node->map.v[i].key;
		const struct schema_attr *a = schema_find(kind, key->scalar.s);

		assert(!a || a - kind->attrs < MOST_ATTRS);
		if (a)
			given[a - kind->attrs] = &node->map.v[i];
		else
			report_unknown_key(c, kind, key, title);
	}
}

const struct config_field *config_compile_body(struct compile *c,
                                               const struct schema_kind *kind,
                                               const struct yaml_node *node,
                                               struct src_span at,
                                               const char *title, size_t *n)
{
	struct config_field all[MOST_ATTRS] = {0}, *v;
	const struct yaml_pair *given[MOST_ATTRS] = {NULL};

	find_given(c, kind, node, title, given);
	*n = 0;
	for (size_t i = 0; kind->attrs[i].name; i++) {
		const struct schema_attr *a = &kind->attrs[i];

		if (given[i])
			compile_known(c, a, given[i], title, &all[*n]);
		else
			compile_absent(c, a, at, title, &all[*n]);
		*n += all[*n].term != NULL;
	}
	/* Most rows of a kind are not used by most blocks. */
	v = arena_grow(c->mem, all, *n, *n, sizeof(*v),
	               alignof(struct config_field));
	return v;
}
