/* lifecycle.c - what a file says about changes: ignore, replace, moved. */
#include <string.h>

#include "parser/config/internal.h"

/* --- ignore, replace ------------------------------------------------------ */

static bool in_spec(const struct schema_attr *a)
{
	return a && !(a->flags & SCHEMA_META);
}

/* The attribute that `path` begins with; a dot only leads into a map. */
static bool is_path(struct arena *mem, const struct schema_kind *kind,
                    const char *path)
{
	size_t len = strcspn(path, ".");
	const struct schema_attr *a =
		schema_find(kind, arena_strndup(mem, path, len));

	if (!in_spec(a) || !path[len])
		return in_spec(a);
	if (a->type == SCHEMA_OBJECT)
		return schema_find(a->kind, path + len + 1) != NULL;
	return a->type == SCHEMA_MAP && path[len + 1];
}

static void report_path(struct loader *l, const struct config_block *b,
                        const struct value *v)
{
	struct str_guess near = {.word = v->string.s};
	struct diag *m;

	for (const struct schema_attr *a = b->kind->attrs; a->name; a++)
		if (in_spec(a))
			str_guess_try(&near, a->name);
	m = diags_error(l->diags, DIAG_UNDEFINED,
	                (struct src_span){v->pos, (uint32_t)v->string.len},
	                "%s has no attribute \"%s\" to ignore", b->kind->says,
	                v->string.s);
	if (near.best)
		diag_label(l->diags, m, "did you mean \"%s\"?", near.best);
}

static void read_ignore(struct loader *l, struct config_block *b)
{
	const struct config_field *f =
		config_field(b->fields, b->nr_fields, "ignore");
	const struct value *list = f ? f->term->value : NULL;
	const char **v;

	if (!list)
		return;
	v = ARENA_ARRAY(l->mem, const char *, list->list.n);
	for (size_t i = 0; i < list->list.n; i++) {
		v[i] = list->list.v[i]->string.s;
		if (!is_path(l->mem, b->kind, v[i]))
			report_path(l, b, list->list.v[i]);
	}
	b->ignore = v;
	b->nr_ignore = list->list.n;
}

void config_read_lifecycle(struct loader *l, struct config_block *b)
{
	const struct config_field *f =
		config_field(b->fields, b->nr_fields, "replace");

	read_ignore(l, b);
	if (f)
		b->replace = strcmp(f->term->value->string.s, "create_first")
		                     ? CONFIG_REPLACE_DESTROY_FIRST
		                     : CONFIG_REPLACE_CREATE_FIRST;
}

/* --- moved ---------------------------------------------------------------- */

struct moves {
	struct loader *l;
	const struct map *members;
	struct config_move *v;
	size_t n;
	struct map from; /* address -> place in v, from 1 on */
};

static size_t length_of_kind(const char *address)
{
	return strcspn(address, ".");
}

/* KIND.NAME or KIND.NAME["KEY"], for a kind of object that has a name. */
static bool is_address(const struct moves *m, const char *text)
{
	size_t len = length_of_kind(text), name;
	const char *key;

	if (!text[len] ||
	    !config_is_resource(arena_strndup(m->l->mem, text, len)))
		return false;
	name = strcspn(text + len + 1, "[");
	if (!schema_is_name(arena_strndup(m->l->mem, text + len + 1, name)))
		return false;
	key = text + len + 1 + name;
	return !*key || (strlen(key) > 4 && key[1] == '"' &&
	                 !strcmp(key + strlen(key) - 2, "\"]"));
}

/* Is something wanted there: a block, or one member? */
static bool is_wanted(const struct moves *m, const char *address)
{
	const char *key;
	const struct config_block *b =
		config_parse_address(m->l->mem, m->l->config, address, &key);

	return b && (!key || map_get(m->members, address));
}

static bool has_key(const char *address)
{
	return strchr(address, '[') != NULL;
}

/* Why there can be no such move; NULL when there can. */
static const char *problem_of(const struct moves *m, const char *from,
                              const char *to)
{
	size_t len = length_of_kind(from);

	if (!is_address(m, from))
		return "\"from\" must be an address such as instance.NAME";
	if (!is_address(m, to))
		return "\"to\" must be an address such as instance.NAME";
	if (len != length_of_kind(to) || strncmp(from, to, len))
		return "\"from\" and \"to\" must be of one kind";
	if (!strcmp(from, to))
		return "\"from\" and \"to\" are the same";
	if (is_wanted(m, from))
		return "what is at \"from\" is still in the file";
	if (map_get(&m->from, from))
		return "\"from\" is moved twice";
	return NULL;
}

static void read_move(struct moves *m, const struct yaml_node *node)
{
	struct compile c = {.l = m->l, .mem = m->l->mem};
	const struct config_field *fields, *from, *to;
	const char *problem;
	size_t n;

	fields = config_compile_body(&c, &schema_move, node, yaml_at(node),
	                             "a move", &n);
	from = config_field(fields, n, "from");
	to = config_field(fields, n, "to");
	if (!from || !to)
		return;
	m->v[m->n] = (struct config_move){
		.from = from->term->value->string.s,
		.to = to->term->value->string.s,
		.at = from->term->at,
	};
	problem = problem_of(m, m->v[m->n].from, m->v[m->n].to);
	if (problem) {
		diags_error(m->l->diags, DIAG_MOVE, yaml_at(node), "%s",
		            problem);
		return;
	}
	(void)map_add(&m->from, m->v[m->n].from, (void *)(m->n + 1));
	m->n++;
}

/* The end of the chain that `to` begins, or NULL when it goes round. */
static const char *follow(const struct moves *m, const char *to)
{
	size_t next;

	for (size_t i = 0; i <= m->n; i++) {
		next = (uintptr_t)map_get(&m->from, to);
		if (!next)
			return to;
		to = m->v[next - 1].to;
	}
	return NULL;
}

static void finish_move(struct moves *m, struct config_move *v)
{
	const char *to = follow(m, v->to);

	if (!to)
		diags_error(m->l->diags, DIAG_MOVE, v->at,
		            "these moves go round in a circle");
	else if (!is_wanted(m, to))
		diags_error(m->l->diags, DIAG_MOVE, v->at,
		            "there is no %s in the file to move to", to);
	else if (has_key(v->from) && !has_key(to) && !map_get(m->members, to))
		diags_error(m->l->diags, DIAG_MOVE, v->at,
		            "one object cannot become the group %s", to);
	else
		v->to = to;
}

void config_link_moves(struct loader *l, const struct map *members)
{
	const struct yaml_node *node = yaml_get(l->root, "moved");
	struct moves m = {.l = l, .members = members};

	if (!node || node->kind != YAML_IS_LIST)
		return;
	map_init(&m.from, l->mem);
	m.v = ARENA_ARRAY(l->mem, struct config_move, node->list.n);
	for (size_t i = 0; i < node->list.n; i++) {
		if (node->list.v[i]->kind == YAML_IS_MAP)
			read_move(&m, node->list.v[i]);
		else
			config_report_type(
				l->diags, "an entry of \"moved\"",
				&(struct schema_attr){.type = SCHEMA_OBJECT},
				node->list.v[i]);
	}
	for (size_t i = 0; i < m.n; i++)
		finish_move(&m, &m.v[i]);
	l->config->moves = m.v;
	l->config->nr_moves = m.n;
}
