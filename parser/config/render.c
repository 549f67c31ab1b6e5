/*
 * render.c - what the files say together, as one YAML file.
 *
 * Plain scalars stay plain, because a field may tell `5` from `"5"`; text of a
 * block stays one where it can; all others are written in double quotes.
 */
#include <string.h>

#include "parser/base/strbuf.h"
#include "parser/config/internal.h"

enum {
	STEP = 2,
	COMMENT_COLUMN = 48,
	LONGEST_KEY = 128, /* bytes; "key:" must end within 1024 characters */
};

struct render {
	struct strbuf *out;
	size_t line;  /* where the current line begins */
	bool origins; /* behind each line, and variables as they are */
};

/* End the line, and tell where it came from. */
static void end_line(struct render *r, const struct yaml_node *from,
                     const char *other)
{
	size_t width;

	if (!r->origins) {
		strbuf_addc(r->out, '\n');
		return;
	}
	width = str_count(r->out->s + r->line, r->out->len - r->line);
	strbuf_fill(r->out, ' ',
	            width < COMMENT_COLUMN ? COMMENT_COLUMN - width : 2);
	if (from && from->file)
		strbuf_printf(r->out, "# %s:%u\n", from->file->name,
		              yaml_at(from).pos.line);
	else
		strbuf_printf(r->out, "# %s\n", other ? other : "");
	r->line = r->out->len;
}

static void add_words(struct render *r, const struct yaml_node *n)
{
	const char *s = n->scalar.s;

	if (n->style == YAML_PLAIN && !strchr(s, '\n') && yaml_is_printable(s))
		strbuf_addn(r->out, s, n->scalar.len);
	else
		yaml_add_quoted(r->out, s);
}

/* Text that a "|" can hold: lines that begin and end with something. */
static bool fits_block(const struct yaml_node *n)
{
	const char *s = n->scalar.s;

	return n->style == YAML_BLOCK && strchr(s, '\n') && s[0] != ' ' &&
	       s[0] != '\n' && s[0] != '\t' && yaml_is_printable(s);
}

static void add_block(struct render *r, const struct yaml_node *n,
                      size_t indent)
{
	size_t len = n->scalar.len;
	const char *s = n->scalar.s, *chomp = "-";

	if (len && s[len - 1] == '\n')
		chomp = len > 1 && s[len - 2] == '\n' ? "+" : "";
	strbuf_printf(r->out, "|%s", chomp);
	end_line(r, n, NULL);
	while (*s) {
		size_t n_line = strcspn(s, "\n");

		if (n_line)
			strbuf_fill(r->out, ' ', indent + STEP);
		strbuf_addn(r->out, s, n_line);
		strbuf_addc(r->out, '\n');
		s += n_line + (s[n_line] == '\n');
	}
	r->line = r->out->len;
}

static void add_scalar(struct render *r, const struct yaml_node *n,
                       size_t indent)
{
	if (fits_block(n)) {
		add_block(r, n, indent);
		return;
	}
	add_words(r, n);
	end_line(r, n, NULL);
}

static void add_node(struct render *r, const struct yaml_node *n,
                     size_t indent);

static void add_key(struct render *r, const struct yaml_node *key,
                    size_t indent)
{
	bool long_key = key->scalar.len > LONGEST_KEY;

	strbuf_fill(r->out, ' ', indent);
	strbuf_add(r->out, long_key ? "? " : "");
	add_words(r, key);
	if (long_key) {
		end_line(r, key, NULL);
		strbuf_fill(r->out, ' ', indent);
	}
	strbuf_addc(r->out, ':');
}

/* What stands behind "key:", or below it. */
static void add_value(struct render *r, const struct yaml_node *key,
                      const struct yaml_node *value, size_t indent)
{
	bool empty = (value->kind == YAML_IS_MAP && !value->map.n) ||
	             (value->kind == YAML_IS_LIST && !value->list.n);

	if (empty) {
		strbuf_add(r->out, value->kind == YAML_IS_MAP ? " {}" : " []");
		end_line(r, value, NULL);
	} else if (value->kind == YAML_IS_SCALAR) {
		strbuf_add(r->out,
		           value->scalar.len || value->style != YAML_PLAIN
		                   ? " "
		                   : "");
		add_scalar(r, value, indent);
	} else {
		end_line(r, key, NULL);
		add_node(r, value, indent + STEP);
	}
}

static void add_map(struct render *r, const struct yaml_node *n, size_t indent)
{
	for (size_t i = 0; i < n->map.n; i++) {
		add_key(r, n->map.v[i].key, indent);
		add_value(r, n->map.v[i].key, n->map.v[i].value, indent);
	}
}

static void add_list(struct render *r, const struct yaml_node *n, size_t indent)
{
	for (size_t i = 0; i < n->list.n; i++) {
		strbuf_fill(r->out, ' ', indent);
		strbuf_addc(r->out, '-');
		add_value(r, n->list.v[i], n->list.v[i], indent);
	}
}

static void add_node(struct render *r, const struct yaml_node *n, size_t indent)
{
	if (n->kind == YAML_IS_MAP)
		add_map(r, n, indent);
	else
		add_list(r, n, indent);
}

/* --- variables ------------------------------------------------------------ */

/* Text from outside: JSON for lists and maps, else what its type makes of it.
 */
static void add_text(struct render *r, const struct config_origin *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.";

	strbuf_addc(r->out, ' ');
	if (o->text[0] == '[' || o->text[0] == '{' ||
	    (*o->text && strspn(o->text, plain) == strlen(o->text)))
		strbuf_add(r->out, o->text);
	else
		yaml_add_quoted(r->out, o->text);
	end_line(r, NULL, o->from);
}

/* A variable's description, with the value it has as its default. */
static void add_var(struct render *r, const struct config *c,
                    const struct yaml_pair *var)
{
	const char *name = var->key->scalar.s;
	const struct config_origin *o = map_get(&c->origins, name);
	const struct yaml_node *body = var->value;

	add_key(r, var->key, STEP);
	end_line(r, var->key, NULL);
	for (size_t i = 0; body->kind == YAML_IS_MAP && i < body->map.n; i++) {
		if (!strcmp(body->map.v[i].key->scalar.s, "default"))
			continue;
		add_key(r, body->map.v[i].key, 2 * STEP);
		add_value(r, body->map.v[i].key, body->map.v[i].value,
		          2 * STEP);
	}
	if (!o || (!o->node && !o->text))
		return;
	strbuf_fill(r->out, ' ', 2 * STEP);
	strbuf_add(r->out, "default:");
	if (o->node)
		add_value(r, o->node, o->node, 2 * STEP);
	else
		add_text(r, o);
}

static void add_section(struct render *r, const struct config *c,
                        const struct yaml_pair *p)
{
	bool vars = r->origins && !strcmp(p->key->scalar.s, "vars") &&
	            p->value->kind == YAML_IS_MAP && p->value->map.n;

	add_key(r, p->key, 0);
	if (!vars) {
		add_value(r, p->key, p->value, 0);
		return;
	}
	end_line(r, p->key, NULL);
	for (size_t i = 0; i < p->value->map.n; i++)
		add_var(r, c, &p->value->map.v[i]);
}

static void add_all(struct render *r, const struct config *c)
{
	if (!c->root || c->root->kind != YAML_IS_MAP)
		return;
	for (size_t i = 0; i < c->root->map.n; i++)
		add_section(r, c, &c->root->map.v[i]);
}

void config_render(struct strbuf *out, const struct config *c)
{
	struct render r = {.out = out, .line = out->len, .origins = true};

	add_all(&r, c);
}

char *config_text(struct arena *mem, const struct config *c)
{
	struct strbuf out = {0};
	struct render r = {.out = &out};
	char *text;

	add_all(&r, c);
	text = arena_strdup(mem, out.s ? out.s : "");
	strbuf_fini(&out);
	return text;
}
