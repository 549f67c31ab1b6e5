#include "parser/base/sha256.h"

#include "tests/lib/test.h"

/* FIPS 180-4 examples. */
static void known_texts_have_their_known_sums(void **state)
{
	char hex[SHA256_HEX + 1];

	(void)state;
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	                         "b00361a396177a9cb410ff61f20015ad");
	sha256_hex("", 0, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
	                         "27ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_have_their_known_sums),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
