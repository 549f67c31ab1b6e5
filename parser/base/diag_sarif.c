/*
 * diag_sarif.c - showing mistakes to programs: SARIF 2.1.0 (OASIS standard,
 * 27 March 2020), and GitHub's workflow commands.
 */
#include <string.h>

#include "parser/base/diag_impl.h"
#include "parser/base/json.h"
#include "parser/base/strbuf.h"

static void add_text(struct strbuf *b, const char *key, const char *text)
{
	strbuf_printf(b, "\"%s\":{\"text\":", key);
	json_add_string(b, text, strlen(text));
	strbuf_addc(b, '}');
}

/* The message, and whatever helps. */
static char *whole_text(struct arena *mem, const struct diag *m)
{
	char *all = arena_strdup(mem, m->message);

	if (m->label)
		all = arena_printf(mem, "%s; %s", all, m->label);
	for (const struct diag_text *t = m->notes; t; t = t->next)
		all = arena_printf(mem, "%s\n%s", all, t->text);
	return all;
}

/* A path as a relative reference (RFC 3986): what is no letter is escaped. */
static void add_uri(struct strbuf *b, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";

	strbuf_addc(b, '"');
	if (path[0] == '/')
		strbuf_add(b, "file://");
	for (; *path; path++)
		if (strchr(plain, *path))
			strbuf_addc(b, *path);
		else
			strbuf_printf(b, "%%%02X", (unsigned char)*path);
	strbuf_addc(b, '"');
}

/* Section 3.28: a place in a file. */
static void add_location(struct strbuf *b, struct src_span at,
                         const char *message)
{
	strbuf_add(b, "{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
	add_uri(b, at.pos.file);
	strbuf_addc(b, '}');
	if (at.pos.line)
		strbuf_printf(b,
		              ",\"region\":{\"startLine\":%u,"
		              "\"startColumn\":%u,\"endColumn\":%u}",
		              at.pos.line, at.pos.col,
		              at.pos.col + (at.len ? at.len : 1));
	strbuf_addc(b, '}');
	if (message) {
		strbuf_addc(b, ',');
		add_text(b, "message", message);
	}
	strbuf_addc(b, '}');
}

static void add_related(struct strbuf *b, const struct diag *m)
{
	bool first = true;

	for (const struct diag_place *p = m->places; p; p = p->next) {
		if (!p->at.pos.file)
			continue;
		strbuf_add(b, first ? ",\"relatedLocations\":[" : ",");
		add_location(b, p->at, p->label);
		first = false;
	}
	if (!first)
		strbuf_addc(b, ']');
}

static size_t rule_index(enum diag_code code)
{
	const struct diag_info *all = diag_all_info();
	size_t i = 0;

	while (all[i].title && all[i].code != code)
		i++;
	return i;
}

/* Section 3.27. */
static void add_result(struct strbuf *b, const struct diag *m)
{
	struct arena mem = {0};

	strbuf_printf(b, "{\"ruleId\":\"%c%04d\",\"ruleIndex\":%zu,",
	              diag_letter(m->code), (int)m->code, rule_index(m->code));
	strbuf_printf(b, "\"level\":\"%s\",", diag_word(m));
	add_text(b, "message", whole_text(&mem, m));
	strbuf_add(b, ",\"locations\":[");
	if (m->at.pos.file)
		add_location(b, m->at, NULL);
	strbuf_addc(b, ']');
	add_related(b, m);
	strbuf_addc(b, '}');
	arena_free(&mem);
}

/* Section 3.49: every code, so that an index means the same each time. */
static void add_rules(struct strbuf *b)
{
	for (const struct diag_info *i = diag_all_info(); i->title; i++) {
		char letter = diag_letter(i->code);

		strbuf_printf(b, "%s{\"id\":\"%c%04d\",",
		              i == diag_all_info() ? "" : ",\n", letter,
		              (int)i->code);
		add_text(b, "shortDescription", i->title);
		strbuf_addc(b, ',');
		add_text(b, "help", i->text);
		strbuf_printf(b,
		              ",\"defaultConfiguration\":{\"level\":\"%s\"}}",
		              letter == 'E' ? "error" : "warning");
	}
}

void diags_print_sarif(FILE *out, const struct diags *d)
{
	const struct diag *sorted[DIAGS_MOST];
	struct strbuf b = {0};

	diags_sort(d, sorted);
	strbuf_add(&b, "{\"$schema\":\"https://json.schemastore.org/"
	               "sarif-2.1.0.json\",\"version\":\"2.1.0\","
	               "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"miso\","
	               "\"version\":\"" MISO_VERSION "\",\"rules\":[");
	add_rules(&b);
	strbuf_add(&b, "]}},\"columnKind\":\"unicodeCodePoints\","
	               "\"results\":[");
	for (size_t i = 0; i < d->n; i++) {
		strbuf_add(&b, i ? ",\n" : "");
		add_result(&b, sorted[i]);
	}
	fprintf(out, "%s]}]}\n", b.s);
	strbuf_fini(&b);
}

/* --- GitHub --------------------------------------------------------------- */

/* Line ends and percent signs; in a property also what ends one. */
static void add_escaped(struct strbuf *b, const char *s, bool property)
{
	for (; *s; s++)
		if (*s == '%' || *s == '\r' || *s == '\n' ||
		    (property && (*s == ':' || *s == ',')))
			strbuf_printf(b, "%%%02X", (unsigned char)*s);
		else
			strbuf_addc(b, *s);
}

static void add_annotation(struct strbuf *b, const struct diag *m)
{
	struct arena mem = {0};

	strbuf_printf(b, "::%s title=%c%04d", diag_word(m),
	              diag_letter(m->code), (int)m->code);
	if (m->at.pos.file) {
		strbuf_add(b, ",file=");
		add_escaped(b, m->at.pos.file, true);
	}
	if (m->at.pos.line)
		strbuf_printf(b, ",line=%u,col=%u,endColumn=%u", m->at.pos.line,
		              m->at.pos.col,
		              m->at.pos.col + (m->at.len ? m->at.len : 1) - 1);
	strbuf_add(b, "::");
	add_escaped(b, whole_text(&mem, m), false);
	strbuf_addc(b, '\n');
	arena_free(&mem);
}

void diags_print_github(FILE *out, const struct diags *d)
{
	const struct diag *sorted[DIAGS_MOST];
	struct strbuf b = {0};

	diags_sort(d, sorted);
	for (size_t i = 0; i < d->n; i++)
		add_annotation(&b, sorted[i]);
	fputs(b.s ? b.s : "", out);
	strbuf_fini(&b);
}
