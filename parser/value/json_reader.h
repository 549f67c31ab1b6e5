/*
 * json_reader.h - JSON text becomes values in one pass.
 *
 * What it reads means what Jansson reads in the same text. What it does not
 * read, which is every mistake and what is odd (see value_read_json()), is
 * Jansson's to accept or to explain: value_json.c asks one after the other.
 */
#ifndef PARSER_VALUE_JSON_READER_H
#define PARSER_VALUE_JSON_READER_H

#include "parser/value/value.h"

enum { VALUE_READER_KEYS = 256 }; /* a power of two */

/* Zero-initialise with `mem`, `at` and `end`; then value_reader_fini(). */
struct value_reader {
	struct arena *mem;    /* of what is read */
	const char *at, *end; /* what is left of the text */

	/* Of lists and maps that are not finished: a stack; keys NULL. */
	struct arena tmp;
	struct value_entry *open;
	size_t nr_open, cap_open;

	/*
	 * Many objects have the same few keys: the last ones seen are kept by
	 * hash, so that a key is mostly stored once.
	 */
	const char *keys[VALUE_READER_KEYS];
};

/*
 * The value that begins here, RFC 8259; `at` is behind it then. NULL: none, or
 * one with a key that is there twice, U+0000, an integer of more than 18
 * digits, a number no double holds, or more than 128 levels.
 */
const struct value *value_read_json(struct value_reader *r);

/* Pass over blanks; is `c` there? Then over it, too. */
bool value_read_char(struct value_reader *r, char c);

/* Is nothing left but blanks? */
bool value_reader_at_end(struct value_reader *r);

/* What was read is gone from `mem`, and so are its keys. */
void value_reader_forget(struct value_reader *r);
void value_reader_fini(struct value_reader *r);

#endif
