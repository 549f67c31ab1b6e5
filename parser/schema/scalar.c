/* scalar.c - what a plain "0x1f", "1.20" or "NO" is, by the field's type. */
#include "parser/schema/scalar.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/str.h"
#include "parser/schema/schema.h"

/* What is known about the scalar at hand. */
struct scalar {
	struct arena *mem;
	const struct schema_attr *attr;
	const char *s;
	size_t len;
	bool plain;
	const char **problem;
};

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit sizes[] = {
	{"", 1},
	{"K", 1000},
	{"M", 1000 * 1000},
	{"G", 1000 * 1000 * 1000},
	{"T", INT64_C(1000) * 1000 * 1000 * 1000},
	{"Ki", 1 << 10},
	{"Mi", 1 << 20},
	{"Gi", 1 << 30},
	{"Ti", INT64_C(1) << 40},
	{0},
};

static const struct unit durations[] = {
	{"ms", 1},
	{"s", 1000},
	{"m", 60 * 1000},
	{"h", 3600 * 1000},
	{"d", 24 * 3600 * 1000},
	{0},
};

static const struct value *fail(const struct scalar *s, const char *more)
{
	*s->problem = arena_printf(s->mem, "it must be %s, not \"%s\"%s",
	                           schema_says(s->attr), s->s, more);
	return NULL;
}

/* Digits, one of them at least; false also when they are too many. */
static bool digits(const char **s, int64_t *out)
{
	size_t n = strspn(*s, "0123456789");
	char *end;

	errno = 0;
	*out = n ? strtoll(*s, &end, 10) : 0;
	if (!n || errno)
		return false;
	*s += n;
	return true;
}

bool schema_in_range(struct arena *mem, const struct schema_attr *a,
                     const struct value *v, const char **problem)
{
	const char *ms = a->type == SCHEMA_DURATION ? " ms" : "";

	if (v->type != VALUE_INT || (!a->min && !a->max) ||
	    (v->integer >= a->min && v->integer <= a->max))
		return true;
	*problem = arena_printf(mem, "%lld%s is not between %lld and %lld%s",
	                        (long long)v->integer, ms, (long long)a->min,
	                        (long long)a->max, ms);
	return false;
}

static const struct value *in_range(const struct scalar *s, int64_t i)
{
	const struct value *v = value_int(s->mem, i);

	return schema_in_range(s->mem, s->attr, v, s->problem) ? v : NULL;
}

static const struct value *to_int(const struct scalar *s)
{
	bool minus = s->s[0] == '-';
	const char *p = s->s + minus;
	int64_t i;

	if (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
		return fail(s, ": leave out the leading zero");
	if (!digits(&p, &i) || *p)
		return fail(s, "");
	return in_range(s, minus ? -i : i);
}

static const struct value *to_float(const struct scalar *s)
{
	char *end;
	double d;

	if (!s->len || strspn(s->s, "0123456789+-.eE") != s->len)
		return fail(s, "");
	d = strtod(s->s, &end);
	if (*end || !isfinite(d))
		return fail(s, "");
	return value_float(s->mem, d);
}

static const struct value *to_bool(const struct scalar *s)
{
	static const struct {
		const char *word, *means;
	} words[] = {
		{"yes", "true"},  {"on", "true"},   {"y", "true"},
		{"True", "true"}, {"TRUE", "true"}, {"Yes", "true"},
		{"On", "true"},   {"1", "true"},    {"no", "false"},
		{"off", "false"}, {"n", "false"},   {"False", "false"},
		{"No", "false"},  {"Off", "false"}, {"FALSE", "false"},
		{"0", "false"},
	};

	if (!strcmp(s->s, "true") || !strcmp(s->s, "false"))
		return value_bool(s->s[0] == 't');
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(s->s, words[i].word))
			return fail(s, arena_printf(s->mem, ": write %s",
			                            words[i].means));
	return fail(s, "");
}

static const struct value *with_unit(const struct scalar *s,
                                     const struct unit *units)
{
	const char *p = s->s;
	int64_t i;

	if (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
		return fail(s, ": leave out the leading zero");
	if (!digits(&p, &i))
		return fail(s, "");
	if (!*p && units == durations && i)
		return fail(s, ": it needs a unit: ms, s, m, h, d");
	for (; units->name; units++) {
		if (strcmp(units->name, *p || i ? p : units->name))
			continue;
		if (__builtin_mul_overflow(i, units->factor, &i))
			return fail(s, ": it is too large");
		return in_range(s, i);
	}
	return fail(s, "");
}

static const struct value *to_string(const struct scalar *s)
{
	const char *const *one = s->attr->one_of;
	struct str_guess near = {.word = s->s};
	char *all = NULL;

	for (; one && *one; one++) {
		if (!strcmp(*one, s->s))
			break;
		str_guess_try(&near, *one);
		all = all ? arena_printf(s->mem, "%s, %s", all, *one)
		          : arena_strdup(s->mem, *one);
	}
	if (!one || *one)
		return value_stringn(s->mem, s->s, s->len);
	*s->problem = arena_printf(s->mem, "it must be one of %s, not \"%s\"",
	                           all, s->s);
	return NULL;
}

static const struct value *checked(const struct scalar *s, bool good)
{
	return good ? value_stringn(s->mem, s->s, s->len) : fail(s, "");
}

static bool is_cidr(const char *s)
{
	const char *slash = strchr(s, '/');
	char address[INET6_ADDRSTRLEN];
	unsigned char raw[16];
	int family = strchr(s, ':') ? AF_INET6 : AF_INET;
	const char *p = slash ? slash + 1 : "";
	int64_t bits;

	if (!slash || (size_t)(slash - s) >= sizeof(address))
		return false;
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	return inet_pton(family, address, raw) == 1 && digits(&p, &bits) &&
	       !*p && bits <= (family == AF_INET ? 32 : 128);
}

bool schema_is_name(const char *s)
{
	enum { LONGEST = 32 };
	size_t len = strlen(s);

	return len >= 1 && len <= LONGEST && s[0] >= 'a' && s[0] <= 'z' &&
	       s[len - 1] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool schema_is_package(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				      "+-.";
	static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ:~";
	size_t len = strspn(s, letters), end;
	const char *version = s + len + 1;

	if (len < 2 || strchr("+-.", s[0]) || s[len - 1] == '-' ||
	    strspn(s, "0123456789+-.") >= len)
		return false;
	if (!s[len])
		return true;
	end = strlen(version);
	if (s[len] != '=' || !end || version[end - 1] == '-')
		return false;
	for (; *version; version++)
		if (!strchr(letters, *version) && !strchr(more, *version))
			return false;
	return true;
}

static bool port(const char **s, uint16_t *out)
{
	int64_t i;

	if (**s == '0' || !digits(s, &i) || i > UINT16_MAX)
		return false;
	*out = (uint16_t)i;
	return true;
}

bool schema_port_parse(const char *s, struct schema_port *out)
{
	*out = (struct schema_port){.protocol = "tcp"};
	if (!port(&s, &out->published))
		return false;
	out->first = out->published;
	if (*s == ':') {
		s++;
		if (!port(&s, &out->first))
			return false;
	}
	out->last = out->first;
	if (!strcmp(s, "/udp"))
		memcpy(out->protocol, "udp", sizeof("udp"));
	return !*s || !strcmp(s, "/tcp") || !strcmp(s, "/udp");
}

bool schema_http_parse(const char *s, uint16_t *port_out, const char **path)
{
	static const char scheme[] = "http://", here[] = "localhost";
	uint16_t number = 80;

	if (str_starts(s, scheme)) {
		s += strlen(scheme);
		if (str_starts(s, here))
			s += strlen(here);
		if (*s == ':')
			s++;
		else if (*s && *s != '/')
			return false;
		if (s[-1] == ':' && !port(&s, &number))
			return false;
	} else if (!port(&s, &number)) {
		return false;
	}
	for (const char *c = s; *c; c++)
		if (*c <= ' ' || *c == 0x7f)
			return false;
	*port_out = number;
	*path = s;
	return !*s || *s == '/';
}

bool schema_allow_parse(const char *s, struct schema_port *out)
{
	bool icmp = !strcmp(s, "icmp");

	*out = (struct schema_port){.protocol = "icmp"};
	if (icmp)
		return true;
	if (!str_starts(s, "tcp") && !str_starts(s, "udp"))
		return false;
	memcpy(out->protocol, s, 3);
	out->protocol[3] = '\0';
	out->first = 1;
	out->last = UINT16_MAX;
	s += 3;
	if (!*s)
		return true;
	if (*s++ != '/' || !port(&s, &out->first))
		return false;
	out->last = out->first;
	if (*s == '-') {
		s++;
		if (!port(&s, &out->last) || out->last < out->first)
			return false;
	}
	return !*s;
}

static const struct value *to_http(const struct scalar *s)
{
	const char *path;
	uint16_t number;

	if (!schema_http_parse(s->s, &number, &path))
		return fail(s, "");
	return value_string(s->mem, arena_printf(s->mem, "%u%s", number,
	                                         *path ? path : "/"));
}

static const struct value *doubt(const struct scalar *s, const char * or)
{
	*s->problem = arena_printf(s->mem,
	                           "\"%s\" is ambiguous: quote it if it is "
	                           "text, or %s",
	                           s->s, or);
	return NULL;
}

/* YAML 1.2's core schema, less what YAML 1.1 would have read otherwise. */
static const struct value *to_any(const struct scalar *s)
{
	static const char *const doubtful[] = {
		"yes", "no",  "on",   "off",   "Yes",  "No",
		"On",  "Off", "YES",  "NO",    "ON",   "OFF",
		"y",   "n",   "True", "False", "TRUE", "FALSE"};
	const char *digit = s->s + (s->s[0] == '-' || s->s[0] == '+');
	struct scalar quiet = *s;
	const struct value *v;
	const char *ignored;

	if (!s->plain)
		return value_stringn(s->mem, s->s, s->len);
	if (!s->len || !strcmp(s->s, "~") || !strcmp(s->s, "null"))
		return value_null();
	for (size_t i = 0; i < ARRAY_LEN(doubtful); i++)
		if (!strcmp(s->s, doubtful[i]))
			return doubt(s, "write true or false");
	if (digit[0] == '0' && digit[1] && digit[1] != '.' &&
	    strspn(digit, "0123456789abcdefxo_") == strlen(digit))
		return doubt(s, "leave out the leading zero");
	quiet.problem = &ignored;
	if (!strcmp(s->s, "true") || !strcmp(s->s, "false"))
		return to_bool(&quiet);
	if (*digit < '0' || *digit > '9')
		return value_stringn(s->mem, s->s, s->len);
	v = to_int(&quiet);
	v = v ? v : to_float(&quiet);
	return v ? v : value_stringn(s->mem, s->s, s->len);
}

static const struct value *convert(const struct scalar *s)
{
	struct schema_port ignored;

	switch (s->attr->type) {
	case SCHEMA_STRING:
		return to_string(s);
	case SCHEMA_INT:
		return to_int(s);
	case SCHEMA_FLOAT:
		return to_float(s);
	case SCHEMA_BOOL:
		return to_bool(s);
	case SCHEMA_DURATION:
		return with_unit(s, durations);
	case SCHEMA_SIZE:
		return with_unit(s, sizes);
	case SCHEMA_CIDR:
		return checked(s, is_cidr(s->s));
	case SCHEMA_PORT:
		return checked(s, schema_port_parse(s->s, &ignored));
	case SCHEMA_ALLOW:
		return checked(s, schema_allow_parse(s->s, &ignored));
	case SCHEMA_PATH:
		return checked(s, s->len > 0);
	case SCHEMA_NAME:
		return checked(s, schema_is_name(s->s));
	case SCHEMA_HTTP:
		return to_http(s);
	case SCHEMA_PACKAGE:
		return checked(s, schema_is_package(s->s));
	case SCHEMA_ANY:
		return to_any(s);
	case SCHEMA_REF:
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_OBJECT:
		break;
	}
	return fail(s, "");
}

const struct value *schema_scalar(struct arena *mem,
                                  const struct schema_attr *a, const char *s,
                                  size_t len, bool plain, const char **problem)
{
	struct scalar scalar = {mem, a, s, len, plain, problem};

	return convert(&scalar);
}
