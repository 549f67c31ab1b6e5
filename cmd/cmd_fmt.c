/* cmd_fmt.c - files laid out alike. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "cmd/sites.h"
#include "cmd/stack.h"
#include "parser/base/fs.h"
#include "parser/base/json.h"
#include "parser/base/str.h"
#include "parser/base/strbuf.h"
#include "parser/yaml/yaml.h"

struct formatting {
	struct arena *mem;
	bool check;
	size_t changed;
	struct strbuf *json; /* NULL: paths are printed instead */
	struct diags diags;
};

/* Its permissions stay as they are. */
static struct err *replace(const char *path, const char *text, size_t len)
{
	struct stat st;

	if (stat(path, &st))
		st.st_mode = 0644;
	return fs_put(path, text, len, st.st_mode & 07777);
}

/* Tell about one file. `state`: what it was before. */
static void tell(const struct formatting *f, const char *path,
                 const char *state, bool changed)
{
	if (!f->json) {
		if (changed)
			printf("%s\n", path);
		return;
	}
	strbuf_add(f->json, f->json->len > 1 ? ",{" : "{");
	strbuf_add(f->json, "\"file\":");
	json_add_bytes(f->json, path, strlen(path));
	strbuf_printf(f->json, ",\"state\":\"%s\",\"written\":%s}", state,
	              changed && !f->check ? "true" : "false");
}

static struct err *format(struct formatting *f, const char *path)
{
	static const char bom[] = "\xef\xbb\xbf";
	const struct src_file *src;
	const char *out;
	char *text;
	size_t len, out_len, skip;
	struct err *e = fs_read(f->mem, path, YAML_MAX_BYTES, &text, &len);

	if (e)
		return e;
	skip = str_starts(text, bom) ? strlen(bom) : 0;
	src = src_new(f->mem, path, text + skip, len - skip);
	diags_add_source(&f->diags, src);
	if (!yaml_format(f->mem, src, &f->diags, &out, &out_len)) {
		tell(f, path, "broken", false); /* the diags say why */
		return NULL;
	}
	if (len == out_len && !memcmp(text, out, len)) {
		tell(f, path, "fine", false);
		return NULL;
	}
	f->changed++;
	if (!f->check)
		e = replace(path, out, out_len);
	if (!e)
		tell(f, path, "untidy", true);
	return e;
}

/* Without operands: the stack's file, and those of its sites. */
static struct err *format_all(struct formatting *f, const char *file)
{
	struct site_file *sites;
	size_t n = sites_find(f->mem, file, &sites);
	struct err *e = format(f, file);

	for (size_t i = 0; !e && i < n; i++)
		e = format(f, sites[i].path);
	return e;
}

static struct err *run(struct invocation *in)
{
	struct strbuf json = {0};
	struct formatting f = {
		.mem = in->mem,
		.check = in->o->check,
		.json = in->o->json ? &json : NULL,
	};
	struct err *e = NULL;

	diags_init(&f.diags);
	strbuf_add(&json, "[");
	if (!in->argc)
		e = format_all(&f, stack_file(in->o));
	for (int i = 0; !e && i < in->argc; i++)
		e = format(&f, in->argv[i]);
	if (in->o->json)
		printf("%s]\n", json.s);
	strbuf_fini(&json);
	diags_print(stderr, &f.diags);
	if (!e && f.diags.errors)
		e = err_new(ERR_SYNTAX, NO_POS, "this has to be mended first");
	if (!e && f.check && f.changed)
		e = err_hint(err_new(ERR_CONFLICT, NO_POS,
		                     "%zu file%s not laid out", f.changed,
		                     f.changed == 1 ? " is" : "s are"),
		             "miso fmt does it");
	diags_fini(&f.diags);
	return e;
}

const struct command fmt_command = {
	.name = "fmt",
	.operands = "[FILE...]",
	.summary = "lay out the stack's files; comments stay",
	.options = OPT_FILE | OPT_FMT | OPT_JSON,
	.max_operands = -1,
	.run = run,
};
