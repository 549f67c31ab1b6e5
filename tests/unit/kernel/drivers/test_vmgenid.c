#include "kernel/drivers/vmgenid.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

/* Behind the table's header, as QEMU 7.2 writes it. */
static const uint8_t ssdt[36 + 10] = {
	[0] = 'S', 'S', 'D',  'T',  [36] = 0x08, 'V',  'G',
	'I',       'A', 0x0c, 0x00, 0xf0,        0xfe, 0xbf,
};

static void the_place_is_behind_the_named_integer(void **state)
{
	(void)state;
	assert_int_equal(vmgenid_address(ssdt, sizeof(ssdt)), 0xbffef028);
}

/* At every length: ASan sees a byte beyond. */
static void a_table_that_is_cut_off_says_nothing(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < sizeof(ssdt); n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, ssdt, n);
		assert_int_equal(vmgenid_address(copy, n), 0);
		free(copy);
	}
}

/* Firmware has not put its address in. */
static void a_place_of_zero_is_none(void **state)
{
	uint8_t none[sizeof(ssdt)];

	(void)state;
	memcpy(none, ssdt, sizeof(none));
	memset(none + 42, 0, 4);
	assert_int_equal(vmgenid_address(none, sizeof(none)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_place_is_behind_the_named_integer),
		cmocka_unit_test(a_table_that_is_cut_off_says_nothing),
		cmocka_unit_test(a_place_of_zero_is_none),
	};

	return cmocka_run_group_tests_name("vmgenid", tests, NULL, NULL);
}
