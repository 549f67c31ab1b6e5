/*
 * lease.c - taking, renewing, losing and giving back.
 *
 * `lock` guards what the renewing thread and the others share: when the cells
 * were renewed, and whether the lease is lost. Their generations are that
 * thread's alone, and then those of who ended it.
 */
#include "planner/lease/lease.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parser/base/thread.h"
#include "planner/lease/holder.h"
#include "planner/plan/session.h"

enum { POLL_MS = 200, TTL_MS = 60 * 1000 };

/* What we hold at one place. */
struct held {
	const struct plan_place *place;
	bool taken;
	int64_t generation; /* of the cell, if it has one */
	int64_t renewed_ms; /* by our own steady clock */
};

struct lease {
	struct arena mem;
	struct held *held;
	size_t n;
	int64_t ttl_ms;
	const char *text;
	bool remote, running;
	pthread_t renewer;

	pthread_mutex_t lock;
	pthread_cond_t stop;

	/* lock must be held for these, and for held[].renewed_ms. */
	bool lost, ended;
};

static int64_t steady_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- one place ------------------------------------------------------------ */

static struct err *busy(const char *holder)
{
	return err_new(ERR_CONFLICT, NO_POS,
	               "another apply of this stack is running: %s", holder);
}

static bool is_free(struct arena *mem, const struct cell *c)
{
	return !c->text ||
	       c->now_ms - c->written_ms > lease_holder_ttl(mem, c->text) ||
	       lease_holder_is_gone(mem, c->text);
}

static struct err *take_cell(struct lease *l, struct held *h)
{
	const struct cell_ops *ops = h->place->ops->cell;
	struct arena mem = {0};
	struct cell c;
	struct err *e = ops->read(h->place->provider, &mem, &c);

	if (!e && !is_free(&mem, &c))
		e = busy(lease_holder_says(&mem, c.text));
	/* Before asking: what is ours lasts no longer than we think. */
	h->renewed_ms = steady_ms();
	if (!e)
		e = ops->write(h->place->provider, &mem, l->text, c.generation,
		               &c);
	if (!e)
		h->generation = c.generation;
	arena_free(&mem);
	return e;
}

static struct err *take_lock(struct lease *l, struct held *h)
{
	const struct plan_place *p = h->place;
	struct arena mem = {0};
	const char *text = NULL;
	struct err *e = p->ops->lock(p->provider, l->text), *other;

	if (e && err_code(e) == ERR_CONFLICT) {
		other = p->ops->holder(p->provider, &mem, &text);
		if (!other) {
			err_free(e);
			e = busy(text ? lease_holder_says(&mem, text)
			              : "it has just ended");
		}
		err_free(other);
	}
	arena_free(&mem);
	return e;
}

static struct err *take(struct lease *l, struct held *h)
{
	struct err *e = h->place->ops->cell ? take_cell(l, h) : take_lock(l, h);

	h->taken = !e;
	if (!e || err_code(e) == ERR_CONFLICT)
		return e;
	return err_wrap(e, NO_POS, "provider \"%s\"", h->place->name);
}

static void give_back(struct held *h)
{
	const struct provider_ops *ops = h->place->ops;

	if (!h->taken)
		return;
	/* What is not ours any more is left alone; what fails, expires. */
	if (ops->cell)
		err_free(ops->cell->remove(h->place->provider, h->generation));
	else
		ops->unlock(h->place->provider);
	h->taken = false;
}

/* --- all places ----------------------------------------------------------- */

static struct err *take_all(struct lease *l)
{
	struct err *e = NULL;

	for (size_t i = 0; i < l->n && !e; i++)
		e = take(l, &l->held[i]);
	for (size_t i = 0; i < l->n && e; i++)
		give_back(&l->held[i]);
	return e;
}

static void nap(void)
{
	struct timespec t = {0, POLL_MS * 1000000L};

	(void)nanosleep(&t, NULL);
}

static struct err *canceled(struct err *e)
{
	err_free(e);
	return err_new(ERR_CANCELED, NO_POS, "stopped waiting for the lease");
}

/* With a wait, come again until it is free; say for whom we wait, once. */
static struct err *take_in_time(struct lease *l,
                                const struct lease_options *how)
{
	int64_t end = steady_ms() + how->wait_ms;
	char told[512] = "";

	for (;;) {
		struct err *e = take_all(l);

		if (!e || err_code(e) != ERR_CONFLICT)
			return e;
		if (steady_ms() >= end)
			return e;
		if (how->canceled && how->canceled(how->ctx))
			return canceled(e);
		if (how->waiting &&
		    strncmp(told, err_text(e), sizeof(told) - 1) != 0) {
			strncat(memset(told, 0, sizeof(told)), err_text(e),
			        sizeof(told) - 1);
			how->waiting(how->ctx, told);
		}
		err_free(e);
		nap();
	}
}

/* --- renewing ------------------------------------------------------------- */

/* Others may take it when it is over: stop a little earlier. */
static void expire_locked(struct lease *l)
{
	int64_t oldest = steady_ms() - (l->ttl_ms - l->ttl_ms / 6);

	for (size_t i = 0; i < l->n; i++)
		if (l->held[i].place->ops->cell &&
		    l->held[i].renewed_ms < oldest)
			l->lost = true;
}

/* Only one thread renews; a far end that is silent must not hold others up. */
static void renew(struct lease *l, struct held *h)
{
	const struct cell_ops *ops = h->place->ops->cell;
	struct arena mem = {0};
	int64_t asked = steady_ms();
	struct cell c;
	struct err *e = ops->write(h->place->provider, &mem, l->text,
	                           h->generation, &c);

	pthread_mutex_lock(&l->lock);
	if (!e) {
		h->generation = c.generation;
		h->renewed_ms = asked;
	} else if (err_code(e) == ERR_CONFLICT) {
		l->lost = true;
	}
	expire_locked(l);
	pthread_mutex_unlock(&l->lock);
	err_free(e);
	arena_free(&mem);
}

void lease_renew(struct lease *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->held[i].place->ops->cell)
			renew(l, &l->held[i]);
}

static struct timespec in_ms(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *keep_renewing(void *arg)
{
	struct lease *l = arg;
	bool ended;

	do {
		struct timespec until = in_ms(l->ttl_ms / 3);

		pthread_mutex_lock(&l->lock);
		while (!l->ended &&
		       !pthread_cond_timedwait(&l->stop, &l->lock, &until))
			;
		ended = l->ended || l->lost;
		pthread_mutex_unlock(&l->lock);
		if (!ended)
			lease_renew(l);
	} while (!ended);
	return NULL;
}

static struct err *start_renewing(struct lease *l)
{
	int problem = thread_start_quiet(&l->renewer, keep_renewing, l);

	l->running = !problem;
	return problem ? err_sys(problem, "the thread that renews the lease")
	               : NULL;
}

/* --- the life of a lease -------------------------------------------------- */

static struct lease *make(struct plan_session *s,
                          const struct lease_options *how)
{
	struct lease *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->stop, NULL);
	l->ttl_ms = how->ttl_ms ? how->ttl_ms : TTL_MS;
	l->text = lease_holder_text(&l->mem, l->ttl_ms);
	l->n = s->nr_places;
	l->held = ARENA_ARRAY(&l->mem, struct held, l->n);
	for (size_t i = 0; i < l->n; i++) {
		l->held[i].place = &s->places[i];
		l->remote = l->remote || s->places[i].ops->cell;
	}
	return l;
}

struct err *lease_take(struct plan_session *s, const struct lease_options *how,
                       struct lease **out)
{
	struct lease *l = make(s, how);
	struct err *e;

	if (!l)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	e = take_in_time(l, how);
	if (!e && l->remote)
		e = start_renewing(l);
	if (e) {
		lease_release(l);
		return e;
	}
	*out = l;
	return NULL;
}

bool lease_is_lost(struct lease *l)
{
	bool lost;

	pthread_mutex_lock(&l->lock);
	expire_locked(l);
	lost = l->lost;
	pthread_mutex_unlock(&l->lock);
	return lost;
}

bool lease_is_remote(const struct lease *l)
{
	return l->remote;
}

void lease_release(struct lease *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->ended = true;
	pthread_cond_signal(&l->stop);
	pthread_mutex_unlock(&l->lock);
	if (l->running)
		pthread_join(l->renewer, NULL);
	for (size_t i = 0; i < l->n; i++)
		give_back(&l->held[i]);
	pthread_cond_destroy(&l->stop);
	pthread_mutex_destroy(&l->lock);
	arena_free(&l->mem);
	free(l);
}

/* --- for people ----------------------------------------------------------- */

static struct err *show_cell(struct arena *mem, const struct plan_place *p,
                             struct lease_info *out)
{
	struct cell c;
	struct err *e = p->ops->cell->read(p->provider, mem, &c);

	out->remote = true;
	if (e || !c.text)
		return e;
	out->left_ms = c.written_ms + lease_holder_ttl(mem, c.text) - c.now_ms;
	if (out->left_ms > 0 && !lease_holder_is_gone(mem, c.text))
		out->holder = lease_holder_says(mem, c.text);
	return NULL;
}

static struct err *show_lock(struct arena *mem, const struct plan_place *p,
                             struct lease_info *out)
{
	const char *text = NULL;
	struct err *e = p->ops->holder(p->provider, mem, &text);

	if (!e && text)
		out->holder = lease_holder_says(mem, text);
	return e;
}

struct err *lease_show(struct arena *mem, struct plan_session *s,
                       struct lease_info **v, size_t *n)
{
	struct lease_info *rows =
		ARENA_ARRAY(mem, struct lease_info, s->nr_places);
	struct err *e = NULL;

	for (size_t i = 0; i < s->nr_places && !e; i++) {
		const struct plan_place *p = &s->places[i];

		rows[i].place = p->name;
		e = p->ops->cell ? show_cell(mem, p, &rows[i])
		                 : show_lock(mem, p, &rows[i]);
	}
	if (e)
		return e;
	*v = rows;
	*n = s->nr_places;
	return NULL;
}

static struct err *break_cell(const struct plan_place *p, size_t *broken)
{
	struct arena mem = {0};
	struct cell c;
	struct err *e = p->ops->cell->read(p->provider, &mem, &c);

	if (!e && c.text) {
		e = p->ops->cell->remove(p->provider, c.generation);
		*broken += !e;
	}
	arena_free(&mem);
	return e;
}

static struct err *refuse_lock(const struct plan_place *p)
{
	struct arena mem = {0};
	struct lease_info info = {0};
	struct err *e = show_lock(&mem, p, &info);

	if (!e && info.holder)
		e = err_hint(err_new(ERR_CONFLICT, NO_POS,
		                     "provider \"%s\": held by %s", p->name,
		                     info.holder),
		             "it is a process of this machine; the lease ends "
		             "with it");
	arena_free(&mem);
	return e;
}

struct err *lease_break(struct plan_session *s, size_t *broken)
{
	struct err *e = NULL;

	*broken = 0;
	for (size_t i = 0; i < s->nr_places && !e; i++)
		e = s->places[i].ops->cell ? break_cell(&s->places[i], broken)
		                           : refuse_lock(&s->places[i]);
	return e;
}
