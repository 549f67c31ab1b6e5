/* boot_lines.c - see the header; runs in the kernel and in the tool. */
#include "kernel/abi/boot_lines.h"

static uint64_t find(const char *text, uint64_t len, char wanted)
{
	uint64_t i = 0;

	while (i < len && text[i] != wanted)
		i++;
	return i;
}

/* Undo escapes in place. Returns the new length, or -1 for a bad escape. */
static int64_t unescape(char *text, uint64_t len)
{
	uint64_t from = 0, to = 0;

	while (from < len) {
		char c = text[from++];

		if (c == '\0')
			return -1;
		if (c == '\\') {
			if (from == len)
				return -1;
			c = text[from++];
			if (c != 'n' && c != '\\')
				return -1;
			c = c == 'n' ? '\n' : c;
		}
		text[to++] = c;
	}
	return (int64_t)to;
}

static enum boot_line_kind split(char *line, uint64_t len,
                                 struct boot_line *out)
{
	uint64_t blank = find(line, len, ' ');
	int64_t value_len = -1;

	if (blank > 0 && blank < len && find(line, len, '\0') == len) {
		uint64_t i = blank + 1;

		/* Look before changing: a bad line is shown as it was. */
		while (i < len && (line[i] != '\\' ||
		                   (i + 1 < len && (line[i + 1] == 'n' ||
		                                    line[i + 1] == '\\'))))
			i += line[i] == '\\' ? 2 : 1;
		if (i >= len)
			value_len = unescape(line + blank + 1, len - blank - 1);
	}
	if (value_len < 0) {
		out->key_len = 0;
		out->value = line;
		out->value_len = len;
		return BOOT_LINE_BAD;
	}
	out->key = line;
	out->key_len = blank;
	out->value = line + blank + 1;
	out->value_len = (uint64_t)value_len;
	return BOOT_LINE_OK;
}

enum boot_line_kind boot_line_next(struct boot_reader *r, struct boot_line *out)
{
	while (r->left) {
		char *line = r->text;
		uint64_t len = find(line, r->left, '\n');
		uint64_t step = len < r->left ? len + 1 : len;

		r->text += step;
		r->left -= step;
		r->number++;
		if (len == 0 || line[0] == '#')
			continue;
		out->number = r->number;
		return split(line, len, out);
	}
	return BOOT_LINE_END;
}

uint64_t boot_line_escape(char *out, uint64_t size, const char *value,
                          uint64_t len)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < len; i++) {
		char c = value[i];

		if (c == '\n' || c == '\\') {
			if (n < size)
				out[n] = '\\';
			n++;
			c = c == '\n' ? 'n' : c;
		}
		if (n < size)
			out[n] = c;
		n++;
	}
	return n;
}
