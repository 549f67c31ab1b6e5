/* schema.c - checking JSON against the tables. */
#include "tests/gce/schema.h"

#include <errno.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 200 };

struct checking {
	char *problem;
	size_t size;
};

static bool bad(const struct checking *c, const char *path, const char *what)
{
	snprintf(c->problem, c->size, "Invalid value for field '%s': %s", path,
	         what);
	return false;
}

/* Long paths are cut: they are only shown. */
static void path_to(char at[PATH], const char *path, const char *name)
{
	size_t n = strlen(path);

	if (n >= PATH - 2)
		n = PATH - 2;
	memcpy(at, path, n);
	at[n++] = '.';
	at[n] = '\0';
	strncat(at, name, PATH - 1 - n);
}

static bool is_digits(const json_t *v, bool negative)
{
	const char *s = json_string_value(v);
	char *end;

	if (json_is_integer(v))
		return negative || json_integer_value(v) >= 0;
	if (!s || !*s || (*s == '-' && !negative))
		return false;
	errno = 0;
	if (negative)
		(void)strtoll(s, &end, 10);
	else
		(void)strtoull(s, &end, 10);
	return !errno && !*end;
}

static bool matches(const char *pattern, const char *text)
{
	char whole[PATH];
	regex_t re;
	bool yes;

	snprintf(whole, sizeof(whole), "^(%s)$", pattern);
	if (regcomp(&re, whole, REG_EXTENDED | REG_NOSUB))
		abort();
	yes = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return yes;
}

static bool check_message(const struct checking *c, const struct gce_message *m,
                          const json_t *v, const char *path);

static bool has_type(const struct gce_field *f, const json_t *v)
{
	switch (f->type) {
	case GCE_STRING:
		return json_is_string(v);
	case GCE_INT64:
		return is_digits(v, true);
	case GCE_UINT64:
		return is_digits(v, false);
	case GCE_INT32:
		return json_is_integer(v) &&
		       json_integer_value(v) >= INT32_MIN &&
		       json_integer_value(v) <= UINT32_MAX;
	case GCE_BOOL:
		return json_is_boolean(v);
	case GCE_NUMBER:
		return json_is_number(v);
	case GCE_MESSAGE:
		return json_is_object(v);
	case GCE_ANY:
		break;
	}
	return true;
}

static bool check_one(const struct checking *c, const struct gce_field *f,
                      const json_t *v, const char *path)
{
	static const char *const says[] = {
		"a string",
		"an int64 as a string",
		"a uint64 as a string",
		"an integer",
		"true or false",
		"a number",
		"an object",
		"anything",
	};
	char what[300];

	if (!has_type(f, v)) {
		snprintf(what, sizeof(what), "it must be %s", says[f->type]);
		return bad(c, path, what);
	}
	if (f->pattern && !matches(f->pattern, json_string_value(v)))
		return bad(c, path, f->pattern);
	if (f->values && !schema_lists(f->values, json_string_value(v))) {
		snprintf(what, sizeof(what), "'%.60s' is none of: %.200s",
		         json_string_value(v), f->values);
		return bad(c, path, what);
	}
	return f->type != GCE_MESSAGE || check_message(c, f->message, v, path);
}

static bool check_list(const struct checking *c, const struct gce_field *f,
                       json_t *v, const char *path)
{
	char at[PATH], number[24];
	json_t *one;
	size_t i;

	if (!json_is_array(v))
		return bad(c, path, "it must be a list");
	json_array_foreach(v, i, one)
	{
		snprintf(number, sizeof(number), "%zu", i);
		path_to(at, path, number);
		if (!check_one(c, f, one, at))
			return false;
	}
	return true;
}

static bool check_map(const struct checking *c, const struct gce_field *f,
                      json_t *v, const char *path)
{
	char at[PATH];
	const char *key;
	json_t *one;

	if (!json_is_object(v))
		return bad(c, path, "it must be a map");
	json_object_foreach(v, key, one)
	{
		path_to(at, path, key);
		if (!check_one(c, f, one, at))
			return false;
	}
	return true;
}

static const struct gce_field *find(const struct gce_message *m,
                                    const char *name)
{
	const struct gce_field *f = m->fields;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f->name ? f : NULL;
}

static bool check_field(const struct checking *c, const struct gce_field *f,
                        json_t *v, const char *path)
{
	if (f->flags & GCE_LIST)
		return check_list(c, f, v, path);
	if (f->flags & GCE_MAP)
		return check_map(c, f, v, path);
	return check_one(c, f, v, path);
}

static bool check_message(const struct checking *c, const struct gce_message *m,
                          const json_t *v, const char *path)
{
	const struct gce_field *f;
	char at[PATH];
	const char *key;
	json_t *one;

	if (!json_is_object(v))
		return bad(c, path, "it must be an object");
	/* Iterating changes nothing, though jansson's type says it may. */
	json_object_foreach((json_t *)(uintptr_t)v, key, one)
	{
		path_to(at, path, key);
		f = find(m, key);
		if (!f)
			return bad(c, at, "there is no such field");
		if (!json_is_null(one) && !check_field(c, f, one, at))
			return false;
	}
	return true;
}

bool schema_check(const struct gce_message *m, const json_t *v, char *problem,
                  size_t size)
{
	struct checking c = {problem, size};

	return check_message(&c, m, v, "resource");
}

bool schema_lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !strncmp(list, word, n))
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

bool schema_has(const char *required, const json_t *v, char *problem,
                size_t size)
{
	char name[PATH];

	while (*required) {
		size_t n = strcspn(required, " ");

		snprintf(name, sizeof(name), "%.*s", (int)n, required);
		if (!json_object_get(v, name)) {
			snprintf(problem, size,
			         "Required field 'resource.%s' not specified",
			         name);
			return false;
		}
		required += n + strspn(required + n, " ");
	}
	return true;
}
