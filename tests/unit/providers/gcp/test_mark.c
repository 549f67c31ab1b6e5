#include "providers/gcp/mark.h"

#include <stdlib.h>
#include <string.h>

#include "providers/gcp/effect.h"
#include "tests/lib/test.h"

static const struct owner owner = {"edge", "oslo", "/"};

static const struct value *parsed(struct arena *mem, json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT);
	const struct value *out;

	assert_null(value_from_json(mem, text, strlen(text), &out));
	free(text);
	json_decref(v);
	return out;
}

static struct gcp_mark long_mark(void)
{
	static const char *const needs[] = {"image.a", "instance.client[\"0\"]",
	                                    "address.\xc3\xa5"};

	return (struct gcp_mark){
		.address = "address.front[\"north \\ south\"]",
		.name = "front-north",
		.digest = "00112233445566778899aabbccddeeff"
			  "00112233445566778899aabbccddeeff",
		.protect = true,
		.needs = needs,
		.nr_needs = 3,
	};
}

/* [a-z0-9_-]{0,63} (Compute Engine: "Labels requirements"). */
static void labels_hold_a_whole_mark(void **state)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	struct gcp_mark mark = long_mark(), back;
	struct arena mem = {0};
	const struct value *labels =
		parsed(&mem, gcp_mark_as_labels(&mem, &owner, &mark));

	(void)state;
	assert_true(labels->map.n > 4);
	for (size_t i = 0; i < labels->map.n; i++) {
		const char *v = labels->map.v[i].value->string.s;

		assert_in_range(strlen(v), 1, 63);
		assert_int_equal(strspn(v, good), strlen(v));
	}
	assert_true(gcp_mark_read(&mem, &owner,
	                          gcp_mark_in_labels(&mem, labels), &back));
	assert_string_equal(back.address, mark.address);
	assert_string_equal(back.digest, mark.digest);
	assert_true(back.protect);
	assert_int_equal(back.nr_needs, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(back.needs[i], mark.needs[i]);
	arena_free(&mem);
}

static void labels_of_others_are_no_mark(void **state)
{
	static const char *const cases[] = {
		"{}",
		"{\"team\":\"b\"}",
		"{\"miso-mark-0\":\"\"}",
		"{\"miso-mark-0\":\"a\"}",
		"{\"miso-mark-0\":\"not base32 at all 0189\"}",
		"{\"miso-mark-0\":\"aaaaaaaaaaaaaaaa\"}",
		"{\"miso-mark-1\":\"pnrg22ltn4rduml5\"}",
	};
	struct arena mem = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct value *v;
		struct gcp_mark m;

		assert_null(
			value_from_json(&mem, cases[i], strlen(cases[i]), &v));
		assert_false(gcp_mark_read(&mem, &owner,
		                           gcp_mark_in_labels(&mem, v), &m));
	}
	assert_null(gcp_mark_in_labels(&mem, NULL));
	arena_free(&mem);
}

static void names_of_others_are_not_ours(void **state)
{
	(void)state;
	assert_true(gcp_mark_is_name(&owner, "edge-oslo-broker"));
	assert_false(gcp_mark_is_name(&owner, "edge-oslo"));
	assert_false(gcp_mark_is_name(&owner, "edge-oslox-broker"));
	assert_false(gcp_mark_is_name(&owner, "edge"));
	assert_false(gcp_mark_is_name(&owner, "my-edge-oslo-broker"));
	assert_false(gcp_mark_is_name(&owner, ""));
}

#define LONG "a-name-of-forty-characters-which-is-too-l-"

static const char *short_name(struct arena *mem, const char *name,
                              const char *tail, size_t most)
{
	const char *out;

	assert_null(gcp_mark_short_name(mem, &owner, name, tail, most, NO_POS,
	                                &out));
	assert_true(strlen(out) <= most);
	return out;
}

static void a_name_that_fits_is_not_cut(void **state)
{
	struct arena mem = {0};

	(void)state;
	assert_string_equal(short_name(&mem, "web", NULL, 63), "edge-oslo-web");
	assert_string_equal(short_name(&mem, "web", "0f", 63),
	                    "edge-oslo-web-0f");
	assert_string_equal(short_name(&mem, "web", "0f", 16),
	                    "edge-oslo-web-0f");
	arena_free(&mem);
}

static void names_that_are_cut_stay_apart(void **state)
{
	struct arena mem = {0};
	const char *seen[64];

	(void)state;
	/* Alike in all that is kept of them; some are cut behind a '-'. */
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		const char *name = arena_printf(&mem, LONG LONG "%zu", i);

		seen[i] = short_name(&mem, name, "0123456789", i % 2 ? 63 : 62);
		assert_string_equal(
			seen[i],
			short_name(&mem, name, "0123456789", i % 2 ? 63 : 62));
		assert_non_null(strstr(seen[i], "-0123456789"));
		assert_null(strstr(seen[i], "--"));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(seen[i], seen[j]);
	}
	arena_free(&mem);
}

static void a_bad_name_is_bad_however_long(void **state)
{
	static const char *const bad[] = {"Web", "w_b", "web-", LONG "X",
	                                  LONG LONG "X"};
	const struct src_pos at = {"miso.yaml", 9, 3};
	struct arena mem = {0};
	const char *out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err *e = gcp_mark_short_name(&mem, &owner, bad[i], NULL,
		                                    63, at, &out);

		assert_non_null(e);
		assert_int_equal(err_pos(e).line, 9);
		err_free(e);
	}
	arena_free(&mem);
}

static void a_network_has_one_name(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"10.0.0.1/8", "10.0.0.0/8"},
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"203.0.113.9", "203.0.113.9/32"},
		{"203.0.113.9/32", "203.0.113.9/32"},
		{"203.0.113.9/31", "203.0.113.8/31"},
		{"203.0.113.9/0", "0.0.0.0/0"},
		{"203.0.113.9/33", "203.0.113.9/33"},
		{"203.0.113.9/", "203.0.113.9/"},
		{"203.0.113.9/8x", "203.0.113.9/8x"},
		{"2001:db8::1/32", "2001:db8::1/32"},
		{"", ""},
	};
	struct arena mem = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(gcp_effect_range(&mem, rows[i].text),
		                    rows[i].name);
	arena_free(&mem);
}

static const char *effect(struct arena *mem, const char *rule)
{
	const struct value *v;

	assert_null(value_from_json(mem, rule, strlen(rule), &v));
	return gcp_effect(mem, v);
}

static void a_rule_is_what_it_lets_in(void **state)
{
	static const char rule[] =
		"{\"name\":\"a\",\"allowed\":[{\"IPProtocol\":\"tcp\","
		"\"ports\":"
		"[\"80\",\"443\"]},{\"IPProtocol\":\"icmp\"}],"
		"\"sourceRanges\":[\"10.0.0.0/8\",\"192.0.2.0/24\"]}";
	static const char same[] =
		"{\"description\":\"x\",\"direction\":\"INGRESS\",\"disabled\":"
		"false,\"sourceRanges\":[\"192.0.2.255/24\",\"10.9.8.7/8\"],"
		"\"allowed\":[{\"IPProtocol\":\"icmp\"},{\"ports\":[\"443\","
		"\"80\"],\"IPProtocol\":\"tcp\"}]}";
	static const char *const others[] = {
		"{\"allowed\":[{\"IPProtocol\":\"tcp\"},{\"IPProtocol\":"
		"\"icmp\"}],\"sourceRanges\":[\"10.0.0.0/8\","
		"\"192.0.2.0/24\"]}",
		"{\"allowed\":[{\"IPProtocol\":\"tcp\",\"ports\":[\"80\","
		"\"443\"]},{\"IPProtocol\":\"icmp\"}],\"sourceRanges\":["
		"\"10.0.0.0/8\"]}",
		"{\"allowed\":[{\"IPProtocol\":\"udp\",\"ports\":[\"80\","
		"\"443\"]},{\"IPProtocol\":\"icmp\"}],\"sourceRanges\":["
		"\"10.0.0.0/8\",\"192.0.2.0/24\"]}",
		"{}",
		"{\"allowed\":7,\"sourceRanges\":[7]}",
	};
	struct arena mem = {0};

	(void)state;
	assert_string_equal(effect(&mem, rule), effect(&mem, same));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_string_not_equal(effect(&mem, rule),
		                        effect(&mem, others[i]));
	arena_free(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_hold_a_whole_mark),
		cmocka_unit_test(labels_of_others_are_no_mark),
		cmocka_unit_test(names_of_others_are_not_ours),
		cmocka_unit_test(a_name_that_fits_is_not_cut),
		cmocka_unit_test(names_that_are_cut_stay_apart),
		cmocka_unit_test(a_bad_name_is_bad_however_long),
		cmocka_unit_test(a_network_has_one_name),
		cmocka_unit_test(a_rule_is_what_it_lets_in),
	};

	return cmocka_run_group_tests_name("gcp marks", tests, NULL, NULL);
}
