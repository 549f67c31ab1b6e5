/* cmd_explain.c - a code of a message, or an attribute, at length. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "parser/base/diag.h"
#include "parser/base/str.h"
#include "parser/expr/func.h"
#include "parser/schema/schema.h"

/* E0203, e203 or 203; 0 when it is no number. */
static int code_of(const char *text)
{
	bool letter = *text && strchr("EeWw", *text);
	char *end;
	long n;

	text += letter;
	n = strtol(text, &end, 10);
	return *end || !*text || n < 0 || n > 9999 ? 0 : (int)n;
}

static struct err *explain_code(int code)
{
	const struct diag_info *i = diag_find_info((enum diag_code)code);

	if (!i)
		return err_new(ERR_USAGE, NO_POS, "there is no code E%04d",
		               code);
	printf("%c%04d: %s\n\n%s", diag_letter(i->code), code, i->title,
	       i->text);
	return NULL;
}

/* --- attributes ----------------------------------------------------------- */

static const char *type_of(struct arena *mem, const struct schema_attr *a)
{
	const char *says = schema_says(a);

	if (a->flags & SCHEMA_ONE)
		return arena_printf(mem, "%s, or a list of such", says);
	if (a->type == SCHEMA_LIST)
		return arena_printf(mem, "a list; each is %s",
		                    type_of(mem, a->element));
	if (a->type == SCHEMA_MAP)
		return arena_printf(mem, "a map; each value is %s",
		                    type_of(mem, a->element));
	return says;
}

static void print_choices(const struct schema_attr *a)
{
	if (!a->one_of)
		return;
	printf("  one of   ");
	for (const char *const *one = a->one_of; *one; one++)
		printf("%s%s", one == a->one_of ? "" : ", ", *one);
	putchar('\n');
}

/* In the unit that is written: 1Mi, 24h. */
static const char *number(struct arena *mem, const struct schema_attr *a,
                          int64_t n)
{
	static const char *const sizes[] = {"", "Ki", "Mi", "Gi", "Ti"};
	size_t unit = 0;

	if (a->type == SCHEMA_DURATION && n % 1000 == 0)
		return arena_printf(mem, "%llds", (long long)n / 1000);
	if (a->type == SCHEMA_DURATION)
		return arena_printf(mem, "%lldms", (long long)n);
	for (; a->type == SCHEMA_SIZE && n && n % 1024 == 0 &&
	       unit + 1 < ARRAY_LEN(sizes);
	     unit++)
		n /= 1024;
	return arena_printf(mem, "%lld%s", (long long)n, sizes[unit]);
}

static void print_attr(struct arena *mem, const char *path,
                       const struct schema_attr *a)
{
	printf("%s: %s\n\n", path, a->help ? a->help : "");
	printf("  type     %s\n", type_of(mem, a));
	print_choices(a);
	if (a->min || a->max)
		printf("  from     %s to %s\n", number(mem, a, a->min),
		       number(mem, a, a->max));
	printf("  default  %s\n", a->initial ? a->initial
	                          : a->flags & SCHEMA_REQUIRED
	                                  ? "none: it is needed"
	                                  : "none");
	if (a->flags & SCHEMA_LITERAL)
		puts("  It may not be an expression.");
	else if (a->flags & SCHEMA_STATIC)
		puts("  Its expressions may not refer to resources.");
	if (a->flags & SCHEMA_NOT_WIRED)
		puts("  It is not supported yet.");
}

static void print_kind(const struct schema_kind *kind)
{
	printf("%s has:\n\n", kind->says);
	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		printf("  %-12s %s%s\n", a->name,
		       a->flags & SCHEMA_REQUIRED ? "(needed) " : "", a->help);
}

/* What `a` holds that has attributes of its own, or NULL. */
static const struct schema_kind *kind_in(const struct schema_attr *a)
{
	while (a && (a->type == SCHEMA_LIST || a->type == SCHEMA_MAP))
		a = a->element;
	return a && a->type == SCHEMA_OBJECT ? a->kind : NULL;
}

static struct err *unknown(const char *path, const struct schema_kind *kind,
                           const char *name)
{
	struct str_guess near = {.word = name};
	struct err *e =
		err_new(ERR_USAGE, NO_POS,
	                "there is nothing to explain about \"%s\"", path);

	for (const struct schema_attr *a = kind->attrs; a->name; a++)
		str_guess_try(&near, a->name);
	if (near.best)
		return err_hint(e, "did you mean \"%s\"?", near.best);
	return err_hint(e, "give a code such as E0203, a path such as "
	                   "instance.memory, or a function");
}

/* "instances" or "instance": a section of the file, or its kind. */
static const struct schema_attr *find_first(const char *name)
{
	const struct schema_attr *a = schema_find(&schema_stack, name);
	const struct schema_kind *kind;

	for (const struct schema_attr *s = schema_stack.attrs; !a && s->name;
	     s++) {
		kind = kind_in(s);
		if (kind && !strcmp(kind->name, name))
			a = s;
	}
	return a;
}

static struct err *explain_path(struct arena *mem, const char *path)
{
	const struct schema_kind *kind = &schema_stack;
	const struct schema_attr *a = NULL;

	if (!strcmp(path, "stack")) {
		print_kind(kind);
		return NULL;
	}
	for (const char *s = path; *s;) {
		size_t len = strcspn(s, ".");
		const char *name = arena_strndup(mem, s, len);

		a = kind == &schema_stack ? find_first(name)
		    : kind                ? schema_find(kind, name)
		                          : NULL;
		if (!a)
			return unknown(path, kind ? kind : &schema_stack, name);
		kind = kind_in(a);
		s += len + (s[len] == '.');
	}
	if (!a)
		return unknown(path, &schema_stack, path);
	if (strchr(path, '.') || !kind)
		print_attr(mem, path, a);
	if (kind && strchr(path, '.'))
		putchar('\n');
	if (kind)
		print_kind(kind);
	return NULL;
}

static struct err *run(struct invocation *in)
{
	const char *what = in->argv[0];
	const struct func *f = func_find(what);

	if (code_of(what))
		return explain_code(code_of(what));
	if (f && !find_first(what)) {
		printf("%s\n    %s\n", f->usage, f->help);
		return NULL;
	}
	return explain_path(in->mem, what);
}

const struct command explain_command = {
	.name = "explain",
	.operands = "CODE|PATH",
	.summary = "tell about a message's code, an attribute or a function",
	.min_operands = 1,
	.max_operands = 1,
	.run = run,
};
