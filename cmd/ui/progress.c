/* progress.c - what the views share, and the two simple ones. */
#include "cmd/ui/progress.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ui/events.h"
#include "cmd/ui/interrupt.h"
#include "parser/base/arena.h"
#include "parser/base/strbuf.h"
#include "planner/plan/plan.h"

const char progress_stopping[] =
	"stopping: what is in flight is finished first";

const char *progress_doing(const struct plan_node *n)
{
	static const char *const words[] = {
		[DIFF_NONE] = "",           [DIFF_CREATE] = "creating",
		[DIFF_UPDATE] = "updating", [DIFF_REPLACE] = "replacing",
		[DIFF_DELETE] = "deleting",
	};

	return words[n->diff.action];
}

const char *progress_done(const struct plan_node *n)
{
	static const char *const words[] = {
		[DIFF_NONE] = "",          [DIFF_CREATE] = "created",
		[DIFF_UPDATE] = "updated", [DIFF_REPLACE] = "replaced",
		[DIFF_DELETE] = "deleted",
	};

	return words[n->diff.action];
}

static void add_err(struct strbuf *out, const struct err *e)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		arena_no_memory();
	err_print(f, e);
	fclose(f);
	if (!text)
		arena_no_memory();
	strbuf_addn(out, text, len);
	free(text);
}

void progress_result(struct strbuf *out, const struct plan_node *n,
                     enum apply_state state, int64_t ms, const struct err *e)
{
	const char *address = plan_address(n);
	double s = (double)ms / 1000;

	if (state == APPLY_WAITING)
		strbuf_printf(out, "%s: not tried\n", address);
	else if (state == APPLY_UNCHANGED)
		strbuf_printf(out, "%s: unchanged\n", address);
	else if (!e)
		strbuf_printf(out, "%s: %s in %.1fs\n", address,
		              progress_done(n), s);
	else
		strbuf_printf(out, "%s: %s failed after %.1fs\n", address,
		              progress_doing(n), s);
	if (e)
		add_err(out, e);
}

void *progress_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		arena_no_memory();
	return p;
}

/* --- plain lines ---------------------------------------------------------- */

struct plain {
	struct progress_view view;
	FILE *out;
	bool told;
};

/* With the next event: no thread waits for signals here. */
static void plain_tell(struct plain *v)
{
	if (!interrupt_seen() || v->told)
		return;
	fprintf(v->out, "%s\n", progress_stopping);
	v->told = true;
}

static void plain_started(void *ctx, const struct plan_node *n)
{
	struct plain *v = ctx;

	plain_tell(v);
	fprintf(v->out, "%s: %s...\n", plan_address(n), progress_doing(n));
}

static void plain_finished(void *ctx, const struct plan_node *n,
                           enum apply_state state, int64_t ms,
                           const struct err *e)
{
	struct plain *v = ctx;
	struct strbuf b = {0};

	plain_tell(v);
	progress_result(&b, n, state, ms, e);
	fputs(b.s, v->out);
	strbuf_fini(&b);
}

static void plain_troubled(void *ctx, const struct plan_node *n,
                           const char *text, int64_t ms UNUSED)
{
	struct plain *v = ctx;

	plain_tell(v);
	fprintf(v->out, "%s: %s\n", plan_address(n), text);
	fflush(v->out);
}

static void plain_end(struct progress_view *v)
{
	fflush(((struct plain *)(void *)v)->out);
	free(v);
}

struct progress_view *progress_plain(FILE *out)
{
	struct plain *v = progress_alloc(sizeof(*v));

	v->out = out;
	v->view.events.ctx = v;
	v->view.events.started = plain_started;
	v->view.events.troubled = plain_troubled;
	v->view.events.finished = plain_finished;
	v->view.end = plain_end;
	return &v->view;
}

/* --- JSON ----------------------------------------------------------------- */

static void json_started(void *ctx UNUSED, const struct plan_node *n)
{
	events_started(n);
}

static void json_said(void *ctx UNUSED, const struct plan_node *n,
                      const char *text, int64_t ms)
{
	events_said(n, text, ms);
}

static void json_troubled(void *ctx UNUSED, const struct plan_node *n,
                          const char *text, int64_t ms)
{
	events_troubled(n, text, ms);
}

static void json_finished(void *ctx UNUSED, const struct plan_node *n,
                          enum apply_state state, int64_t ms,
                          const struct err *e)
{
	events_finished(n, state, ms, e);
}

static void json_end(struct progress_view *v)
{
	free(v);
}

struct progress_view *progress_json(void)
{
	struct progress_view *v = progress_alloc(sizeof(*v));

	v->events = (struct apply_events){.started = json_started,
	                                  .said = json_said,
	                                  .troubled = json_troubled,
	                                  .finished = json_finished};
	v->end = json_end;
	return v;
}

struct progress_view *progress_start(bool json)
{
	struct progress_view *v = NULL;

	if (json)
		return progress_json();
	if (isatty(STDERR_FILENO))
		v = progress_terminal(stderr);
	return v ? v : progress_plain(stderr);
}
