/* err.c - errors as short chains of messages. */
#include "parser/base/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct err {
	enum err_code code;
	struct src_pos pos; /* .file is owned */
	char *text;
	char *hint; /* NULL: none */
	struct err *cause;
};

/* Handed out when there is no memory for a real one; never freed. */
static struct err no_memory = {.code = ERR_NOMEM};

PRINTF(1, 0) static char *format(const char *fmt, va_list ap)
{
	char *text = NULL;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

PRINTF(3, 0)
static struct err *make(enum err_code code, struct src_pos pos, const char *fmt,
                        va_list ap)
{
	struct err *e = calloc(1, sizeof(*e));

	if (!e)
		return &no_memory;
	e->code = code;
	e->pos = pos;
	e->pos.file = pos.file ? strdup(pos.file) : NULL;
	e->text = format(fmt, ap);
	return e;
}

struct err *err_new(enum err_code code, struct src_pos pos, const char *fmt,
                    ...)
{
	struct err *e;
	va_list ap;

	va_start(ap, fmt);
	e = make(code, pos, fmt, ap);
	va_end(ap);
	return e;
}

struct err *err_wrap(struct err *cause, struct src_pos pos, const char *fmt,
                     ...)
{
	struct err *e;
	va_list ap;

	va_start(ap, fmt);
	e = make(err_code(cause), pos, fmt, ap);
	va_end(ap);
	if (e == &no_memory)
		return cause; /* the cause says more than we could */
	e->cause = cause;
	return e;
}

struct err *err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e == &no_memory)
		return e;
	free(e->hint);
	va_start(ap, fmt);
	e->hint = format(fmt, ap);
	va_end(ap);
	return e;
}

struct err *err_sys(int errnum, const char *fmt, ...)
{
	struct err *e;
	char *what;
	va_list ap;

	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	e = err_new(ERR_IO, NO_POS, "%s: %s", what ? what : "?",
	            strerror(errnum));
	free(what);
	return e;
}

enum err_code err_code(const struct err *e)
{
	return e->code;
}

const char *err_text(const struct err *e)
{
	return e->text ? e->text : "out of memory";
}

struct src_pos err_pos(const struct err *e)
{
	return e->pos;
}

const struct err *err_cause(const struct err *e)
{
	return e->cause;
}

const char *err_hint_text(const struct err *e)
{
	return e->hint;
}

void err_print(FILE *out, const struct err *e)
{
	for (; e; e = e->cause) {
		if (e->pos.file && e->pos.line)
			fprintf(out, "%s:%u:%u: ", e->pos.file, e->pos.line,
			        e->pos.col);
		else if (e->pos.file)
			fprintf(out, "%s: ", e->pos.file);
		fprintf(out, "%s\n", err_text(e));
		if (e->hint)
			fprintf(out, "  hint: %s\n", e->hint);
	}
}

void err_free(struct err *e)
{
	while (e && e != &no_memory) {
		struct err *cause = e->cause;

		free((char *)(uintptr_t)e->pos.file);
		free(e->text);
		free(e->hint);
		free(e);
		e = cause;
	}
}
