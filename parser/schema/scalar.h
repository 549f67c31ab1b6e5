/* scalar.h - for schema.c: see schema_scalar(). */
#ifndef PARSER_SCHEMA_SCALAR_H
#define PARSER_SCHEMA_SCALAR_H

#include <stdbool.h>

struct arena;
struct schema_attr;
struct value;

/* Is the int `v` where the row wants it? Else `problem` is set. */
bool schema_in_range(struct arena *mem, const struct schema_attr *a,
                     const struct value *v, const char **problem);

#endif
