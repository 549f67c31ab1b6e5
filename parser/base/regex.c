/* regex.c - PCRE2, with limits. */
#include "parser/base/regex.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	MATCH_LIMIT = 1000000,  /* steps of the matcher */
	DEEPEST_MATCH = 100000, /* of its backtracking */
	MATCH_KIB = 20000,
	LONGEST_PATTERN = 64 * 1024,
};

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data;
	char *pattern; /* for messages */
	uint32_t groups;
};

static struct err *compile(struct regex *re, const char *pattern, bool whole)
{
	uint32_t how = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int code;

	if (whole)
		how |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	re->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	                         how, &code, &at, NULL);
	if (re->code)
		return NULL;
	pcre2_get_error_message(code, why, sizeof(why));
	return err_new(ERR_SYNTAX, NO_POS, "%s, at byte %zu of the pattern",
	               (const char *)why, at + 1);
}

struct err *regex_open(const char *pattern, bool whole, struct regex **out)
{
	struct regex *re = calloc(1, sizeof(*re));
	struct err *e = NULL;

	if (!re)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	if (strlen(pattern) > LONGEST_PATTERN)
		e = err_new(ERR_LIMIT, NO_POS, "the pattern is too long");
	if (!e)
		e = compile(re, pattern, whole);
	if (e) {
		regex_close(re);
		return e;
	}
	re->pattern = strdup(pattern);
	re->limits = pcre2_match_context_create(NULL);
	re->data = pcre2_match_data_create_from_pattern(re->code, NULL);
	pcre2_set_match_limit(re->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(re->limits, DEEPEST_MATCH);
	pcre2_set_heap_limit(re->limits, MATCH_KIB);
	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &re->groups);
	*out = re;
	return NULL;
}

void regex_close(struct regex *re)
{
	if (!re)
		return;
	pcre2_match_data_free(re->data);
	pcre2_match_context_free(re->limits);
	pcre2_code_free(re->code);
	free(re->pattern);
	free(re);
}

size_t regex_groups(const struct regex *re)
{
	return re->groups;
}

/* Entries of PCRE2's table: the number in two bytes, then the name. */
const char *regex_name(const struct regex *re, size_t i)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table;

	pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &table);
	for (uint32_t n = 0; n < count; n++, table += size)
		if ((size_t)(table[0] << 8 | table[1]) == i)
			return (const char *)table + 2;
	return NULL;
}

struct err *regex_find(const struct regex *re, const char *text, size_t len,
                       size_t from, bool *found, struct regex_range *ranges)
{
	/* The first look checks that all of the text is UTF-8. */
	int n = pcre2_match(re->code, (PCRE2_SPTR)text, len, from,
	                    from ? PCRE2_NO_UTF_CHECK : 0, re->data,
	                    re->limits);
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(re->data);

	if (n < 0 && n != PCRE2_ERROR_NOMATCH)
		return err_new(ERR_LIMIT, NO_POS,
		               "matching \"%s\" takes too much work",
		               re->pattern ? re->pattern : "it");
	*found = n >= 0;
	for (uint32_t i = 0; *found && ranges && i <= re->groups; i++)
		ranges[i] = (int)i < n ? (struct regex_range){v[2 * i],
		                                              v[2 * i + 1]}
		                       : (struct regex_range){REGEX_UNSET,
		                                              REGEX_UNSET};
	return NULL;
}
