/* fixture.h - a cloud with a provider logged in to it, for each test. */
#ifndef TESTS_UNIT_PROVIDERS_GCP_FIXTURE_H
#define TESTS_UNIT_PROVIDERS_GCP_FIXTURE_H

#include "providers/gcp/gcp.h"

#include <stdlib.h>

#include "tests/lib/gce.h"
#include "tests/lib/scratch.h"

#define IMAGE    "projects/test-project-1/global/images/i"
#define ZONE     "projects/test-project-1/zones/us-west2-a"
#define GLOBAL   "projects/test-project-1/global"
#define REGION   "projects/test-project-1/regions/us-west2"
#define INSTANCE ZONE "/instances/s-default-web"

struct fixture {
	struct scratch *s;
	struct gce gce;
	struct provider *p;
	struct arena mem;
};

static struct fixture fx;

static inline const struct value *fixture_json(const char *text)
{
	const struct value *v;

	assert_null(value_from_json(&fx.mem, text, strlen(text), &v));
	return v;
}

static inline const struct value *fixture_settings(void)
{
	return fixture_json(arena_printf(
		&fx.mem,
		"{\"project\":\"test-project-1\",\"zone\":\"us-west2-a\","
		"\"bucket\":\"test-bucket\",\"endpoint\":\"%s\","
		"\"access_token_file\":\"%s\"}",
		fx.gce.url, scratch_text(fx.s, "token", "t1\n")));
}

static inline void fixture_open(void)
{
	struct owner owner = {"s", "default", fx.s->dir};

	assert_null(gcp_provider.open(fixture_settings(), &owner, &fx.p));
}

/* An image that is ready, as if it had been made. */
static inline void fixture_image(void)
{
	gce_control(&fx.gce, "put",
	            "{\"path\":\"" IMAGE "\",\"resource\":{\"name\":\"i\","
	            "\"status\":\"READY\"}}");
}

static inline int fixture_start(const char *const *args)
{
	void *state;

	memset(&fx, 0, sizeof(fx));
	if (scratch_setup(&state))
		return -1;
	fx.s = state;
	setenv("MISO_HOME", scratch_path(fx.s, "home"), 1);
	gce_start(&fx.gce, fx.s->dir, args);
	gce_control(&fx.gce, "tokens",
	            "{\"t1\":{\"account\":\"me@test\",\"expires\":"
	            "99999999999999}}");
	fixture_image();
	fixture_open();
	return 0;
}

static inline int fixture_setup(void **state)
{
	(void)state;
	return fixture_start(NULL);
}

static inline int fixture_teardown(void **state)
{
	void *s = fx.s;

	(void)state;
	gcp_provider.close(fx.p);
	gce_stop(&fx.gce);
	arena_free(&fx.mem);
	return scratch_teardown(&s);
}

/* An instance called web, with what `more` says besides. */
static inline struct desired fixture_instance(const char *more)
{
	const struct value *spec = fixture_json(arena_printf(
		&fx.mem,
		"{\"image\":{\"name\":\"i\",\"digest\":\"d\",\"link\":\"" IMAGE
		"\"}%s%s}",
		*more ? "," : "", more));

	return (struct desired){
		.kind = "instance",
		.address = "instance.web",
		.name = "web",
		.digest = value_digest(&fx.mem, spec),
		.spec = spec,
	};
}

#define TAGGED                                                                 \
	"\"tags\":[\"http\"],\"firewalls\":{\"http\":{\"allow\":[\"tcp/80\"]," \
	"\"sources\":[\"0.0.0.0/0\"]}}"

static inline struct object fixture_create(const struct desired *want)
{
	struct object o = {0};
	struct err *e = gcp_provider.create(fx.p, &fx.mem, want, NULL, &o);

	if (e)
		err_print(stderr, e);
	assert_null(e);
	return o;
}

static inline struct object_set fixture_list(void)
{
	struct object_set all = {0};

	assert_null(gcp_provider.list(fx.p, &fx.mem, &all));
	return all;
}

#define FIXTURE_TEST(fn)                                                       \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

#endif
