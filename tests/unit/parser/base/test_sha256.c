#include "parser/base/sha256.h"

#include "tests/lib/test.h"

/* FIPS 180-4 examples. */
static void known_texts_have_their_known_sums(void **state)
{
	(void)state;
	assert_string_equal(sha256_of("abc", 3).hex,
	                    "ba7816bf8f01cfea414140de5dae2223"
	                    "b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(sha256_of("", 0).hex,
	                    "e3b0c44298fc1c149afbf4c8996fb924"
	                    "27ae41e4649b934ca495991b7852b855");
}

static void the_bytes_of_a_sum_are_those_its_digits_show(void **state)
{
	static const uint8_t want[4] = {0xba, 0x78, 0x16, 0xbf};
	uint8_t got[4];

	(void)state;
	sha256_bytes(sha256_of("abc", 3).hex, got, sizeof(got));
	assert_memory_equal(got, want, sizeof(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_have_their_known_sums),
		cmocka_unit_test(the_bytes_of_a_sum_are_those_its_digits_show),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
