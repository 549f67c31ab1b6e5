/* cmd_validate.c */
#include <stdio.h>
#include <string.h>

#include "cmd/packages.h"
#include "cmd/sites.h"
#include "cmd/stack.h"
#include "parser/base/strbuf.h"

static const struct format {
	const char *name;
	void (*print)(FILE *out, const struct diags *d); /* NULL: for people */
} formats[] = {
	{"text", NULL},
	{"json", diags_print_json},
	{"sarif", diags_print_sarif},
	{"github", diags_print_github},
};

static struct err *choose(const struct options *o, const struct format **out)
{
	const char *name = o->format ? o->format : o->json ? "json" : "text";

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		*out = &formats[i];
		if (!strcmp(formats[i].name, name))
			return NULL;
	}
	return err_new(ERR_USAGE, NO_POS,
	               "--format is text, json, sarif or github, not \"%s\"",
	               name);
}

static struct err *report_as(const struct diags *d, const struct format *format)
{
	format->print(stdout, d);
	if (!d->errors)
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS, "%zu mistake%s", d->errors,
	               d->errors == 1 ? "" : "s");
}

static struct err *read_all(struct invocation *in, struct stack *s)
{
	struct err *e = stack_read(in, s);

	if (!e)
		packages_check(in->mem, s);
	return e;
}

/* --- all sites ------------------------------------------------------------ */

enum { NAMED = 3 }; /* of the sites that share a mistake */

/* The sites in which a mistake is made. */
struct share {
	size_t n;
	const char *first[NAMED];
};

struct survey {
	struct site_file *sites;
	size_t n, objects; /* of all sites together */
	struct diags all;
	struct share shares[DIAGS_MOST]; /* of all.v */
};

static void count_in(struct survey *v, const struct diag *m, const char *site)
{
	struct share *share = &v->shares[m - v->all.v];

	if (m == &v->all.overflow)
		return;
	if (share->n < NAMED)
		share->first[share->n] = site;
	share->n++;
}

/* Takes over what is wrong with one site. */
static void take(struct survey *v, const struct diags *d, const char *site)
{
	size_t errors = 0;

	for (size_t i = 0; i < d->n; i++) {
		errors += d->v[i].severity == DIAG_ERROR;
		count_in(v, diags_copy(&v->all, d, &d->v[i]), site);
	}
	v->all.errors += d->errors - errors; /* those that were not kept */
	v->all.warnings += d->warnings - (d->n - errors);
}

/* What is read of one site does not stay in memory. */
static struct err *survey_site(const struct invocation *in, struct survey *v,
                               const char *site)
{
	struct arena mem = {0};
	struct options o = *in->o;
	struct invocation one = {.mem = &mem, .o = &o};
	struct stack s = {0};
	struct err *e;

	o.site = site;
	e = read_all(&one, &s);
	if (!e)
		take(v, &s.diags, site);
	v->objects += s.config.nr_wants;
	stack_close(&s);
	arena_free(&mem);
	return e;
}

static void name_sites(struct survey *v, size_t i)
{
	const struct share *share = &v->shares[i];
	size_t named = share->n < NAMED ? share->n : NAMED;
	struct strbuf text = {0};

	for (size_t k = 0; k < named; k++)
		strbuf_printf(&text, "%s%s", k ? ", " : "", share->first[k]);
	if (share->n > named)
		strbuf_printf(&text, " and %zu more", share->n - named);
	diag_note(&v->all, &v->all.v[i], "at the site%s %s",
	          share->n == 1 ? "" : "s", text.s);
	strbuf_fini(&text);
}

static struct err *survey_report(const struct invocation *in, struct survey *v)
{
	diags_print(stderr, &v->all);
	if (v->all.errors)
		return err_new(ERR_SYNTAX, NO_POS,
		               "this has to be mended first");
	printf("%s is valid at %zu site%s: %zu objects wanted.\n",
	       stack_file(in->o), v->n, v->n == 1 ? "" : "s", v->objects);
	return NULL;
}

static struct err *look_for_sites(const struct invocation *in, struct survey *v)
{
	if (in->o->site)
		return err_new(ERR_USAGE, NO_POS,
		               "--site and --all-sites exclude each other");
	v->n = sites_find(in->mem, stack_file(in->o), &v->sites);
	if (v->n)
		return NULL;
	return err_hint(err_new(ERR_REF, NO_POS, "there are no sites here"),
	                "they are sites/NAME.yaml beside the stack's file");
}

static struct err *validate_sites(const struct invocation *in,
                                  const struct format *format)
{
	struct survey v = {0};
	struct err *e = look_for_sites(in, &v);

	diags_init(&v.all);
	for (size_t i = 0; !e && i < v.n; i++)
		e = survey_site(in, &v, v.sites[i].name);
	/* What is wrong at every site is the stack's, and needs no names. */
	for (size_t i = 0; !e && i < v.all.n; i++)
		if (v.shares[i].n < v.n)
			name_sites(&v, i);
	if (!e)
		e = format->print ? report_as(&v.all, format)
		                  : survey_report(in, &v);
	diags_fini(&v.all);
	return e;
}

/* --- one ------------------------------------------------------------------ */

static struct err *report(const struct invocation *in, struct stack *s)
{
	struct err *e = stack_report(s);

	if (!e)
		printf("%s is valid: %zu objects wanted.\n", stack_file(in->o),
		       s->config.nr_wants);
	return e;
}

static struct err *validate_one(struct invocation *in,
                                const struct format *format)
{
	struct stack s = {0};
	struct err *e = read_all(in, &s);

	if (!e)
		e = format->print ? report_as(&s.diags, format)
		                  : report(in, &s);
	stack_close(&s);
	return e;
}

static struct err *run(struct invocation *in)
{
	const struct format *format;
	struct err *e = choose(in->o, &format);

	if (e)
		return e;
	return in->o->all_sites ? validate_sites(in, format)
	                        : validate_one(in, format);
}

const struct command validate_command = {
	.name = "validate",
	.summary = "find every mistake in the file",
	.options = OPT_STACK | OPT_CHECK | OPT_JSON,
	.run = run,
};
