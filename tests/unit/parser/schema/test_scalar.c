#include "parser/schema/schema.h"

#include "tests/lib/test.h"

#include <string.h>

static int setup(void **state)
{
	static struct arena a;

	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

struct row {
	enum schema_type type;
	const char *text;
	const char *json; /* or what the problem says, after '!' */
};

static void check(struct arena *mem, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct schema_attr a = {.name = "x", .type = rows[i].type};
		const char *problem = "";
		const struct value *v =
			schema_scalar(mem, &a, rows[i].text,
		                      strlen(rows[i].text), true, &problem);
		const char *got = v ? value_to_json(mem, v) : problem;

		if (rows[i].json[0] != '!') {
			assert_string_equal(got, rows[i].json);
			continue;
		}
		assert_null(v);
		if (!strstr(got, rows[i].json + 1))
			print_message("%s: %s\n", rows[i].text, got);
		assert_non_null(strstr(got, rows[i].json + 1));
	}
}

static void a_string_keeps_what_is_written(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_STRING, "NO", "\"NO\""},
		{SCHEMA_STRING, "1.20", "\"1.20\""},
		{SCHEMA_STRING, "12:34:56", "\"12:34:56\""},
		{SCHEMA_STRING, "", "\"\""},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void a_bool_is_true_or_false_and_nothing_else(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_BOOL, "true", "true"},
		{SCHEMA_BOOL, "false", "false"},
		{SCHEMA_BOOL, "yes", "!: write true"},
		{SCHEMA_BOOL, "Off", "!: write false"},
		{SCHEMA_BOOL, "maybe", "!true or false, not \"maybe\""},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void numbers_have_no_leading_zero(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_INT, "12", "12"},
		{SCHEMA_INT, "-3", "-3"},
		{SCHEMA_INT, "0", "0"},
		{SCHEMA_INT, "012", "!leading zero"},
		{SCHEMA_INT, "1.5", "!whole number"},
		{SCHEMA_INT, "", "!whole number"},
		{SCHEMA_INT, "99999999999999999999", "!whole number"},
		{SCHEMA_FLOAT, "1.5", "1.5"},
		{SCHEMA_FLOAT, "1e3", "1000"},
		{SCHEMA_FLOAT, "nan", "!a number"},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void sizes_and_durations_have_units(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_SIZE, "512Mi", "536870912"},
		{SCHEMA_SIZE, "2G", "2000000000"},
		{SCHEMA_SIZE, "4096", "4096"},
		{SCHEMA_SIZE, "0", "0"},
		{SCHEMA_SIZE, "512MB", "!such as 512Mi"},
		{SCHEMA_SIZE, "9999999999Ti", "!too large"},
		{SCHEMA_SIZE, "-1", "!such as 512Mi"},
		{SCHEMA_DURATION, "30s", "30000"},
		{SCHEMA_DURATION, "5m", "300000"},
		{SCHEMA_DURATION, "250ms", "250"},
		{SCHEMA_DURATION, "30", "!needs a unit"},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void networks_ports_and_rules_are_checked(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_CIDR, "10.0.0.0/8", "\"10.0.0.0/8\""},
		{SCHEMA_CIDR, "fd00::/64", "\"fd00::/64\""},
		{SCHEMA_CIDR, "10.0.0.0/33", "!a network"},
		{SCHEMA_CIDR, "10.0.0/8", "!a network"},
		{SCHEMA_CIDR, "10.0.0.1", "!a network"},
		{SCHEMA_PORT, "1883", "\"1883\""},
		{SCHEMA_PORT, "8883:1883/tcp", "\"8883:1883/tcp\""},
		{SCHEMA_PORT, "53/udp", "\"53/udp\""},
		{SCHEMA_PORT, "0", "!a port"},
		{SCHEMA_PORT, "65536", "!a port"},
		{SCHEMA_PORT, "01883", "!a port"},
		{SCHEMA_PORT, "1:2:3", "!a port"},
		{SCHEMA_PORT, "80/icmp", "!a port"},
		{SCHEMA_ALLOW, "tcp/1883", "\"tcp/1883\""},
		{SCHEMA_ALLOW, "udp/1000-2000", "\"udp/1000-2000\""},
		{SCHEMA_ALLOW, "icmp", "\"icmp\""},
		{SCHEMA_ALLOW, "tcp/2000-1000", "!a rule"},
		{SCHEMA_ALLOW, "icmp/1", "!a rule"},
		{SCHEMA_ALLOW, "sctp/1", "!a rule"},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void untyped_places_refuse_what_is_ambiguous(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_ANY, "12", "12"},
		{SCHEMA_ANY, "1.5", "1.5"},
		{SCHEMA_ANY, "true", "true"},
		{SCHEMA_ANY, "~", "null"},
		{SCHEMA_ANY, "us-west2-a", "\"us-west2-a\""},
		{SCHEMA_ANY, "50ms", "\"50ms\""},
		{SCHEMA_ANY, "10.0.0.1", "\"10.0.0.1\""},
		{SCHEMA_ANY, "no", "!\"no\" is ambiguous"},
		{SCHEMA_ANY, "0o17", "!ambiguous"},
		{SCHEMA_ANY, "012", "!ambiguous"},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void ports_and_rules_are_taken_apart(void **state)
{
	struct schema_port p;

	(void)state;
	assert_true(schema_port_parse("8883:1883", &p));
	assert_int_equal(p.published, 8883);
	assert_int_equal(p.first, 1883);
	assert_string_equal(p.protocol, "tcp");
	assert_true(schema_allow_parse("udp/10-20", &p));
	assert_int_equal(p.first, 10);
	assert_int_equal(p.last, 20);
	assert_string_equal(p.protocol, "udp");
	assert_true(schema_allow_parse("tcp", &p));
	assert_int_equal(p.first, 1);
	assert_int_equal(p.last, 65535);
}

static void an_address_for_http_is_a_port_and_a_path(void **state)
{
	static const struct row rows[] = {
		{SCHEMA_HTTP, "8080", "\"8080/\""},
		{SCHEMA_HTTP, "8080/health?x=1", "\"8080/health?x=1\""},
		{SCHEMA_HTTP, "http://:8080/health", "\"8080/health\""},
		{SCHEMA_HTTP, "http://localhost:81", "\"81/\""},
		{SCHEMA_HTTP, "http://localhost/x", "\"80/x\""},
		{SCHEMA_HTTP, "http://", "\"80/\""},
		{SCHEMA_HTTP, "http://other:80/", "!a port and a path"},
		{SCHEMA_HTTP, "http://:/x", "!a port and a path"},
		{SCHEMA_HTTP, "80/a b", "!a port and a path"},
		{SCHEMA_HTTP, "70000", "!a port and a path"},
		{SCHEMA_HTTP, "/health", "!a port and a path"},
		{SCHEMA_HTTP, "80x", "!a port and a path"},
	};

	check(*state, rows, ARRAY_LEN(rows));
}

static void a_package_is_a_name_and_perhaps_a_version(void **state)
{
	static const char *const good[] = {"nginx",
	                                   "g++",
	                                   "libstdc++6",
	                                   "7zip",
	                                   "python3.11",
	                                   "no",
	                                   "nginx=1.22.1-9+deb12u1",
	                                   "passwd=1:4.13+dfsg1-1~rc2"};
	static const char *const bad[] = {
		"",       "x",        "-x",     "+x",  ".x",       "nginx-",
		"Nginx",  "nginx ",   "ng inx", "12",  "1.5",      "a*",
		"nginx=", "nginx=1-", "a=b=c",  "a/b", "nginx=1 ", "../x",
		"a:i386", "--x",      "x=$(y)", "a^",  "nginx=1/2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!schema_is_package(good[i]))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (schema_is_package(bad[i]))
			fail_msg("%s", bad[i]);
}

static void names_follow_the_rule(void **state)
{
	(void)state;
	assert_true(schema_is_name("mqtt-edge"));
	assert_true(schema_is_name("a"));
	assert_false(schema_is_name(""));
	assert_false(schema_is_name("Mqtt"));
	assert_false(schema_is_name("1a"));
	assert_false(schema_is_name("a-"));
	assert_false(schema_is_name("a23456789012345678901234567890123"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_string_keeps_what_is_written),
		TEST(a_bool_is_true_or_false_and_nothing_else),
		TEST(numbers_have_no_leading_zero),
		TEST(sizes_and_durations_have_units),
		TEST(networks_ports_and_rules_are_checked),
		TEST(untyped_places_refuse_what_is_ambiguous),
		TEST(ports_and_rules_are_taken_apart),
		TEST(an_address_for_http_is_a_port_and_a_path),
		TEST(a_package_is_a_name_and_perhaps_a_version),
		TEST(names_follow_the_rule),
	};

	return cmocka_run_group_tests_name("scalar", tests, NULL, NULL);
}
