#include "providers/qemu/firewall.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/lib/scratch.h"

static const struct value *json(struct scratch *s, const char *text)
{
	const struct value *v;

	assert_null(value_from_json(&s->mem, text, strlen(text), &v));
	return v;
}

static struct qemu_forwards forwards(struct scratch *s, const char *ports,
                                     const char *sources)
{
	static const uint32_t address = 0x0a010203; /* 10.1.2.3 */
	const struct qemu_addresses here = {&address, 1};
	const char *firewalls = arena_printf(
		&s->mem, "{\"t\":{\"allow\":[\"tcp/1883\"],\"sources\":%s}}",
		sources);
	struct qemu_ports p;
	struct qemu_rules r;

	assert_null(qemu_firewall_ports(&s->mem, json(s, ports), NO_POS, &p));
	assert_null(
		qemu_firewall_parse(&s->mem, json(s, firewalls), NO_POS, &r));
	return qemu_firewall_forwards(&s->mem, &p, &r, &here);
}

static void ports_may_be_published_under_another_number(void **state)
{
	struct scratch *s = *state;
	struct qemu_ports p;

	assert_null(qemu_firewall_ports(
		&s->mem, json(s, "[1883,\"8883:1884\",\"53/udp\"]"), NO_POS,
		&p));
	assert_int_equal(p.n, 3);
	assert_int_equal(p.v[0].host, 1883);
	assert_int_equal(p.v[0].guest, 1883);
	assert_int_equal(p.v[1].host, 8883);
	assert_int_equal(p.v[1].guest, 1884);
	assert_int_equal(p.v[2].proto, QEMU_UDP);
}

static void nonsense_is_refused_with_an_example(void **state)
{
	static const char *const bad[] = {
		"[0]",    "[65536]",   "[\"x\"]",      "[\"1:\"]",
		"[true]", "[\"1/x\"]", "[\"1/icmp\"]", "[\" 1\"]"};
	struct scratch *s = *state;
	struct qemu_ports p;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err *e = qemu_firewall_ports(&s->mem, json(s, bad[i]),
		                                    NO_POS, &p);

		assert_non_null(e);
		assert_non_null(strstr(err_text(e), "8883:1883"));
		err_free(e);
	}
}

static void nonsense_in_rules_is_refused(void **state)
{
	static const char *const bad[] = {
		"{\"t\":{\"allow\":[\"tcp/\"]}}",
		"{\"t\":{\"allow\":[\"icmp/1\"]}}",
		"{\"t\":{\"allow\":[\"tcp/9-1\"]}}",
		"{\"t\":{\"allow\":[\"tcp/1\"],\"sources\":[\"10/8\"]}}",
		"{\"t\":{\"allow\":[\"tcp/1\"],\"sources\":[\"1.2.3.4/33\"]}}",
	};
	struct scratch *s = *state;
	struct qemu_rules r;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err *e = qemu_firewall_parse(&s->mem, json(s, bad[i]),
		                                    NO_POS, &r);

		assert_int_equal(err_code(e), ERR_SYNTAX);
		err_free(e);
	}
}

static void a_port_that_no_tag_allows_is_not_forwarded(void **state)
{
	assert_int_equal(forwards(*state, "[80]", "[\"0.0.0.0/0\"]").n, 0);
	assert_int_equal(
		forwards(*state, "[\"1883/udp\"]", "[\"0.0.0.0/0\"]").n, 0);
}

static void ports_are_bound_as_the_sources_say(void **state)
{
	static const struct {
		const char *sources;
		uint32_t bind;
	} cases[] = {
		{"[\"0.0.0.0/0\"]", 0},
		{"[\"127.0.0.0/8\"]", 0x7f000001},
		{"[\"10.0.0.0/8\"]", 0x0a010203},
		{"[\"10.0.0.0/8\",\"0.0.0.0/0\"]", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct qemu_forwards f =
			forwards(*state, "[1883]", cases[i].sources);

		assert_int_equal(f.n, 1);
		assert_int_equal(f.v[0].bind, cases[i].bind);
	}
	/* Nobody whom we could tell apart: it is not published at all. */
	assert_int_equal(forwards(*state, "[1883]", "[\"192.168.0.0/16\"]").n,
	                 0);
	assert_int_equal(
		forwards(*state, "[1883]", "[\"127.0.0.0/8\",\"10.0.0.0/8\"]")
			.n,
		2);
}

static void a_port_in_use_names_who_has_it(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct qemu_forward f = {QEMU_TCP, INADDR_LOOPBACK, 0, 1883};
	const struct qemu_forwards one = {&f, 1};
	struct err *e;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	f.host = ntohs(a.sin_port);
	e = qemu_firewall_check(&one, "web", (struct src_pos){"f", 2, 1});
	assert_int_equal(err_code(e), ERR_CONFLICT);
	assert_int_equal(err_pos(e).line, 2);
	assert_non_null(strstr(err_text(e), "in use by test_firewall"));
	err_free(e);
	close(fd);
	assert_null(qemu_firewall_check(&one, "web", NO_POS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(ports_may_be_published_under_another_number),
		SCRATCH_TEST(nonsense_is_refused_with_an_example),
		SCRATCH_TEST(nonsense_in_rules_is_refused),
		SCRATCH_TEST(a_port_that_no_tag_allows_is_not_forwarded),
		SCRATCH_TEST(ports_are_bound_as_the_sources_say),
		SCRATCH_TEST(a_port_in_use_names_who_has_it),
	};

	return cmocka_run_group_tests_name("firewall", tests, NULL, NULL);
}
