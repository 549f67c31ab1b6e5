/*
 * progress_terminal.c - lines that are drawn again.
 *
 * Events only note what is to be shown. One thread draws, ten times a second:
 * it takes the old lines away, prints what was finished since, and draws the
 * lines of what runs, all in one write, so that nothing flickers and ten
 * thousand changes cost no more than they take time.
 */
#include "cmd/ui/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ui/interrupt.h"
#include "parser/base/strbuf.h"
#include "planner/plan/plan.h"

enum { SHOWN = 64, REDRAW_MS = 100, USUAL_WIDTH = 80, USUAL_HEIGHT = 24 };

struct running {
	const struct plan_node *node; /* NULL: a free line */
	struct timespec since;
	char text[160];
};

struct terminal {
	struct progress_view view;
	FILE *out;
	pthread_t painter;

	pthread_mutex_t lock;
	pthread_cond_t stop;

	/* lock must be held for these. */
	struct running running[SHOWN];
	size_t nr_running; /* also those that have no line */
	struct strbuf finished;
	unsigned drawn; /* lines on the terminal */
	bool ended, told;
};

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) +
	       (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

/* A line as wide as the terminal: one that wraps could not be taken away. */
static void add_line(struct strbuf *b, const char *s, size_t width)
{
	size_t columns = 0;

	for (; *s; s++) {
		bool first = ((unsigned char)*s & 0xC0) != 0x80;

		if (first && ++columns >= width)
			break;
		strbuf_addc(b, *s == '\n' ? ' ' : *s);
	}
	strbuf_addc(b, '\n');
}

/* What is below the lines is gone, too: the terminal's "^C". */
static void erase_locked(struct terminal *t, struct strbuf *b)
{
	if (t->drawn)
		strbuf_add(b, "\r\033[K");
	for (; t->drawn; t->drawn--)
		strbuf_add(b, "\033[1A\033[2K");
	strbuf_addn(b, t->finished.s ? t->finished.s : "", t->finished.len);
	t->finished.len = 0;
	if (interrupt_seen() && !t->told) {
		strbuf_printf(b, "%s\n", progress_stopping);
		t->told = true;
	}
}

static void add_running(const struct running *r, struct strbuf *b, size_t width)
{
	struct strbuf line = {0};

	strbuf_printf(&line, "  %s: %s%s%s (%.0fs)", plan_address(r->node),
	              progress_doing(r->node), r->text[0] ? ", " : "...",
	              r->text, seconds_since(&r->since));
	add_line(b, line.s, width);
	strbuf_fini(&line);
}

/* As many lines as fit, and how many more there are. */
static void draw_locked(struct terminal *t, struct strbuf *b)
{
	struct winsize size = {0};
	size_t width = USUAL_WIDTH, room = USUAL_HEIGHT;
	char more[64];

	if (!ioctl(fileno(t->out), TIOCGWINSZ, &size) && size.ws_col &&
	    size.ws_row) {
		width = size.ws_col;
		room = size.ws_row;
	}
	room = room > 3 ? room - 3 : 1;
	for (size_t i = 0; i < SHOWN && t->drawn < room; i++) {
		if (!t->running[i].node)
			continue;
		add_running(&t->running[i], b, width);
		t->drawn++;
	}
	if (t->nr_running <= t->drawn)
		return;
	snprintf(more, sizeof(more), "  and %zu more",
	         t->nr_running - t->drawn);
	add_line(b, more, width);
	t->drawn++;
}

static void show_locked(struct terminal *t)
{
	struct strbuf b = {0};

	erase_locked(t, &b);
	if (!t->ended)
		draw_locked(t, &b);
	if (b.len) {
		fwrite(b.s, 1, b.len, t->out);
		fflush(t->out);
	}
	strbuf_fini(&b);
}

static struct timespec next_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += REDRAW_MS * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *paint(void *ctx)
{
	struct terminal *t = ctx;

	pthread_mutex_lock(&t->lock);
	while (!t->ended) {
		struct timespec until = next_time();

		pthread_cond_timedwait(&t->stop, &t->lock, &until);
		if (!t->ended)
			show_locked(t);
	}
	/* Also what ended before this thread had its first turn. */
	show_locked(t);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static struct running *find_locked(struct terminal *t,
                                   const struct plan_node *n)
{
	for (size_t i = 0; i < SHOWN; i++)
		if (t->running[i].node == n)
			return &t->running[i];
	return NULL;
}

static void started(void *ctx, const struct plan_node *n)
{
	struct terminal *t = ctx;
	struct running *r;

	pthread_mutex_lock(&t->lock);
	t->nr_running++;
	r = find_locked(t, NULL);
	if (r) {
		*r = (struct running){.node = n};
		clock_gettime(CLOCK_MONOTONIC, &r->since);
	}
	pthread_mutex_unlock(&t->lock);
}

static void said(void *ctx, const struct plan_node *n, const char *text,
                 int64_t ms UNUSED)
{
	struct terminal *t = ctx;
	struct running *r;

	pthread_mutex_lock(&t->lock);
	r = find_locked(t, n);
	if (r)
		snprintf(r->text, sizeof(r->text), "%s", text);
	pthread_mutex_unlock(&t->lock);
}

static void finished(void *ctx, const struct plan_node *n,
                     enum apply_state state, int64_t ms, const struct err *e)
{
	struct terminal *t = ctx;
	struct running *r;

	pthread_mutex_lock(&t->lock);
	r = find_locked(t, n);
	if (r)
		r->node = NULL;
	/* What was not tried was never started. */
	if (state != APPLY_WAITING)
		t->nr_running--;
	progress_result(&t->finished, n, state, ms, e);
	pthread_mutex_unlock(&t->lock);
}

static void stop(struct progress_view *v)
{
	struct terminal *t = (struct terminal *)(void *)v;

	pthread_mutex_lock(&t->lock);
	t->ended = true;
	pthread_cond_signal(&t->stop);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->painter, NULL);
	pthread_cond_destroy(&t->stop);
	pthread_mutex_destroy(&t->lock);
	strbuf_fini(&t->finished);
	free(t);
}

struct progress_view *progress_terminal(FILE *out)
{
	struct terminal *t = progress_alloc(sizeof(*t));

	t->out = out;
	t->view.events = (struct apply_events){.ctx = t,
	                                       .started = started,
	                                       .said = said,
	                                       .troubled = said,
	                                       .finished = finished};
	t->view.end = stop;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->stop, NULL);
	if (!pthread_create(&t->painter, NULL, paint, t))
		return &t->view;
	free(t);
	return NULL;
}
