/*
 * text.h - text of any length, put together piece by piece.
 *
 * When memory runs out the text is cut off and `failed` is set; nobody has to
 * look before the end.
 */
#ifndef KERNEL_FS_TEXT_H
#define KERNEL_FS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/attr.h"

/* Zero-initialise to use. */
struct text {
	char *bytes; /* not terminated */
	size_t len, size;
	bool failed;
};

void text_printf(struct text *t, const char *fmt, ...) PRINTF(2, 3);
void text_write(struct text *t, const void *bytes, size_t n);

/* Give back the memory; it is empty then. */
void text_fini(struct text *t);

#endif
