/* stack.c - what most commands begin with. */
#include "cmd/stack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/packages.h"
#include "cmd/secret_key.h"
#include "cmd/ui/events.h"
#include "cmd/ui/interrupt.h"
#include "cmd/ui/progress.h"
#include "planner/apply/apply.h"
#include "planner/lease/lease.h"
#include "planner/release/release.h"
#include "providers/provider.h"

static bool is_any(const struct provider_ops *ops UNUSED)
{
	return true;
}

static bool reads_secrets(const struct provider_ops *ops)
{
	return ops->read_secret != NULL;
}

static const char *const *provider_types(
	struct arena *mem, bool (*want)(const struct provider_ops *ops))
{
	size_t n = 0;
	const char **types;

	while (providers[n])
		n++;
	types = ARENA_ARRAY(mem, const char *, n + 1);
	n = 0;
	for (size_t i = 0; providers[i]; i++)
		if (want(providers[i]))
			types[n++] = providers[i]->type;
	return types;
}

struct err *stack_report(struct stack *s)
{
	size_t errors = s->diags.errors;

	diags_print(stderr, &s->diags);
	diags_fini(&s->diags);
	if (!errors)
		return NULL;
	return err_new(ERR_SYNTAX, NO_POS, "this has to be mended first");
}

const char *stack_file(const struct options *o)
{
	return o->file ? o->file : "miso.yaml";
}

struct config_options stack_how(const struct invocation *in)
{
	return (struct config_options){
		.file = stack_file(in->o),
		.site = in->o->site,
		.vars = in->o->vars,
		.nr_vars = in->o->nr_vars,
		.var_files = in->o->var_files,
		.nr_var_files = in->o->nr_var_files,
		.provider_types = provider_types(in->mem, is_any),
		.secret_types = provider_types(in->mem, reads_secrets),
		.default_provider = STACK_DEFAULT_PROVIDER,
	};
}

/* With `secrets`, their changes are seen. */
static struct err *read_source(struct invocation *in, struct stack *s,
                               const struct stack_source *from, bool secrets)
{
	struct config_options how = stack_how(in);

	how.secret_key = secrets ? secret_key_get : NULL;
	how.text = from->text;
	how.text_name = from->name;
	how.values = from->vars;
	how.inputs = from->inputs;
	how.salvage = from->salvage;
	memset(s, 0, sizeof(*s));
	diags_init(&s->diags);
	s->session.pins = from->pins;
	if (!in->o->file && !from->text && access("miso.yaml", F_OK))
		return err_hint(
			err_new(ERR_IO, NO_POS, "there is no miso.yaml here"),
			"miso init writes one to start from; -f FILE "
			"and -C DIR lead elsewhere");
	(void)config_load(in->mem, &how, &s->diags, &s->config);
	config_check(&s->config, &s->diags);
	return NULL;
}

struct err *stack_read(struct invocation *in, struct stack *s)
{
	return read_source(in, s, &(struct stack_source){0}, false);
}

struct err *stack_load(struct invocation *in, struct stack *s)
{
	struct err *e = read_source(in, s, &(struct stack_source){0}, true);

	return !e && s->diags.errors ? stack_report(s) : e;
}

static struct err *open_session(struct invocation *in, struct stack *s)
{
	const struct map *pins = s->session.pins;

	if (!plan_session_open(in->mem, &s->config, &s->diags, &s->session))
		return stack_report(s);
	s->session.pins = pins;
	return NULL;
}

struct err *stack_open_unlisted(struct invocation *in, struct stack *s)
{
	struct err *e = stack_load(in, s);

	return e ? e : open_session(in, s);
}

/* Is it known who the stack is and where it keeps its things? */
static bool is_placed(const struct config *c)
{
	for (size_t i = 0; i < c->nr_providers; i++)
		if (c->providers[i].broken)
			return false;
	return c->name && c->nr_providers;
}

struct err *stack_open_anyhow(struct invocation *in, struct stack *s)
{
	const struct stack_source from = {.salvage = true};
	struct err *e = read_source(in, s, &from, false);

	if (e)
		return e;
	if (!is_placed(&s->config))
		return stack_report(s);
	diags_fini(&s->diags);
	diags_init(&s->diags);
	return open_session(in, s);
}

struct err *stack_open(struct invocation *in, struct stack *s)
{
	struct err *e = stack_open_unlisted(in, s);

	return e ? e : plan_list(in->mem, &s->session);
}

static void say_waiting(void *ctx UNUSED, const char *holder)
{
	fprintf(stderr, "%s; waiting for it\n", holder);
}

static bool wants_out(void *ctx UNUSED)
{
	return interrupt_seen();
}

static struct err *take_lease(struct invocation *in, struct stack *s)
{
	const struct lease_options how = {
		.wait_ms = in->o->lease_timeout_ms,
		.waiting = say_waiting,
		.canceled = wants_out,
	};
	struct err *e;

	interrupt_hold();
	e = lease_take(&s->session, &how, &s->lease);
	if (e || !lease_is_remote(s->lease))
		interrupt_release();
	if (e && err_code(e) == ERR_CONFLICT && !how.wait_ms)
		e = err_hint(e, "--lease-timeout 10m waits for it to end");
	return e;
}

static struct err *lock_and_list(struct invocation *in, struct stack *s)
{
	struct err *e = take_lease(in, s);

	return e ? e : plan_list(in->mem, &s->session);
}

struct err *stack_open_locked(struct invocation *in, struct stack *s)
{
	struct err *e = stack_open_unlisted(in, s);

	return e ? e : lock_and_list(in, s);
}

struct err *stack_open_release(struct invocation *in, struct stack *s,
                               const struct stack_source *from)
{
	struct err *e = read_source(in, s, from, true);

	if (!e && s->diags.errors)
		e = stack_report(s);
	if (!e)
		e = open_session(in, s);
	return e ? e : lock_and_list(in, s);
}

static struct plan_options *plan_options(const struct invocation *in,
                                         bool destroy)
{
	struct plan_options *how = ARENA_NEW(in->mem, struct plan_options);

	*how = (struct plan_options){
		.destroy = destroy,
		.targets = in->o->targets,
		.nr_targets = in->o->nr_targets,
		.excludes = in->o->excludes,
		.nr_excludes = in->o->nr_excludes,
		.replaces = in->o->replaces,
		.nr_replaces = in->o->nr_replaces,
	};
	return how;
}

static size_t count_ours(const struct object_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += !set->v[i].foreign;
	return n;
}

/* Only where something is missing is it asked what there was. */
static void remember(struct invocation *in, struct stack *s)
{
	size_t there = 0;

	for (size_t i = 0; i < s->session.nr_places; i++)
		there += count_ours(&s->session.places[i].objects);
	if (there < s->config.nr_wants && !s->session.were)
		s->session.were = release_left(in->mem, &s->session);
}

struct err *stack_plan(struct invocation *in, struct stack *s, bool destroy,
                       struct plan *out)
{
	/* A release has its images by digest, whatever is locked now. */
	if (!destroy && !s->session.pins)
		packages_check(in->mem, s);
	if (s->diags.errors)
		return stack_report(s);
	if (!destroy)
		remember(in, s);
	(void)plan_make(in->mem, &s->config, &s->session,
	                plan_options(in, destroy), &s->diags, out);
	return stack_report(s);
}

struct err *stack_plan_whole(struct invocation *in, struct stack *s,
                             struct plan *out)
{
	static const struct plan_options whole;

	(void)plan_make(in->mem, &s->config, &s->session, &whole, &s->diags,
	                out);
	return stack_report(s);
}

static void give_lease_back(struct stack *s)
{
	if (!s->lease)
		return;
	if (lease_is_remote(s->lease))
		interrupt_release();
	lease_release(s->lease);
	s->lease = NULL;
}

void stack_close(struct stack *s)
{
	give_lease_back(s);
	plan_session_close(&s->session);
	diags_fini(&s->diags);
}

struct err *stack_confirm(const struct invocation *in, const char *question)
{
	char line[16];

	if (in->o->yes)
		return NULL;
	if (in->o->json)
		return err_new(ERR_USAGE, NO_POS,
		               "--json asks nothing: it "
		               "needs --yes");
	if (!isatty(STDIN_FILENO))
		return err_hint(err_new(ERR_USAGE, NO_POS,
		                        "nobody is here to be asked"),
		                "--yes goes on without asking");
	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) &&
	    (line[0] == 'y' || line[0] == 'Y'))
		return NULL;
	return err_new(ERR_CANCELED, NO_POS, "nothing was done");
}

static struct err *summarize(const struct apply_result *r, bool lost)
{
	size_t tried = r->done + r->failed + r->waiting;
	struct err *e;

	if (!r->failed && !r->waiting)
		return NULL;
	e = err_new(r->failed ? ERR_REMOTE : ERR_CANCELED, NO_POS,
	            "%zu of %zu changes done, %zu failed, %zu not tried%s",
	            r->done, tried, r->failed, r->waiting,
	            lost ? "; the lease was lost" : "");
	return err_hint(e, "the same command goes on from here");
}

/* The user wants out, or somebody else has the lease. */
static bool must_stop(void *ctx)
{
	struct stack *s = ctx;

	return interrupt_seen() || (s->lease && lease_is_lost(s->lease));
}

static void run_plan(struct invocation *in, struct stack *s,
                     const struct plan *p, struct apply_result *result)
{
	struct progress_view *view;
	struct apply_options how = {
		.parallelism = in->o->parallelism,
		.canceled = must_stop,
		.ctx = s,
	};

	interrupt_hold();
	view = progress_start(in->o->json);
	how.events = &view->events;
	apply_run(in->mem, p, &how, result);
	view->end(view);
	interrupt_release();
}

/* What was done is done: without a record it only is no history. */
static void warn_unrecorded(struct err *e)
{
	if (!e)
		return;
	fputs("miso: the release could not be recorded: ", stderr);
	err_print(stderr, e);
	err_free(e);
}

struct err *stack_forget(struct invocation *in, struct stack *s)
{
	if (in->o->nr_targets || in->o->nr_excludes)
		return NULL;
	return release_prune(&s->session, 0);
}

/*
 * Nothing may keep one from applying: what cannot be written down now may be
 * later.
 */
static struct release_draft *begin_record(struct invocation *in,
                                          const struct plan *p,
                                          const struct stack_job *job)
{
	struct release_draft *d = release_draft(in->mem, p, job->command);

	err_free(release_begin(d, p));
	return d;
}

static struct err *finish_record(struct invocation *in, struct stack *s,
                                 const struct plan *p,
                                 const struct apply_result *r,
                                 struct release_draft *d, bool destroy)
{
	bool whole = !r->failed && !r->waiting && !p->nr_left_out;
	struct err *e;

	if (destroy && whole)
		return stack_forget(in, s);
	if (!r->done)
		return release_cancel(d, p);
	e = release_finish(d, p, r);
	return e ? e : release_prune(&s->session, s->config.keep);
}

struct err *stack_apply(struct invocation *in, struct stack *s,
                        const struct plan *p, const struct stack_job *job)
{
	struct release_draft *draft = begin_record(in, p, job);
	struct apply_result result;
	bool lost;
	struct err *e;

	run_plan(in, s, p, &result);
	lost = s->lease && lease_is_lost(s->lease);
	if (!lost)
		warn_unrecorded(
			finish_record(in, s, p, &result, draft, job->destroy));
	e = summarize(&result, lost);
	if (in->o->json)
		events_summary(&result, job->destroy);
	else if (!e)
		fprintf(stderr, "Done: %zu change%s.\n", result.done,
		        result.done == 1 ? "" : "s");
	return e;
}

void stack_settle(struct invocation *in, const struct plan *p)
{
	if (!p->nr_left_out)
		warn_unrecorded(release_settle(in->mem, p));
}

static const struct value *value_of(const void *ctx, size_t node)
{
	const struct plan *p = ctx;

	return p->nodes[node].value;
}

const struct value *stack_outputs(struct invocation *in, struct stack *s,
                                  const struct plan *p)
{
	const struct config *c = &s->config;
	struct config_world world = {.ctx = p, .value_of = value_of};
	const struct value *all = value_map(in->mem, NULL, 0), *v;

	for (size_t i = 0; i < c->nr_outputs; i++) {
		const struct config_output *o = &c->outputs[i];

		v = config_output(in->mem, c, o, &world, &s->diags);
		if (!v)
			continue;
		if (o->sensitive)
			v = value_tainted(in->mem, v);
		all = value_with(in->mem, all, o->name, v);
	}
	return all;
}
