/* str.c - questions about strings. */
#include "parser/base/str.h"

#include <stdint.h>
#include <string.h>

#include "parser/base/regex.h"

enum { LONGEST_GUESS = 64 }; /* bytes; longer words have no neighbours */

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

struct err *str_match(const char *pattern, const char *text, size_t len,
                      bool whole, bool *matches)
{
	struct regex *re;
	struct err *e = regex_open(pattern, whole, &re);

	if (e)
		return e;
	e = regex_find(re, text, len, 0, matches, NULL);
	regex_close(re);
	return e;
}
