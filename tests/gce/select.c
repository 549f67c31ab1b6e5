/*
 * select.c - filters, partial responses and pages.
 *
 * A filter is terms joined by AND or by nothing, each in parentheses or not:
 * "labels.a=b", "name=x", "(labels.a = b) (status != RUNNING)"; values may be
 * quoted. That of "name eq x.*" is a regular expression for the whole. A field
 * selector is "a,b/c,d(e,f)", with * for every key.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"

enum { NAME = 128, PAGE = 500 };

/* --- filters -------------------------------------------------------------- */

/* The value at "labels.miso-stack"; dots part names. */
static const json_t *at_path(const json_t *r, const char *path)
{
	char name[NAME];

	while (r && *path) {
		size_t n = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		r = json_object_get(r, name);
		path += n + (path[n] == '.');
	}
	return r;
}

static bool equals(const json_t *v, const char *text)
{
	if (json_is_boolean(v))
		return !strcmp(json_is_true(v) ? "true" : "false", text);
	return json_is_string(v) && !strcmp(json_string_value(v), text);
}

static bool matches(const json_t *v, const char *pattern)
{
	char whole[NAME + 8];
	regex_t re;
	bool good;

	snprintf(whole, sizeof(whole), "^(%s)$", pattern);
	if (!json_is_string(v) || regcomp(&re, whole, REG_EXTENDED | REG_NOSUB))
		return false;
	good = !regexec(&re, json_string_value(v), 0, NULL, 0);
	regfree(&re);
	return good;
}

/* One word, quoted or not; moves *at. */
static bool word(const char **at, const char *ends, char *out)
{
	const char *s = *at + strspn(*at, " ");
	size_t n;

	if (*s == '"') {
		n = strcspn(++s, "\"");
		*at = s + n + (s[n] == '"');
	} else {
		n = strcspn(s, ends);
		*at = s + n;
	}
	snprintf(out, NAME, "%.*s", (int)n, s);
	return n > 0 && n < NAME;
}

static bool passes_term(const json_t *r, const char **at, bool *understood)
{
	char name[NAME], value[NAME];
	bool not, same, pattern;

	*understood = word(at, " =!:()", name);
	*at += strspn(*at, " ");
	not = !strncmp(*at, "!=", 2);
	if (!*understood || (!not &&**at != '=' && strncmp(*at, "eq ", 3))) {
		*understood = false;
		return false;
	}
	pattern = !not &&**at != '=';
	*at += not ? 2 : pattern ? 3 : 1;
	*understood = word(at, " ()", value);
	same = pattern ? matches(at_path(r, name), value)
	               : equals(at_path(r, name), value);
	return *understood && same != not ;
}

bool select_passes(const json_t *r, const char *filter, bool *understood)
{
	bool passes = true;

	*understood = true;
	while (*(filter += strspn(filter, " ()")) && *understood) {
		if (!strncmp(filter, "AND ", 4))
			filter += 4;
		else if (!passes_term(r, &filter, understood))
			passes = false;
	}
	return passes && *understood;
}

/* --- fields --------------------------------------------------------------- */

/* The end of one selector: the next comma or ")" of this depth. */
static const char *end_of(const char *s)
{
	int depth = 0;

	for (; *s && (depth || (*s != ',' && *s != ')')); s++)
		depth += (*s == '(') - (*s == ')');
	return depth ? NULL : s;
}

static bool choose(const json_t *v, const char *s, const char *end,
                   json_t *into);

/* What `s` selects within `v`: lists are looked through. */
static json_t *chosen(json_t *v, const char *s, const char *end)
{
	json_t *out, *one, *sub;
	size_t i;

	if (s == end)
		return json_incref(v);
	if (!json_is_array(v)) {
		out = json_object();
		if (choose(v, s, end, out))
			return out;
		json_decref(out);
		return NULL;
	}
	out = json_array();
	json_array_foreach(v, i, one)
	{
		sub = chosen(one, s, end);
		if (!sub) {
			json_decref(out);
			return NULL;
		}
		json_array_append_new(out, sub);
	}
	return out;
}

static bool put(json_t *into, const char *key, json_t *v)
{
	json_t *old = json_object_get(into, key);

	if (!v)
		return false;
	if (json_is_object(old) && json_is_object(v)) {
		json_object_update(old, v);
		json_decref(v);
		return true;
	}
	return json_object_set_new(into, key, v) == 0;
}

/* One selector "name", "name/rest" or "name(list)". */
static bool choose_one(const json_t *v, const char *s, const char *end,
                       json_t *into)
{
	size_t n = strcspn(s, "/(,)");
	const char *inner = s + n, *close = end;
	char name[NAME];
	json_t *one;
	const char *key;

	if (!n || s + n > end)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)n, s);
	if (inner < end) {
		if (*inner == '(' && close[-1] != ')')
			return false;
		close -= *inner == '(';
		inner++;
	}
	if (strcmp(name, "*") != 0) {
		one = json_object_get(v, name);
		return !one || put(into, name, chosen(one, inner, close));
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, one)
	{
		if (!put(into, key, chosen(one, inner, close)))
			return false;
	}
	return true;
}

static bool choose(const json_t *v, const char *s, const char *end,
                   json_t *into)
{
	while (s < end) {
		const char *stop = end_of(s);

		if (!stop || stop > end || !choose_one(v, s, stop, into))
			return false;
		s = stop + (*stop == ',');
	}
	return true;
}

json_t *select_fields(const json_t *answer, const char *fields)
{
	json_t *out = json_object();

	if (choose(answer, fields, fields + strlen(fields), out))
		return out;
	json_decref(out);
	return NULL;
}

/* --- pages ---------------------------------------------------------------- */

void select_page(struct call *k, const char *kind, json_t *items)
{
	size_t most = (size_t)call_number(k, "maxResults", PAGE);
	size_t from = (size_t)call_number(k, "pageToken", 0);
	size_t n = json_array_size(items), i;
	json_t *page = json_array();
	json_t *answer = json_pack("{s:s}", "kind", kind);

	if (most < 1 || most > PAGE)
		most = PAGE;
	for (i = from; i < n && i < from + most; i++)
		json_array_append(page, json_array_get(items, i));
	json_decref(items);
	if (json_array_size(page))
		json_object_set_new(answer, "items", page);
	else
		json_decref(page);
	if (i < n)
		json_object_set_new(answer, "nextPageToken",
		                    json_sprintf("%zu", i));
	call_reply(k, 200, answer);
}
