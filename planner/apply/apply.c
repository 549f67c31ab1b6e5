/*
 * apply.c - threads that take ready nodes until none is left.
 *
 * `lock` guards the queue, the states and the events. What a node is worth in
 * expressions is written once, before the node counts as done, and read only
 * by nodes that wait for it, so reading needs no lock. Each thread has an
 * arena of its own; all live until the end of the run, because values point
 * into them, and then belong to the caller's.
 */
#include "planner/apply/apply.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "planner/plan/plan.h"

struct run {
	const struct plan *plan;
	const struct apply_options *how;
	struct apply_events events;
	struct apply_result *out;
	bool *replaced; /* of a node: set by itself, read by who comes after */

	pthread_mutex_t lock;
	pthread_cond_t changed;

	/* lock must be held for these. */
	size_t *ready; /* a queue: what is ready and not taken */
	size_t head, tail;
	size_t *left;   /* how many nodes each still waits for */
	bool *blocked;  /* something it needs failed */
	size_t nr_open; /* nodes that are not finished */
};

struct worker {
	struct run *run;
	struct arena *mem;
	pthread_t thread;
	bool started;
};

/* What a provider's progress leads to. */
struct telling {
	struct run *run;
	const struct plan_node *node;
	int64_t start_ms;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_canceled(const struct run *r)
{
	return r->how->canceled && r->how->canceled(r->how->ctx);
}

static void say(void *ctx, const char *address UNUSED, const char *text)
{
	struct telling *t = ctx;

	struct run *r = t->run;

	if (!r->events.said)
		return;
	pthread_mutex_lock(&r->lock);
	r->events.said(r->events.ctx, t->node, text, now_ms() - t->start_ms);
	pthread_mutex_unlock(&r->lock);
}

static void say_trouble(void *ctx, const char *address UNUSED, const char *text)
{
	struct telling *t = ctx;
	struct run *r = t->run;

	if (!r->events.troubled)
		return;
	pthread_mutex_lock(&r->lock);
	r->events.troubled(r->events.ctx, t->node, text,
	                   now_ms() - t->start_ms);
	pthread_mutex_unlock(&r->lock);
}

static bool wants_out(void *ctx)
{
	const struct telling *t = ctx;

	return is_canceled(t->run);
}

/* --- one change ----------------------------------------------------------- */

struct job {
	struct run *run;
	struct arena *mem;
	size_t index;
	const struct plan_node *node;
	const struct plan_place *place;
	struct desired desired;
	const struct value *known;
	struct progress progress;
};

static const struct value *value_of(const void *ctx, size_t node)
{
	const struct run *r = ctx;

	return r->out->values[node];
}

/* The first mistake as an error: expressions fail one at a time here. */
static struct err *first_mistake(const struct diags *d)
{
	if (!d->n)
		return err_new(ERR_REF, NO_POS, "its body has no value");
	return err_new(ERR_REF, d->v[0].at.pos, "%s", d->v[0].message);
}

static bool takes_spec(enum diff_action action)
{
	return action == DIFF_CREATE || action == DIFF_UPDATE ||
	       action == DIFF_REPLACE;
}

/* What the object at hand sees of the others. */
static const struct value *value_for_job(const void *ctx, size_t node)
{
	const struct job *j = ctx;
	const struct config *c = j->run->plan->config;
	const struct value *v = value_of(j->run, node);

	if (node < c->nr_wants)
		return v;
	return plan_group_part(j->mem, c, j->node->want, node, v, value_of,
	                       j->run);
}

/* By the object's own place; by the first one that can, if that cannot. */
static struct err *read_secret(const void *ctx, struct arena *mem,
                               const char *name, char **text, size_t *len)
{
	const struct job *j = ctx;
	const struct plan_session *s = j->run->plan->session;
	const struct plan_place *p = j->place;

	for (size_t i = 0; !p->ops->read_secret && i < s->nr_places; i++)
		p = &s->places[i];
	if (!p->ops->read_secret)
		return err_new(ERR_REF, NO_POS, "no provider reads it");
	return p->ops->read_secret(p->provider, mem, name, text, len);
}

/* `desired.clear`, in `mem`: for the one call that hands secrets over. */
static struct err *uncover(struct job *j, struct arena *mem)
{
	struct config_world world = {j, value_for_job, read_secret};

	return config_spec_clear(mem, j->run->plan->config, j->node->want,
	                         &world, j->desired.spec, &j->desired.clear);
}

/* A secret that is not there, or an attribute that nobody tells. */
static struct err *why_unknown(struct job *j)
{
	struct arena secrets = {0};
	struct err *e = NULL;

	if (value_has_taint(j->desired.spec))
		e = uncover(j, &secrets);
	j->desired.clear = NULL;
	arena_wipe(&secrets);
	if (e)
		return e;
	return err_new(ERR_REF, j->desired.pos,
	               "%s needs something that is not known: what it refers "
	               "to tells no such attribute",
	               j->desired.address);
}

/* Now that everything it needs is there, nothing may be unknown. */
static struct err *evaluate(struct job *j)
{
	const struct config *c = j->run->plan->config;
	struct config_world world = {.ctx = j, .value_of = value_for_job};
	struct diags d;
	struct err *e = NULL;

	diags_init(&d);
	j->desired.spec = plan_spec(j->mem, c, j->node, &world, &d);
	if (!j->desired.spec)
		e = first_mistake(&d);
	else if (value_has_unknown(j->desired.spec))
		e = why_unknown(j);
	diags_fini(&d);
	if (e)
		return e;
	j->desired.digest = value_digest(j->mem, j->desired.spec);
	return j->place->ops->resolve(j->place->provider, j->mem, &j->desired,
	                              &j->known);
}

/* An attribute that was not known at plan time may force a replacement. */
static enum diff_action decide(struct job *j)
{
	const struct plan_node *n = j->node;

	if (!n->waits)
		return n->diff.action;
	return plan_diff(j->mem, j->run->plan->session, n, &j->desired,
	                 j->known)
	        .action;
}

/* Where the new one comes first, the old one has a node of its own. */
static struct err *replace(struct job *j, struct object *out)
{
	const struct provider_ops *ops = j->place->ops;
	struct err *e = NULL;

	j->run->replaced[j->index] = true;
	if (!j->node->create_first)
		e = ops->delete (j->place->provider, j->node->have,
		                 &j->progress);
	if (e)
		return e;
	return ops->create(j->place->provider, j->mem, &j->desired,
	                   &j->progress, out);
}

static struct err *change(struct job *j, enum diff_action action,
                          struct object *out)
{
	const struct provider_ops *ops = j->place->ops;
	struct provider *p = j->place->provider;

	switch (action) {
	case DIFF_CREATE:
		return ops->create(p, j->mem, &j->desired, &j->progress, out);
	case DIFF_UPDATE:
		if (!ops->update)
			return replace(j, out);
		return ops->update(p, j->mem, j->node->have, &j->desired,
		                   &j->progress, out);
	case DIFF_REPLACE:
		return replace(j, out);
	case DIFF_DELETE:
		return ops->delete (p, j->node->have, &j->progress);
	case DIFF_NONE:
		break;
	}
	return NULL;
}

static struct err *do_change(struct job *j, enum apply_state *state)
{
	struct arena secrets = {0};
	struct object now = {0};
	enum diff_action action;
	struct err *e = NULL;

	if (j->node->waits)
		e = evaluate(j);
	if (e)
		return e;
	action = decide(j);
	if (takes_spec(action) && value_has_secret(j->desired.spec))
		e = uncover(j, &secrets);
	if (!e)
		e = change(j, action, &now);
	j->desired.clear = NULL;
	arena_wipe(&secrets);
	if (e)
		return e;
	if (action == DIFF_NONE)
		now.attrs = j->node->have->attrs;
	if (action != DIFF_DELETE)
		j->run->out->values[j->index] =
			plan_value(j->mem, j->place->ops, j->desired.kind,
		                   j->known, now.attrs);
	*state = action == DIFF_NONE ? APPLY_UNCHANGED : APPLY_DONE;
	return NULL;
}

/* --- nodes ---------------------------------------------------------------- */

static bool is_change(const struct plan_node *n)
{
	return (n->want || n->have) && n->diff.action != DIFF_NONE;
}

/* What `n` deletes stays: it turned out to need no replacement. */
static bool is_kept(const struct run *r, const struct plan_node *n)
{
	return n->successor && n->successor->waits &&
	       !r->replaced[n->successor - r->plan->nodes];
}

static bool is_group(const struct run *r, size_t i)
{
	const struct plan_node *n = &r->plan->nodes[i];

	return !n->want && !n->have && n->value;
}

static void tell_started(struct run *r, const struct plan_node *n)
{
	pthread_mutex_lock(&r->lock);
	if (r->events.started)
		r->events.started(r->events.ctx, n);
	pthread_mutex_unlock(&r->lock);
}

/* Run node `i` outside of the lock. */
static enum apply_state run_node(struct worker *w, size_t i, struct err **e,
                                 int64_t *ms)
{
	struct run *r = w->run;
	const struct plan_node *n = &r->plan->nodes[i];
	struct telling telling = {r, n, now_ms()};
	struct job j = {.run = r, .mem = w->mem, .index = i, .node = n};
	enum apply_state state = APPLY_FAILED;

	if (is_group(r, i))
		r->out->values[i] = plan_group_value(w->mem, r->plan->config, i,
		                                     value_of, r);
	if (!is_change(n) || is_kept(r, n))
		return APPLY_UNCHANGED;
	tell_started(r, n);
	j.place = &r->plan->session->places[n->place];
	j.desired = n->desired;
	j.known = n->known;
	j.progress = (struct progress){.say = say,
	                               .ctx = &telling,
	                               .canceled = wants_out,
	                               .trouble = say_trouble};
	*e = do_change(&j, &state);
	*ms = now_ms() - telling.start_ms;
	return state;
}

static void count(struct apply_result *out, const struct plan_node *n,
                  enum apply_state state)
{
	/* What was replaced was counted when the new one was made. */
	bool done = state == APPLY_DONE && !n->successor;

	out->done += done;
	out->counts[n->diff.action] += done;
	out->unchanged += state == APPLY_UNCHANGED;
	out->failed += state == APPLY_FAILED;
	out->waiting += state == APPLY_WAITING;
}

static void finish_locked(struct run *r, size_t i, enum apply_state state,
                          int64_t ms, struct err *e)
{
	const struct plan_node *n = &r->plan->nodes[i];
	const struct graph *g = &r->plan->graph;

	r->out->states[i] = state;
	if (is_change(n) && !(n->successor && state == APPLY_UNCHANGED)) {
		count(r->out, n, state);
		if (r->events.finished)
			r->events.finished(r->events.ctx, n, state, ms, e);
	}
	err_free(e);
	for (size_t j = g->first[i]; j < g->first[i + 1]; j++) {
		size_t next = g->after[j];

		if (state == APPLY_FAILED || state == APPLY_WAITING)
			r->blocked[next] = true;
		if (--r->left[next])
			continue;
		r->ready[r->tail++] = next;
		pthread_cond_signal(&r->changed);
	}
	if (--r->nr_open == 0)
		pthread_cond_broadcast(&r->changed);
}

/* What is blocked or comes too late ends without having been tried. */
static bool skip_locked(struct run *r, size_t i)
{
	if (is_change(&r->plan->nodes[i]) && is_canceled(r))
		r->out->canceled = true;
	if (!r->blocked[i] && !r->out->canceled)
		return false;
	finish_locked(r, i, APPLY_WAITING, 0, NULL);
	return true;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct run *r = w->run;

	pthread_mutex_lock(&r->lock);
	while (r->nr_open) {
		enum apply_state state;
		struct err *e = NULL;
		int64_t ms = 0;
		size_t i;

		if (r->head == r->tail) {
			pthread_cond_wait(&r->changed, &r->lock);
			continue;
		}
		i = r->ready[r->head++];
		if (skip_locked(r, i))
			continue;
		r->out->states[i] = APPLY_RUNNING;
		pthread_mutex_unlock(&r->lock);
		state = run_node(w, i, &e, &ms);
		pthread_mutex_lock(&r->lock);
		finish_locked(r, i, state, ms, e);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* --- the run -------------------------------------------------------------- */

static void init_run(struct run *r, struct arena *mem)
{
	size_t n = r->plan->n;

	r->ready = ARENA_ARRAY(mem, size_t, n);
	r->left = ARENA_ARRAY(mem, size_t, n);
	r->blocked = ARENA_ARRAY(mem, bool, n);
	r->replaced = ARENA_ARRAY(mem, bool, n);
	r->out->states = ARENA_ARRAY(mem, enum apply_state, n);
	r->out->values = ARENA_ARRAY(mem, const struct value *, n);
	r->nr_open = n;
	for (size_t i = 0; i < n; i++) {
		r->left[i] = r->plan->graph.nr_before[i];
		r->out->values[i] = r->plan->nodes[i].value;
	}
	for (size_t i = 0; i < n; i++)
		if (!r->left[r->plan->order[i]])
			r->ready[r->tail++] = r->plan->order[i];
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
}

/* Threads beyond the changes would have nothing to do. */
static size_t count_threads(const struct plan *p,
                            const struct apply_options *how)
{
	size_t n = how->parallelism ? how->parallelism : APPLY_PARALLELISM;
	size_t changes = 1;

	for (size_t i = 0; i < p->n; i++)
		changes += is_change(&p->nodes[i]);
	if (n > APPLY_MOST_PARALLEL)
		n = APPLY_MOST_PARALLEL;
	return n < changes ? n : changes;
}

void apply_run(struct arena *mem, const struct plan *p,
               const struct apply_options *how, struct apply_result *out)
{
	struct run r = {.plan = p, .how = how, .out = out};
	size_t n = count_threads(p, how);
	struct arena *arenas = ARENA_ARRAY(mem, struct arena, n);
	struct worker *workers = ARENA_ARRAY(mem, struct worker, n);

	*out = (struct apply_result){0};
	if (how->events)
		r.events = *how->events;
	init_run(&r, mem);
	for (size_t i = 0; i < n; i++) {
		workers[i].run = &r;
		workers[i].mem = &arenas[i];
		workers[i].started =
			i > 0 && !pthread_create(&workers[i].thread, NULL, work,
		                                 &workers[i]);
	}
	work(&workers[0]);
	for (size_t i = 0; i < n; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
		arena_join(mem, &arenas[i]);
	}
	config_join_inputs(p->config);
	pthread_cond_destroy(&r.changed);
	pthread_mutex_destroy(&r.lock);
}
