/* func_impl.h - what func.c's table points at. See func.h for the contract. */
#ifndef PARSER_EXPR_FUNC_IMPL_H
#define PARSER_EXPR_FUNC_IMPL_H

struct func_call;
struct value;

/* clang-format off */
#define FUNC(name) const struct value *func_##name(struct func_call *c)

FUNC(abs); FUNC(base64); FUNC(bool); FUNC(concat); FUNC(contains);
FUNC(distinct); FUNC(endswith); FUNC(flatten); FUNC(format); FUNC(int);
FUNC(join); FUNC(json_encode); FUNC(keys); FUNC(length); FUNC(lookup);
FUNC(lower); FUNC(max); FUNC(merge); FUNC(min); FUNC(range); FUNC(replace);
FUNC(reverse); FUNC(sha256); FUNC(sort); FUNC(split); FUNC(startswith);
FUNC(string); FUNC(trim); FUNC(upper); FUNC(values);

#undef FUNC
/* clang-format on */

#endif
