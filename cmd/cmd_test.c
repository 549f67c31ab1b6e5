/* cmd_test.c - a stack's own tests. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/stack.h"
#include "parser/base/fs.h"
#include "parser/base/strbuf.h"
#include "planner/trial/trial.h"

/* One test and what came of it. */
struct row {
	struct trial trial;
	struct trial_result result;
	const char *says; /* what is wrong, for people; "" when it passed */
};

struct suite {
	struct invocation *in;
	struct diags files; /* mistakes in the files of tests */
	struct trial *trials;
	size_t n, cap;
	struct row *rows;
	size_t failed;
};

/* --- reading -------------------------------------------------------------- */

/* Those named, or all in tests/ beside the stack's file. */
static struct err *read_files(struct suite *s)
{
	struct arena *mem = s->in->mem;
	const char *file = stack_file(s->in->o);
	const char *dir = strchr(file, '/') ? fs_parent(mem, file) : NULL;
	glob_t found = {0};

	for (int i = 0; i < s->in->argc; i++)
		(void)trial_read(mem, s->in->argv[i], &s->files, &s->trials,
		                 &s->n, &s->cap);
	if (s->in->argc)
		return NULL;
	if (!glob(dir ? arena_printf(mem, "%s/tests/*.yaml", dir)
	              : "tests/*.yaml",
	          0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			(void)trial_read(mem,
			                 arena_strdup(mem, found.gl_pathv[i]),
			                 &s->files, &s->trials, &s->n, &s->cap);
	globfree(&found);
	if (!s->n && !s->files.errors)
		return err_hint(
			err_new(ERR_REF, NO_POS, "there are no tests here"),
			"they are tests/*.yaml beside the stack's file");
	return NULL;
}

/* --- running -------------------------------------------------------------- */

static const char *shown(struct arena *mem, const struct diags *d)
{
	char *text = NULL, *copy;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		arena_no_memory();
	diags_print(f, d);
	fclose(f);
	if (!text)
		arena_no_memory();
	copy = arena_strdup(mem, text);
	free(text);
	return copy;
}

static void run_all(struct suite *s)
{
	const struct config_options how = stack_how(s->in);

	s->rows = ARENA_ARRAY(s->in->mem, struct row, s->n);
	for (size_t i = 0; i < s->n; i++) {
		struct row *r = &s->rows[i];
		struct diags d;

		diags_init(&d);
		/* Carets need the file that the mistakes are in. */
		for (const struct diag_source *src = s->files.sources; src;
		     src = src->next)
			diags_add_source(&d, src->file);
		r->trial = s->trials[i];
		r->result = trial_run(&r->trial, &how, &d);
		r->says = r->result.passed ? "" : shown(s->in->mem, &d);
		s->failed += !r->result.passed;
		diags_fini(&d);
	}
}

/* --- reports -------------------------------------------------------------- */

static void print_text(const struct suite *s)
{
	const char *file = "";

	for (size_t i = 0; i < s->n; i++) {
		const struct row *r = &s->rows[i];

		if (strcmp(file, r->trial.file) != 0)
			printf("%s\n", r->trial.file);
		file = r->trial.file;
		printf("  %s  %s\n", r->result.passed ? "ok  " : "FAIL",
		       r->trial.name);
		fputs(r->says, stdout);
	}
	printf("%zu passed, %zu failed\n", s->n - s->failed, s->failed);
}

static void print_json(const struct suite *s)
{
	struct arena *mem = s->in->mem;
	const struct value **v = ARENA_ARRAY(mem, const struct value *, s->n);

	for (size_t i = 0; i < s->n; i++) {
		const struct row *r = &s->rows[i];
		const struct value_entry row[] = {
			{.key = "file",
		         .value = value_string(mem, r->trial.file)},
			{.key = "line",
		         .value = value_int(mem, r->trial.at.pos.line)},
			{.key = "name",
		         .value = value_string(mem, r->trial.name)},
			{.key = "passed",
		         .value = value_bool(r->result.passed)},
			{.key = "ms", .value = value_int(mem, r->result.ms)},
			{.key = "says", .value = value_string(mem, r->says)},
		};

		v[i] = value_map(mem, row, ARRAY_LEN(row));
	}
	printf("%s\n", value_to_json(mem, value_list(mem, v, s->n)));
}

/* XML 1.0, 2.2 and 2.4: what may not be in text is left out. */
static void add_xml(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '<')
			strbuf_add(b, "&lt;");
		else if (c == '&')
			strbuf_add(b, "&amp;");
		else if (c == '>')
			strbuf_add(b, "&gt;");
		else if (c == '"')
			strbuf_add(b, "&quot;");
		else if (c >= ' ' || c == '\n' || c == '\t')
			strbuf_addc(b, *s);
	}
}

static void add_case(struct strbuf *b, const struct row *r)
{
	strbuf_add(b, "  <testcase classname=\"");
	add_xml(b, r->trial.file);
	strbuf_add(b, "\" name=\"");
	add_xml(b, r->trial.name);
	strbuf_printf(b, "\" time=\"%.3f\"", (double)r->result.ms / 1000);
	if (r->result.passed) {
		strbuf_add(b, "/>\n");
		return;
	}
	strbuf_add(b, ">\n    <failure message=\"it failed\">");
	add_xml(b, r->says);
	strbuf_add(b, "</failure>\n  </testcase>\n");
}

/* The XML that CI systems read as JUnit's. */
static struct err *write_junit(const struct suite *s)
{
	struct strbuf b = {0};
	struct err *e;

	strbuf_printf(&b,
	              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	              "<testsuite name=\"miso\" tests=\"%zu\" failures=\"%zu\" "
	              "errors=\"0\">\n",
	              s->n, s->failed);
	for (size_t i = 0; i < s->n; i++)
		add_case(&b, &s->rows[i]);
	strbuf_add(&b, "</testsuite>\n");
	e = fs_put(s->in->o->junit, b.s, b.len, 0644);
	strbuf_fini(&b);
	return e;
}

static struct err *report(const struct suite *s)
{
	struct err *e = NULL;

	if (s->in->o->json)
		print_json(s);
	else
		print_text(s);
	if (s->in->o->junit)
		e = write_junit(s);
	if (!e && s->failed)
		s->in->status = EXIT_ERROR;
	return e;
}

static struct err *run(struct invocation *in)
{
	struct suite s = {.in = in};
	struct err *e;

	diags_init(&s.files);
	e = read_files(&s);
	if (!e && s.files.errors) {
		diags_print(stderr, &s.files);
		e = err_new(ERR_SYNTAX, NO_POS,
		            "the tests have to be mended first");
	}
	if (!e) {
		run_all(&s);
		e = report(&s);
	}
	diags_fini(&s.files);
	return e;
}

const struct command test_command = {
	.name = "test",
	.operands = "[FILE...]",
	.summary = "run the stack's own tests, which touch nothing",
	.options = OPT_FILE | OPT_JSON | OPT_TEST,
	.max_operands = -1,
	.run = run,
};
