#include "kernel/drivers/smbios.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

/* BIOS information with two strings, then the system's: maker and product. */
#define BIOS                                                                   \
	"\x00\x06\x00\x00\x01\x02"                                             \
	"SeaBIOS\0"                                                            \
	"1.16\0"                                                               \
	"\0"
#define SYSTEM                                                                 \
	"\x01\x08\x01\x00\x01\x02\x00\x00"                                     \
	"Google\0"                                                             \
	"Google Compute Engine\0"                                              \
	"\0"
#define BARE                                                                   \
	"\x02\x04\x02\x00"                                                     \
	"\0\0"
#define END                                                                    \
	"\x7f\x04\x03\x00"                                                     \
	"\0\0"

/* At the end of its own memory, so that ASan sees a step too far. */
static char *find(const char *table, size_t size)
{
	uint8_t *copy = malloc(size);
	const char *name;
	char *out = NULL;

	memcpy(copy, table, size);
	name = smbios_find_product(copy, size);
	if (name)
		out = strdup(name);
	free(copy);
	return out;
}

static void the_product_is_found_behind_other_structures(void **state)
{
	static const char table[] = BIOS BARE SYSTEM END;
	char *name = find(table, sizeof(table) - 1);

	(void)state;
	assert_string_equal(name, "Google Compute Engine");
	free(name);
}

static void a_table_without_it_has_none(void **state)
{
	static const char table[] = BIOS BARE END SYSTEM;

	(void)state;
	assert_null(find(table, sizeof(table) - 1));
}

static void a_table_that_is_cut_off_has_none(void **state)
{
	static const char table[] = BIOS SYSTEM;

	(void)state;
	for (size_t n = 1; n < sizeof(table) - 1; n++)
		assert_null(find(table, n));
}

static void a_string_that_is_not_there_is_none(void **state)
{
	static const char table[] = "\x01\x08\x01\x00\x01\x05\x00\x00"
				    "one\0two\0"
				    "\0";

	(void)state;
	assert_null(find(table, sizeof(table) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_product_is_found_behind_other_structures),
		cmocka_unit_test(a_table_without_it_has_none),
		cmocka_unit_test(a_table_that_is_cut_off_has_none),
		cmocka_unit_test(a_string_that_is_not_there_is_none),
	};

	return cmocka_run_group_tests_name("smbios", tests, NULL, NULL);
}
