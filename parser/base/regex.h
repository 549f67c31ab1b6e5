/*
 * regex.h - regular expressions (PCRE2, UTF and Unicode properties on).
 *
 * The work of a match is bounded in steps and memory, so no pattern can hold
 * the program up.
 */
#ifndef PARSER_BASE_REGEX_H
#define PARSER_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/err.h"

struct regex;

#define REGEX_UNSET ((size_t)-1)

/* Bytes [start, end) of the text; a group that took no part is REGEX_UNSET. */
struct regex_range {
	size_t start, end;
};

/* With `whole` it must match all of a text. ERR_SYNTAX: what is wrong. */
NODISCARD struct err *regex_open(const char *pattern, bool whole,
                                 struct regex **out);
void regex_close(struct regex *re); /* NULL is fine */

/* Groups of the pattern, the whole (number 0) not counted. */
size_t regex_groups(const struct regex *re);

/* The name of group `i`, from 1 on, or NULL. Lives as long as `re`. */
const char *regex_name(const struct regex *re, size_t i);

/*
 * The first match in `text` from byte `from` on. `ranges` has room for
 * regex_groups() + 1 of them, or is NULL. ERR_LIMIT: too much work.
 */
NODISCARD struct err *regex_find(const struct regex *re, const char *text,
                                 size_t len, size_t from, bool *found,
                                 struct regex_range *ranges);

#endif
