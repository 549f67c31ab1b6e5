/* json.c - writing JSON. */
#include "parser/base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/str.h"
#include "parser/base/strbuf.h"

/* The letter after the backslash, or 0. */
static char short_escape(char c)
{
	static const char from[] = "\"\\\n\t\r\b\f", to[] = "\"\\ntrbf";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : '\0';
}

void json_add_string(struct strbuf *out, const char *s, size_t len)
{
	size_t done = 0;

	strbuf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		strbuf_addn(out, s + done, i - done);
		if (short_escape(s[i]))
			strbuf_printf(out, "\\%c", short_escape(s[i]));
		else
			strbuf_printf(out, "\\u%04x", c);
		done = i + 1;
	}
	strbuf_addn(out, s + done, len - done);
	strbuf_addc(out, '"');
}

void json_add_bytes(struct strbuf *out, const char *s, size_t len)
{
	static const char instead[] = "\xef\xbf\xbd";
	size_t valid = str_utf8_valid(s, len);
	struct strbuf b = {0};

	for (; valid < len; valid = str_utf8_valid(s, len)) {
		strbuf_addn(&b, s, valid);
		strbuf_add(&b, instead);
		s += valid + 1;
		len -= valid + 1;
	}
	strbuf_addn(&b, s, len);
	json_add_string(out, b.s, b.len);
	strbuf_fini(&b);
}

void json_add_number(struct strbuf *out, double d)
{
	enum { FEWEST = 15, MOST = 17 }; /* digits of a double */
	char text[32];

	if (!isfinite(d)) {
		strbuf_add(out, "null");
		return;
	}
	for (int digits = FEWEST; digits <= MOST; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (fabs(strtod(text, NULL) - d) <= 0)
			break;
	}
	strbuf_add(out, text);
}

static const char *pass_digits(const char *s, const char *end)
{
	while (s < end && *s >= '0' && *s <= '9')
		s++;
	return s;
}

/* The end of the fraction and exponent behind `s`; NULL: malformed. */
static const char *pass_real(const char *s, const char *end)
{
	const char *digits;

	if (s < end && *s == '.') {
		digits = s + 1;
		s = pass_digits(digits, end);
		if (s == digits)
			return NULL;
	}
	if (s < end && (*s == 'e' || *s == 'E')) {
		s++;
		if (s < end && (*s == '+' || *s == '-'))
			s++;
		digits = s;
		s = pass_digits(digits, end);
		if (s == digits)
			return NULL;
	}
	return s;
}

const char *json_pass_number(const char *s, const char *end, const char **whole)
{
	const char *digits = s + (s < end && *s == '-');

	*whole = pass_digits(digits, end);
	if (*whole == digits || (*digits == '0' && *whole - digits > 1))
		return NULL;
	return pass_real(*whole, end);
}
