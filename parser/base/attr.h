/* attr.h - the compiler extensions that the user-space half may use. */
#ifndef PARSER_BASE_ATTR_H
#define PARSER_BASE_ATTR_H

/* printf-like: argument `f` is the format, `a` its first value. 1-based. */
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* The result must be looked at. */
#define NODISCARD __attribute__((warn_unused_result))

/* A parameter that this implementation of an interface has no use for. */
#define UNUSED __attribute__((unused))

#define NORETURN __attribute__((noreturn))

/* Elements of a real array; never of a pointer. */
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
