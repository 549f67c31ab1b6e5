/*
 * link.c - from blocks to objects: for_each is expanded, and every use of
 * another block becomes an edge between nodes.
 */
#include <string.h>

#include "parser/config/internal.h"

struct linker {
	struct loader *l;
	struct config *c;
	struct arena tmp;   /* for what ends with the linking */
	size_t cap;         /* of c->wants, which are in `tmp` until then */
	struct map members; /* address -> place in c->wants, from 1 on */
	struct map names;   /* kind and name, to find clashes */
	size_t *seen;       /* of each node: the last block that needs it */
	size_t stamp;       /* of the block being looked at */
};

/* --- members -------------------------------------------------------------- */

static const struct value *static_value(struct linker *k,
                                        const struct config_block *b,
                                        const char *key,
                                        const struct config_want *w)
{
	const struct config_field *f =
		config_field(b->fields, b->nr_fields, key);
	struct config_names names = {.config = k->c, .want = w};
	struct evaluate ev = {NULL, k->l->mem, config_scope(&names),
	                      k->l->diags};
	const struct value *v = f ? config_eval(&ev, f->term) : NULL;

	return v && config_refuse_secret(k->l->diags, f->term, v) ? NULL : v;
}

static bool is_true(const struct value *v)
{
	return v && v->type == VALUE_BOOL && v->boolean;
}

/* true means the object that has this one's name. */
static const char *adopt_of(struct linker *k, const struct config_block *b,
                            const struct config_want *w)
{
	const struct value *v = static_value(k, b, "adopt", w);

	if (!v || v->type != VALUE_STRING || !strcmp(v->string.s, "false"))
		return NULL;
	return strcmp(v->string.s, "true") ? v->string.s : w->name;
}

static void add_want(struct linker *k, struct config_block *b,
                     const struct value *key, const struct value *value)
{
	struct arena *mem = k->l->mem;
	struct config_want w = {.block = b, .provider = b->provider};

	w.each_key = key;
	w.each_value = value;
	w.name = key ? arena_concat(mem, b->name, "-", key->string.s, NULL)
	             : b->name;
	w.address = key ? arena_concat(mem, b->kind->name, ".", b->name, "[\"",
	                               key->string.s, "\"]", NULL)
	                : arena_concat(mem, b->kind->name, ".", b->name, NULL);
	w.protect = is_true(static_value(k, b, "protect", &w));
	w.adopt = adopt_of(k, b, &w);
	if (!schema_is_name(w.name))
		diags_error(k->l->diags, DIAG_NAME, b->at,
		            "\"%s\" cannot be the name of an instance: "
		            "the key \"%s\" must match [a-z0-9]([-a-z0-9]*"
		            "[a-z0-9])? and the whole have at most 32 letters",
		            w.name, key ? key->string.s : "");
	else if (b->kind != &schema_image &&
	         !map_add(&k->names,
	                  arena_concat(&k->tmp, b->kind->name, ".", w.name,
	                               NULL),
	                  b))
		diags_error(k->l->diags, DIAG_NAME, b->at,
		            "two objects would be called \"%s\"", w.name);
	ARENA_RESERVE(&k->tmp, struct config_want, k->c->wants, k->c->nr_wants,
	              k->cap);
	k->c->wants[k->c->nr_wants++] = w;
	(void)map_add(&k->members, w.address, (void *)k->c->nr_wants);
	b->nr_wants++;
}

static void report_for_each(struct linker *k, const struct config_block *b,
                            const char *text)
{
	const struct config_field *f =
		config_field(b->fields, b->nr_fields, "for_each");

	diags_error(k->l->diags, DIAG_TYPE, f->term->at,
	            "\"for_each\" of %s \"%s\": %s", b->kind->name, b->name,
	            text);
}

static void expand_list(struct linker *k, struct config_block *b,
                        const struct value *list)
{
	struct map seen;

	map_init(&seen, &k->tmp);
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *v = list->list.v[i], *key = v;

		if (v->type == VALUE_UNKNOWN)
			return; /* why was reported */
		if (v->type == VALUE_INT)
			key = value_string(k->l->mem,
			                   value_to_json(k->l->mem, v));
		if (key->type != VALUE_STRING) {
			report_for_each(k, b,
			                "a list must hold strings or ints; "
			                "use a map for anything else");
			return;
		}
		if (!map_add(&seen, key->string.s, key)) {
			report_for_each(k, b,
			                arena_printf(k->l->mem,
			                             "\"%s\" is there twice",
			                             key->string.s));
			return;
		}
		add_want(k, b, key, v);
	}
}

static void expand_int(struct linker *k, struct config_block *b, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		add_want(k, b,
		         value_string(k->l->mem, arena_printf(&k->tmp, "%lld",
		                                              (long long)i)),
		         value_int(k->l->mem, i));
}

static size_t count_of(const struct value *v)
{
	if (v->type == VALUE_LIST)
		return v->list.n;
	if (v->type == VALUE_MAP)
		return v->map.n;
	return v->type == VALUE_INT && v->integer > 0 ? (size_t)v->integer : 0;
}

static void expand(struct linker *k, struct config_block *b)
{
	const struct value *each = static_value(k, b, "for_each", NULL);

	if (!each || each->type == VALUE_UNKNOWN)
		return;
	if (count_of(each) > CONFIG_MOST_OBJECTS - k->c->nr_wants)
		report_for_each(k, b,
		                arena_printf(k->l->mem,
		                             "a stack has at most %d objects",
		                             CONFIG_MOST_OBJECTS));
	else if (each->type == VALUE_INT && each->integer >= 0)
		expand_int(k, b, each->integer);
	else if (each->type == VALUE_LIST)
		expand_list(k, b, each);
	else if (each->type == VALUE_MAP)
		for (size_t i = 0; i < each->map.n; i++)
			add_want(k, b,
			         value_string(k->l->mem, each->map.v[i].key),
			         each->map.v[i].value);
	else
		report_for_each(k, b,
		                "it must be a number from 0 on, a list or a "
		                "map");
}

static void set_roll(struct linker *k, struct config_block *b)
{
	const struct value *roll = static_value(k, b, "roll", NULL);

	b->max_unavailable = (size_t)value_get_int(roll, "max_unavailable", 1);
	if (roll && !b->each)
		diags_error(k->l->diags, DIAG_EXCLUDES,
		            (struct src_span){roll->pos, 0},
		            "%s \"%s\" has \"roll\" and no \"for_each\": "
		            "there is nothing to roll through",
		            b->kind->name, b->name);
}

static void add_members(struct linker *k, struct config_block *b)
{
	const struct value *when = static_value(k, b, "when", NULL);

	b->first = k->c->nr_wants;
	b->absent = when && !is_true(when);
	if (b->absent)
		return;
	set_roll(k, b);
	if (b->each)
		expand(k, b);
	else
		add_want(k, b, NULL, NULL);
}

/* --- images: one want for each provider that boots it --------------------- */

static void init_images(struct linker *k)
{
	for (size_t i = 0; i < k->c->nr_blocks; i++) {
		struct config_block *b = &k->c->blocks[i];

		if (b->kind != &schema_image)
			continue;
		b->first = CONFIG_NO_NODE;
		b->by_provider =
			ARENA_ARRAY(k->l->mem, size_t, k->c->nr_providers);
		for (size_t p = 0; p < k->c->nr_providers; p++)
			b->by_provider[p] = CONFIG_NO_NODE;
	}
}

static void want_image(struct linker *k, struct config_block *image,
                       size_t provider)
{
	if (image->by_provider[provider] != CONFIG_NO_NODE)
		return;
	image->by_provider[provider] = k->c->nr_wants;
	add_want(k, image, NULL, NULL);
	k->c->wants[k->c->nr_wants - 1].provider = provider;
}

static void want_images_of(struct linker *k, const struct config_block *b)
{
	for (size_t i = 0; b->nr_wants && i < b->nr_edges; i++) {
		struct config_block *to = &k->c->blocks[b->edges[i].to];

		if (to->kind == &schema_image)
			want_image(k, to, b->provider);
	}
}

static void warn_unused(struct linker *k)
{
	for (size_t i = 0; i < k->c->nr_blocks; i++) {
		const struct config_block *b = &k->c->blocks[i];

		if (b->kind == &schema_image && !b->nr_wants &&
		    !k->l->diags->errors)
			diags_warn(k->l->diags, DIAG_UNUSED, b->at,
			           "no instance boots the image \"%s\"; it is "
			           "not built",
			           b->name);
	}
}

/* --- depends_on ----------------------------------------------------------- */

static void report_depends(struct linker *k, const struct value *v)
{
	struct str_guess near = {.word = v->string.s};
	struct diag *m;

	for (size_t i = 0; i < k->c->nr_blocks; i++)
		str_guess_try(&near, arena_printf(&k->tmp, "%s.%s",
		                                  k->c->blocks[i].kind->name,
		                                  k->c->blocks[i].name));
	m = diags_error(k->l->diags, DIAG_UNDEFINED,
	                (struct src_span){v->pos, (uint32_t)v->string.len},
	                "there is no \"%s\" to depend on", v->string.s);
	if (near.best)
		diag_label(k->l->diags, m, "did you mean \"%s\"?", near.best);
}

/* Add what depends_on says to the block's edges. */
static void add_depends(struct linker *k, struct config_block *b)
{
	const struct config_field *f =
		config_field(b->fields, b->nr_fields, "depends_on");
	const struct value *list = f ? f->term->value : NULL;
	struct config_edge *edges;

	if (!list)
		return;
	edges = arena_grow(k->l->mem, b->edges, b->nr_edges,
	                   b->nr_edges + list->list.n, sizeof(*edges),
	                   alignof(struct config_edge));
	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *v = list->list.v[i];
		const char *key;
		const struct config_block *to = config_parse_address(
			k->l->mem, k->c, v->string.s, &key);

		if (!to) {
			report_depends(k, v);
			continue;
		}
		edges[b->nr_edges++] = (struct config_edge){
			.to = (size_t)(to - k->c->blocks),
			.key = key,
			.at = {v->pos, (uint32_t)v->string.len},
		};
	}
	b->edges = edges;
}

/* --- edges ---------------------------------------------------------------- */

static void report_cycle(struct linker *k, const struct config_edge **edges,
                         const size_t *round, size_t n)
{
	struct diag *m = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct config_edge *e = edges[round[i]];
		const struct config_block *to = &k->c->blocks[e->to];
		const char *kind = to->kind->name;

		if (!m) {
			m = diags_error(k->l->diags, DIAG_CYCLE, e->at,
			                n == 1 ? "this refers to itself"
			                       : "these refer to each other in "
			                         "a circle");
			diag_label(k->l->diags, m, "needs %s.%s", kind,
			           to->name);
		} else {
			diag_also(k->l->diags, m, e->at, "which needs %s.%s",
			          kind, to->name);
		}
	}
}

static bool check_cycles(struct linker *k)
{
	struct arena *mem = &k->tmp;
	size_t n = k->c->nr_blocks, m = 0, count;
	size_t *first = ARENA_ARRAY(mem, size_t, n + 1), *to, *order;
	const struct config_edge **edges;

	for (size_t i = 0; i < n; i++) {
		first[i] = m;
		m += k->c->blocks[i].nr_edges;
	}
	first[n] = m;
	to = ARENA_ARRAY(mem, size_t, m);
	edges = ARENA_ARRAY(mem, const struct config_edge *, m);
	order = ARENA_ARRAY(mem, size_t, n > m ? n : m);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < k->c->blocks[i].nr_edges; j++) {
			edges[first[i] + j] = &k->c->blocks[i].edges[j];
			to[first[i] + j] = k->c->blocks[i].edges[j].to;
		}
	if (config_order(mem, n, first, to, order, &count))
		return true;
	report_cycle(k, edges, order, count);
	return false;
}

static void report_member(struct linker *k, const struct config_edge *e)
{
	const struct config_block *to = &k->c->blocks[e->to];

	diags_error(k->l->diags, DIAG_UNDEFINED, e->at,
	            "there is no %s.%s[\"%s\"]", to->kind->name, to->name,
	            e->key);
}

/* The node an edge leads to from a block at `provider`. */
static size_t node_of(struct linker *k, const struct config_edge *e,
                      size_t provider)
{
	const struct config_block *to = &k->c->blocks[e->to];
	size_t place;

	if (to->absent || (!to->each && !to->nr_wants))
		return CONFIG_NO_NODE;
	if (to->by_provider)
		return to->by_provider[provider];
	if (!to->each)
		return to->first;
	if (!e->key)
		return to->group;
	place = (uintptr_t)map_get(
		&k->members, arena_printf(&k->tmp, "%s.%s[\"%s\"]",
	                                  to->kind->name, to->name, e->key));
	if (place)
		return place - 1;
	if (!to->broken)
		report_member(k, e);
	return CONFIG_NO_NODE;
}

/* All members of a block need the same. */
static const size_t *needs_of(struct linker *k, const struct config_block *b,
                              size_t provider, size_t *n)
{
	size_t *needs = ARENA_ARRAY(k->l->mem, size_t, b->nr_edges);

	*n = 0;
	k->stamp++;
	for (size_t i = 0; i < b->nr_edges; i++) {
		size_t node = node_of(k, &b->edges[i], provider);

		if (node == CONFIG_NO_NODE || k->seen[node] == k->stamp)
			continue;
		k->seen[node] = k->stamp;
		needs[(*n)++] = node;
	}
	return needs;
}

static void add_needs(struct linker *k)
{
	const struct config_block *last = NULL;
	const size_t *needs = NULL;
	size_t n = 0;

	k->seen =
		ARENA_ARRAY(&k->tmp, size_t, k->c->nr_wants + k->c->nr_groups);

	for (size_t i = 0; i < k->c->nr_wants; i++) {
		struct config_want *w = &k->c->wants[i];

		if (w->block != last || w->block->by_provider)
			needs = needs_of(k, w->block, w->provider, &n);
		last = w->block;
		w->needs = needs;
		w->nr_needs = n;
	}
}

static void add_groups(struct linker *k)
{
	struct config *c = k->c;

	c->groups = ARENA_ARRAY(k->l->mem, const struct config_block *,
	                        c->nr_blocks);
	for (size_t i = 0; i < c->nr_blocks; i++) {
		if (!c->blocks[i].each)
			continue;
		c->blocks[i].group = c->nr_wants + c->nr_groups;
		c->groups[c->nr_groups++] = &c->blocks[i];
	}
}

void config_link(struct loader *l)
{
	struct linker k = {.l = l, .c = l->config};

	map_init(&k.members, &k.tmp);
	map_init(&k.names, &k.tmp);
	init_images(&k);
	for (size_t i = 0; i < k.c->nr_blocks; i++) {
		add_depends(&k, &k.c->blocks[i]);
		if (k.c->blocks[i].kind != &schema_image)
			add_members(&k, &k.c->blocks[i]);
	}
	for (size_t i = 0; i < k.c->nr_blocks; i++)
		want_images_of(&k, &k.c->blocks[i]);
	add_groups(&k);
	warn_unused(&k);
	config_link_moves(l, &k.members);
	if (check_cycles(&k))
		add_needs(&k);
	k.c->wants =
		arena_grow(l->mem, k.c->wants, k.c->nr_wants, k.c->nr_wants,
	                   sizeof(*k.c->wants), alignof(struct config_want));
	arena_free(&k.tmp);
}

const char *config_node_address(struct arena *mem, const struct config *c,
                                size_t node)
{
	const struct config_block *b;

	if (node < c->nr_wants)
		return c->wants[node].address;
	b = c->groups[node - c->nr_wants];
	return arena_printf(mem, "%s.%s", b->kind->name, b->name);
}
