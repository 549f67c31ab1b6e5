/* str.c - questions about strings. */
#include "parser/base/str.h"

#include <stdint.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	LONGEST_GUESS = 64,     /* bytes; longer words have no neighbours */
	MATCH_LIMIT = 1000000,  /* steps of the PCRE2 matcher */
	DEEPEST_MATCH = 100000, /* of its backtracking */
	MATCH_KIB = 20000,
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the classic table. */
unsigned str_distance(const char *a, const char *b, unsigned most)
{
	unsigned rows[3][LONGEST_GUESS + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t la = strlen(a), lb = strlen(b);

	if (la > LONGEST_GUESS || lb > LONGEST_GUESS)
		return most + 1;
	for (unsigned j = 0; j <= lb; j++)
		above[j] = before[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *oldest = before;

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned other = a[i - 1] != b[j - 1];

			row[j] = least(least(row[j - 1], above[j]) + 1,
			               above[j - 1] + other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = oldest;
	}
	return least(above[lb], most + 1);
}

void str_guess_try(struct str_guess *g, const char *candidate)
{
	enum { FARTHEST = 2 };
	unsigned d = str_distance(g->word, candidate, FARTHEST);

	/* Two wrong letters of four are no similarity. */
	if (d > FARTHEST || strlen(g->word) < (d == FARTHEST ? 5 : 3))
		return;
	if (!g->best || d < g->distance) {
		g->best = candidate;
		g->distance = d;
	}
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Bytes of the well-formed sequence at `s` (Unicode table 3-7), or 0. */
static size_t sequence(const unsigned char *s, size_t len)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t len;
	} rows[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	if (s[0] < 0x80)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (s[0] < rows[i].first || s[0] > rows[i].last)
			continue;
		if (len < rows[i].len || s[1] < rows[i].low ||
		    s[1] > rows[i].high)
			return 0;
		for (size_t j = 2; j < rows[i].len; j++)
			if ((s[j] & 0xc0) != 0x80)
				return 0;
		return rows[i].len;
	}
	return 0;
}

size_t str_utf8_valid(const char *s, size_t len)
{
	size_t i = 0, step;

	while (i < len) {
		step = sequence((const unsigned char *)s + i, len - i);
		if (!step)
			break;
		i += step;
	}
	return i;
}

size_t str_count(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static struct err *compile(const char *pattern, bool whole, pcre2_code **out)
{
	uint32_t how = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int code;

	if (whole)
		how |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
	*out = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, how,
	                     &code, &at, NULL);
	if (*out)
		return NULL;
	pcre2_get_error_message(code, why, sizeof(why));
	return err_new(ERR_SYNTAX, NO_POS, "%s, at byte %zu of the pattern",
	               (const char *)why, at + 1);
}

struct err *str_match(const char *pattern, const char *text, size_t len,
                      bool whole, bool *matches)
{
	pcre2_match_context *limits = NULL;
	pcre2_match_data *data = NULL;
	pcre2_code *re = NULL;
	struct err *e = compile(pattern, whole, &re);
	int n;

	if (e)
		return e;
	limits = pcre2_match_context_create(NULL);
	data = pcre2_match_data_create_from_pattern(re, NULL);
	pcre2_set_match_limit(limits, MATCH_LIMIT);
	pcre2_set_depth_limit(limits, DEEPEST_MATCH);
	pcre2_set_heap_limit(limits, MATCH_KIB);
	n = pcre2_match(re, (PCRE2_SPTR)text, len, 0, 0, data, limits);
	if (n >= 0 || n == PCRE2_ERROR_NOMATCH)
		*matches = n >= 0;
	else
		e = err_new(ERR_LIMIT, NO_POS,
		            "matching \"%s\" takes too much work", pattern);
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	pcre2_code_free(re);
	return e;
}
