/*
 * func.h - the functions of the language: a row each.
 *
 * A function gets values that fit its row, and returns a value, or NULL with
 * `problem` set. Unknown and tainted arguments are dealt with by the caller.
 */
#ifndef PARSER_EXPR_FUNC_H
#define PARSER_EXPR_FUNC_H

#include <stdbool.h>
#include <stddef.h>

#include "parser/base/arena.h"
#include "parser/base/str.h"
#include "parser/expr/expr.h"
#include "parser/value/value.h"

struct func_call {
	struct arena *mem;
	const struct expr_scope *scope; /* of the expression that calls */
	const struct value *const *args;
	size_t n;
	const char *problem;
};

enum func_how {
	FUNC_PLAIN,   /* needs arguments without anything unknown in them */
	FUNC_SHALLOW, /* looks only at the outermost level of its arguments */
	FUNC_IF,      /* these three are lazy: the evaluator does them */
	FUNC_COALESCE,
	FUNC_TRY,
};

struct func {
	const char *name;

	/*
	 * A letter an argument; the last stands for all that follow:
	 * s string, i int, n number, l list, m map, c list, map or string,
	 * p string, number or bool, a anything.
	 */
	const char *takes;
	size_t min, max; /* arguments */
	enum func_how how;
	const struct value *(*run)(struct func_call *c);
	const char *usage; /* "join(separator, list)" */
	const char *help;  /* one sentence */
};

enum {
	FUNC_ANY_NUMBER = 1000,
	FUNC_LONGEST_TEXT = 16 * 1024 * 1024, /* bytes of one result */
	FUNC_LONGEST_LIST = 1000 * 1000,
};

/* NULL: there is none. */
const struct func *func_find(const char *name);

/* All of them, in the order of the alphabet; ended by a row without a name. */
const struct func *func_all(void);

/* Does `v` fit letter `type`? `says` becomes what was wanted. */
bool func_fits(char type, const struct value *v, const char **says);

/* A scalar as text; NULL for null, lists and maps. */
const struct value *func_text(struct arena *mem, const struct value *v);

#endif
