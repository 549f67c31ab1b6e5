#include "kernel/lib/crc.h"

#include "tests/lib/test.h"

static void crc32c_has_the_known_check_value(void **state)
{
	(void)state;
	assert_int_equal(~crc32c(UINT32_MAX, "123456789", 9), 0xe3069283);
}

static void crc16_has_the_known_check_value(void **state)
{
	(void)state;
	assert_int_equal(crc16(0, "123456789", 9), 0xbb3d);
}

static void pieces_give_the_same_as_the_whole(void **state)
{
	static const char text[] = "the quick brown fox jumps over the dog";
	uint32_t whole = crc32c(7, text, sizeof(text));

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++)
		assert_int_equal(
			crc32c(crc32c(7, text, n), text + n, sizeof(text) - n),
			whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_has_the_known_check_value),
		cmocka_unit_test(crc16_has_the_known_check_value),
		cmocka_unit_test(pieces_give_the_same_as_the_whole),
	};

	return cmocka_run_group_tests_name("crc", tests, NULL, NULL);
}
