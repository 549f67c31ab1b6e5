/* str.h - questions about strings. */
#ifndef PARSER_BASE_STR_H
#define PARSER_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/err.h"

/*
 * How many letters must be inserted, removed, changed or swapped with their
 * neighbour to make `b` of `a`; any number above `most` is reported as most
 * + 1.
 */
unsigned str_distance(const char *a, const char *b, unsigned most);

/* What a misspelt word may have meant. Start with {.word = "..."}. */
struct str_guess {
	const char *word;
	const char *best; /* NULL: nothing is near */
	unsigned distance;
};

void str_guess_try(struct str_guess *g, const char *candidate);

bool str_starts(const char *s, const char *prefix);

/* The first byte of `s` that is no valid UTF-8, or `len`. */
size_t str_utf8_valid(const char *s, size_t len);

/* Code points in `len` bytes of UTF-8. */
size_t str_count(const char *s, size_t len);

/*
 * Does `pattern` (PCRE2, Unicode) match within `text`, or with `whole`, all of
 * it? The work is bounded. ERR_SYNTAX tells what is wrong with the pattern.
 */
NODISCARD struct err *str_match(const char *pattern, const char *text,
                                size_t len, bool whole, bool *matches);

#endif
