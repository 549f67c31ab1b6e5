/* saved.c - the files of saved plans. */
#include "cmd/saved.h"

#include <stdio.h>
#include <string.h>

#include "parser/base/fs.h"

enum { PLAN_MODE = 0600 }; /* values of variables are nobody's business */

static struct saved_request request_of(const struct options *o, bool destroy)
{
	return (struct saved_request){
		.file = o->file,
		.site = o->site,
		.vars = {o->vars, o->nr_vars},
		.var_files = {o->var_files, o->nr_var_files},
		.targets = {o->targets, o->nr_targets},
		.excludes = {o->excludes, o->nr_excludes},
		.replaces = {o->replaces, o->nr_replaces},
		.destroy = destroy,
	};
}

struct err *saved_plan_write(struct invocation *in, const struct plan *p)
{
	struct saved_request request = request_of(in->o, p->how->destroy);
	const char *text;
	size_t len;

	saved_collect_vars(in->mem, p, &request);
	text = saved_text(in->mem, p, &request, &len);
	return fs_put(in->o->out, text, len, PLAN_MODE);
}

static bool has_own_options(const struct options *o)
{
	return o->file || o->site || o->nr_targets || o->nr_excludes ||
	       o->nr_replaces;
}

/* A copy, since options_parse() makes them without const inside. */
static const char **copy(struct arena *mem, const struct saved_list *list,
                         const char *const *more, size_t nr_more, size_t *n)
{
	const char **v = ARENA_ARRAY(mem, const char *, list->n + nr_more);

	for (size_t i = 0; i < list->n; i++)
		v[i] = list->v[i];
	for (size_t i = 0; i < nr_more; i++)
		v[list->n + i] = more[i];
	*n = list->n + nr_more;
	return v;
}

/*
 * Variables may be given again, for those that are secret; another value than
 * before makes the plan stale.
 */
static void use(struct invocation *in, const struct saved_request *r)
{
	struct options *o = ARENA_NEW(in->mem, struct options);
	const struct options *given = in->o;

	*o = *given;
	o->file = r->file;
	o->site = r->site;
	o->vars = copy(in->mem, &r->vars, given->vars, given->nr_vars,
	               &o->nr_vars);
	o->var_files = copy(in->mem, &r->var_files, given->var_files,
	                    given->nr_var_files, &o->nr_var_files);
	o->targets = copy(in->mem, &r->targets, NULL, 0, &o->nr_targets);
	o->excludes = copy(in->mem, &r->excludes, NULL, 0, &o->nr_excludes);
	o->replaces = copy(in->mem, &r->replaces, NULL, 0, &o->nr_replaces);
	in->o = o;
}

struct err *saved_plan_read(struct invocation *in, struct saved *out)
{
	const char *path = in->argv[0];
	struct err *e;
	char *text;
	size_t len;

	if (has_own_options(in->o))
		return err_new(ERR_USAGE, NO_POS,
		               "a saved plan has its own file, site and "
		               "targets; only --var and --var-file may be "
		               "given with it");
	e = fs_read(in->mem, path, SAVED_LARGEST, &text, &len);
	if (!e)
		e = saved_parse(in->mem, path, text, len, out);
	if (!e)
		use(in, &out->request);
	return e;
}
