/* diag_copy.c - mistakes of several readings in one report. */
#include <string.h>

#include "parser/base/diag_impl.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_place(const struct src_pos *a, const struct src_pos *b)
{
	return a->line == b->line && a->col == b->col &&
	       same_text(a->file, b->file);
}

static struct diag *find(struct diags *d, const struct diag *m)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].code == m->code &&
		    same_place(&d->v[i].at.pos, &m->at.pos) &&
		    same_text(d->v[i].message, m->message))
			return &d->v[i];
	return NULL;
}

/* The lines that are shown of `file`. */
static void keep_source(struct diags *into, const struct diags *from,
                        const char *file)
{
	const struct src_file *f = diags_find_source(from, file);

	if (f && !diags_find_source(into, file))
		diags_add_source(
			into,
			src_new(&into->mem, arena_strdup(&into->mem, f->name),
		                arena_strndup(&into->mem, f->text, f->len),
		                f->len));
}

struct diag *diags_copy(struct diags *into, const struct diags *from,
                        const struct diag *m)
{
	struct diag *new = find(into, m);

	if (new)
		return new;
	new = (m->severity == DIAG_ERROR ? diags_error : diags_warn)(
		into, m->code, m->at, "%s", m->message);
	if (new == &into->overflow)
		return new;
	new->hidden = m->hidden;
	keep_source(into, from, m->at.pos.file);
	if (m->label)
		diag_label(into, new, "%s", m->label);
	for (const struct diag_place *p = m->places; p; p = p->next) {
		keep_source(into, from, p->at.pos.file);
		diag_also(into, new, p->at, "%s", p->label);
	}
	for (const struct diag_text *t = m->notes; t; t = t->next)
		diag_note(into, new, "%s", t->text);
	return new;
}
