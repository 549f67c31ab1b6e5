#include "providers/qemu/status.h"

#include <string.h>

#include "tests/lib/test.h"

static void the_phrase_says_how_it_ended(void **state)
{
	static const struct {
		const char *text, *phrase;
		bool ready;
	} cases[] = {
		{"", NULL, false},
		{"ready\n", NULL, true},
		{"ready\nexit 3\n", "the program exited with status 3", true},
		{"ready\nsignal 11\n", "the program was ended by signal 11",
	         true},
		{"boot no root disk\n",
	         "the machine did not boot: no root disk", false},
		{"ready\npanic oops\n", "kernel panic: oops", true},
		{"ready\nexit", NULL, true}, /* not a whole line yet */
		{"bogus\n", NULL, false},
	};
	struct arena mem = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct qemu_status s = qemu_status_parse(&mem, cases[i].text);
		const char *phrase = qemu_status_phrase(&mem, &s);

		assert_int_equal(s.ready, cases[i].ready);
		if (cases[i].phrase)
			assert_string_equal(phrase, cases[i].phrase);
		else
			assert_null(phrase);
	}
	arena_free(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_phrase_says_how_it_ended),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
