/* json.h - writing JSON (RFC 8259). */
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

#endif
