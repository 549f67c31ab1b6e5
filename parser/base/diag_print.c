/* diag_print.c - showing mistakes to people. */
#include <stdlib.h>
#include <string.h>

#include "parser/base/diag_impl.h"
#include "parser/base/str.h"
#include "parser/base/strbuf.h"

enum {
	WIDEST = 100, /* code points of a line that are shown */
	BEFORE = 60,  /* of these, left of the caret */
};

const char *diag_word(const struct diag *m)
{
	return m->severity == DIAG_ERROR ? "error" : "warning";
}

const struct src_file *diags_find_source(const struct diags *d,
                                         const char *name)
{
	for (const struct diag_source *s = d->sources; name && s; s = s->next)
		if (!strcmp(s->file->name, name))
			return s->file;
	return NULL;
}

static int digits(uint32_t n)
{
	int count = 1;

	while (n >= 10) {
		n /= 10;
		count++;
	}
	return count;
}

static int gutter(const struct diag *m)
{
	uint32_t most = m->at.pos.line;

	for (const struct diag_place *p = m->places; p; p = p->next)
		if (p->at.pos.line > most)
			most = p->at.pos.line;
	return digits(most);
}

/* Code points [from, from + count) of `s`, on one line and harmless. */
static void add_window(struct strbuf *b, const char *s, size_t len,
                       uint32_t from, uint32_t count)
{
	size_t valid = str_utf8_valid(s, len);
	uint32_t at = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		at += (c & 0xc0) != 0x80;
		if (at <= from || at > from + count)
			continue;
		if (i >= valid && c >= 0x80)
			c = '?';
		strbuf_addc(b, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

/* The line, and below it what is wrong with it. */
static void add_snippet(struct strbuf *b, const struct src_file *f,
                        struct src_span at, char mark, const char *label,
                        int width)
{
	size_t len;
	const char *s = src_line(f, at.pos.line, &len);
	uint32_t all = (uint32_t)str_count(s, len);
	uint32_t from = at.pos.col > WIDEST ? at.pos.col - BEFORE : 0;
	uint32_t left = at.pos.col - 1 - from, marks = at.len ? at.len : 1;

	if (marks > WIDEST - left)
		marks = WIDEST - left;
	if (all > from && marks > all - from - left && all - from > left)
		marks = all - from - left;
	strbuf_printf(b, "%*u | ", width, at.pos.line);
	add_window(b, s, len, from, WIDEST);
	while (b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
	strbuf_printf(b, "\n%*s | ", width, "");
	strbuf_fill(b, ' ', left);
	strbuf_fill(b, mark, marks);
	if (label)
		strbuf_printf(b, " %s", label);
	strbuf_addc(b, '\n');
}

static void add_place(struct strbuf *b, const struct diags *d,
                      const struct diag_place *p, int width)
{
	const struct src_file *f = diags_find_source(d, p->at.pos.file);

	if (!f || !p->at.pos.line) {
		strbuf_printf(b, "%*s = %s\n", width, "", p->label);
		return;
	}
	strbuf_printf(b, "%*s::: %s:%u:%u\n", width, "", f->name,
	              p->at.pos.line, p->at.pos.col);
	add_snippet(b, f, p->at, '-', p->label, width);
}

static void add_diag(struct strbuf *b, const struct diags *d,
                     const struct diag *m)
{
	const struct src_file *f = diags_find_source(d, m->at.pos.file);
	int width = gutter(m);

	strbuf_printf(b, "%s[%c%04d]: %s\n", diag_word(m), diag_letter(m->code),
	              (int)m->code, m->message);
	if (m->at.pos.file && m->at.pos.line)
		strbuf_printf(b, "%*s--> %s:%u:%u\n", width, "", m->at.pos.file,
		              m->at.pos.line, m->at.pos.col);
	else if (m->at.pos.file)
		strbuf_printf(b, "%*s--> %s\n", width, "", m->at.pos.file);
	if (f && m->at.pos.line && !m->hidden) {
		strbuf_printf(b, "%*s |\n", width, "");
		add_snippet(b, f, m->at, '^', m->label, width);
	} else if (m->label) {
		strbuf_printf(b, "%*s = %s\n", width, "", m->label);
	}
	for (const struct diag_place *p = m->places; p; p = p->next)
		add_place(b, d, p, width);
	for (const struct diag_text *t = m->notes; t; t = t->next)
		strbuf_printf(b, "%*s = %s\n", width, "", t->text);
	strbuf_addc(b, '\n');
}

/* A diag and the number of its file: 0 is none, then in the order read. */
struct ranked {
	const struct diag *diag;
	size_t file;
};

static int by_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	const struct src_pos *p = &x->diag->at.pos, *q = &y->diag->at.pos;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (p->line != q->line)
		return p->line < q->line ? -1 : 1;
	if (p->col != q->col)
		return p->col < q->col ? -1 : 1;
	return x->diag < y->diag ? -1 : 1; /* as they were found */
}

/* `sources` has the last file first. */
static size_t rank_of(const struct diags *d, const char *file)
{
	size_t rank = 0;
	bool found = false;

	for (const struct diag_source *s = d->sources; file && s; s = s->next) {
		found = found || !strcmp(s->file->name, file);
		rank += found;
	}
	return rank;
}

void diags_sort(const struct diags *d, const struct diag *out[DIAGS_MOST])
{
	struct ranked v[DIAGS_MOST];

	for (size_t i = 0; i < d->n; i++)
		v[i] = (struct ranked){&d->v[i],
		                       rank_of(d, d->v[i].at.pos.file)};
	if (d->n)
		qsort(v, d->n, sizeof(v[0]), by_place);
	for (size_t i = 0; i < d->n; i++)
		out[i] = v[i].diag;
}

static void add_count(struct strbuf *b, const char *what, size_t n)
{
	if (n)
		strbuf_printf(b, "%s%zu %s%s", b->len ? ", " : "", n, what,
		              n == 1 ? "" : "s");
}

void diags_print(FILE *out, const struct diags *d)
{
	const struct diag *sorted[DIAGS_MOST];
	struct strbuf b = {0}, counts = {0};

	diags_sort(d, sorted);
	for (size_t i = 0; i < d->n; i++)
		add_diag(&b, d, sorted[i]);
	add_count(&counts, "error", d->errors);
	add_count(&counts, "warning", d->warnings);
	if (counts.len)
		strbuf_printf(&b, "%s", counts.s);
	if (d->errors + d->warnings > d->n)
		strbuf_printf(&b, "; the first %d are shown", DIAGS_MOST);
	if (b.len)
		fprintf(out, "%s\n", b.s);
	strbuf_fini(&b);
	strbuf_fini(&counts);
}
