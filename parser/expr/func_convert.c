/* func_convert.c - functions from one kind of value to another, and digests. */
#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/sha256.h"
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

const struct value *func_string(struct func_call *c)
{
	return func_text(c->mem, c->args[0]);
}

const struct value *func_bool(struct func_call *c)
{
	const struct value *v = c->args[0];

	if (v->type == VALUE_BOOL)
		return v;
	if (v->type == VALUE_STRING && !strcmp(v->string.s, "true"))
		return value_bool(true);
	if (v->type == VALUE_STRING && !strcmp(v->string.s, "false"))
		return value_bool(false);
	return fail(c, "only \"true\" and \"false\" can become a bool");
}

const struct value *func_int(struct func_call *c)
{
	const struct value *v = c->args[0];
	long long i;
	char *end;

	if (v->type == VALUE_INT)
		return v;
	if (v->type == VALUE_FLOAT && v->number > -9e18 && v->number < 9e18)
		return value_int(c->mem, (int64_t)v->number);
	if (v->type != VALUE_STRING || !v->string.len)
		return fail(c, "this cannot become an int");
	errno = 0;
	i = strtoll(v->string.s, &end, 10);
	if (*end || errno || v->string.s[0] == ' ')
		return fail(c, "the string is no int");
	return value_int(c->mem, i);
}

const struct value *func_json_encode(struct func_call *c)
{
	const char *text = value_to_json_clear(c->mem, c->args[0]);

	if (strlen(text) > FUNC_LONGEST_TEXT)
		return fail(c, "the result is too long");
	return value_string(c->mem, text);
}

const struct value *func_base64(struct func_call *c)
{
	size_t len = len_of(c, 0);
	char *out = arena_alloc(c->mem, (len + 2) / 3 * 4 + 1, 1);
	int n = EVP_EncodeBlock((unsigned char *)out,
	                        (const unsigned char *)text_of(c, 0), (int)len);

	return value_stringn(c->mem, out, (size_t)n);
}

const struct value *func_sha256(struct func_call *c)
{
	return value_string(c->mem, sha256_of(text_of(c, 0), len_of(c, 0)).hex);
}

const struct value *func_float(struct func_call *c)
{
	const struct value *v = c->args[0];
	const char *s;
	char *end;
	double d;

	if (v->type == VALUE_FLOAT)
		return v;
	if (v->type == VALUE_INT)
		return value_float(c->mem, (double)v->integer);
	if (v->type != VALUE_STRING)
		return fail(c, "this cannot become a float");
	s = v->string.s;
	d = strtod(s, &end);
	if (!*s || *end || strspn(s, "0123456789+-.eE") != strlen(s) ||
	    !isfinite(d))
		return fail(c, "the string is no number");
	return value_float(c->mem, d);
}

const struct value *func_json_decode(struct func_call *c)
{
	const struct value *v;
	struct err *e =
		value_from_json(c->mem, text_of(c, 0), len_of(c, 0), &v);

	if (!e)
		return v;
	c->problem = arena_strdup(c->mem, err_text(e));
	err_free(e);
	return NULL;
}

/* RFC 4648 section 4: whole groups of four letters, padded. */
const struct value *func_base64_decode(struct func_call *c)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"
				      "klmnopqrstuvwxyz0123456789+/";
	const char *s = text_of(c, 0);
	size_t len = len_of(c, 0), good = strspn(s, letters), pad = len - good;
	char *out = arena_alloc(c->mem, len / 4 * 3 + 4, 1);
	int n;

	if (len % 4 || pad > 2 || strspn(s + good, "=") != pad)
		return fail(c, "this is not base64");
	n = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)s,
	                    (int)len);
	if (n < (int)pad)
		return fail(c, "this is not base64");
	len = (size_t)n - pad;
	if (str_utf8_valid(out, len) != len || memchr(out, '\0', len))
		return fail(c, "what it holds is no UTF-8 text");
	return value_stringn(c->mem, out, len);
}

enum { UUID_LEN = 16 };

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at =
		c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* 8-4-4-4-12 hex digits. */
static bool parse_uuid(const char *s, unsigned char out[UUID_LEN])
{
	for (size_t i = 0; i < UUID_LEN; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
			return false;
		high = hex_digit(s[0]);
		low = high < 0 ? -1 : hex_digit(s[1]);
		if (low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
		s += 2;
	}
	return !*s;
}

/* The name spaces of RFC 9562 section 6.6 by name, or any UUID. */
static bool name_space(const char *s, unsigned char out[UUID_LEN])
{
	static const struct {
		const char *name, *uuid;
	} known[] = {
		{"dns", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{"url", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"},
		{"oid", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"},
		{"x500", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcmp(s, known[i].name))
			s = known[i].uuid;
	return parse_uuid(s, out);
}

/* RFC 9562 section 5.5: SHA-1 of the name space and the name. */
const struct value *func_uuid5(struct func_call *c)
{
	unsigned char space[UUID_LEN], hash[EVP_MAX_MD_SIZE];
	char text[37], *p = text;
	EVP_MD_CTX *md;
	bool good;

	if (!name_space(text_of(c, 0), space))
		return fail(c, "the name space must be dns, url, oid, x500 or "
		               "a UUID");
	md = EVP_MD_CTX_new();
	good = md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) &&
	       EVP_DigestUpdate(md, space, sizeof(space)) &&
	       EVP_DigestUpdate(md, text_of(c, 1), len_of(c, 1)) &&
	       EVP_DigestFinal_ex(md, hash, NULL);
	EVP_MD_CTX_free(md);
	if (!good)
		return fail(c, "SHA-1 is not available");
	hash[6] = (unsigned char)((hash[6] & 0x0f) | 0x50);
	hash[8] = (unsigned char)((hash[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < UUID_LEN; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += snprintf(p, 3, "%02x", hash[i]);
	}
	return value_string(c->mem, text);
}
