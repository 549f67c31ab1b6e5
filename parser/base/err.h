/*
 * err.h - the one error type of the user-space half.
 *
 * A function that can fail returns `struct err *`: NULL means success, and
 * anything else is owned by the caller, who frees it, returns it, or wraps it.
 * Results come back through out-parameters, which are written only on success.
 * There is no hidden "last error", so a stale message cannot be shown.
 *
 * An error prints outermost first, one line per link:
 *
 *	site.yaml:12:5: instance "web": cannot resolve "image"
 *	site.yaml:40:3: image "blog" is not declared
 */
#ifndef PARSER_BASE_ERR_H
#define PARSER_BASE_ERR_H

#include <stdint.h>
#include <stdio.h>

#include "parser/base/attr.h"

/* Where in a user's file something was written. line 0 means "nowhere". */
struct src_pos {
	const char *file; /* borrowed; lives as long as the loaded config */
	uint32_t line;    /* 1-based */
	uint32_t col;     /* 1-based, counted in code points */
};

#define NO_POS ((struct src_pos){0})

/* What a caller may branch on. Text is for people, codes are for code. */
enum err_code {
	ERR_NOMEM = 1,
	ERR_IO,       /* a local file, pipe or process failed */
	ERR_SYNTAX,   /* malformed input, or input of the wrong shape */
	ERR_REF,      /* a name that resolves to nothing */
	ERR_REMOTE,   /* the provider's far end refused */
	ERR_TIMEOUT,  /* no answer in time; a retry may help */
	ERR_CONFLICT, /* the far end changed since the plan was made */
	ERR_USAGE,    /* the command line is wrong */
	ERR_LIMIT,    /* the input is larger than what can be handled */
	ERR_CANCELED, /* the user asked to stop */
};

struct err;

/*
 * Make an error. Never returns NULL: when memory is gone it returns a static
 * "out of memory" error, which err_free() ignores. The file name in `pos` is
 * copied.
 */
NODISCARD struct err *err_new(enum err_code code, struct src_pos pos,
                              const char *fmt, ...) PRINTF(3, 4);

/* Put context in front of `cause`, keeping its code. Takes ownership of it. */
NODISCARD struct err *err_wrap(struct err *cause, struct src_pos pos,
                               const char *fmt, ...) PRINTF(3, 4);

/* Say how to go on, shown below the message as "hint: ...". Returns `e`. */
NODISCARD struct err *err_hint(struct err *e, const char *fmt, ...)
	PRINTF(2, 3);

/* ERR_IO from errno value `errnum`: "<what>: <strerror>". */
NODISCARD struct err *err_sys(int errnum, const char *fmt, ...) PRINTF(2, 3);

enum err_code err_code(const struct err *e);

/* The outermost message, without position; lives as long as `e`. */
const char *err_text(const struct err *e);
struct src_pos err_pos(const struct err *e);

/* What stands behind the outermost message; NULL at the end. Borrowed. */
const struct err *err_cause(const struct err *e);

/* The hint of this link, or NULL. Borrowed. */
const char *err_hint_text(const struct err *e);

void err_print(FILE *out, const struct err *e);
void err_free(struct err *e); /* NULL is fine */

#endif
