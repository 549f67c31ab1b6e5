#include "providers/image/skeleton.h"

#include "tests/lib/scratch.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static void openssl_finds_the_hosts_certificates(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	scratch_text(s, &BUNDLE[1], "certificates");
	image_tree_init(&t, &s->mem);
	assert_null(skeleton_add(&t, s->dir));
	assert_non_null(image_tree_find(&t, BUNDLE));
	assert_ptr_equal(image_tree_find(&t, "/usr/lib/ssl/cert.pem"),
	                 image_tree_find(&t, BUNDLE));
}

static void without_certificates_no_link_leads_nowhere(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	image_tree_init(&t, &s->mem);
	assert_null(skeleton_add(&t, s->dir));
	assert_null(image_tree_find(&t, "/usr/lib/ssl"));
}

static void what_is_there_stays(void **state)
{
	struct scratch *s = *state;
	struct image_tree t;

	scratch_text(s, &BUNDLE[1], "certificates");
	image_tree_init(&t, &s->mem);
	assert_null(
		image_tree_text(&t, "/usr/lib/ssl/cert.pem", 0644, "own", 3));
	assert_null(skeleton_add(&t, s->dir));
	assert_string_equal(image_tree_find(&t, "/usr/lib/ssl/cert.pem")->data,
	                    "own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(openssl_finds_the_hosts_certificates),
		SCRATCH_TEST(without_certificates_no_link_leads_nowhere),
		SCRATCH_TEST(what_is_there_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
