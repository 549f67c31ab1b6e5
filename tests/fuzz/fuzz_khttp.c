/*
 * fuzz_khttp.c - any bytes as a metadata server's answer, and as the firmware's
 * table of structures.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/drivers/smbios.h"
#include "kernel/net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer a;
	char *text = malloc(size + 1);
	uint8_t *table = malloc(size ? size : 1);
	const char *name;

	if (size) {
		memcpy(text, data, size);
		memcpy(table, data, size);
	}
	(void)http_is_whole(text, size);
	if (http_parse(text, size, &a) == 0 &&
	    (a.body < text || a.body + a.len > text + size))
		abort();
	name = smbios_find_product(table, size);
	if (name && strlen(name) >= size)
		abort();
	free(table);
	free(text);
	return 0;
}
