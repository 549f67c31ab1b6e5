/* boot_lines.c - see the header; runs in the kernel and in the tool. */
#include "kernel/abi/boot_lines.h"

static uint64_t find(const char *text, uint64_t len, char wanted)
{
	uint64_t i = 0;

	while (i < len && text[i] != wanted)
		i++;
	return i;
}

/* Is every backslash followed by what may follow it, and is there no NUL? */
static int well_formed(const char *text, uint64_t len)
{
	for (uint64_t i = 0; i < len; i++) {
		if (text[i] == '\0')
			return 0;
		if (text[i] != '\\')
			continue;
		i++;
		if (i == len || (text[i] != 'n' && text[i] != '\\'))
			return 0;
	}
	return 1;
}

/* Undo the escapes of well-formed text, in place. Returns the new length. */
static uint64_t unescape(char *text, uint64_t len)
{
	uint64_t to = 0;

	for (uint64_t from = 0; from < len; from++) {
		char c = text[from];

		if (c == '\\')
			c = text[++from] == 'n' ? '\n' : '\\';
		text[to++] = c;
	}
	return to;
}

static enum boot_line_kind split(char *line, uint64_t len,
                                 struct boot_line *out)
{
	uint64_t blank = find(line, len, ' ');

	/* Look before changing: a bad line is shown as it was. */
	if (blank == 0 || blank == len || !well_formed(line, len)) {
		out->key_len = 0;
		out->value = line;
		out->value_len = len;
		return BOOT_LINE_BAD;
	}
	out->key = line;
	out->key_len = blank;
	out->value = line + blank + 1;
	out->value_len = unescape(out->value, len - blank - 1);
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
