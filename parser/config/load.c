/* load.c - the sections of a stack's file, one after the other. */
#include <stdlib.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/base/str.h"
#include "parser/config/internal.h"
#include "parser/expr/inputs.h"

static const struct yaml_node *section(const struct loader *l, const char *name)
{
	const struct yaml_node *n = yaml_get(l->root, name);

	return n && n->kind == YAML_IS_MAP ? n : NULL;
}

static size_t entries(const struct yaml_node *section)
{
	return section ? section->map.n : 0;
}

static void check_name(struct loader *l, const char *what,
                       const struct yaml_node *key)
{
	if (!schema_is_name(key->scalar.s))
		diags_error(l->diags, DIAG_NAME, yaml_at(key),
		            "the name of %s must match "
		            "[a-z]([-a-z0-9]{0,30}[a-z0-9])?",
		            what);
}

/* --- providers ------------------------------------------------------------ */

static const struct value *settings_of(struct loader *l,
                                       const struct yaml_node *body,
                                       const char *title, bool *broken)
{
	static const struct schema_attr row = {
		.name = "setting", .type = SCHEMA_ANY, .flags = SCHEMA_STATIC};
	struct compile c = {.l = l, .mem = l->mem};
	const struct value *all = value_map(l->mem, NULL, 0), *v;

	for (size_t i = 0; i < body->map.n; i++) {
		const struct yaml_pair *pair = &body->map.v[i];

		if (!strcmp(pair->key->scalar.s, "type"))
			continue;
		c.what = arena_printf(l->mem, "\"%s\" of %s",
		                      pair->key->scalar.s, title);
		v = config_eval_static(l,
		                       config_compile(&c, &row, pair->value));
		*broken = *broken || !v || value_has_unknown(v);
		if (v)
			all = value_with(l->mem, all, pair->key->scalar.s, v);
	}
	return all;
}

static bool check_provider_type(struct loader *l, const char *type,
                                struct src_span at)
{
	const char *const *known = l->how->provider_types;
	struct str_guess near = {.word = type};
	const char *all = "";
	struct diag *m;

	for (; *known; known++) {
		if (!strcmp(*known, type))
			return true;
		str_guess_try(&near, *known);
		all = arena_printf(l->mem, "%s%s%s", all, *all ? ", " : "",
		                   *known);
	}
	m = diags_error(l->diags, DIAG_UNDEFINED, at,
	                "there is no provider of type \"%s\"", type);
	if (near.best)
		diag_label(l->diags, m, "did you mean \"%s\"?", near.best);
	diag_note(l->diags, m, "this miso has: %s", all);
	return false;
}

static void load_provider(struct loader *l, const struct yaml_pair *pair,
                          struct config_provider *out)
{
	const char *title =
		arena_printf(l->mem, "provider \"%s\"", pair->key->scalar.s);
	const struct yaml_node *type;

	check_name(l, "a provider", pair->key);
	*out = (struct config_provider){.name = pair->key->scalar.s,
	                                .type = "",
	                                .settings = value_map(l->mem, NULL, 0),
	                                .at = yaml_at(pair->key),
	                                .broken = true};
	if (pair->value->kind != YAML_IS_MAP) {
		diags_error(l->diags, DIAG_TYPE, yaml_at(pair->value),
		            "%s must be a map such as {type: qemu}", title);
		return;
	}
	type = yaml_get(pair->value, "type");
	if (!type || type->kind != YAML_IS_SCALAR) {
		diags_error(l->diags, DIAG_MISSING, yaml_at(pair->key),
		            "%s needs \"type\": %s", title,
		            schema_provider.attrs[0].help);
		return;
	}
	out->type = type->scalar.s;
	out->broken = !check_provider_type(l, out->type, yaml_at(type));
	out->settings = settings_of(l, pair->value, title, &out->broken);
}

void config_load_providers(struct loader *l)
{
	const struct yaml_node *node = section(l, "providers");
	size_t n = entries(node);
	struct config_provider *v =
		ARENA_ARRAY(l->mem, struct config_provider, n + 1);

	for (size_t i = 0; i < n; i++)
		load_provider(l, &node->map.v[i], &v[i]);
	if (!n)
		v[n++] = (struct config_provider){
			.name = l->how->default_provider,
			.type = l->how->default_provider,
			.settings = value_map(l->mem, NULL, 0),
			.implicit = true,
		};
	l->config->providers = v;
	l->config->nr_providers = n;
}

/* --- firewalls ------------------------------------------------------------ */

static void load_firewall(struct loader *l, const struct yaml_pair *pair)
{
	const char *name = pair->key->scalar.s;
	const char *title = arena_printf(l->mem, "firewall \"%s\"", name);
	const struct value *spec = value_map(l->mem, NULL, 0), *v;
	struct compile c = {.l = l, .mem = l->mem};
	const struct config_field *fields;
	size_t n;

	check_name(l, "a firewall", pair->key);
	if (pair->value->kind != YAML_IS_MAP && !yaml_is_empty(pair->value)) {
		config_report_type(l->diags, title,
		                   &(struct schema_attr){.type = SCHEMA_MAP},
		                   pair->value);
		return;
	}
	fields = config_compile_body(&c, &schema_firewall, pair->value,
	                             yaml_at(pair->key), title, &n);
	for (size_t i = 0; i < n; i++) {
		v = config_eval_static(l, fields[i].term);
		if (v)
			spec = value_with(l->mem, spec, fields[i].key, v);
	}
	(void)map_add(&l->config->firewalls, name,
	              value_at(l->mem, spec, yaml_at(pair->key).pos));
}

void config_load_firewalls(struct loader *l)
{
	const struct yaml_node *node = section(l, "firewalls");

	for (size_t i = 0; i < entries(node); i++)
		load_firewall(l, &node->map.v[i]);
}

/* --- images, volumes, instances ------------------------------------------- */

struct part {
	const char *section;
	const struct schema_kind *kind;
};

static const struct part parts[] = {
	{"images", &schema_image},
	{"volumes", &schema_volume},
	{"addresses", &schema_address},
	{"instances", &schema_instance},
};

static struct map *map_of(struct config *c, const struct schema_kind *kind)
{
	return kind == &schema_image     ? &c->images
	       : kind == &schema_volume  ? &c->volumes
	       : kind == &schema_address ? &c->addresses
	                                 : &c->instances;
}

static const struct config_field *static_field(const struct config_block *b,
                                               const char *key)
{
	return config_field(b->fields, b->nr_fields, key);
}

static const struct config_provider *find_provider(const struct config *c,
                                                   const char *name)
{
	for (size_t i = 0; i < c->nr_providers; i++)
		if (!strcmp(c->providers[i].name, name))
			return &c->providers[i];
	return NULL;
}

static void report_provider(struct loader *l, const char *name,
                            struct src_span at)
{
	const struct config *c = l->config;
	struct str_guess near = {.word = name};
	struct diag *m;

	for (size_t i = 0; i < c->nr_providers; i++)
		str_guess_try(&near, c->providers[i].name);
	m = diags_error(l->diags, DIAG_UNDEFINED, at,
	                "there is no provider \"%s\"", name);
	if (near.best)
		diag_label(l->diags, m, "did you mean \"%s\"?", near.best);
}

static void choose_provider(struct loader *l, struct config_block *b)
{
	const struct config_field *f = static_field(b, "provider");
	const struct config_provider *p = NULL;
	const struct value *name;

	if (!f) {
		if (l->config->nr_providers > 1)
			diags_error(l->diags, DIAG_MISSING, b->at,
			            "%s \"%s\" needs \"provider\": there are "
			            "several",
			            b->kind->name, b->name);
		return;
	}
	name = config_eval_static(l, f->term);
	if (!name || name->type != VALUE_STRING)
		return; /* reported, or it hangs on what was reported */
	p = find_provider(l->config, name->string.s);
	if (p)
		b->provider = (size_t)(p - l->config->providers);
	else
		report_provider(l, name->string.s, f->term->at);
}

/* `broker:` and then, not indented, what was meant to be inside. */
static void warn_not_indented(struct loader *l, const struct yaml_node *map,
                              size_t i, const struct config_block *b)
{
	const struct yaml_node *next;
	struct diag *m;

	if (!yaml_is_empty(map->map.v[i].value) || i + 1 == map->map.n)
		return;
	next = map->map.v[i + 1].key;
	if (!schema_find(b->kind, next->scalar.s))
		return;
	m = diags_warn(l->diags, DIAG_EMPTY_PARENT, b->at, "%s \"%s\" is empty",
	               b->kind->name, b->name);
	diag_also(l->diags, m, yaml_at(next),
	          "indent this if it belongs to it");
}

/* In `mem`, of which nothing is needed afterwards. */
static void compile_block(struct loader *l, struct arena *mem,
                          const struct yaml_pair *pair, struct config_block *b)
{
	const char *title =
		arena_concat(mem, b->kind->name, " \"", b->name, "\"", NULL);
	size_t errors = l->diags->errors;
	struct compile c = {.l = l, .mem = mem, .resources = true};

	c.each = b->each;
	if (pair->value->kind != YAML_IS_MAP && !yaml_is_empty(pair->value))
		config_report_type(l->diags, title,
		                   &(struct schema_attr){.type = SCHEMA_MAP},
		                   pair->value);
	else
		b->fields = config_compile_body(&c, b->kind, pair->value, b->at,
		                                title, &b->nr_fields);
	if (b->kind == &schema_image && b->fields &&
	    !static_field(b, "program") && !static_field(b, "package") &&
	    errors == l->diags->errors)
		diags_error(l->diags, DIAG_MISSING, b->at,
		            "%s needs \"program\" or \"package\": %s", title,
		            schema_find(b->kind, "program")->help);
	b->fields = config_keep(l->mem, b->fields, b->nr_fields);
	b->edges = arena_grow(l->mem, c.edges, c.nr_edges, c.nr_edges,
	                      sizeof(*c.edges), alignof(struct config_edge));
	b->nr_edges = c.nr_edges;
	if (schema_find(b->kind, "provider"))
		choose_provider(l, b);
	config_read_lifecycle(l, b);
	b->broken = errors != l->diags->errors;
}

enum { AT_ONCE = 64 }; /* blocks, before the memory is used again */

static void compile_blocks(struct loader *l)
{
	struct config_block *b = l->config->blocks;
	const struct yaml_node *node;
	struct arena mem = {0};

	for (size_t p = 0; p < ARRAY_LEN(parts); p++) {
		node = section(l, parts[p].section);
		for (size_t i = 0; i < entries(node); i++, b++) {
			warn_not_indented(l, node, i, b);
			compile_block(l, &mem, &node->map.v[i], b);
			if (i % AT_ONCE == AT_ONCE - 1)
				arena_free(&mem);
		}
	}
	arena_free(&mem);
}

/* The names first, so that every body can refer to every block. */
void config_load_blocks(struct loader *l)
{
	struct config *c = l->config;
	const struct yaml_node *node;
	size_t n = 0;

	for (size_t p = 0; p < ARRAY_LEN(parts); p++)
		n += entries(section(l, parts[p].section));
	c->blocks = ARENA_ARRAY(l->mem, struct config_block, n);
	for (size_t p = 0; p < ARRAY_LEN(parts); p++) {
		node = section(l, parts[p].section);
		map_reserve(map_of(c, parts[p].kind), entries(node));
		for (size_t i = 0; i < entries(node); i++) {
			const struct yaml_node *key = node->map.v[i].key;
			struct config_block *b = &c->blocks[c->nr_blocks++];

			b->kind = parts[p].kind;
			b->name = key->scalar.s;
			b->at = yaml_at(key);
			b->each = yaml_get(node->map.v[i].value, "for_each");
			check_name(l, b->kind->says, key);
			(void)map_add(map_of(c, b->kind), b->name, b);
		}
	}
	compile_blocks(l);
}

/* --- outputs -------------------------------------------------------------- */

static bool is_output_body(const struct yaml_node *n)
{
	return n->kind == YAML_IS_MAP && yaml_get(n, "value");
}

/* `name: expression`, or `name: {value: expression, sensitive: bool}`. */
void config_load_outputs(struct loader *l)
{
	static const struct schema_attr row = {.name = "output",
	                                       .type = SCHEMA_ANY};
	const struct yaml_node *node = section(l, "outputs"), *body;
	struct config_output *v =
		ARENA_ARRAY(l->mem, struct config_output, entries(node));
	const struct config_field *fields, *f;
	size_t n, errors;

	for (size_t i = 0; i < entries(node); i++) {
		struct compile c = {.l = l, .mem = l->mem, .resources = true};

		errors = l->diags->errors;
		body = node->map.v[i].value;
		v[i].name = node->map.v[i].key->scalar.s;
		v[i].at = yaml_at(node->map.v[i].key);
		c.what = arena_printf(l->mem, "output \"%s\"", v[i].name);
		if (!is_output_body(body)) {
			v[i].term = config_compile(&c, &row, body);
		} else {
			fields = config_compile_body(&c, &schema_output, body,
			                             v[i].at, c.what, &n);
			f = config_field(fields, n, "value");
			v[i].term = f ? f->term : NULL;
			f = config_field(fields, n, "sensitive");
			v[i].sensitive = f && f->term->value->boolean;
		}
		v[i].broken = !v[i].term || errors != l->diags->errors;
	}
	l->config->outputs = v;
	l->config->nr_outputs = entries(node);
}

/* --- the whole ------------------------------------------------------------ */

/* A list whose entries may refer to what is not read yet. */
static bool is_read_later(const struct yaml_pair *p)
{
	return p->value->kind == YAML_IS_LIST &&
	       (!strcmp(p->key->scalar.s, "checks") ||
	        !strcmp(p->key->scalar.s, "moved"));
}

/* As it was recorded, or as it is now. */
static const struct value *env_value(struct loader *l, const char *name,
                                     struct src_span at)
{
	struct expr_inputs *in = l->config->inputs;
	const char *key = arena_printf(l->mem, "env %s", name);
	const struct value *v = expr_inputs_recorded(in, key);
	const char *text = getenv(name);

	if (!v && text && str_utf8_valid(text, strlen(text)) != strlen(text)) {
		diags_error(l->diags, DIAG_UTF8, at,
		            "\"%s\" of the environment is not UTF-8", name);
		text = NULL;
	}
	if (!v)
		v = text ? value_string(l->mem, text) : value_null();
	expr_inputs_note(in, key, v);
	return v;
}

/* Sections must be maps; their bodies are read by the functions above. */
static void load_top(struct loader *l)
{
	struct compile c = {.l = l, .mem = l->mem};
	struct src_span start = {{l->root->file->name, 1, 1}, 1};
	struct yaml_node *shallow = ARENA_NEW(l->mem, struct yaml_node);
	struct yaml_pair *pairs =
		ARENA_ARRAY(l->mem, struct yaml_pair, l->root->map.n);
	struct yaml_node *empty = ARENA_NEW(l->mem, struct yaml_node);
	struct yaml_node *none = ARENA_NEW(l->mem, struct yaml_node);
	const struct config_field *fields, *f;
	size_t n;

	*shallow = *l->root;
	shallow->map.v = pairs;
	empty->kind = YAML_IS_MAP;
	none->kind = YAML_IS_LIST;
	for (size_t i = 0; i < l->root->map.n; i++) {
		pairs[i] = l->root->map.v[i];
		if (pairs[i].value->kind == YAML_IS_MAP)
			pairs[i].value = empty;
		else if (is_read_later(&pairs[i]))
			pairs[i].value = none;
	}
	fields = config_compile_body(&c, &schema_stack, shallow, start,
	                             "the stack", &n);
	f = config_field(fields, n, "name");
	l->config->name = f ? f->term->value->string.s : "";
	f = config_field(fields, n, "keep");
	l->config->keep = f ? (size_t)f->term->value->integer : 1;
	f = config_field(fields, n, "env_allow");
	for (size_t i = 0; f && i < f->term->value->list.n; i++) {
		const char *name = f->term->value->list.v[i]->string.s;

		(void)map_add(&l->config->env, name,
		              env_value(l, name, f->term->at));
	}
}

static void init_maps(struct config *c, struct arena *mem)
{
	struct map *all[] = {&c->origins,   &c->vars,     &c->locals,
	                     &c->env,       &c->secrets,  &c->local_terms,
	                     &c->firewalls, &c->images,   &c->volumes,
	                     &c->addresses, &c->instances};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		map_init(all[i], mem);
}

bool config_load(struct arena *mem, const struct config_options *how,
                 struct diags *d, struct config *out)
{
	struct loader l = {.mem = mem, .diags = d, .how = how, .config = out};

	*out = (struct config){.site = how->site ? how->site : "default"};
	init_maps(out, mem);
	out->inputs = expr_inputs_new(mem, how->inputs);
	if (!config_read_files(&l))
		return false;
	load_top(&l);
	out->name_value = value_string(mem, out->name);
	out->site_value = value_string(mem, out->site);
	config_load_vars(&l);
	config_load_locals(&l);
	config_load_providers(&l);
	config_load_firewalls(&l);
	config_load_blocks(&l);
	config_load_outputs(&l);
	config_load_checks(&l);
	config_link(&l);
	config_check_managed(&l);
	config_show_overridden(out, d);
	explicit_bzero(l.key, sizeof(l.key));
	return d->errors == 0;
}
