/* yaml.c - libyaml's events become nodes. Nothing else talks to libyaml. */
#include "parser/yaml/yaml.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

#include "parser/base/fs.h"
#include "parser/base/map.h"
#include "parser/base/str.h"
#include "parser/yaml/tagged.h"

static_assert(sizeof(struct yaml_node) == 48, "a file may have millions");

enum { FEW_KEYS = 8 }; /* up to here every key is compared with every other */

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one being looked at */
	struct arena *mem;
	const struct src_file *file;
	struct diags *diags;
	struct arena tmp;   /* for what ends with the reading */
	struct map anchors; /* struct anchor */

	/* Of lists and maps that are not finished: a stack. */
	const struct yaml_node **open;
	size_t nr_open, cap_open;
	uint64_t nodes, aliased; /* those that aliases stand for */
	uint64_t weight;         /* nodes of the expanded tree so far */
	unsigned height;         /* of the node that was read last */
	bool failed;             /* something was reported */
};

/* A finished node with a name. */
struct anchor {
	const struct yaml_node *node;
	uint64_t weight; /* nodes of its expanded tree */
	unsigned height;
};

static struct src_pos pos_of(const struct reader *r, yaml_mark_t mark)
{
	return (struct src_pos){
		.file = r->file->name,
		.line = (uint32_t)mark.line + 1,
		.col = (uint32_t)mark.column + 1,
	};
}

/* From `start` to `end`, or to the end of the line. */
static struct src_span span_of(const struct reader *r, yaml_mark_t start,
                               yaml_mark_t end)
{
	struct src_span at = {.pos = pos_of(r, start)};
	size_t len;
	const char *s;

	if (start.line == end.line) {
		at.len = (uint32_t)(end.column - start.column);
		return at;
	}
	s = src_line(r->file, at.pos.line, &len);
	len = str_count(s, len);
	if (len > start.column)
		at.len = (uint32_t)(len - start.column);
	return at;
}

static bool line_indented_by_tab(const struct src_file *f, uint32_t line,
                                 uint32_t *col)
{
	size_t len, i;
	const char *s = src_line(f, line, &len);

	for (i = 0; i < len && s[i] == ' '; i++)
		;
	*col = (uint32_t)i + 1;
	return i < len && s[i] == '\t';
}

/* libyaml stumbles over a tab with words that help nobody. */
static bool report_tab(struct reader *r, uint32_t line)
{
	struct src_span at = {{r->file->name, line, 0}, 1};
	struct diag *m;

	if (!line_indented_by_tab(r->file, line, &at.pos.col))
		return false;
	m = diags_error(r->diags, DIAG_TAB, at, "a tab indents this line");
	diag_label(r->diags, m, "use spaces here");
	diag_note(r->diags, m, "YAML allows only spaces as indentation");
	return true;
}

/* `[${x}]`: YAML ends the scalar at the brace. `at` is where it stopped. */
static bool report_flow_expr(struct reader *r, struct src_pos at)
{
	size_t offset = src_offset(r->file, at.line, at.col);
	struct diag *m;

	if (!offset || r->file->text[offset] != '{' ||
	    r->file->text[offset - 1] != '$')
		return false;
	at.col--;
	m = diags_error(r->diags, DIAG_FLOW_EXPR, (struct src_span){at, 2},
	                "an expression within [] or {} must be quoted");
	diag_label(r->diags, m, "quote this: \"${...}\"");
	return true;
}

/* What the parser says, at the place it names. */
static void report_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct src_pos at = pos_of(r, p->problem_mark);
	const char *line;
	size_t len;
	struct diag *m;

	if (p->error == YAML_MEMORY_ERROR)
		arena_no_memory();
	r->failed = true;
	if (report_tab(r, at.line) || report_flow_expr(r, at))
		return;
	m = diags_error(r->diags, DIAG_YAML, (struct src_span){at, 1}, "%s",
	                p->problem ? p->problem : "this is not YAML");
	if (p->context && p->context_mark.line != p->problem_mark.line)
		diag_also(r->diags, m,
		          (struct src_span){pos_of(r, p->context_mark), 1},
		          "%s", p->context);
	else if (p->context)
		diag_note(r->diags, m, "%s", p->context);
	line = src_line(r->file, at.line, &len);
	if (memmem(line, len, "${", 2))
		diag_note(r->diags, m,
		          "a value with ${...} that contains \": \" or \" #\" "
		          "must be quoted");
}

static void report(struct reader *r, enum diag_code code, struct src_span at,
                   const char *text)
{
	diags_error(r->diags, code, at, "%s", text);
	r->failed = true;
}

/* Look at the next event; false (and reported) when there is none. */
static bool next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event))
		return true;
	report_syntax(r);
	return false;
}

static struct src_span here(const struct reader *r)
{
	return span_of(r, r->event.start_mark, r->event.end_mark);
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind,
                                  const yaml_char_t *tag)
{
	struct yaml_tagged *tagged;
	struct yaml_node *n;

	if (tag) {
		tagged = ARENA_NEW(r->mem, struct yaml_tagged);
		tagged->tag = arena_strdup(r->mem, (const char *)tag);
		n = &tagged->node;
	} else {
		n = ARENA_NEW(r->mem, struct yaml_node);
	}
	r->weight++;
	n->kind = kind;
	n->tagged = tag;
	n->line = (uint32_t)r->event.start_mark.line + 1;
	n->col = (uint32_t)r->event.start_mark.column + 1;
	n->end_line = (uint32_t)r->event.end_mark.line + 1;
	n->end_col = (uint32_t)r->event.end_mark.column + 1;
	n->file = r->file;
	return n;
}

static bool too_many(struct reader *r)
{
	if (++r->nodes <= YAML_MAX_NODES)
		return false;
	report(r, DIAG_LIMIT, here(r),
	       "the file has more than 5 million nodes");
	return true;
}

/* `before`: the weight when `n`, which is finished, began. */
static void anchor(struct reader *r, const char *name,
                   const struct yaml_node *n, uint64_t before)
{
	struct anchor *a;

	if (!name)
		return;
	a = ARENA_NEW(&r->tmp, struct anchor);
	*a = (struct anchor){n, r->weight - before, r->height};
	if (!map_add(&r->anchors, name, a))
		report(r, DIAG_ALIAS, yaml_at(n),
		       "this anchor is already in use");
}

static const char *copy_anchor(struct reader *r, const yaml_char_t *name)
{
	return name ? arena_strdup(&r->tmp, (const char *)name) : NULL;
}

static const struct yaml_node *read_scalar(struct reader *r)
{
	struct yaml_node *n =
		new_node(r, YAML_IS_SCALAR, r->event.data.scalar.tag);
	yaml_scalar_style_t style = r->event.data.scalar.style;

	n->scalar.len = (uint32_t)r->event.data.scalar.length;
	n->scalar.s =
		arena_strndup(r->mem, (const char *)r->event.data.scalar.value,
	                      n->scalar.len);
	if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
	    style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		n->style = YAML_QUOTED;
	else if (style == YAML_LITERAL_SCALAR_STYLE ||
	         style == YAML_FOLDED_SCALAR_STYLE)
		n->style = YAML_BLOCK;
	if (memchr(n->scalar.s, '\0', n->scalar.len))
		report(r, DIAG_YAML, yaml_at(n), "text may not contain a NUL");
	r->height = 1;
	anchor(r, copy_anchor(r, r->event.data.scalar.anchor), n,
	       r->weight - 1);
	return n;
}

static const struct yaml_node *read_alias(struct reader *r, unsigned depth)
{
	const char *name = (const char *)r->event.data.alias.anchor;
	const struct anchor *a = map_get(&r->anchors, name);

	if (!a) {
		diags_error(r->diags, DIAG_ALIAS, here(r),
		            "there is no anchor \"&%s\" before this", name);
		r->failed = true;
		return NULL;
	}
	r->weight += a->weight;
	r->aliased += a->weight;
	if (r->aliased > YAML_MAX_ALIASED ||
	    depth + a->height > YAML_MAX_DEPTH) {
		report(r, DIAG_LIMIT, here(r),
		       "aliases stand for too much: at most a million nodes, "
		       "64 deep");
		return NULL;
	}
	r->height = a->height;
	return a->node;
}

static const struct yaml_node *read_node(struct reader *r, unsigned depth);

static void push(struct reader *r, const struct yaml_node *node)
{
	ARENA_RESERVE(&r->tmp, const struct yaml_node *, r->open, r->nr_open,
	              r->cap_open);
	r->open[r->nr_open++] = node;
}

/* Read a part of a list or map, whose parts are up to `*height` high. */
static const struct yaml_node *read_part(struct reader *r, unsigned depth,
                                         unsigned *height)
{
	const struct yaml_node *n = read_node(r, depth + 1);

	if (r->height > *height)
		*height = r->height;
	return n;
}

/* Those that were pushed from `base` on. */
static void take_items(struct reader *r, struct yaml_node *list, size_t base)
{
	size_t n = r->nr_open - base;
	const struct yaml_node **v =
		ARENA_ARRAY(r->mem, const struct yaml_node *, n);

	for (size_t i = 0; i < n; i++)
		v[i] = r->open[base + i];
	r->nr_open = base;
	list->list.v = v;
	list->list.n = (uint32_t)n;
}

static const struct yaml_node *read_list(struct reader *r, unsigned depth)
{
	struct yaml_node *n =
		new_node(r, YAML_IS_LIST, r->event.data.sequence_start.tag);
	const char *name = copy_anchor(r, r->event.data.sequence_start.anchor);
	uint64_t before = r->weight - 1;
	size_t base = r->nr_open;
	unsigned height = 0;

	n->flow =
		r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	if (!next(r))
		return NULL;
	while (r->event.type != YAML_SEQUENCE_END_EVENT) {
		const struct yaml_node *item = read_part(r, depth, &height);

		if (!item || !next(r))
			return NULL;
		push(r, item);
	}
	take_items(r, n, base);
	r->height = height + 1;
	anchor(r, name, n, before);
	return n;
}

/* A key: text, and none of YAML's special ones. */
static bool check_key(struct reader *r, const struct yaml_node *key)
{
	if (key->kind != YAML_IS_SCALAR) {
		report(r, DIAG_KEY, yaml_at(key), "a key must be plain text");
		return true; /* the rest can still be read */
	}
	if (key->style == YAML_PLAIN && !strcmp(key->scalar.s, "<<"))
		report(r, DIAG_MERGE_KEY, yaml_at(key),
		       "merge keys (\"<<\") are not part of this language");
	return true;
}

static void report_duplicate(struct reader *r, const struct yaml_node *first,
                             const struct yaml_node *second)
{
	struct diag *m;

	m = diags_error(r->diags, DIAG_DUPLICATE, yaml_at(second),
	                "the key \"%s\" is there twice", second->scalar.s);
	diag_label(r->diags, m, "again here");
	diag_also(r->diags, m, yaml_at(first), "first here");
	r->failed = true;
}

static void check_unique(struct reader *r, const struct yaml_pair *v, size_t n)
{
	struct arena mem = {0};
	struct map seen;

	map_init(&seen, &mem);
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *key = v[i].key, *first = NULL;

		if (key->kind != YAML_IS_SCALAR)
			continue;
		if (n > FEW_KEYS) {
			first = map_get(&seen, key->scalar.s);
			(void)map_add(&seen, key->scalar.s, key);
		}
		for (size_t j = 0; n <= FEW_KEYS && j < i && !first; j++)
			if (v[j].key->kind == YAML_IS_SCALAR &&
			    !strcmp(v[j].key->scalar.s, key->scalar.s))
				first = v[j].key;
		if (first)
			report_duplicate(r, first, key);
	}
	arena_free(&mem);
}

/* The pairs that were pushed from `base` on. */
static void take_pairs(struct reader *r, struct yaml_node *map, size_t base)
{
	size_t n = (r->nr_open - base) / 2;
	struct yaml_pair *v = ARENA_ARRAY(r->mem, struct yaml_pair, n);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct yaml_pair){r->open[base + 2 * i],
		                          r->open[base + 2 * i + 1]};
	r->nr_open = base;
	map->map.v = v;
	map->map.n = (uint32_t)n;
	check_unique(r, v, n);
}

static const struct yaml_node *read_map(struct reader *r, unsigned depth)
{
	struct yaml_node *node =
		new_node(r, YAML_IS_MAP, r->event.data.mapping_start.tag);
	const char *name = copy_anchor(r, r->event.data.mapping_start.anchor);
	uint64_t before = r->weight - 1;
	size_t base = r->nr_open;
	unsigned height = 0;

	node->flow =
		r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	if (!next(r))
		return NULL;
	while (r->event.type != YAML_MAPPING_END_EVENT) {
		const struct yaml_node *key = read_part(r, depth, &height);
		const struct yaml_node *value;

		if (!key || !check_key(r, key) || !next(r))
			return NULL;
		value = read_part(r, depth, &height);
		if (!value || !next(r))
			return NULL;
		push(r, key);
		push(r, value);
	}
	take_pairs(r, node, base);
	r->height = height + 1;
	anchor(r, name, node, before);
	return node;
}

/* The node that begins with the current event; ends on its last event. */
static const struct yaml_node *read_node(struct reader *r, unsigned depth)
{
	if (depth > YAML_MAX_DEPTH) {
		report(r, DIAG_LIMIT, here(r),
		       "this is nested more than 64 deep");
		return NULL;
	}
	if (too_many(r))
		return NULL;
	if (r->event.type == YAML_SCALAR_EVENT)
		return read_scalar(r);
	if (r->event.type == YAML_ALIAS_EVENT)
		return read_alias(r, depth);
	if (r->event.type == YAML_SEQUENCE_START_EVENT)
		return read_list(r, depth);
	return read_map(r, depth);
}

static const struct yaml_node *read_stream(struct reader *r)
{
	const struct yaml_node *root = NULL;

	if (!next(r) || !next(r)) /* the stream's start, and what follows */
		return NULL;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return new_node(r, YAML_IS_MAP, NULL);
	if (!next(r))
		return NULL;
	root = read_node(r, 1);
	if (!root || !next(r) || !next(r))
		return NULL;
	if (r->event.type != YAML_STREAM_END_EVENT)
		report(r, DIAG_DOCUMENTS, here(r),
		       "a second document: a file holds one");
	return root;
}

static bool check_utf8(const struct src_file *f, struct diags *d)
{
	size_t good = str_utf8_valid(f->text, f->len);
	struct src_span at = {.pos = src_locate(f, good)};

	if (good == f->len)
		return true;
	diags_error(d, DIAG_UTF8, at, "byte 0x%02x is not UTF-8",
	            (unsigned char)f->text[good]);
	return false;
}

bool yaml_parse(struct arena *mem, const struct src_file *f, struct diags *d,
                const struct yaml_node **root)
{
	struct reader r = {.mem = mem, .file = f, .diags = d};
	const struct yaml_node *node;

	if (f->len > YAML_MAX_BYTES) {
		diags_error(d, DIAG_LIMIT,
		            (struct src_span){{f->name, 0, 0}, 0},
		            "the file is larger than 32 MiB");
		return false;
	}
	if (!check_utf8(f, d))
		return false;
	if (!yaml_parser_initialize(&r.parser))
		arena_no_memory();
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)f->text,
	                             f->len);
	map_init(&r.anchors, &r.tmp);
	node = read_stream(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	arena_free(&r.tmp);
	if (!node || r.failed)
		return false;
	*root = node;
	return true;
}

bool yaml_load(struct arena *mem, const char *path, const char *name,
               struct diags *d, const struct yaml_node **root)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct src_file *f;
	char *text;
	size_t len, skip = 0;
	struct err *e = fs_read(mem, path, YAML_MAX_BYTES, &text, &len);

	if (e) {
		diags_take(d, DIAG_FILE, (struct src_span){0}, e);
		return false;
	}
	if (str_starts(text, bom))
		skip = strlen(bom);
	f = src_new(mem, name, text + skip, len - skip);
	f->skipped = skip;
	diags_add_source(d, f);
	return yaml_parse(mem, f, d, root);
}
