#include "kernel/net/name.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"

enum { ID = 0x1234 };

/* An answer to "a.b": a name that points elsewhere, then its address. */
static const uint8_t answer[] = {
	0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, /* header */
	1,    'a',  1,    'b',  0, 0, 1, 0, 1,          /* question */
	0xc0, 12,   0,    5,    0, 1, 0, 0, 0, 9, 0, 4, /* CNAME */
	1,    'c',  0xc0, 14,                           /* c.b */
	0xc0, 33,   0,    1,    0, 1, 0, 0, 0, 9, 0, 4, /* A */
	192,  0,    2,    7,
};

static void a_query_has_labels(void **state)
{
	static const uint8_t labels[] = {3, 'l', 'o', 'g', 2, 'd', 'e', 0};
	uint8_t q[NAME_QUERY_MAX];

	(void)state;
	assert_int_equal(name_write_query(q, ID, "log.de"), 12 + 8 + 4);
	assert_memory_equal(q + 12, labels, sizeof(labels));
	assert_int_equal(name_write_query(q, ID, "log.de."), 12 + 8 + 4);
}

static void what_is_no_name_makes_no_query(void **state)
{
	char label[66], longest[300];
	uint8_t q[NAME_QUERY_MAX];

	(void)state;
	memset(label, 'x', 65);
	label[65] = '\0';
	memset(longest, 'x', 299);
	for (size_t i = 0; i < 299; i += 10)
		longest[i + 9] = '.';
	longest[254] = '\0';
	assert_int_equal(name_write_query(q, ID, ""), 0);
	assert_int_equal(name_write_query(q, ID, ".de"), 0);
	assert_int_equal(name_write_query(q, ID, "a..b"), 0);
	assert_int_equal(name_write_query(q, ID, label), 0);
	assert_int_equal(name_write_query(q, ID, longest), 0);
}

static void the_address_is_found_behind_other_records(void **state)
{
	uint32_t a = 0;

	(void)state;
	assert_int_equal(name_read_answer(answer, sizeof(answer), ID, &a), 0);
	assert_int_equal(a, 0xc0000207);
	assert_int_equal(name_read_answer(answer, sizeof(answer), ID + 1, &a),
	                 -EAGAIN);
}

/* Each prefix lies in memory that ends where it does, for ASan. */
static void a_cut_answer_is_none(void **state)
{
	uint32_t a;

	(void)state;
	for (size_t n = 0; n < sizeof(answer); n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, answer, n);
		assert_int_equal(name_read_answer(copy, n, ID, &a), -EAGAIN);
		free(copy);
	}
}

static void that_there_is_no_such_name_is_an_answer(void **state)
{
	uint8_t no[sizeof(answer)];
	uint32_t a;

	(void)state;
	memcpy(no, answer, sizeof(no));
	no[3] = 0x83;
	assert_int_equal(name_read_answer(no, sizeof(no), ID, &a), -ENOENT);
}

static void hosts_have_names_behind_addresses(void **state)
{
	static const char text[] = "127.0.0.1 localhost\n::1 six\n"
				   "10.0.0.9 db log.example\n";
	uint32_t a;

	(void)state;
	assert_int_equal(
		name_find_host(text, sizeof(text) - 1, "log.example", &a), 0);
	assert_int_equal(a, 0x0a000009);
	assert_int_equal(name_find_host(text, sizeof(text) - 1, "log", &a),
	                 -ENOENT);
	assert_int_equal(name_find_host(text, sizeof(text) - 1, "six", &a),
	                 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_has_labels),
		cmocka_unit_test(what_is_no_name_makes_no_query),
		cmocka_unit_test(the_address_is_found_behind_other_records),
		cmocka_unit_test(a_cut_answer_is_none),
		cmocka_unit_test(that_there_is_no_such_name_is_an_answer),
		cmocka_unit_test(hosts_have_names_behind_addresses),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
