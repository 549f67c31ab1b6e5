/* node.c - questions about nodes. */
#include <stddef.h>
#include <string.h>

#include "parser/base/str.h"
#include "parser/yaml/tagged.h"
#include "parser/yaml/yaml.h"

struct src_span yaml_at(const struct yaml_node *n)
{
	struct src_span at = {0};
	size_t len;
	const char *s;

	if (!n->file)
		return at;
	at.pos = (struct src_pos){n->file->name, n->line, n->col};
	if (n->line == n->end_line) {
		at.len = n->end_col - n->col;
		return at;
	}
	s = src_line(n->file, n->line, &len);
	len = str_count(s, len);
	if (len >= n->col)
		at.len = (uint32_t)len + 1 - n->col;
	return at;
}

const char *yaml_tag(const struct yaml_node *n)
{
	return n->tagged ? ((const struct yaml_tagged *)n)->tag : NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (map->kind != YAML_IS_MAP)
		return NULL;
	for (size_t i = 0; i < map->map.n; i++)
		if (!strcmp(map->map.v[i].key->scalar.s, key))
			return map->map.v[i].value;
	return NULL;
}

bool yaml_is_empty(const struct yaml_node *n)
{
	return n->kind == YAML_IS_SCALAR && n->style == YAML_PLAIN &&
	       n->scalar.len == 0 && !n->tagged;
}

const char *yaml_says(const struct yaml_node *n)
{
	static const char *const words[] = {
		[YAML_IS_SCALAR] = "text",
		[YAML_IS_LIST] = "a list",
		[YAML_IS_MAP] = "a map",
	};

	return yaml_is_empty(n) ? "nothing" : words[n->kind];
}

/*
 * The written form and the text are walked side by side. Where they differ,
 * the writing has something more (a backslash, a second quote, indentation),
 * which is skipped; a folded line end stands for a blank.
 */
struct src_pos yaml_locate(const struct yaml_node *scalar, size_t offset)
{
	const struct src_file *f = scalar->file;
	struct src_pos start = yaml_at(scalar).pos;
	size_t raw = src_offset(f, start.line, start.col);
	size_t end = src_offset(f, scalar->end_line, scalar->end_col);
	const char *text = scalar->scalar.s;
	bool quoted = scalar->style == YAML_QUOTED;

	if (quoted)
		raw++;
	for (size_t i = 0; i < offset && raw < end; raw++)
		if (f->text[raw] == text[i] ||
		    (f->text[raw] == '\n' && text[i] == ' '))
			i++;
	while (raw < end && f->text[raw] != text[offset])
		raw++;
	return raw < end ? src_locate(f, raw) : start;
}
