/* func_text.c - functions that make or look at text. */
#include <stdlib.h>
#include <string.h>

#include "parser/base/strbuf.h"
#include "parser/expr/func.h"
#include "parser/expr/func_impl.h"

static const struct value *fail(struct func_call *c, const char *problem)
{
	c->problem = problem;
	return NULL;
}

static const char *text_of(const struct func_call *c, size_t i)
{
	return c->args[i]->string.s;
}

static size_t len_of(const struct func_call *c, size_t i)
{
	return c->args[i]->string.len;
}

/* `b` as a value; it is empty afterwards. */
static const struct value *done(struct func_call *c, struct strbuf *b)
{
	const struct value *v =
		b->len > FUNC_LONGEST_TEXT
			? fail(c, "the result is too long")
			: value_stringn(c->mem, b->s ? b->s : "", b->len);

	strbuf_fini(b);
	return v;
}

const struct value *func_join(struct func_call *c)
{
	const struct value *list = c->args[1];
	struct strbuf b = {0};

	for (size_t i = 0; i < list->list.n; i++) {
		const struct value *t = func_text(c->mem, list->list.v[i]);

		if (!t) {
			strbuf_fini(&b);
			return fail(c, "an element of the list is no text");
		}
		if (i)
			strbuf_add(&b, text_of(c, 0));
		strbuf_addn(&b, t->string.s, t->string.len);
		if (b.len > FUNC_LONGEST_TEXT)
			break;
	}
	return done(c, &b);
}

const struct value *func_split(struct func_call *c)
{
	const char *sep = text_of(c, 0), *s = text_of(c, 1), *end;
	const struct value **v = NULL;
	size_t n = 0, cap = 0;

	if (!len_of(c, 0))
		return fail(c, "the separator is empty");
	for (;;) {
		end = strstr(s, sep);
		ARENA_RESERVE(c->mem, const struct value *, v, n, cap);
		v[n++] = value_stringn(c->mem, s,
		                       end ? (size_t)(end - s) : strlen(s));
		if (!end)
			break;
		s = end + len_of(c, 0);
	}
	return value_list(c->mem, v, n);
}

const struct value *func_replace(struct func_call *c)
{
	const char *s = text_of(c, 0), *old = text_of(c, 1), *end;
	struct strbuf b = {0};

	if (!len_of(c, 1))
		return fail(c, "the text to replace is empty");
	while ((end = strstr(s, old)) && b.len <= FUNC_LONGEST_TEXT) {
		strbuf_addn(&b, s, (size_t)(end - s));
		strbuf_add(&b, text_of(c, 2));
		s = end + len_of(c, 1);
	}
	strbuf_add(&b, s);
	return done(c, &b);
}

/* Letters from `first` on are moved by `by`. ASCII only. */
static const struct value *shift_letters(struct func_call *c, char first,
                                         int by)
{
	struct strbuf b = {0};

	strbuf_addn(&b, text_of(c, 0), len_of(c, 0));
	for (size_t i = 0; i < b.len; i++)
		if (b.s[i] >= first && b.s[i] <= first + ('z' - 'a'))
			b.s[i] = (char)(b.s[i] + by);
	return done(c, &b);
}

const struct value *func_upper(struct func_call *c)
{
	return shift_letters(c, 'a', 'A' - 'a');
}

const struct value *func_lower(struct func_call *c)
{
	return shift_letters(c, 'A', 'a' - 'A');
}

const struct value *func_trim(struct func_call *c)
{
	static const char blanks[] = " \t\r\n";
	const char *s = text_of(c, 0);
	size_t len;

	s += strspn(s, blanks);
	for (len = strlen(s); len && strchr(blanks, s[len - 1]); len--)
		;
	return value_stringn(c->mem, s, len);
}

const struct value *func_startswith(struct func_call *c)
{
	return value_bool(str_starts(text_of(c, 0), text_of(c, 1)));
}

const struct value *func_endswith(struct func_call *c)
{
	size_t all = len_of(c, 0), end = len_of(c, 1);

	return value_bool(end <= all &&
	                  !strcmp(text_of(c, 0) + all - end, text_of(c, 1)));
}

/* "%03d" and "%5d": `spec` is past the percent sign, and moves past the d. */
static const char *add_int(struct strbuf *b, const char **spec,
                           const struct value *v)
{
	bool zeros = **spec == '0';
	char *end;
	unsigned long width = strtoul(*spec, &end, 10);

	if (*end != 'd')
		return "it knows only %s, %d, %03d and %%";
	if (width > 64)
		return "the width is larger than 64";
	if (v->type != VALUE_INT)
		return "%d needs an int";
	*spec = end;
	strbuf_printf(b, zeros ? "%0*lld" : "%*lld", (int)width,
	              (long long)v->integer);
	return NULL;
}

static const char *add_string(struct func_call *c, struct strbuf *b,
                              const struct value *v)
{
	const struct value *t = func_text(c->mem, v);

	if (!t)
		return "%s needs text, a number or a bool";
	strbuf_addn(b, t->string.s, t->string.len);
	return b->len > FUNC_LONGEST_TEXT ? "the result is too long" : NULL;
}

const struct value *func_format(struct func_call *c)
{
	struct strbuf b = {0};
	const char *problem = NULL;
	size_t next = 1;

	for (const char *s = text_of(c, 0); !problem && *s; s++) {
		if (*s != '%') {
			strbuf_addc(&b, *s);
			continue;
		}
		s++;
		if (*s == '%')
			strbuf_addc(&b, '%');
		else if (next >= c->n)
			problem = "there are fewer values than % signs";
		else if (*s == 's')
			problem = add_string(c, &b, c->args[next++]);
		else
			problem = add_int(&b, &s, c->args[next++]);
	}
	if (!problem && next < c->n)
		problem = "there are more values than % signs";
	if (problem) {
		strbuf_fini(&b);
		return fail(c, problem);
	}
	return done(c, &b);
}

/* The byte where code point `n` begins, or where the text ends. */
static size_t byte_of(const struct value *text, size_t n)
{
	size_t i = 0;

	while (i < text->string.len && n) {
		i++;
		while (i < text->string.len &&
		       ((unsigned char)text->string.s[i] & 0xc0) == 0x80)
			i++;
		n--;
	}
	return i;
}

/* A negative start counts from the end; without a length it is the rest. */
const struct value *func_substr(struct func_call *c)
{
	const struct value *text = c->args[0];
	int64_t all = (int64_t)str_count(text->string.s, text->string.len);
	int64_t start = c->args[1]->integer, count = all;
	size_t from, to;

	if (start < 0)
		start = start < -all ? 0 : start + all;
	if (c->n > 2)
		count = c->args[2]->integer;
	if (count < 0)
		return fail(c, "the length is negative");
	if (start > all)
		start = all;
	if (count > all - start)
		count = all - start;
	from = byte_of(text, (size_t)start);
	to = byte_of(text, (size_t)(start + count));
	return value_stringn(c->mem, text->string.s + from, to - from);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '\'' || (unsigned char)c >= 0x80;
}

const struct value *func_title(struct func_call *c)
{
	struct strbuf b = {0};

	strbuf_addn(&b, text_of(c, 0), len_of(c, 0));
	for (size_t i = 0; i < b.len; i++)
		if (b.s[i] >= 'a' && b.s[i] <= 'z' &&
		    (!i || !is_letter(b.s[i - 1])))
			b.s[i] = (char)(b.s[i] + ('A' - 'a'));
	return done(c, &b);
}

const struct value *func_indent(struct func_call *c)
{
	enum { FARTHEST = 1000 };
	int64_t by = c->args[0]->integer;
	struct strbuf b = {0};

	if (by < 0 || by > FARTHEST)
		return fail(c, "the number of blanks must be 0 to 1000");
	for (const char *s = text_of(c, 1); *s; s++) {
		strbuf_addc(&b, *s);
		if (*s == '\n' && s[1] && s[1] != '\n')
			strbuf_fill(&b, ' ', (size_t)by);
		if (b.len > FUNC_LONGEST_TEXT)
			break;
	}
	return done(c, &b);
}
