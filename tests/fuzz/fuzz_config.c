/*
 * fuzz_config.c - any text as a whole stack: read, linked, evaluated, shown,
 * written down and read again. The text stands for several files, see
 * folder.h: "sites/x.yaml" is the site's, "vars.yaml" gives variables, and all
 * of them may be included or read by file() and template().
 */
#include "parser/config/config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "parser/yaml/yaml.h"
#include "tests/fuzz/folder.h"

enum { ENOUGH = 50 }; /* objects */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *give_key(unsigned char key[CONFIG_SECRET_KEY])
{
	memset(key, 1, CONFIG_SECRET_KEY);
	return NULL;
}

/* The digests of the first specs, a line each; "-" for none. */
static char *evaluate(struct arena *mem, const struct config *c,
                      struct diags *d)
{
	struct strbuf all = {0};
	char *text;

	for (size_t i = 0; i < c->nr_wants && i < ENOUGH; i++) {
		const struct value *clear, *v = NULL;

		if (!c->wants[i].block->broken)
			v = config_spec(mem, c, &c->wants[i], NULL, d);
		strbuf_printf(&all, "%s %s\n", c->wants[i].address,
		              v ? value_digest(mem, v) : "-");
		if (v)
			err_free(config_spec_clear(mem, c, &c->wants[i], NULL,
			                           v, &clear));
	}
	text = arena_strdup(mem, all.s ? all.s : "");
	strbuf_fini(&all);
	return text;
}

/* What was laid out once is laid out. */
static void lay_out(struct arena *mem, const char *text, struct diags *d)
{
	const char *once, *twice;
	size_t len, again;

	if (yaml_format(mem, src_new(mem, "f", text, strlen(text)), d, &once,
	                &len) &&
	    yaml_format(mem, src_new(mem, "f", once, len), d, &twice, &again) &&
	    strcmp(once, twice) != 0)
		__builtin_trap();
}

static void show(const struct config *c, const struct diags *d)
{
	struct strbuf out = {0};
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	config_render(&out, c);
	config_render_json(&out, c);
	strbuf_fini(&out);
	diags_print(nowhere, d);
	diags_print_json(nowhere, d);
	diags_print_sarif(nowhere, d);
}

static void fail(const struct diags *d, const char *text)
{
	fputs(text, stderr);
	diags_print(stderr, d);
	__builtin_trap();
}

/* What is written down means the same, also when no other file is there. */
static void write_down(struct arena *mem, struct config_options how,
                       const struct config *c, const char *digests)
{
	struct config again;
	struct diags d;

	how.text = config_text(mem, c);
	how.text_name = "written down";
	how.values = config_var_values(mem, c);
	how.inputs = config_inputs(mem, c);
	how.nr_var_files = 0;
	diags_init(&d);
	if (!config_load(mem, &how, &d, &again) || d.errors)
		fail(&d, how.text);
	if (strcmp(evaluate(mem, &again, &d), digests) != 0)
		fail(&d, how.text);
	diags_fini(&d);
}

/* Which is not there any more when it is read again. */
static bool reads_secret_file(const uint8_t *data, size_t size)
{
	return memmem(data, size, "from_file", strlen("from_file"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"fake", "qemu", NULL};
	static const char *const var_files[] = {"vars.yaml"};
	struct config_options how = {
		.file = "miso.yaml",
		.provider_types = types,
		.default_provider = "qemu",
		.secret_key = give_key,
		.var_files = var_files,
	};
	struct arena mem = {0};
	struct config c = {0};
	struct diags d;
	const char *digests;
	bool good;

	folder_enter(how.file, (const char *)data, size);
	how.site = folder_has("sites/x.yaml") ? "x" : NULL;
	how.nr_var_files = folder_has(var_files[0]);
	diags_init(&d);
	good = config_load(&mem, &how, &d, &c);
	digests = good ? evaluate(&mem, &c, &d) : "";
	config_check(&c, &d);
	folder_empty();
	show(&c, &d);
	if (good && !d.errors && !c.secrets.n && !reads_secret_file(data, size))
		write_down(&mem, how, &c, digests);
	lay_out(&mem, arena_strndup(&mem, (const char *)data, size), &d);
	folder_leave();
	diags_fini(&d);
	arena_free(&mem);
	return 0;
}
