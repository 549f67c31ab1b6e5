/*
 * expr.h - ${...}: from text to a tree, and from a tree to a value.
 *
 * A scalar is a template: text with expressions in it. The grammar stands in
 * parser/expr/README.md. Parsing is bounded in depth, so is evaluation, and
 * every node of the tree knows which bytes of the scalar it came from, so a
 * caret can point inside the scalar.
 *
 * Names mean nothing here: a scope says what `var.zone` is.
 */
#ifndef PARSER_EXPR_EXPR_H
#define PARSER_EXPR_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parser/base/arena.h"
#include "parser/base/diag.h"
#include "parser/base/str.h"
#include "parser/value/value.h"

/* A scalar's text, and how to find out where its bytes were written. */
struct expr_text {
	const char *s; /* NUL-terminated */
	size_t len;
	const void *origin;
	struct src_pos (*locate)(const void *origin, size_t offset);
};

enum expr_kind {
	EXPR_VALUE,    /* value */
	EXPR_TEMPLATE, /* args, each made text, one after the other */
	EXPR_ROOT,     /* name: var, instance, ... */
	EXPR_MEMBER,   /* args[0] . name */
	EXPR_INDEX,    /* args[0] [ args[1] ] */
	EXPR_SPLAT,    /* args[1] for each element of args[0] */
	EXPR_ELEMENT,  /* that element, within args[1] */
	EXPR_NOT,
	EXPR_NEGATE,
	EXPR_BINARY, /* args[0] op args[1] */
	EXPR_CALL,   /* func ( args ) */
	EXPR_LIST,
};

enum expr_op {
	OP_NONE,
	OP_COALESCE,
	OP_OR,
	OP_AND,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_MATCH,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
};

struct func;
struct expr_inputs;

struct expr {
	enum expr_kind kind;
	enum expr_op op;
	uint32_t depth;   /* of the tree below, itself included */
	uint32_t at, len; /* bytes of text */
	const struct expr_text *text;
	const struct value *value;
	const char *name;
	const struct func *func;
	const struct expr *const *args;
	size_t nr_args;
};

/* Does a scalar need parsing at all? */
bool expr_is_template(const char *s, size_t len);

/* Parse a whole scalar. `text` must outlive the tree. False: see `d`. */
bool expr_parse(struct arena *mem, const struct expr_text *text,
                struct diags *d, const struct expr **out);

/* Where `e` was written. */
struct src_span expr_span(const struct expr *e);

/* What names mean. All functions may be called from several threads. */
struct expr_scope {
	const void *ctx;

	/*
	 * The value of `root`, or with a name, of `root.name`. NULL when there
	 * is none. A root whose members can be asked for and which is no value
	 * itself has none without a name.
	 */
	const struct value *(*find)(const void *ctx, const char *root,
	                            const char *name);

	/* Offer everything that `root` (NULL: the roots) has to `g`. */
	void (*guess)(const void *ctx, const char *root, struct str_guess *g);

	const char *dir; /* where file() looks; NULL: there are no files */
	struct expr_inputs *inputs; /* what it gave; NULL: nobody asks */
	unsigned templates;         /* template() calls around this */
	bool flat; /* every root is a value: root.name is its member */
};

/*
 * The value of `e`, or NULL: `d` says why. A template that is one expression
 * keeps its type; otherwise it is a string. What depends on something unknown
 * is unknown; what depends on a secret is tainted.
 */
const struct value *expr_eval(struct arena *mem, const struct expr *e,
                              const struct expr_scope *scope, struct diags *d);

/* One use of a root: `instance.client["0"].ip`. */
struct expr_ref {
	const char *root;       /* "instance" */
	const char *name;       /* "client"; NULL when computed or left out */
	const char *key;        /* "0"; NULL when there is none, or computed */
	const struct expr *at;  /* root and name */
	const struct expr *all; /* with key */
};

/*
 * Call `visit` for each use of a root in `e`. Branches of if() whose condition
 * `decide` can tell (1 or 0; -1: it cannot) are left out when not taken.
 */
struct expr_visitor {
	void *ctx;
	void (*visit)(void *ctx, const struct expr_ref *ref);
	int (*decide)(void *ctx, const struct expr *condition);
};

void expr_refs(const struct expr *e, const struct expr_visitor *v);

#endif
