/*
 * text.c - what the files say together, as one YAML file.
 *
 * Plain scalars stay plain, because a field may tell `5` from `"5"`; all others
 * are written in double quotes, whose escapes are those of JSON. Read again,
 * the text makes the same config.
 */
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "parser/config/internal.h"
#include "parser/expr/inputs.h"

static void add_node(struct strbuf *b, const struct yaml_node *n,
                     unsigned depth);

static void add_scalar(struct strbuf *b, const struct yaml_node *n)
{
	if (n->style == YAML_PLAIN && !strchr(n->scalar.s, '\n'))
		strbuf_addn(b, n->scalar.s, n->scalar.len);
	else
		json_add_string(b, n->scalar.s, n->scalar.len);
}

static void add_indent(struct strbuf *b, unsigned depth)
{
	strbuf_addc(b, '\n');
	strbuf_fill(b, ' ', (size_t)2 * depth);
}

static bool is_empty(const struct yaml_node *n)
{
	return n->kind == YAML_IS_LIST ? !n->list.n : !n->map.n;
}

/* What comes after "key:" or "-". */
static void add_value(struct strbuf *b, const struct yaml_node *n,
                      unsigned depth)
{
	if (n->kind == YAML_IS_SCALAR) {
		strbuf_addc(b, ' ');
		add_scalar(b, n);
	} else if (is_empty(n)) {
		strbuf_add(b, n->kind == YAML_IS_LIST ? " []" : " {}");
	} else {
		add_node(b, n, depth);
	}
}

static void add_node(struct strbuf *b, const struct yaml_node *n,
                     unsigned depth)
{
	for (size_t i = 0; n->kind == YAML_IS_LIST && i < n->list.n; i++) {
		add_indent(b, depth);
		strbuf_addc(b, '-');
		add_value(b, n->list.v[i], depth + 1);
	}
	for (size_t i = 0; n->kind == YAML_IS_MAP && i < n->map.n; i++) {
		add_indent(b, depth);
		add_scalar(b, n->map.v[i].key);
		strbuf_addc(b, ':');
		add_value(b, n->map.v[i].value, depth + 1);
	}
}

char *config_text(struct arena *mem, const struct config *c)
{
	struct strbuf b = {0};
	char *text;

	if (c->root)
		add_node(&b, c->root, 0);
	strbuf_addc(&b, '\n');
	text = arena_strdup(mem, b.s + (b.len > 1));
	strbuf_fini(&b);
	return text;
}

const struct value *config_var_values(struct arena *mem, const struct config *c)
{
	struct value_entry *v = ARENA_ARRAY(mem, struct value_entry, c->vars.n);
	size_t at = 0, n = 0;
	const char *name;

	while (map_next(&c->vars, &at, &name)) {
		const struct value *value = map_get(&c->vars, name);

		if (!value_has_taint(value) && !value_has_unknown(value))
			v[n++] = (struct value_entry){.key = name,
			                              .value = value};
	}
	return value_map(mem, v, n);
}

const struct value *config_inputs(struct arena *mem, const struct config *c)
{
	return expr_inputs_noted(mem, c->inputs);
}
