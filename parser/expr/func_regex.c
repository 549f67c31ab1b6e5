/* func_regex.c - functions with regular expressions. */
#include "parser/base/regex.h"
#include "parser/expr/func.h"
#include "parser/expr/func_impl.h"

static const struct value *fail(struct func_call *c, struct err *e)
{
	c->problem = arena_strdup(c->mem, err_text(e));
	err_free(e);
	return NULL;
}

static const struct value *cut(struct func_call *c, struct regex_range r)
{
	if (r.start == REGEX_UNSET || r.end < r.start)
		return value_null();
	return value_stringn(c->mem, c->args[1]->string.s + r.start,
	                     r.end - r.start);
}

/* Named groups make a map, others a list; without groups it is the text. */
static const struct value *shape(struct func_call *c, const struct regex *re,
                                 const struct regex_range *ranges)
{
	size_t n = regex_groups(re), names = 0;
	struct value_entry *entries;
	const struct value **v;

	if (!n)
		return cut(c, ranges[0]);
	entries = ARENA_ARRAY(c->mem, struct value_entry, n);
	v = ARENA_ARRAY(c->mem, const struct value *, n);
	for (size_t i = 0; i < n; i++) {
		const char *name = regex_name(re, i + 1);

		v[i] = cut(c, ranges[i + 1]);
		if (name)
			entries[names++] = (struct value_entry){
				.key = arena_strdup(c->mem, name),
				.value = v[i]};
	}
	return names ? value_map(c->mem, entries, names)
	             : value_list(c->mem, v, n);
}

const struct value *func_regex(struct func_call *c)
{
	const struct value *text = c->args[1], *v = value_null();
	struct regex_range *ranges;
	struct regex *re;
	struct err *e = regex_open(c->args[0]->string.s, false, &re);
	bool found = false;

	if (e)
		return fail(c, e);
	ranges = ARENA_ARRAY(c->mem, struct regex_range, regex_groups(re) + 1);
	e = regex_find(re, text->string.s, text->string.len, 0, &found, ranges);
	if (!e && found)
		v = shape(c, re, ranges);
	regex_close(re);
	return e ? fail(c, e) : v;
}

/* The byte after a code point. */
static size_t step(const struct value *text, size_t at)
{
	at++;
	while (at < text->string.len &&
	       ((unsigned char)text->string.s[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static struct err *find_all(struct func_call *c, const struct regex *re,
                            const struct value ***v, size_t *n)
{
	const struct value *text = c->args[1];
	struct regex_range *ranges =
		ARENA_ARRAY(c->mem, struct regex_range, regex_groups(re) + 1);
	size_t from = 0, cap = 0;
	bool found = true;

	while (found && from <= text->string.len && *n < FUNC_LONGEST_LIST) {
		struct err *e = regex_find(re, text->string.s, text->string.len,
		                           from, &found, ranges);

		if (e)
			return e;
		if (!found)
			break;
		ARENA_RESERVE(c->mem, const struct value *, *v, *n, cap);
		(*v)[(*n)++] = shape(c, re, ranges);
		from = ranges[0].end > from ? ranges[0].end : from;
		if (ranges[0].end <= ranges[0].start)
			from = step(text, from);
	}
	return NULL;
}

const struct value *func_regex_all(struct func_call *c)
{
	const struct value **v = NULL;
	struct regex *re;
	struct err *e = regex_open(c->args[0]->string.s, false, &re);
	size_t n = 0;

	if (e)
		return fail(c, e);
	e = find_all(c, re, &v, &n);
	regex_close(re);
	return e ? fail(c, e) : value_list(c->mem, v, n);
}
