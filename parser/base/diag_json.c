/* diag_json.c - showing mistakes to programs: our own JSON. */
#include <string.h>

#include "parser/base/diag_impl.h"
#include "parser/base/json.h"
#include "parser/base/strbuf.h"

static void json_field(struct strbuf *b, const char *key, const char *text)
{
	strbuf_printf(b, ",\"%s\":", key);
	json_add_string(b, text, strlen(text));
}

static void json_span(struct strbuf *b, const struct diags *d,
                      struct src_span at)
{
	const struct src_file *f = diags_find_source(d, at.pos.file);

	if (!at.pos.file)
		return;
	json_field(b, "file", at.pos.file);
	if (!at.pos.line)
		return;
	strbuf_printf(b, ",\"line\":%u,\"col\":%u,\"length\":%u", at.pos.line,
	              at.pos.col, at.len ? at.len : 1);
	if (f)
		strbuf_printf(b, ",\"offset\":%zu",
		              f->skipped +
		                      src_offset(f, at.pos.line, at.pos.col));
}

static void json_diag(struct strbuf *b, const struct diags *d,
                      const struct diag *m)
{
	strbuf_printf(b, "{\"severity\":\"%s\",\"code\":\"%c%04d\"",
	              diag_word(m), diag_letter(m->code), (int)m->code);
	json_field(b, "message", m->message);
	json_span(b, d, m->at);
	if (m->label)
		json_field(b, "label", m->label);
	strbuf_add(b, ",\"places\":[");
	for (const struct diag_place *p = m->places; p; p = p->next) {
		strbuf_add(b, p == m->places ? "{\"label\":" : ",{\"label\":");
		json_add_string(b, p->label, strlen(p->label));
		json_span(b, d, p->at);
		strbuf_addc(b, '}');
	}
	strbuf_add(b, "],\"notes\":[");
	for (const struct diag_text *t = m->notes; t; t = t->next) {
		strbuf_add(b, t == m->notes ? "" : ",");
		json_add_string(b, t->text, strlen(t->text));
	}
	strbuf_add(b, "]}");
}

void diags_print_json(FILE *out, const struct diags *d)
{
	const struct diag *sorted[DIAGS_MOST];
	struct strbuf b = {0};

	diags_sort(d, sorted);
	for (size_t i = 0; i < d->n; i++) {
		strbuf_add(&b, i ? ",\n" : "[");
		json_diag(&b, d, sorted[i]);
	}
	fprintf(out, "%s]\n", b.len ? b.s : "[");
	strbuf_fini(&b);
}
