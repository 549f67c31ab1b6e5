/*
 * fuzz_kboot.c - any bytes as boot lines: read, and what was read is escaped
 * and read again, which must give the same.
 */
#include "kernel/abi/boot_lines.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct boot_line *l)
{
	uint64_t room = 2 + 2 * l->value_len, n;
	char *text = malloc(room);
	struct boot_reader r = {.text = text};
	struct boot_line again;

	text[0] = 'k';
	text[1] = ' ';
	n = boot_line_escape(text + 2, room - 2, l->value, l->value_len);
	if (n > room - 2)
		abort();
	r.left = 2 + n;
	if (boot_line_next(&r, &again) != BOOT_LINE_OK ||
	    again.value_len != l->value_len ||
	    memcmp(again.value, l->value, l->value_len) != 0)
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct boot_reader r = {text, size, 0};
	enum boot_line_kind kind;
	struct boot_line l;

	if (size)
		memcpy(text, data, size);
	while ((kind = boot_line_next(&r, &l)) != BOOT_LINE_END) {
		if (l.value < text || l.value + l.value_len > text + size)
			abort();
		if (kind == BOOT_LINE_OK)
			check_round_trip(&l);
	}
	free(text);
	return 0;
}
