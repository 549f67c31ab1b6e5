/*
 * format.c - a file laid out anew: two blanks a level, one after ":" and "-",
 * nothing at the ends of lines, comments where they were.
 *
 * libyaml's tokens tell what is where. Each is copied as written; only what
 * lies between two of them, and the indentation of lines, is made new. What
 * comes out is read again, and must give the same events as what went in; else
 * nothing is changed.
 */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "parser/base/strbuf.h"
#include "parser/yaml/yaml.h"

enum { STEP = 2, DEEPEST = 2 * YAML_MAX_DEPTH };

struct block {
	bool map;
	bool indentless; /* its value is a list that begins at its column */
	size_t old, new; /* column */
};

struct layout {
	const char *text;
	size_t len, at; /* bytes that are dealt with */
	struct strbuf out;
	struct block blocks[DEEPEST];
	size_t depth, depth_before; /* now, and at the last token */
	size_t flow;                /* brackets that are open */
	yaml_token_type_t before;   /* the last token with text */
	bool key;                   /* a key begins here */
	bool failed;
};

/* --- where a line begins -------------------------------------------------- */

static const struct block *top(const struct layout *l)
{
	return l->depth ? &l->blocks[l->depth - 1] : NULL;
}

/* The column of what belongs to the innermost block. */
static size_t inner(const struct layout *l)
{
	const struct block *b = top(l);

	return b ? b->new + STEP + (b->indentless ? STEP : 0) : 0;
}

static bool is_flow_end(yaml_token_type_t t)
{
	return t == YAML_FLOW_SEQUENCE_END_TOKEN ||
	       t == YAML_FLOW_MAPPING_END_TOKEN;
}

static bool is_flow_start(yaml_token_type_t t)
{
	return t == YAML_FLOW_SEQUENCE_START_TOKEN ||
	       t == YAML_FLOW_MAPPING_START_TOKEN;
}

/* The column of a token that is the first of its line. */
static size_t column_of(const struct layout *l, yaml_token_type_t t)
{
	const struct block *b = top(l);

	if (l->flow)
		return inner(l) + STEP * (l->flow - is_flow_end(t));
	if (!b || t == YAML_DOCUMENT_START_TOKEN || t == YAML_NO_TOKEN)
		return 0;
	if (t == YAML_BLOCK_ENTRY_TOKEN)
		return b->new + (b->map ? STEP : 0);
	return l->key || t == YAML_KEY_TOKEN || t == YAML_VALUE_TOKEN
	               ? b->new
	               : inner(l);
}

/* --- between two tokens --------------------------------------------------- */

static const char *space_between(const struct layout *l, yaml_token_type_t t)
{
	yaml_token_type_t before = l->before;

	if (before == YAML_NO_TOKEN || is_flow_start(before) ||
	    t == YAML_FLOW_ENTRY_TOKEN)
		return "";
	if (t == YAML_VALUE_TOKEN)
		return before == YAML_SCALAR_TOKEN || is_flow_end(before) ? ""
		                                                          : " ";
	if (is_flow_end(t))
		return before == YAML_VALUE_TOKEN ? " " : "";
	return " ";
}

static size_t column_at(const struct layout *l, size_t at)
{
	size_t start = at;

	while (start && l->text[start - 1] != '\n')
		start--;
	return at - start;
}

/* Where a comment that stood at column `old` goes: beside its neighbours. */
static size_t comment_column(const struct layout *l, size_t old,
                             size_t next_old, size_t next_new)
{
	if (old == next_old || l->flow)
		return next_new;
	for (size_t i = l->depth_before; i > 0; i--)
		if (l->blocks[i - 1].old == old)
			return l->blocks[i - 1].new;
	return next_new;
}

static bool at_line_start(const struct layout *l)
{
	return !l->out.len || l->out.s[l->out.len - 1] == '\n';
}

/* Add [from, to), without blanks at its end. */
static void add_trimmed(struct layout *l, size_t from, size_t to)
{
	while (to > from && strchr(" \t\r\n", l->text[to - 1]))
		to--;
	strbuf_addn(&l->out, l->text + from, to - from);
}

static size_t skip_blanks(const struct layout *l, size_t at)
{
	while (at < l->len && strchr(" \t\r", l->text[at]))
		at++;
	return at;
}

static size_t line_end(const struct layout *l, size_t at)
{
	const char *end = memchr(l->text + at, '\n', l->len - at);

	return end ? (size_t)(end - l->text) : l->len;
}

/* The rest of a line behind a token: nothing, or blanks and a comment. */
static void add_rest(struct layout *l, size_t to)
{
	size_t hash = skip_blanks(l, l->at);

	if (hash < to && l->text[hash] == '#') {
		if (!at_line_start(l))
			strbuf_fill(&l->out, ' ',
			            hash > l->at ? hash - l->at : 1);
		add_trimmed(l, hash, to);
	}
}

/* Whole lines of blanks and comments. */
static void add_lines(struct layout *l, size_t to, size_t next_old,
                      size_t next_new)
{
	bool blank = false;

	while (l->at < to) {
		size_t end = line_end(l, l->at), hash = skip_blanks(l, l->at);

		if (end > to)
			end = to;
		if (hash >= end || l->text[hash] != '#') {
			blank = true;
		} else {
			if (blank && l->out.len)
				strbuf_addc(&l->out, '\n');
			blank = false;
			strbuf_fill(&l->out, ' ',
			            comment_column(l, hash - l->at, next_old,
			                           next_new));
			add_trimmed(l, hash, end);
			strbuf_addc(&l->out, '\n');
		}
		l->at = end < to ? end + 1 : end;
	}
	if (blank && l->out.len)
		strbuf_addc(&l->out, '\n');
}

/* From the last token to the one of type `t` at byte `start`. */
static void add_gap(struct layout *l, size_t start, yaml_token_type_t t)
{
	size_t end = l->at ? line_end(l, l->at) : 0, line = start, column;

	if (!at_line_start(l) && end >= start) {
		if (t != YAML_NO_TOKEN)
			strbuf_add(&l->out, space_between(l, t));
		else
			add_rest(l, start);
		return;
	}
	if (!at_line_start(l)) {
		add_rest(l, end);
		strbuf_addc(&l->out, '\n');
		l->at = end + 1;
	}
	while (line > l->at && l->text[line - 1] != '\n')
		line--;
	column = column_of(l, t);
	add_lines(l, line, start - line, column);
	if (t != YAML_NO_TOKEN)
		strbuf_fill(&l->out, ' ', column);
	else if (line < start)
		add_lines(l, start, 0, 0);
}

/* --- tokens --------------------------------------------------------------- */

/* Lines of plain or quoted text after the first: blanks before them fold. */
static void add_folded(struct layout *l, size_t start, size_t end)
{
	size_t column = inner(l) + STEP * l->flow, at = line_end(l, start);

	add_trimmed(l, start, at < end ? at : end);
	while (at < end) {
		size_t from = skip_blanks(l, at + 1), to = line_end(l, at + 1);

		strbuf_addc(&l->out, '\n');
		if (to > end)
			to = end;
		if (from < to) {
			strbuf_fill(&l->out, ' ', column);
			if (to == end)
				strbuf_addn(&l->out, l->text + from, to - from);
			else
				add_trimmed(l, from, to);
		}
		at = to;
	}
}

/* The column at which the text of the block scalar at `at` begins. */
static size_t text_column(const struct layout *l, size_t at, size_t end)
{
	while (at < end) {
		size_t from = at, to = line_end(l, at);

		while (from < to && l->text[from] == ' ')
			from++;
		if (from < to && l->text[from] != '\r')
			return from - at;
		at = to + 1;
	}
	return 0;
}

/*
 * A literal or folded text: all of its lines move together. With a digit in
 * its head it hangs on the column of the block around it.
 */
static void add_block_text(struct layout *l, size_t start, size_t end)
{
	size_t at = line_end(l, start), old, new = inner(l);
	bool digit = false;

	for (size_t i = start; i < at && l->text[i] != '#'; i++)
		digit = digit || (l->text[i] >= '1' && l->text[i] <= '9');
	add_trimmed(l, start, at);
	strbuf_addc(&l->out, '\n');
	old = text_column(l, at + 1, end);
	if (digit) {
		const struct block *b = top(l);

		old = b ? b->old : 0;
		new = b ? b->new + (b->indentless ? STEP : 0) : 0;
	}
	for (at++; at < end;) {
		size_t to = line_end(l, at), from = at;

		while (from < to && from - at < old && l->text[from] == ' ')
			from++;
		if (to > end)
			to = end;
		if (from < to && l->text[to - 1] == '\r')
			to--;
		if (from < to) {
			strbuf_fill(&l->out, ' ', new);
			strbuf_addn(&l->out, l->text + from, to - from);
		}
		strbuf_addc(&l->out, '\n');
		at = line_end(l, at) + 1;
	}
}

/* Blank lines after a block scalar are a gap, unless it keeps them. */
static size_t cut_blanks(const struct layout *l, size_t start, size_t end)
{
	size_t head = line_end(l, start);
	const char *hash = memchr(l->text + start, '#', head - start);
	size_t all = hash ? (size_t)(hash - l->text) - start : head - start;

	if (memchr(l->text + start, '+', all))
		return end;
	while (end > head && strchr(" \t\r\n", l->text[end - 1]))
		end--;
	return end < l->len && end >= head ? line_end(l, end) + 1 : end;
}

static bool is_block_text(const yaml_token_t *t)
{
	return t->type == YAML_SCALAR_TOKEN &&
	       (t->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
	        t->data.scalar.style == YAML_FOLDED_SCALAR_STYLE);
}

static void add_token(struct layout *l, const yaml_token_t *t, size_t start,
                      size_t end)
{
	add_gap(l, start, t->type);
	if (is_block_text(t)) {
		end = cut_blanks(l, start, end);
		if (end > l->len)
			end = l->len;
		add_block_text(l, start, end);
	} else {
		add_folded(l, start, end);
	}
	l->at = end;
	l->before = t->type;
	l->depth_before = l->depth;
	l->key = false;
}

static void push(struct layout *l, bool map, size_t old)
{
	struct block b = {.map = map, .old = old, .new = inner(l)};

	if (l->depth == DEEPEST)
		l->failed = true;
	else
		l->blocks[l->depth++] = b;
}

/* What a token means for those after it, told before its text is added. */
static void note_before(struct layout *l, const yaml_token_t *t, size_t start)
{
	struct block *b = l->depth ? &l->blocks[l->depth - 1] : NULL;

	if (t->type == YAML_BLOCK_MAPPING_START_TOKEN)
		push(l, true, column_at(l, start));
	else if (t->type == YAML_BLOCK_SEQUENCE_START_TOKEN)
		push(l, false, column_at(l, start));
	else if (t->type == YAML_BLOCK_END_TOKEN && l->depth)
		l->depth--;
	else if (t->type == YAML_KEY_TOKEN && !l->flow && b) {
		b->indentless = false;
		l->key = true;
	}
}

static void note_after(struct layout *l, const yaml_token_t *t)
{
	struct block *b = l->depth ? &l->blocks[l->depth - 1] : NULL;

	if (is_flow_start(t->type))
		l->flow++;
	if (t->type == YAML_BLOCK_ENTRY_TOKEN && b && b->map)
		b->indentless = true;
}

static bool has_text(const yaml_token_t *t)
{
	return t->start_mark.index < t->end_mark.index &&
	       t->type != YAML_STREAM_START_TOKEN &&
	       t->type != YAML_STREAM_END_TOKEN &&
	       t->type != YAML_BLOCK_END_TOKEN &&
	       t->type != YAML_BLOCK_MAPPING_START_TOKEN &&
	       t->type != YAML_BLOCK_SEQUENCE_START_TOKEN;
}

/* Marks count code points; `at` is the byte of code point `*seen`. */
static size_t byte_of(const struct layout *l, size_t mark, size_t *seen,
                      size_t *at)
{
	while (*seen < mark && *at < l->len) {
		(*at)++;
		while (*at < l->len &&
		       ((unsigned char)l->text[*at] & 0xc0) == 0x80)
			(*at)++;
		(*seen)++;
	}
	return *at;
}

/* Of a text that was read before: there is no other cause as a rule. */
static void fail_without_memory(const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		arena_no_memory();
}

static void lay_out(struct layout *l, yaml_parser_t *p)
{
	size_t seen = 0, at = 0, start, end;
	yaml_token_t t;
	bool done = false;

	while (!done && !l->failed) {
		if (!yaml_parser_scan(p, &t)) {
			fail_without_memory(p);
			l->failed = true;
			return;
		}
		if (t.start_mark.index >= seen)
			start = byte_of(l, t.start_mark.index, &seen, &at);
		else
			start = at;
		note_before(l, &t, start);
		if (is_flow_end(t.type) && l->flow && !has_text(&t))
			l->flow--;
		if (has_text(&t)) {
			size_t s = seen, a = at;

			end = byte_of(l, t.end_mark.index, &s, &a);
			add_token(l, &t, start, end);
			if (is_flow_end(t.type) && l->flow)
				l->flow--;
			seen = s;
			at = a;
		}
		note_after(l, &t);
		done = t.type == YAML_STREAM_END_TOKEN;
		yaml_token_delete(&t);
	}
}

/* --- proof ---------------------------------------------------------------- */

static bool same_text(const yaml_char_t *a, const yaml_char_t *b)
{
	return a && b ? !strcmp((const char *)a, (const char *)b) : a == b;
}

static bool same_scalar(const yaml_event_t *a, const yaml_event_t *b)
{
	return a->data.scalar.length == b->data.scalar.length &&
	       !memcmp(a->data.scalar.value, b->data.scalar.value,
	               a->data.scalar.length) &&
	       a->data.scalar.style == b->data.scalar.style &&
	       same_text(a->data.scalar.anchor, b->data.scalar.anchor) &&
	       same_text(a->data.scalar.tag, b->data.scalar.tag);
}

static bool same_event(const yaml_event_t *a, const yaml_event_t *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == YAML_SCALAR_EVENT)
		return same_scalar(a, b);
	if (a->type == YAML_ALIAS_EVENT)
		return same_text(a->data.alias.anchor, b->data.alias.anchor);
	if (a->type == YAML_SEQUENCE_START_EVENT)
		return same_text(a->data.sequence_start.anchor,
		                 b->data.sequence_start.anchor) &&
		       same_text(a->data.sequence_start.tag,
		                 b->data.sequence_start.tag) &&
		       a->data.sequence_start.style ==
		               b->data.sequence_start.style;
	if (a->type == YAML_MAPPING_START_EVENT)
		return same_text(a->data.mapping_start.anchor,
		                 b->data.mapping_start.anchor) &&
		       same_text(a->data.mapping_start.tag,
		                 b->data.mapping_start.tag) &&
		       a->data.mapping_start.style ==
		               b->data.mapping_start.style;
	return true;
}

static void open_parser(yaml_parser_t *p, const char *s, size_t len)
{
	if (!yaml_parser_initialize(p))
		arena_no_memory();
	yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(p, (const unsigned char *)s, len);
}

static bool next_event(yaml_parser_t *p, yaml_event_t *e)
{
	bool good = yaml_parser_parse(p, e);

	if (!good)
		fail_without_memory(p);
	return good;
}

static bool same_events(yaml_parser_t *a, yaml_parser_t *b)
{
	bool same = true, end = false;

	while (same && !end) {
		yaml_event_t x = {0}, y = {0};

		same = next_event(a, &x) && next_event(b, &y) &&
		       same_event(&x, &y);
		end = x.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&x);
		yaml_event_delete(&y);
	}
	return same;
}

static bool means_the_same(const char *a, size_t a_len, const char *b,
                           size_t b_len)
{
	yaml_parser_t x, y;
	bool same;

	open_parser(&x, a, a_len);
	open_parser(&y, b, b_len);
	same = same_events(&x, &y);
	yaml_parser_delete(&y);
	yaml_parser_delete(&x);
	return same;
}

/* How many comments a text has cannot be told from events: count lines. */
static size_t count_hashes(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '#';
	return n;
}

static void finish(struct layout *l)
{
	l->key = false;
	l->depth = 0;
	l->flow = 0;
	if (l->at < l->len)
		add_gap(l, l->len, YAML_NO_TOKEN);
	while (l->out.len && strchr(" \n", l->out.s[l->out.len - 1]) &&
	       (l->out.len < 2 || strchr(" \n", l->out.s[l->out.len - 2])))
		l->out.s[--l->out.len] = '\0';
	if (!at_line_start(l))
		strbuf_addc(&l->out, '\n');
}

bool yaml_format(struct arena *mem, const struct src_file *f, struct diags *d,
                 const char **out, size_t *len)
{
	struct layout *l = ARENA_NEW(mem, struct layout);
	const struct yaml_node *root;
	yaml_parser_t p;
	bool good;

	if (!yaml_parse(mem, f, d, &root))
		return false;
	*l = (struct layout){.text = f->text, .len = f->len};
	open_parser(&p, f->text, f->len);
	lay_out(l, &p);
	yaml_parser_delete(&p);
	finish(l);
	good = !l->failed &&
	       means_the_same(f->text, f->len, l->out.s ? l->out.s : "",
	                      l->out.len) &&
	       count_hashes(f->text, f->len) ==
	               count_hashes(l->out.s ? l->out.s : "", l->out.len);
	*out = arena_strndup(mem, l->out.s ? l->out.s : "", l->out.len);
	*len = l->out.len;
	strbuf_fini(&l->out);
	if (!good)
		diags_error(d, DIAG_YAML, (struct src_span){{f->name, 0, 0}, 0},
		            "%s cannot be laid out without changing what it "
		            "means; it is left as it is",
		            f->name);
	return good;
}
