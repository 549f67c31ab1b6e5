/* schema.c - looking up rows, and fitting values to them. */
#include "parser/schema/schema.h"

#include <stdlib.h>
#include <string.h>

#include "parser/schema/scalar.h"

const struct schema_attr *schema_find(const struct schema_kind *kind,
                                      const char *name)
{
	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

const char *schema_says(const struct schema_attr *a)
{
	static const char *const says[] = {
		[SCHEMA_STRING] = "text",
		[SCHEMA_INT] = "a whole number",
		[SCHEMA_FLOAT] = "a number",
		[SCHEMA_BOOL] = "true or false",
		[SCHEMA_DURATION] = "a duration such as 30s",
		[SCHEMA_SIZE] = "a size such as 512Mi",
		[SCHEMA_CIDR] = "a network such as 10.0.0.0/8",
		[SCHEMA_PORT] = "a port such as 1883, \"8883:1883\" or 53/udp",
		[SCHEMA_ALLOW] = "a rule such as tcp/1883, udp/1000-2000 or "
				 "icmp",
		[SCHEMA_PATH] = "a path",
		[SCHEMA_NAME] = "a name (a-z, 0-9 and -, at most 32)",
		[SCHEMA_HTTP] = "a port and a path such as 8080/health",
		[SCHEMA_PACKAGE] = "a Debian package such as nginx or "
				   "nginx=1.22.1-9",
		[SCHEMA_ANY] = "a value",
		[SCHEMA_LIST] = "a list",
		[SCHEMA_MAP] = "a map",
		[SCHEMA_OBJECT] = "a map",
	};

	if (a->type == SCHEMA_LIST && (a->flags & SCHEMA_ONE))
		a = a->element; /* what a list is, its reader knows */
	if (a->type == SCHEMA_REF && !strcmp(a->ref, "address"))
		return "an address: ${address.NAME}";
	if (a->type == SCHEMA_REF)
		return !strcmp(a->ref, "image") ? "an image: ${image.NAME}"
		                                : "a volume: ${volume.NAME}";
	return says[a->type];
}

static const struct value *fit_list(struct arena *mem,
                                    const struct schema_attr *a,
                                    const struct value *v, const char **problem)
{
	const struct value **out =
		ARENA_ARRAY(mem, const struct value *, v->list.n);

	for (size_t i = 0; i < v->list.n; i++) {
		out[i] = schema_fit(mem, a->element, v->list.v[i], problem);
		if (!out[i])
			return NULL;
	}
	return value_list(mem, out, v->list.n);
}

static const struct value *fit_one(struct arena *mem,
                                   const struct schema_attr *a,
                                   const struct value *v, const char **problem)
{
	const struct value *one = schema_fit(mem, a->element, v, problem);

	return one ? value_list(mem, &one, 1) : NULL;
}

static const struct value *fit_map(struct arena *mem,
                                   const struct schema_attr *a,
                                   const struct value *v, const char **problem)
{
	struct value_entry *out =
		ARENA_ARRAY(mem, struct value_entry, v->map.n);

	for (size_t i = 0; i < v->map.n; i++) {
		out[i] = v->map.v[i];
		out[i].value =
			schema_fit(mem, a->element, out[i].value, problem);
		if (!out[i].value)
			return NULL;
	}
	return value_map(mem, out, v->map.n);
}

static const struct value *initial_value(struct arena *mem,
                                         const struct schema_attr *a)
{
	const char *never;

	return schema_scalar(mem, a, a->initial, strlen(a->initial), true,
	                     &never);
}

/* An object as an expression gave it: no key may be unknown or missing. */
static const struct value *fit_object(struct arena *mem,
                                      const struct schema_attr *a,
                                      const struct value *v,
                                      const char **problem)
{
	const struct value *out = value_map(mem, NULL, 0), *field;

	for (size_t i = 0; i < v->map.n; i++)
		if (!schema_find(a->kind, v->map.v[i].key)) {
			*problem = arena_printf(mem,
			                        "it has an unknown key "
			                        "\"%s\"",
			                        v->map.v[i].key);
			return NULL;
		}
	for (const struct schema_attr *f = a->kind->attrs; f->name; f++) {
		field = value_get(v, f->name);
		if (field)
			field = schema_fit(mem, f, field, problem);
		else if (f->flags & SCHEMA_REQUIRED)
			*problem = arena_printf(mem, "\"%s\" is missing in it",
			                        f->name);
		else if (f->initial)
			field = initial_value(mem, f);
		else
			continue;
		if (!field)
			return NULL;
		out = value_with(mem, out, f->name, field);
	}
	return out;
}

static const struct value *fit_number(struct arena *mem,
                                      const struct schema_attr *a,
                                      const struct value *v,
                                      const char **problem)
{
	if (a->type == SCHEMA_FLOAT && v->type == VALUE_INT)
		return value_float(mem, (double)v->integer);
	return schema_in_range(mem, a, v, problem) ? v : NULL;
}

static bool is_numeric(const struct schema_attr *a, const struct value *v)
{
	if (a->type == SCHEMA_FLOAT)
		return v->type == VALUE_INT || v->type == VALUE_FLOAT;
	return v->type == VALUE_INT &&
	       (a->type == SCHEMA_INT || a->type == SCHEMA_SIZE ||
	        a->type == SCHEMA_DURATION);
}

/* Anything that is a scalar, by way of its text. */
static const struct value *fit_scalar(struct arena *mem,
                                      const struct schema_attr *a,
                                      const struct value *v,
                                      const char **problem)
{
	const char *text = NULL;

	if (v->type == VALUE_STRING)
		text = v->string.s;
	else if (v->type == VALUE_INT || v->type == VALUE_FLOAT ||
	         v->type == VALUE_BOOL)
		text = value_to_json_clear(mem, v);
	if (text)
		return schema_scalar(mem, a, text, strlen(text), false,
		                     problem);
	*problem = arena_printf(mem, "it must be %s, not %s", schema_says(a),
	                        value_says(v));
	return NULL;
}

static const struct value *fit(struct arena *mem, const struct schema_attr *a,
                               const struct value *v, const char **problem)
{
	if (v->type == VALUE_UNKNOWN || v->secret || a->type == SCHEMA_ANY)
		return v;
	if (a->type == SCHEMA_REF && v->type == VALUE_MAP)
		return v;
	if (a->type == SCHEMA_LIST && v->type == VALUE_LIST)
		return fit_list(mem, a, v, problem);
	if (a->type == SCHEMA_LIST && (a->flags & SCHEMA_ONE))
		return fit_one(mem, a, v, problem);
	if (a->type == SCHEMA_MAP && v->type == VALUE_MAP)
		return fit_map(mem, a, v, problem);
	if (a->type == SCHEMA_OBJECT && v->type == VALUE_MAP)
		return fit_object(mem, a, v, problem);
	if (a->type == SCHEMA_BOOL && v->type == VALUE_BOOL)
		return v;
	if (is_numeric(a, v))
		return fit_number(mem, a, v, problem);
	if (a->type < SCHEMA_REF)
		return fit_scalar(mem, a, v, problem);
	*problem = arena_printf(mem, "it must be %s, not %s", schema_says(a),
	                        value_says(v));
	return NULL;
}

const struct value *schema_fit(struct arena *mem, const struct schema_attr *a,
                               const struct value *v, const char **problem)
{
	const struct value *out = fit(mem, a, v, problem);

	return out && v->tainted ? value_tainted(mem, out) : out;
}

const struct schema_attr schema_types[] = {
	{.name = "string"},
	{.name = "int", .type = SCHEMA_INT},
	{.name = "float", .type = SCHEMA_FLOAT},
	{.name = "bool", .type = SCHEMA_BOOL},
	{.name = "duration", .type = SCHEMA_DURATION},
	{.name = "size", .type = SCHEMA_SIZE},
	{.name = "cidr", .type = SCHEMA_CIDR},
	{.name = "port", .type = SCHEMA_PORT},
	{.name = "path", .type = SCHEMA_PATH},
	{.name = "any", .type = SCHEMA_ANY},
	{0},
};

static const struct schema_attr *parse_type(struct arena *mem, const char *s,
                                            size_t len, unsigned depth)
{
	enum { DEEPEST = 8 };
	bool list = len > 6 && !strncmp(s, "list(", 5) && s[len - 1] == ')';
	bool map = len > 5 && !strncmp(s, "map(", 4) && s[len - 1] == ')';
	size_t skip = list ? 5 : 4;
	struct schema_attr *a;

	for (const struct schema_attr *t = schema_types; t->name; t++)
		if (strlen(t->name) == len && !strncmp(t->name, s, len))
			return t;
	if ((!list && !map) || depth >= DEEPEST)
		return NULL;
	a = ARENA_NEW(mem, struct schema_attr);
	a->name = list ? "list" : "map";
	a->type = list ? SCHEMA_LIST : SCHEMA_MAP;
	a->element = parse_type(mem, s + skip, len - skip - 1, depth + 1);
	return a->element ? a : NULL;
}

const struct schema_attr *schema_type_parse(struct arena *mem, const char *text)
{
	return parse_type(mem, text, strlen(text), 0);
}
