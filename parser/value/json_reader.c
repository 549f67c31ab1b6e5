/* json_reader.c - the reader of well-formed JSON; see json_reader.h. */
#include "parser/value/json_reader.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/map.h"
#include "parser/base/str.h"

enum {
	DEEPEST = 128,
	MOST_DIGITS = 18,    /* every such integer fits */
	LONGEST_NUMBER = 64, /* bytes, of one with a fraction or exponent */
};

/* 0: the end, or a NUL, with which nothing begins. */
static char next_char(struct value_reader *r)
{
	const char *s = r->at;

	while (s < r->end &&
	       (*s == ' ' || *s == '\n' || *s == '\t' || *s == '\r'))
		s++;
	r->at = s;
	return s < r->end ? *s : '\0';
}

bool value_read_char(struct value_reader *r, char c)
{
	if (next_char(r) != c || r->at == r->end)
		return false;
	r->at++;
	return true;
}

bool value_reader_at_end(struct value_reader *r)
{
	(void)next_char(r);
	return r->at == r->end;
}

/* --- strings -------------------------------------------------------------- */

/* Four hex digits, or -1. */
static int32_t hex4(const char *s, const char *end)
{
	static const char digits[] = "0123456789abcdef";
	int32_t n = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c =
			s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] | 0x20) : s[i];
		const char *at = c ? strchr(digits, c) : NULL;

		if (!at)
			return -1;
		n = n << 4 | (int32_t)(at - digits);
	}
	return n;
}

/* What stands behind "\u", maybe a pair of them; `*s` is moved. -1: nothing. */
static int32_t code_point(const char **s, const char *end)
{
	int32_t c = hex4(*s, end), low;

	if (c <= 0)
		return -1;
	*s += 4;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || end - *s < 6 || (*s)[0] != '\\' || (*s)[1] != 'u')
		return -1;
	low = hex4(*s + 2, end);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*s += 6;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/* UTF-8 of `c` behind `to`; its end. */
static char *put_code_point(char *to, int32_t c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};

	*to++ = (char)(lead[more] | c >> 6 * more);
	while (more-- > 0)
		*to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
	return to;
}

/* `s` to `end` with its escapes resolved; NULL: there are others than JSON's.
 */
static const char *unescape(struct arena *mem, const char *s, const char *end,
                            size_t *len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char *copy = arena_alloc(mem, (size_t)(end - s) + 1, 1), *out = copy;

	while (s < end) {
		const char *short_form;
		int32_t c;

		if (*s != '\\') {
			*out++ = *s++;
			continue;
		}
		s++;
		if (*s == 'u') {
			s++;
			c = code_point(&s, end);
			if (c < 0)
				return NULL;
			out = put_code_point(out, c);
			continue;
		}
		short_form = *s ? strchr(from, *s) : NULL;
		if (!short_form)
			return NULL;
		*out++ = to[short_form - from];
		s++;
	}
	*len = (size_t)(out - copy);
	return copy;
}

/* A string as it stands in the text, between its quotes. */
struct quoted {
	const char *s, *end;
	bool escapes;
};

static bool read_quoted(struct value_reader *r, struct quoted *out)
{
	const char *s = r->at + 1;
	unsigned char all = 0;

	*out = (struct quoted){.s = s};
	for (; s < r->end && *s != '"'; s++) {
		if ((unsigned char)*s < ' ')
			return false;
		all |= (unsigned char)*s;
		if (*s != '\\')
			continue;
		out->escapes = true;
		if (++s == r->end) /* what it is, unescape() will see */
			return false;
	}
	if (s == r->end)
		return false;
	out->end = s;
	r->at = s + 1;
	return all < 0x80 || str_utf8_valid(out->s, (size_t)(s - out->s)) ==
	                             (size_t)(s - out->s);
}

static const struct value *read_string(struct value_reader *r)
{
	struct quoted q;
	struct value *v;
	size_t len;
	const char *s;

	if (!read_quoted(r, &q))
		return NULL;
	if (!q.escapes)
		return value_stringn(r->mem, q.s, (size_t)(q.end - q.s));
	s = unescape(r->mem, q.s, q.end, &len);
	if (!s)
		return NULL;
	v = ARENA_NEW(r->mem, struct value);
	v->type = VALUE_STRING;
	v->string.s = s;
	v->string.len = len;
	return v;
}

static const char *read_key(struct value_reader *r)
{
	uint32_t hash = 2166136261U; /* FNV-1a */
	const char **slot;
	struct quoted q;
	size_t len;

	if (next_char(r) != '"' || !read_quoted(r, &q))
		return NULL;
	if (q.escapes)
		return unescape(r->mem, q.s, q.end, &len);
	for (const char *s = q.s; s < q.end; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619U;
	slot = &r->keys[(hash ^ hash >> 16) % VALUE_READER_KEYS];
	len = (size_t)(q.end - q.s);
	if (!*slot || strncmp(*slot, q.s, len) != 0 || (*slot)[len])
		*slot = arena_strndup(r->mem, q.s, len);
	return *slot;
}

/* --- numbers -------------------------------------------------------------- */

static const struct value *read_real(struct value_reader *r, const char *end)
{
	char text[LONGEST_NUMBER];
	size_t len = (size_t)(end - r->at);
	double d;

	if (len >= sizeof(text))
		return NULL;
	memcpy(text, r->at, len);
	text[len] = '\0';
	d = strtod(text, NULL);
	r->at = end;
	return isfinite(d) ? value_float(r->mem, d) : NULL;
}

static const struct value *read_number(struct value_reader *r)
{
	const char *digits = r->at + (*r->at == '-'), *s, *end;
	int64_t n = 0;

	end = json_pass_number(r->at, r->end, &s);
	if (!end)
		return NULL;
	if (end > s)
		return read_real(r, end);
	if (s - digits > MOST_DIGITS)
		return NULL;
	for (const char *d = digits; d < s; d++)
		n = 10 * n + (*d - '0');
	if (*r->at == '-')
		n = -n;
	r->at = s;
	return value_int(r->mem, n);
}

static const struct value *read_word(struct value_reader *r, const char *word,
                                     const struct value *v)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return NULL;
	r->at += len;
	return v;
}

/* --- lists and maps ------------------------------------------------------- */

static const struct value *read_any(struct value_reader *r, unsigned depth);

static void push(struct value_reader *r, const char *key,
                 const struct value *value)
{
	ARENA_RESERVE(&r->tmp, struct value_entry, r->open, r->nr_open,
	              r->cap_open);
	r->open[r->nr_open++] = (struct value_entry){key, value};
}

/* Those that were pushed from `base` on. */
static const struct value *take_list(struct value_reader *r, size_t base)
{
	size_t n = r->nr_open - base;
	const struct value **v = ARENA_ARRAY(r->mem, const struct value *, n);
	struct value *list = ARENA_NEW(r->mem, struct value);

	for (size_t i = 0; i < n; i++)
		v[i] = r->open[base + i].value;
	r->nr_open = base;
	list->type = VALUE_LIST;
	list->list.v = v;
	list->list.n = n;
	return list;
}

static const struct value *read_list(struct value_reader *r, unsigned depth)
{
	size_t base = r->nr_open;

	r->at++;
	if (value_read_char(r, ']'))
		return take_list(r, base);
	do {
		const struct value *v = read_any(r, depth + 1);

		if (!v)
			return NULL;
		push(r, NULL, v);
	} while (value_read_char(r, ','));
	return value_read_char(r, ']') ? take_list(r, base) : NULL;
}

static bool all_differ(const struct value_entry *v, size_t n)
{
	struct arena mem = {0};
	struct map seen;
	size_t i = 1;

	while (i < n && strcmp(v[i - 1].key, v[i].key) < 0)
		i++;
	if (i >= n)
		return true; /* in order, as in all that is ours */
	map_init(&seen, &mem);
	for (i = 0; i < n && map_add(&seen, v[i].key, v); i++)
		;
	arena_free(&mem);
	return i == n;
}

static const struct value *take_map(struct value_reader *r, size_t base)
{
	const struct value_entry *v = r->open + base;
	size_t n = r->nr_open - base;

	r->nr_open = base;
	return n && !all_differ(v, n) ? NULL : value_map(r->mem, v, n);
}

static const struct value *read_map(struct value_reader *r, unsigned depth)
{
	size_t base = r->nr_open;

	r->at++;
	if (value_read_char(r, '}'))
		return value_map(r->mem, NULL, 0);
	do {
		const char *key = read_key(r);
		const struct value *v;

		if (!key || !value_read_char(r, ':'))
			return NULL;
		v = read_any(r, depth + 1);
		if (!v)
			return NULL;
		push(r, key, v);
	} while (value_read_char(r, ','));
	return value_read_char(r, '}') ? take_map(r, base) : NULL;
}

static const struct value *read_any(struct value_reader *r, unsigned depth)
{
	char c = next_char(r);

	if (depth > DEEPEST || r->at == r->end)
		return NULL;
	switch (c) {
	case '{':
		return read_map(r, depth);
	case '[':
		return read_list(r, depth);
	case '"':
		return read_string(r);
	case 't':
		return read_word(r, "true", value_bool(true));
	case 'f':
		return read_word(r, "false", value_bool(false));
	case 'n':
		return read_word(r, "null", value_null());
	default:
		return read_number(r);
	}
}

const struct value *value_read_json(struct value_reader *r)
{
	r->nr_open = 0;
	return read_any(r, 1);
}

void value_reader_forget(struct value_reader *r)
{
	arena_free(r->mem);
	memset(r->keys, 0, sizeof(r->keys));
}

void value_reader_fini(struct value_reader *r)
{
	arena_free(&r->tmp);
}
