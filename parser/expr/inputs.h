/*
 * inputs.h - what expressions got from outside of the stack's files.
 *
 * It is noted, so that a release can be made again with what it was made of.
 * An input has a key and a value:
 *
 *	"file PATH"             the text, or {sha256: digits} of a long one
 *	"fileset FOLDER PATTERN" a list of paths
 *	"env NAME"              the text, or null where there is none
 *
 * Any thread may ask. Only the one that made the inputs notes: what another
 * gets is what was got while planning, or is not noted.
 */
#ifndef PARSER_EXPR_INPUTS_H
#define PARSER_EXPR_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/value/value.h"

struct expr_inputs;

/* `recorded`: what expr_inputs_noted() once gave; NULL: nothing. */
struct expr_inputs *expr_inputs_new(struct arena *mem,
                                    const struct value *recorded);

/* What was recorded under `key`, or NULL. `i` may be NULL, here and below. */
const struct value *expr_inputs_recorded(const struct expr_inputs *i,
                                         const char *key);

/* May a text of `len` bytes be noted whole? Long ones and too many may not. */
bool expr_inputs_has_room(const struct expr_inputs *i, size_t len);

void expr_inputs_note(struct expr_inputs *i, const char *key,
                      const struct value *v);

/* A map of all that was noted, in the order in which it was. */
const struct value *expr_inputs_noted(struct arena *mem,
                                      const struct expr_inputs *i);

#endif
