/*
 * diag.h - what is wrong with the user's files, all of it at once.
 *
 * Mistakes are collected while files are read and a plan is made, and shown
 * together: ten mistakes are ten messages. Each has a stable number, a place,
 * and whatever helps to mend it. At most DIAGS_MOST are kept; the others are
 * counted.
 *
 *	struct diag *m = diags_error(d, DIAG_UNKNOWN_KEY, span, "unknown ...");
 *	diag_label(d, m, "did you mean \"%s\"?", near);
 *
 * A `struct diags` belongs to one thread at a time.
 */
#ifndef PARSER_BASE_DIAG_H
#define PARSER_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "parser/base/arena.h"
#include "parser/base/attr.h"
#include "parser/base/err.h"
#include "parser/base/src.h"

/* Stable: a number never changes its meaning. Shown as E0203 or W0901. */
enum diag_code {
	DIAG_YAML = 101,          /* not YAML */
	DIAG_TAB = 102,           /* a tab indents */
	DIAG_DUPLICATE = 103,     /* the same key twice in a map */
	DIAG_UTF8 = 104,          /* the file is not UTF-8 */
	DIAG_MERGE_KEY = 105,     /* "<<" */
	DIAG_FLOW_EXPR = 106,     /* an unquoted ${ within [] or {} */
	DIAG_DOCUMENTS = 107,     /* several documents in one file */
	DIAG_LIMIT = 108,         /* larger than what miso reads */
	DIAG_ALIAS = 109,         /* *x without &x */
	DIAG_KEY = 110,           /* a key that is no plain text */
	DIAG_TAG = 111,           /* a !tag that means nothing here */
	DIAG_FILE = 112,          /* a file that cannot be read */
	DIAG_INCLUDE = 113,       /* an include that cannot be read */
	DIAG_TYPE = 201,          /* a value of the wrong type */
	DIAG_MISSING = 202,       /* a required key is not there */
	DIAG_UNKNOWN_KEY = 203,   /* a key that nothing knows */
	DIAG_RANGE = 204,         /* a value outside of what is allowed */
	DIAG_NOT_YET = 205,       /* a part of the language to come */
	DIAG_NAME = 206,          /* a name that cannot be one */
	DIAG_EXCLUDES = 207,      /* two keys that exclude each other */
	DIAG_OVERLAY = 208,       /* an override that fits nothing */
	DIAG_LOCK = 209,          /* a package that is not in miso.lock */
	DIAG_EXPR = 301,          /* not an expression */
	DIAG_FUNCTION = 302,      /* a function that is none */
	DIAG_ARGUMENTS = 303,     /* arguments that do not fit */
	DIAG_UNDEFINED = 304,     /* a reference to nothing */
	DIAG_NOT_STATIC = 305,    /* a resource where none may be used */
	DIAG_EVALUATION = 306,    /* an expression without a value */
	DIAG_CYCLE = 307,         /* references that go round */
	DIAG_CHECK = 308,         /* a check of the stack that fails */
	DIAG_MOVE = 309,          /* a move that makes no sense */
	DIAG_SECRET = 310,        /* a secret where it may not go */
	DIAG_VAR_UNSET = 401,     /* a variable without a value */
	DIAG_VAR_VALUE = 402,     /* a value that its variable refuses */
	DIAG_VAR_UNKNOWN = 403,   /* a value for no variable */
	DIAG_PROVIDER = 501,      /* what a provider says about a block */
	DIAG_CONFLICT = 502,      /* something of that name is not ours */
	DIAG_PROTECTED = 503,     /* protect: true stands in the way */
	DIAG_PORT_CLOSED = 901,   /* W: a port that no tag lets in */
	DIAG_EMPTY_PARENT = 902,  /* W: a child that is not indented */
	DIAG_UNUSED = 903,        /* W: a block that nothing uses */
	DIAG_SECRET_UNSEEN = 904, /* W: a secret that cannot be read now */
};

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

enum { DIAGS_MOST = 50 };

/* A further place, such as the first of two equal keys. */
struct diag_place {
	struct src_span at;
	const char *label;
	struct diag_place *next;
};

struct diag_text {
	const char *text;
	struct diag_text *next;
};

struct diag {
	enum diag_severity severity;
	enum diag_code code;
	struct src_span at; /* line 0: nowhere */
	const char *message;
	const char *label; /* beside the caret; NULL: nothing */
	bool hidden;       /* its line may hold a secret: do not show it */
	struct diag_place *places;
	struct diag_text *notes;
};

struct diag_source {
	const struct src_file *file;
	struct diag_source *next;
};

struct diags {
	struct arena mem;
	struct diag v[DIAGS_MOST];
	size_t n;
	size_t errors, warnings; /* also those that were not kept */
	struct diag_source *sources;
	struct diag overflow; /* takes what is not kept */
};

void diags_init(struct diags *d);
void diags_fini(struct diags *d);

/* Snippets are taken from `f`, which must outlive `d`. */
void diags_add_source(struct diags *d, const struct src_file *f);

/* Both return a diag to add to; it is never NULL. */
struct diag *diags_error(struct diags *d, enum diag_code code,
                         struct src_span at, const char *fmt, ...) PRINTF(4, 5);
struct diag *diags_warn(struct diags *d, enum diag_code code,
                        struct src_span at, const char *fmt, ...) PRINTF(4, 5);

/* Do not show the line: it may hold a secret. */
void diag_hide(struct diag *d);

void diag_label(struct diags *d, struct diag *to, const char *fmt, ...)
	PRINTF(3, 4);
void diag_note(struct diags *d, struct diag *to, const char *fmt, ...)
	PRINTF(3, 4);
void diag_also(struct diags *d, struct diag *to, struct src_span at,
               const char *fmt, ...) PRINTF(4, 5);

/* An error of the machinery, at `at` when it has no place itself. Frees it. */
void diags_take(struct diags *d, enum diag_code code, struct src_span at,
                struct err *e);

/*
 * A copy of `m`, which is one of `from`, in `into`; or what `into` has already
 * of the same code, place and words. `from` is not needed any more then. What
 * `into` has no room for is counted, as everywhere.
 */
struct diag *diags_copy(struct diags *into, const struct diags *from,
                        const struct diag *m);

/* For people, in the shape of rustc; ends with a count of errors. */
void diags_print(FILE *out, const struct diags *d);

/* One JSON list of objects. */
void diags_print_json(FILE *out, const struct diags *d);

/* SARIF 2.1.0 (OASIS), one run; columns count code points. */
void diags_print_sarif(FILE *out, const struct diags *d);

/* Workflow commands of GitHub Actions: an annotation a line. */
void diags_print_github(FILE *out, const struct diags *d);

/* What a code means, for `miso explain`. */
struct diag_info {
	enum diag_code code;
	const char *title;
	const char *text; /* lines, each ended */
};

/* By number; ended by a row without a title. */
const struct diag_info *diag_all_info(void);
const struct diag_info *diag_find_info(enum diag_code code); /* or NULL */

/* 'E' or 'W': what a code is shown with. */
char diag_letter(enum diag_code code);

#endif
