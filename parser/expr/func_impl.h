/* func_impl.h - what func.c's table points at. See func.h for the contract. */
#ifndef PARSER_EXPR_FUNC_IMPL_H
#define PARSER_EXPR_FUNC_IMPL_H

struct func_call;
struct value;

/* clang-format off */
#define FUNC(name) const struct value *func_##name(struct func_call *c)

FUNC(abs); FUNC(base64); FUNC(base64_decode); FUNC(bool); FUNC(ceil);
FUNC(cidr_contains); FUNC(cidr_host); FUNC(cidr_subnet); FUNC(concat);
FUNC(contains); FUNC(distinct); FUNC(element); FUNC(endswith); FUNC(file);
FUNC(fileset); FUNC(flatten); FUNC(float); FUNC(floor); FUNC(format);
FUNC(indent); FUNC(index); FUNC(int); FUNC(join); FUNC(json_decode);
FUNC(json_encode); FUNC(keys); FUNC(length); FUNC(lookup); FUNC(lower);
FUNC(max); FUNC(merge); FUNC(min); FUNC(range); FUNC(regex); FUNC(regex_all);
FUNC(replace); FUNC(reverse); FUNC(sha256); FUNC(slice); FUNC(sort);
FUNC(split); FUNC(startswith); FUNC(string); FUNC(substr); FUNC(template);
FUNC(title); FUNC(trim); FUNC(upper); FUNC(uuid5); FUNC(values); FUNC(zip);

#undef FUNC
/* clang-format on */

#endif
