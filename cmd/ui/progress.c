/* progress.c - showing an apply while it runs. */
#include "cmd/ui/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "planner/apply/apply.h"
#include "planner/plan/plan.h"

enum { SHOWN = 32, REDRAW_MS = 200 };

/* Set by SIGINT; a second one ends the process. */
static volatile sig_atomic_t interrupted;

static const char stopping[] = "stopping: what is in flight is finished first";

struct running {
	const struct plan_node *node; /* NULL: a free line */
	struct timespec since;
	char text[80];
};

/*
 * The events come from one thread at a time, the redraws from another: `lock`
 * guards everything below it.
 */
struct progress_ui {
	bool terminal;
	struct apply_events events;
	struct sigaction before;
	pthread_t painter;

	pthread_mutex_t lock;
	pthread_cond_t stop;
	struct running running[SHOWN];
	unsigned drawn; /* lines on the terminal */
	bool ended, told;
};

static void on_interrupt(int sig UNUSED)
{
	if (interrupted)
		_exit(128 + SIGINT);
	interrupted = 1;
}

static const char *doing(const struct plan_node *n)
{
	static const char *const words[] = {
		[DIFF_NONE] = "",           [DIFF_CREATE] = "creating",
		[DIFF_UPDATE] = "updating", [DIFF_REPLACE] = "replacing",
		[DIFF_DELETE] = "deleting",
	};

	return words[n->diff.action];
}

static const char *done(const struct plan_node *n)
{
	static const char *const words[] = {
		[DIFF_NONE] = "",          [DIFF_CREATE] = "created",
		[DIFF_UPDATE] = "updated", [DIFF_REPLACE] = "replaced",
		[DIFF_DELETE] = "deleted",
	};

	return words[n->diff.action];
}

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) +
	       (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

/* What is below the lines is gone, too: the terminal's "^C". */
static void erase_locked(struct progress_ui *ui)
{
	if (ui->drawn)
		fputs("\r\033[K", stderr);
	for (; ui->drawn; ui->drawn--)
		fputs("\033[1A\033[2K", stderr);
	if (interrupted && !ui->told) {
		fprintf(stderr, "%s\n", stopping);
		ui->told = true;
	}
}

static void draw_locked(struct progress_ui *ui)
{
	if (!ui->terminal)
		return;
	for (size_t i = 0; i < SHOWN; i++) {
		const struct running *r = &ui->running[i];

		if (!r->node)
			continue;
		fprintf(stderr, "  %s: %s%s%s (%.0fs)\n", plan_address(r->node),
		        doing(r->node), r->text[0] ? ", " : "...", r->text,
		        seconds_since(&r->since));
		ui->drawn++;
	}
	fflush(stderr);
}

static struct running *find_locked(struct progress_ui *ui,
                                   const struct plan_node *n)
{
	for (size_t i = 0; i < SHOWN; i++)
		if (ui->running[i].node == n)
			return &ui->running[i];
	return NULL;
}

static void started(void *ctx, const struct plan_node *n)
{
	struct progress_ui *ui = ctx;
	struct running *r;

	pthread_mutex_lock(&ui->lock);
	erase_locked(ui);
	r = find_locked(ui, NULL);
	if (r) {
		*r = (struct running){.node = n};
		clock_gettime(CLOCK_MONOTONIC, &r->since);
	}
	if (!ui->terminal)
		fprintf(stderr, "%s: %s...\n", plan_address(n), doing(n));
	draw_locked(ui);
	pthread_mutex_unlock(&ui->lock);
}

static void said(void *ctx, const struct plan_node *n, const char *text)
{
	struct progress_ui *ui = ctx;
	struct running *r;

	pthread_mutex_lock(&ui->lock);
	erase_locked(ui);
	r = find_locked(ui, n);
	if (r)
		snprintf(r->text, sizeof(r->text), "%s", text);
	draw_locked(ui);
	pthread_mutex_unlock(&ui->lock);
}

static void finished(void *ctx, const struct plan_node *n,
                     enum apply_state state, int64_t ms, const struct err *e)
{
	struct progress_ui *ui = ctx;
	struct running *r;

	pthread_mutex_lock(&ui->lock);
	erase_locked(ui);
	r = find_locked(ui, n);
	if (r)
		r->node = NULL;
	if (state == APPLY_WAITING)
		fprintf(stderr, "%s: not tried\n", plan_address(n));
	else if (state == APPLY_UNCHANGED)
		fprintf(stderr, "%s: unchanged\n", plan_address(n));
	else if (!e)
		fprintf(stderr, "%s: %s in %.1fs\n", plan_address(n), done(n),
		        (double)ms / 1000);
	else
		fprintf(stderr, "%s: %s failed after %.1fs\n", plan_address(n),
		        doing(n), (double)ms / 1000);
	err_print(stderr, e);
	draw_locked(ui);
	pthread_mutex_unlock(&ui->lock);
}

static bool canceled(void *ctx UNUSED)
{
	return interrupted;
}

/* Count the seconds until told to stop. */
static void *paint(void *ctx)
{
	struct progress_ui *ui = ctx;

	pthread_mutex_lock(&ui->lock);
	while (!ui->ended) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += REDRAW_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&ui->stop, &ui->lock, &until);
		erase_locked(ui);
		if (!ui->ended)
			draw_locked(ui);
	}
	pthread_mutex_unlock(&ui->lock);
	return NULL;
}

struct progress_ui *progress_start(const struct plan *p UNUSED)
{
	struct sigaction act = {.sa_handler = on_interrupt};
	struct progress_ui *ui = calloc(1, sizeof(*ui));

	if (!ui) {
		fputs("miso: out of memory\n", stderr);
		exit(3);
	}
	ui->events =
		(struct apply_events){ui, started, said, finished, canceled};
	pthread_mutex_init(&ui->lock, NULL);
	pthread_cond_init(&ui->stop, NULL);
	ui->terminal = isatty(STDERR_FILENO) &&
	               !pthread_create(&ui->painter, NULL, paint, ui);
	interrupted = 0;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, &ui->before);
	return ui;
}

const struct apply_events *progress_events(struct progress_ui *ui)
{
	return &ui->events;
}

void progress_end(struct progress_ui *ui)
{
	pthread_mutex_lock(&ui->lock);
	ui->ended = true;
	pthread_cond_signal(&ui->stop);
	pthread_mutex_unlock(&ui->lock);
	if (ui->terminal)
		pthread_join(ui->painter, NULL);
	sigaction(SIGINT, &ui->before, NULL);
	pthread_cond_destroy(&ui->stop);
	pthread_mutex_destroy(&ui->lock);
	free(ui);
}
