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
 * Any thread may ask and note. What others note than the one that made the
 * inputs is told once they are done: expr_inputs_join().
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
bool expr_inputs_has_room(struct expr_inputs *i, size_t len);

/* The first note of a key counts. */
void expr_inputs_note(struct expr_inputs *i, const char *key,
                      const struct value *v);

/* By the thread that made them, when it is the only one again. */
void expr_inputs_join(struct expr_inputs *i);

/* A map of all that was noted, in the order in which it was. */
const struct value *expr_inputs_noted(struct arena *mem,
                                      const struct expr_inputs *i);

#endif
