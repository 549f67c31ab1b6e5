/*
 * json_schema.c - the rows as a JSON Schema (draft-07), for editors.
 *
 * What an editor sees is YAML 1.2: a plain 1.20 is a number there, and text to
 * us. So a text field admits every scalar, and whatever may be an expression
 * admits text with ${ in it. The schema compiles under ajv's strict mode: no
 * unions of types, no keyword without its type.
 */
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "parser/schema/schema.h"

#define NUMBER "[1-9][0-9]{0,4}"
#define URL    "[^\\u0000-\\u0020\\u007f]*"
#define UNIT   "(ms|s|m|h|d)"
#define NAME   "^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$"

/* Every scalar is text where text is wanted. */
#define SCALARS   "{\"type\":\"number\"},{\"type\":\"boolean\"}"
#define ANY_TEXT  "{\"type\":\"string\"}," SCALARS
#define SOME_TEXT "{\"type\":\"string\",\"minLength\":1}," SCALARS

/* Text of these types, as a pattern; NULL: no pattern says it. */
static const char *const patterns[] = {
	[SCHEMA_INT] = "^(0|-?[1-9][0-9]*)$",
	[SCHEMA_FLOAT] = "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$",
	[SCHEMA_BOOL] = "^(true|false)$",
	[SCHEMA_DURATION] = "^(0|(0|[1-9][0-9]*)" UNIT ")$",
	[SCHEMA_SIZE] = "^(0|[1-9][0-9]*)([KMGT]i?)?$",
	[SCHEMA_CIDR] = "^[0-9A-Fa-f.:]+/[0-9]{1,3}$",
	[SCHEMA_PORT] = "^" NUMBER "(:" NUMBER ")?(/(tcp|udp))?$",
	[SCHEMA_ALLOW] = "^((tcp|udp)(/" NUMBER "(-" NUMBER ")?)?|icmp)$",
	[SCHEMA_NAME] = NAME,
	[SCHEMA_HTTP] = "^(" NUMBER "(/" URL ")?|http://(localhost)?(:" NUMBER
			")?(/" URL ")?)$",
	[SCHEMA_PACKAGE] = "^(?=[^=]*[a-z])[a-z0-9][a-z0-9+.-]*[a-z0-9+.]"
			   "(=([A-Za-z0-9+.:~-]*[A-Za-z0-9+.:~]))?$",
	[SCHEMA_OBJECT] = NULL,
};

static bool is_required(const struct schema_attr *a)
{
	return a->flags & SCHEMA_REQUIRED;
}

static void add_string(struct strbuf *b, const char *key, const char *text)
{
	strbuf_printf(b, "\"%s\":", key);
	json_add_string(b, text, strlen(text));
}

static void add_pattern(struct strbuf *b, const char *pattern)
{
	strbuf_add(b, "{\"type\":\"string\",");
	add_string(b, "pattern", pattern);
	strbuf_addc(b, '}');
}

static void add_number(struct strbuf *b, const struct schema_attr *a,
                       const char *type)
{
	strbuf_printf(b, "{\"type\":\"%s\"", type);
	if (a->type == SCHEMA_PORT || a->type == SCHEMA_HTTP)
		strbuf_add(b, ",\"minimum\":1,\"maximum\":65535");
	else if (a->min || a->max)
		strbuf_printf(b, ",\"minimum\":%lld,\"maximum\":%lld",
		              (long long)a->min, (long long)a->max);
	strbuf_add(b, "},");
}

static void add_enum(struct strbuf *b, const char *const *one_of)
{
	strbuf_add(b, "{\"type\":\"string\",\"enum\":[");
	for (size_t i = 0; one_of[i]; i++) {
		strbuf_add(b, i ? "," : "");
		json_add_string(b, one_of[i], strlen(one_of[i]));
	}
	strbuf_add(b, "]}");
}

static void add_attr(struct strbuf *b, const struct schema_attr *a,
                     unsigned outer);

/* The alternatives for a scalar, without an expression. */
static void add_scalar(struct strbuf *b, const struct schema_attr *a)
{
	if (a->one_of) {
		add_enum(b, a->one_of);
		return;
	}
	if (a->type == SCHEMA_INT || a->type == SCHEMA_SIZE ||
	    a->type == SCHEMA_PORT || a->type == SCHEMA_HTTP)
		add_number(b, a, "integer");
	if (a->type == SCHEMA_FLOAT)
		add_number(b, a, "number");
	if (a->type == SCHEMA_BOOL)
		strbuf_add(b, "{\"type\":\"boolean\"},");
	if (a->type == SCHEMA_DURATION && !a->min)
		strbuf_add(b, "{\"type\":\"integer\",\"const\":0},");
	if (a->type == SCHEMA_NAME || a->type == SCHEMA_PACKAGE) /* true */
		strbuf_add(b, "{\"type\":\"boolean\"},");
	if (a->type == SCHEMA_STRING)
		strbuf_add(b, ANY_TEXT ",{\"type\":\"null\"}");
	else if (a->type == SCHEMA_PATH)
		strbuf_add(b, SOME_TEXT);
	else if (a->type == SCHEMA_DURATION && a->min)
		add_pattern(b, "^[1-9][0-9]*" UNIT "$");
	else
		add_pattern(b, patterns[a->type]);
}

static void add_secret(struct strbuf *b)
{
	static const char *const keys[] = {"from_env", "from_file",
	                                   "secret_manager"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		strbuf_printf(b,
		              ",{\"type\":\"object\",\"properties\":{\"%s\":{"
		              "\"anyOf\":[" SOME_TEXT "]}},"
		              "\"required\":[\"%s\"],"
		              "\"additionalProperties\":false}",
		              keys[i], keys[i]);
}

/* One of the two keys at least is there, and is not empty. */
static void add_one_needed(struct strbuf *b, const char *one, const char *other)
{
	const char *const keys[] = {one, other};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		strbuf_printf(b,
		              "%s{\"properties\":{\"%s\":{\"not\":{\"type\":"
		              "\"null\"}}},\"required\":[\"%s\"]}",
		              i ? "," : ",\"anyOf\":[", keys[i], keys[i]);
	strbuf_addc(b, ']');
}

static void add_var_rules(struct strbuf *b);
static void add_type_names(struct strbuf *b);

static void add_body(struct strbuf *b, const struct schema_kind *kind,
                     unsigned outer)
{
	const char *comma = "";

	strbuf_add(b, "{\"type\":\"object\",\"additionalProperties\":false,"
	              "\"properties\":{");
	for (const struct schema_attr *a = kind->attrs; a->name; a++) {
		strbuf_printf(b, "%s\n", comma);
		json_add_string(b, a->name, strlen(a->name));
		strbuf_addc(b, ':');
		if (kind == &schema_var && !strcmp(a->name, "type"))
			add_type_names(b);
		else
			add_attr(b, a, outer);
		comma = ",";
	}
	strbuf_addc(b, '}');
	if (kind == &schema_var)
		add_var_rules(b);
	if (kind == &schema_image)
		add_one_needed(b, "program", "package");
	strbuf_add(b, ",\"required\":[");
	comma = "";
	for (const struct schema_attr *a = kind->attrs; a->name; a++) {
		if (!is_required(a))
			continue;
		strbuf_add(b, comma);
		json_add_string(b, a->name, strlen(a->name));
		comma = ",";
	}
	strbuf_add(b, "]}");
}

/* The alternatives for `a`; what holds others may also be left empty. */
static void add_forms(struct strbuf *b, const struct schema_attr *a,
                      unsigned passed)
{
	if (a->type == SCHEMA_LIST) {
		strbuf_add(b, "{\"type\":\"null\"},{\"type\":\"array\","
		              "\"items\":");
		add_attr(b, a->element, passed);
		strbuf_addc(b, '}');
		if (a->flags & SCHEMA_ONE) {
			strbuf_addc(b, ',');
			add_scalar(b, a->element);
		}
	} else if (a->type == SCHEMA_MAP) {
		strbuf_add(b, "{\"type\":\"null\"},{\"type\":\"object\","
		              "\"additionalProperties\":");
		add_attr(b, a->element, passed);
		strbuf_addc(b, '}');
	} else if (a->type == SCHEMA_OBJECT) {
		strbuf_add(b, "{\"type\":\"null\"},");
		add_body(b, a->kind, passed);
	} else {
		add_scalar(b, a);
	}
	if ((a->flags & SCHEMA_SECRET) && a->type == SCHEMA_STRING)
		add_secret(b);
}

static void add_default(struct strbuf *b, const struct schema_attr *a)
{
	if (!a->initial)
		return;
	if (a->type == SCHEMA_INT || a->type == SCHEMA_BOOL)
		strbuf_printf(b, ",\"default\":%s", a->initial);
	else {
		strbuf_addc(b, ',');
		add_string(b, "default", a->initial);
	}
}

#define FOR_EACH                                                               \
	",\"anyOf\":[{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"},"        \
	"{\"type\":\"integer\",\"minimum\":0,\"maximum\":100000},"             \
	"{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"anyOf\":["      \
	"{\"type\":\"string\"},{\"type\":\"integer\"}]}},"                     \
	"{\"type\":\"object\"}]"

/* `outer`: what the flags of the rows around it say of expressions. */
static void add_attr(struct strbuf *b, const struct schema_attr *a,
                     unsigned outer)
{
	unsigned passed = outer | (a->flags & SCHEMA_LITERAL);

	strbuf_addc(b, '{');
	if (a->help) {
		add_string(b, "description", a->help);
		strbuf_add(b, a->type == SCHEMA_ANY ? "" : ",");
	}
	if (a->type == SCHEMA_ANY) {
		if (!strcmp(a->name, "for_each"))
			strbuf_add(b, FOR_EACH);
		strbuf_addc(b, '}');
		return;
	}
	strbuf_add(b, "\"anyOf\":[");
	if (!(passed & SCHEMA_LITERAL)) {
		add_pattern(b, "\\$\\{");
		strbuf_add(b, a->type == SCHEMA_REF ? "" : ",");
	}
	if (a->type != SCHEMA_REF)
		add_forms(b, a, passed);
	strbuf_addc(b, ']');
	add_default(b, a);
	strbuf_addc(b, '}');
}

/* --- variables ------------------------------------------------------------ */

static bool is_number(const struct schema_attr *type)
{
	return type->type == SCHEMA_INT || type->type == SCHEMA_FLOAT ||
	       type->type == SCHEMA_SIZE || type->type == SCHEMA_DURATION;
}

static void add_type_ref(struct strbuf *b, const struct schema_attr *type)
{
	strbuf_printf(b, "{\"$ref\":\"#/definitions/type %s\"}", type->name);
}

/* What else a variable of that type may say, and how. */
static void add_typed(struct strbuf *b, const struct schema_attr *type)
{
	static const char *const bounds[] = {"min", "max"};
	bool text = !is_number(type) && type->type != SCHEMA_BOOL;

	strbuf_add(b, "{\"properties\":{\"default\":");
	add_type_ref(b, type);
	strbuf_add(b, ",\"one_of\":{\"anyOf\":[{\"type\":\"null\"},{"
	              "\"type\":\"array\",\"items\":{\"not\":{\"type\":"
	              "\"null\"},\"anyOf\":[");
	add_type_ref(b, type);
	strbuf_add(b, "]}}]}");
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		strbuf_printf(b, ",\"%s\":", bounds[i]);
		if (is_number(type))
			add_type_ref(b, type);
		else
			strbuf_add(b, "false");
	}
	strbuf_add(b, text ? "}}" : ",\"pattern\":false}}");
}

/* A list or map of that type; what is deeper, a schema does not see. */
static void add_several(struct strbuf *b, const struct schema_attr *type,
                        const char *of, const char *form, const char *parts)
{
	strbuf_printf(b,
	              ",\n{\"if\":{\"properties\":{\"type\":{\"const\":"
	              "\"%s(%s)\"}},\"required\":[\"type\"]},\"then\":{"
	              "\"properties\":{\"default\":{\"anyOf\":[{\"type\":"
	              "\"null\"},{\"type\":\"%s\",\"%s\":",
	              of, type->name, form, parts);
	add_type_ref(b, type);
	strbuf_add(b, "}]}}}}");
}

/* `default` and its bounds are of the type that `type` names. */
static void add_var_rules(struct strbuf *b)
{
	strbuf_add(b, ",\"allOf\":[");
	for (const struct schema_attr *t = schema_types; t->name; t++) {
		bool usual = t->type == SCHEMA_STRING; /* if none is named */

		strbuf_printf(b,
		              "%s\n{\"if\":{\"properties\":{\"type\":{"
		              "\"const\":\"%s\"}}%s},\"then\":",
		              usual ? "" : ",", t->name,
		              usual ? "" : ",\"required\":[\"type\"]");
		if (t->type == SCHEMA_ANY)
			strbuf_add(b, "{}");
		else
			add_typed(b, t);
		strbuf_addc(b, '}');
		add_several(b, t, "list", "array", "items");
		add_several(b, t, "map", "object", "additionalProperties");
	}
	strbuf_addc(b, ']');
}

static void add_types(struct strbuf *b)
{
	for (const struct schema_attr *t = schema_types; t->name; t++) {
		strbuf_printf(b, ",\n\"type %s\":", t->name);
		add_attr(b, t, SCHEMA_LITERAL);
	}
}

/* The names of types, and lists and maps of them. */
static void add_type_names(struct strbuf *b)
{
	strbuf_add(b, "{\"type\":\"string\",\"pattern\":\"^((list|map)"
	              "\\\\()*(secret");
	for (const struct schema_attr *t = schema_types; t->name; t++)
		strbuf_printf(b, "|%s", t->name);
	strbuf_add(b, ")\\\\)*$\"}");
}

static bool needs_anything(const struct schema_kind *kind)
{
	if (kind == &schema_image) /* one of two keys */
		return true;
	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		if (is_required(a))
			return true;
	return false;
}

/* A section: names, and a body for each. */
static void add_section(struct strbuf *b, const struct schema_attr *a)
{
	const struct schema_kind *kind = a->element->kind;

	strbuf_addc(b, '{');
	add_string(b, "description", a->help);
	strbuf_add(b, ",\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\",");
	if (kind != &schema_var) {
		strbuf_add(b, "\"propertyNames\":");
		add_pattern(b, NAME);
		strbuf_addc(b, ',');
	}
	strbuf_add(b, "\"additionalProperties\":{\"anyOf\":[");
	if (!needs_anything(kind))
		strbuf_add(b, "{\"type\":\"null\"},");
	strbuf_printf(b, "{\"$ref\":\"#/definitions/%s\"}]}}]}", kind->name);
}

static void add_providers(struct strbuf *b, const struct schema_attr *a)
{
	strbuf_addc(b, '{');
	add_string(b, "description", a->help);
	strbuf_add(b, ",\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\","
	              "\"propertyNames\":");
	add_pattern(b, NAME);
	strbuf_add(b, ",\"additionalProperties\":{\"type\":\"object\","
	              "\"properties\":{\"type\":{\"type\":\"string\"}},"
	              "\"required\":[\"type\"]}}]}");
}

/* A value, or what says more of it: then it has one, and no other keys. */
static void add_outputs(struct strbuf *b, const struct schema_attr *a)
{
	strbuf_addc(b, '{');
	add_string(b, "description", a->help);
	strbuf_add(b, ",\"anyOf\":[{\"type\":\"null\"},{\"type\":\"object\","
	              "\"additionalProperties\":{\"anyOf\":[" ANY_TEXT ","
	              "{\"type\":\"null\"},{\"type\":\"array\"},"
	              "{\"type\":\"object\",\"properties\":{"
	              "\"value\":false}},");
	add_body(b, &schema_output, 0);
	strbuf_add(b, "]}}]}");
}

/* A list of bodies, which are never expressions as a whole. */
static void add_entries(struct strbuf *b, const struct schema_attr *a)
{
	strbuf_addc(b, '{');
	add_string(b, "description", a->help);
	strbuf_add(b, ",\"anyOf\":[{\"type\":\"null\"},{\"type\":\"array\","
	              "\"items\":");
	add_body(b, a->element->kind, 0);
	strbuf_add(b, "}]}");
}

static bool is_section(const struct schema_attr *a)
{
	return a->type == SCHEMA_MAP && a->element->type == SCHEMA_OBJECT;
}

static void add_top(struct strbuf *b, const struct schema_attr *a)
{
	strbuf_addc(b, '\n');
	json_add_string(b, a->name, strlen(a->name));
	strbuf_addc(b, ':');
	if (is_section(a))
		add_section(b, a);
	else if (!strcmp(a->name, "providers"))
		add_providers(b, a);
	else if (!strcmp(a->name, "outputs"))
		add_outputs(b, a);
	else if (a->type == SCHEMA_LIST && a->element->type == SCHEMA_OBJECT)
		add_entries(b, a);
	else
		add_attr(b, a, 0);
}

void schema_print_json(struct strbuf *b, const struct schema_kind *kind)
{
	const char *comma = "";

	strbuf_add(b, "{\"$schema\":\"http://json-schema.org/draft-07/"
	              "schema#\",");
	add_string(b, "title",
	           kind == &schema_site ? "miso: a site" : "miso: a stack");
	strbuf_add(b, ",\"type\":\"object\",\"additionalProperties\":false,"
	              "\"properties\":{");
	for (const struct schema_attr *a = kind->attrs; a->name; a++) {
		strbuf_add(b, comma);
		add_top(b, a);
		comma = ",";
	}
	strbuf_add(b, "},\n\"required\":[");
	comma = "";
	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		if (is_required(a)) {
			strbuf_add(b, comma);
			json_add_string(b, a->name, strlen(a->name));
			comma = ",";
		}
	strbuf_add(b, "],\n\"definitions\":{");
	comma = "";
	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		if (is_section(a)) {
			strbuf_printf(b, "%s\n\"%s\":", comma,
			              a->element->kind->name);
			add_body(b, a->element->kind, 0);
			comma = ",";
		}
	if (kind == &schema_stack)
		add_types(b);
	strbuf_add(b, "}}\n");
}
