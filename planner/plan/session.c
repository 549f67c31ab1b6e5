/* session.c - the providers of a stack. */
#include "planner/plan/session.h"

#include <pthread.h>
#include <string.h>

#include "parser/config/config.h"

const struct provider_ops *plan_find_ops(const char *type)
{
	for (size_t i = 0; providers[i]; i++)
		if (!strcmp(providers[i]->type, type))
			return providers[i];
	return NULL;
}

static bool open_place(const struct config_provider *p, struct owner *owner,
                       struct diags *d, struct plan_place *out)
{
	const struct provider_ops *ops = plan_find_ops(p->type);
	struct src_pos pos;
	struct err *e;

	if (!ops) {
		diags_error(d, DIAG_UNDEFINED, p->at,
		            "there is no provider of type \"%s\"", p->type);
		return false;
	}
	*out = (struct plan_place){.name = p->name, .ops = ops};
	e = ops->open(p->settings, owner, &out->provider);
	if (!e)
		return true;
	/* Which of its settings it is, where the error knows. */
	pos = err_pos(e);
	diags_take(d, DIAG_PROVIDER, p->at,
	           err_wrap(e, pos, "provider \"%s\"", p->name));
	out->provider = NULL;
	return false;
}

bool plan_session_open(struct arena *mem, const struct config *c,
                       struct diags *d, struct plan_session *out)
{
	bool good = true;

	*out = (struct plan_session){
		.places = ARENA_ARRAY(mem, struct plan_place, c->nr_providers),
		.nr_places = c->nr_providers,
		.owner = {c->name, c->site, c->dir},
	};
	for (size_t i = 0; i < c->nr_providers; i++)
		good = open_place(&c->providers[i], &out->owner, d,
		                  &out->places[i]) &&
		       good;
	if (!good)
		plan_session_close(out);
	return good;
}

void plan_session_close(struct plan_session *s)
{
	for (size_t i = 0; i < s->nr_places; i++)
		if (s->places[i].provider)
			s->places[i].ops->close(s->places[i].provider);
	s->nr_places = 0;
}

/* --- asking the world ----------------------------------------------------- */

struct listing {
	struct plan_place *place;
	struct arena mem;
	struct err *e;
	pthread_t thread;
	bool threaded;
};

static void *list_place(void *arg)
{
	struct listing *l = arg;
	struct plan_place *p = l->place;

	l->e = p->ops->list(p->provider, &l->mem, &p->objects);
	if (l->e)
		l->e = err_wrap(l->e, NO_POS, "provider \"%s\"", p->name);
	return NULL;
}

/* All at once: each is as far away as it is. The first mistake is told. */
struct err *plan_list(struct arena *mem, struct plan_session *s)
{
	struct listing *all = ARENA_ARRAY(mem, struct listing, s->nr_places);
	struct err *e = NULL;

	for (size_t i = 0; i < s->nr_places; i++) {
		struct listing *l = &all[i];

		l->place = &s->places[i];
		/* The last one is for this thread. */
		l->threaded = i + 1 < s->nr_places &&
		              !pthread_create(&l->thread, NULL, list_place, l);
		if (!l->threaded)
			list_place(l);
	}
	for (size_t i = 0; i < s->nr_places; i++) {
		if (all[i].threaded)
			pthread_join(all[i].thread, NULL);
		arena_join(mem, &all[i].mem);
		if (e)
			err_free(all[i].e);
		else
			e = all[i].e;
	}
	return e;
}
