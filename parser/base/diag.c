/* diag.c - collecting mistakes. Showing them is diag_print.c. */
#include "parser/base/diag.h"

#include <stdarg.h>
#include <string.h>

void diags_init(struct diags *d)
{
	memset(d, 0, sizeof(*d));
}

void diags_fini(struct diags *d)
{
	arena_free(&d->mem);
	diags_init(d);
}

void diags_add_source(struct diags *d, const struct src_file *f)
{
	struct diag_source *s = ARENA_NEW(&d->mem, struct diag_source);

	*s = (struct diag_source){.file = f, .next = d->sources};
	d->sources = s;
}

PRINTF(3, 0)
static struct diag *add(struct diags *d, struct diag fields, const char *fmt,
                        va_list ap)
{
	struct diag *new = &d->overflow;

	if (d->n < DIAGS_MOST)
		new = &d->v[d->n++];
	*new = fields;
	new->message =
		new == &d->overflow ? "" : arena_vprintf(&d->mem, fmt, ap);
	if (fields.at.pos.file)
		new->at.pos.file = arena_strdup(&d->mem, fields.at.pos.file);
	return new;
}

struct diag *diags_error(struct diags *d, enum diag_code code,
                         struct src_span at, const char *fmt, ...)
{
	struct diag fields = {.severity = DIAG_ERROR, .code = code, .at = at};
	struct diag *new;
	va_list ap;

	va_start(ap, fmt);
	new = add(d, fields, fmt, ap);
	va_end(ap);
	d->errors++;
	return new;
}

struct diag *diags_warn(struct diags *d, enum diag_code code,
                        struct src_span at, const char *fmt, ...)
{
	struct diag fields = {.severity = DIAG_WARNING, .code = code, .at = at};
	struct diag *new;
	va_list ap;

	va_start(ap, fmt);
	new = add(d, fields, fmt, ap);
	va_end(ap);
	d->warnings++;
	return new;
}

void diag_hide(struct diag *d)
{
	d->hidden = true;
}

void diag_label(struct diags *d, struct diag *to, const char *fmt, ...)
{
	va_list ap;

	if (to == &d->overflow)
		return;
	va_start(ap, fmt);
	to->label = arena_vprintf(&d->mem, fmt, ap);
	va_end(ap);
}

void diag_note(struct diags *d, struct diag *to, const char *fmt, ...)
{
	struct diag_text **end = &to->notes;
	va_list ap;

	if (to == &d->overflow)
		return;
	while (*end)
		end = &(*end)->next;
	*end = ARENA_NEW(&d->mem, struct diag_text);
	va_start(ap, fmt);
	(*end)->text = arena_vprintf(&d->mem, fmt, ap);
	va_end(ap);
}

void diag_also(struct diags *d, struct diag *to, struct src_span at,
               const char *fmt, ...)
{
	struct diag_place **end = &to->places;
	va_list ap;

	if (to == &d->overflow)
		return;
	while (*end)
		end = &(*end)->next;
	*end = ARENA_NEW(&d->mem, struct diag_place);
	(*end)->at = at;
	if (at.pos.file)
		(*end)->at.pos.file = arena_strdup(&d->mem, at.pos.file);
	va_start(ap, fmt);
	(*end)->label = arena_vprintf(&d->mem, fmt, ap);
	va_end(ap);
}

void diags_take(struct diags *d, enum diag_code code, struct src_span at,
                struct err *e)
{
	struct diag *m;

	if (err_pos(e).line)
		at = (struct src_span){.pos = err_pos(e)};
	m = diags_error(d, code, at, "%s", err_text(e));
	if (err_hint_text(e))
		diag_note(d, m, "%s", err_hint_text(e));
	for (const struct err *c = err_cause(e); c; c = err_cause(c)) {
		diag_note(d, m, "%s", err_text(c));
		if (err_hint_text(c))
			diag_note(d, m, "%s", err_hint_text(c));
	}
	err_free(e);
}
