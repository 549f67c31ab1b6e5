/* src.c - the text of a user's file, by line. */
#include "parser/base/src.h"

#include <string.h>

#include "parser/base/str.h"

/* Bytes of the line end at `s`, or 0. */
static size_t line_end(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] == '\n')
		return 1;
	if (u[0] == '\r')
		return len > 1 && u[1] == '\n' ? 2 : 1;
	if (len > 1 && u[0] == 0xc2 && u[1] == 0x85)
		return 2;
	if (len > 2 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] | 1) == 0xa9)
		return 3;
	return 0;
}

/* Where the line after the one at `i` begins; 0: this is the last. */
static size_t next_line(const char *text, size_t len, size_t i)
{
	for (; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		size_t end;

		if (c > '\r' && c < 0x80)
			continue; /* ends no line, and most are like that */
		end = line_end(text + i, len - i);
		if (end)
			return i + end;
	}
	return 0;
}

struct src_file *src_new(struct arena *mem, const char *name, const char *text,
                         size_t len)
{
	struct src_file *f = ARENA_NEW(mem, struct src_file);
	uint32_t *starts, n = 1;

	for (size_t i = 0; (i = next_line(text, len, i));)
		n++;
	starts = ARENA_ARRAY(mem, uint32_t, n);
	for (uint32_t i = 1; i < n; i++)
		starts[i] = (uint32_t)next_line(text, len, starts[i - 1]);
	*f = (struct src_file){.name = name,
	                       .text = text,
	                       .len = len,
	                       .starts = starts,
	                       .nr_lines = n};
	return f;
}

struct src_pos src_locate(const struct src_file *f, size_t offset)
{
	uint32_t low = 0, high = f->nr_lines;
	size_t start;

	if (offset > f->len)
		offset = f->len;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (f->starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	start = f->starts[low];
	return (struct src_pos){
		.file = f->name,
		.line = low + 1,
		.col = (uint32_t)str_count(f->text + start, offset - start) + 1,
	};
}

const char *src_line(const struct src_file *f, uint32_t line, size_t *len)
{
	const char *s;
	size_t end, i;

	if (line < 1 || line > f->nr_lines) {
		*len = 0;
		return "";
	}
	s = f->text + f->starts[line - 1];
	end = line < f->nr_lines ? f->starts[line] : f->len;
	end -= f->starts[line - 1];
	for (i = 0; i < end && !line_end(s + i, end - i); i++)
		;
	*len = i;
	return s;
}

size_t src_offset(const struct src_file *f, uint32_t line, uint32_t col)
{
	size_t len, i = 0;
	const char *s = src_line(f, line, &len);

	while (i < len && col > 1) {
		i++;
		while (i < len && ((unsigned char)s[i] & 0xc0) == 0x80)
			i++;
		col--;
	}
	return line < 1 || line > f->nr_lines ? f->len
	                                      : f->starts[line - 1] + i;
}
