/* Providers that say when they are asked. */
#include "planner/plan/session.h"

#include "tests/lib/test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { PLACES = 3, LONGEST_S = 20 };

struct provider {
	const char *fails; /* NULL: it does not */
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned here; /* those that are being asked */
} meeting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

/* False: not all came. */
static bool meet(void)
{
	struct timespec end;
	int problem = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += LONGEST_S;
	pthread_mutex_lock(&meeting.lock);
	meeting.here++;
	pthread_cond_broadcast(&meeting.changed);
	while (meeting.here < PLACES && problem != ETIMEDOUT)
		problem = pthread_cond_timedwait(&meeting.changed,
		                                 &meeting.lock, &end);
	pthread_mutex_unlock(&meeting.lock);
	return problem != ETIMEDOUT;
}

static struct err *list(struct provider *p, struct arena *mem,
                        struct object_set *out)
{
	struct object *o = ARENA_NEW(mem, struct object);

	if (!meet())
		return err_new(ERR_TIMEOUT, NO_POS, "the others did not come");
	if (p->fails)
		return err_new(ERR_REMOTE, NO_POS, "%s", p->fails);
	o->address = arena_strdup(mem, "instance.a");
	*out = (struct object_set){o, 1};
	return NULL;
}

static const struct provider_ops meets = {.list = list};

static void open_places(struct plan_session *s, struct plan_place *places,
                        struct provider *providers_of)
{
	static const char *const names[PLACES] = {"one", "two", "three"};

	meeting.here = 0;
	*s = (struct plan_session){.places = places, .nr_places = PLACES};
	for (size_t i = 0; i < PLACES; i++)
		places[i] = (struct plan_place){.name = names[i],
		                                .ops = &meets,
		                                .provider = &providers_of[i]};
}

static void all_are_asked_at_once(void **state)
{
	struct provider p[PLACES] = {{0}};
	struct plan_place places[PLACES];
	struct plan_session s;
	struct arena mem = {0};

	(void)state;
	open_places(&s, places, p);
	assert_null(plan_list(&mem, &s));
	for (size_t i = 0; i < PLACES; i++)
		assert_string_equal(places[i].objects.v[0].address,
		                    "instance.a");
	arena_free(&mem);
}

static void the_first_mistake_in_the_files_order_is_told(void **state)
{
	struct provider p[PLACES] = {{0}, {"no route"}, {"no login"}};
	struct plan_place places[PLACES];
	struct plan_session s;
	struct arena mem = {0};
	struct err *e;

	(void)state;
	open_places(&s, places, p);
	e = plan_list(&mem, &s);
	assert_int_equal(err_code(e), ERR_REMOTE);
	assert_non_null(strstr(err_text(e), "two"));
	err_free(e);
	arena_free(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_asked_at_once),
		cmocka_unit_test(the_first_mistake_in_the_files_order_is_told),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
