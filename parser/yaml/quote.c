/* quote.c - text in double quotes, with the escapes of YAML 1.1. */
#include <string.h>

#include "parser/base/strbuf.h"
#include "parser/yaml/yaml.h"

/*
 * Bytes of the character at `s`, UTF-8, when it cannot stand in a file as it
 * is: YAML does not print it (section 5.1) or ends a line there (5.4). Else 0.
 */
static size_t is_odd(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] < 0x80)
		return (u[0] < ' ' && u[0] != '\t') || u[0] == 0x7f;
	if (u[0] == 0xc2 && u[1] < 0xa0)
		return 2; /* U+0080 to U+009F */
	if (u[0] == 0xe2 && u[1] == 0x80 && (u[2] | 1) == 0xa9)
		return 3; /* U+2028, U+2029 */
	if (u[0] == 0xef && u[1] == 0xbb && u[2] == 0xbf)
		return 3; /* U+FEFF */
	if (u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe)
		return 3; /* U+FFFE, U+FFFF */
	return 0;
}

bool yaml_is_printable(const char *s)
{
	while (*s && (*s == '\n' || !is_odd(s)))
		s++;
	return !*s;
}

static void add_escape(struct strbuf *out, const char *s, size_t len)
{
	static const char from[] = "\"\\\n\t", to[] = "\"\\nt";
	const unsigned char *u = (const unsigned char *)s;
	unsigned c = u[0];

	if (strchr(from, *s)) {
		strbuf_printf(out, "\\%c", to[strchr(from, *s) - from]);
		return;
	}
	if (len == 2)
		c = (u[0] & 0x1fU) << 6 | (u[1] & 0x3fU);
	if (len == 3)
		c = (u[0] & 0xfU) << 12 | (u[1] & 0x3fU) << 6 | (u[2] & 0x3fU);
	strbuf_printf(out, "\\u%04x", c);
}

void yaml_add_quoted(struct strbuf *out, const char *s)
{
	strbuf_addc(out, '"');
	while (*s) {
		size_t len = is_odd(s);

		len += *s == '"' || *s == '\\' || *s == '\t';
		if (len)
			add_escape(out, s, len);
		else
			strbuf_addc(out, *s);
		s += len ? len : 1;
	}
	strbuf_addc(out, '"');
}
