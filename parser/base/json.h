/* json.h - writing JSON (RFC 8259), and how its numbers look. */
#ifndef PARSER_BASE_JSON_H
#define PARSER_BASE_JSON_H

#include <stddef.h>

struct strbuf;

/* `s` (UTF-8, `len` bytes) in quotes, escaped. */
void json_add_string(struct strbuf *out, const char *s, size_t len);

/* The same of any bytes: those that are no UTF-8 become U+FFFD. */
void json_add_bytes(struct strbuf *out, const char *s, size_t len);

/* The shortest text that reads back as `d`; null when it is not finite. */
void json_add_number(struct strbuf *out, double d);

/*
 * The end of the number at `s`, at `end` at the latest (section 6), and in
 * *whole that of its part before a fraction or an exponent. NULL: there is
 * none.
 */
const char *json_pass_number(const char *s, const char *end,
                             const char **whole);

#endif
