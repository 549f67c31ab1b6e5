/* name_parse.c - DNS messages (RFC 1035, 4) and lines of hosts. Pure. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/address.h"
#include "kernel/net/name.h"

enum {
	HEADER = 12,
	LABEL_MAX = 63,
	FLAG_RECURSE = 0x0100,
	FLAG_ANSWER = 0x8000,
	CODE_MASK = 15,
	CODE_NO_NAME = 3,
	TYPE_A = 1,
	CLASS_IN = 1,
	RECORD = 10, /* bytes behind the name */
};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

size_t name_write_query(uint8_t out[NAME_QUERY_MAX], uint16_t id,
                        const char *name)
{
	size_t len = strlen(name), n = HEADER;
	uint8_t *label = out + n++;

	if (!len || len > NAME_MAX_LEN)
		return 0;
	memset(out, 0, HEADER);
	put16(out, id);
	put16(out + 2, FLAG_RECURSE);
	put16(out + 4, 1);
	for (*label = 0; *name; name++) {
		if (*name != '.') {
			out[n++] = (uint8_t)*name;
			if (++*label > LABEL_MAX)
				return 0;
		} else if (!*label) {
			return 0;
		} else if (name[1]) {
			label = out + n++;
			*label = 0;
		}
	}
	out[n++] = 0;
	put16(out + n, TYPE_A);
	put16(out + n + 2, CLASS_IN);
	return *label ? n + 4 : 0;
}

/* Behind a name, which ends with a zero or a pointer; 0: it does not. */
static size_t skip_name(const uint8_t *p, size_t size, size_t at)
{
	enum { POINTER = 0xc0 };

	while (at < size) {
		unsigned n = p[at];

		if (n >= POINTER)
			return at + 2;
		at += n + 1;
		if (!n)
			return at;
	}
	return 0;
}

static bool read_record(const uint8_t *p, size_t size, size_t *at,
                        uint32_t *out, bool *is_address)
{
	size_t n = skip_name(p, size, *at);
	unsigned len;

	if (!n || n + RECORD > size)
		return false;
	len = get16(p + n + 8);
	*is_address = get16(p + n) == TYPE_A && get16(p + n + 2) == CLASS_IN &&
	              len == 4;
	*at = n + RECORD + len;
	if (*at > size)
		return false;
	if (*is_address)
		*out = get16(p + n + RECORD) << 16 | get16(p + n + RECORD + 2);
	return true;
}

int name_read_answer(const uint8_t *p, size_t size, uint16_t id, uint32_t *out)
{
	unsigned code, answers;
	size_t at;

	if (size < HEADER || get16(p) != id || !(get16(p + 2) & FLAG_ANSWER) ||
	    get16(p + 4) != 1)
		return -EAGAIN;
	code = get16(p + 2) & CODE_MASK;
	if (code)
		return code == CODE_NO_NAME ? -ENOENT : -EAGAIN;
	at = skip_name(p, size, HEADER);
	if (!at)
		return -EAGAIN;
	at += 4;
	for (answers = get16(p + 6); answers; answers--) {
		uint32_t address;
		bool found;

		if (!read_record(p, size, &at, &address, &found))
			return -EAGAIN;
		if (found) {
			*out = address;
			return 0;
		}
	}
	return -ENOENT;
}

/* The word at *s, which then stands behind it; its length. */
static size_t next_word(const char **s, const char *end, const char **word)
{
	const char *p = *s;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	*word = p;
	while (p < end && *p != ' ' && *p != '\t' && *p != '\n')
		p++;
	*s = p;
	return (size_t)(p - *word);
}

static bool line_has(const char *s, const char *end, const char *name)
{
	const char *word;
	size_t n;

	while ((n = next_word(&s, end, &word)))
		if (n == strlen(name) && !memcmp(word, name, n))
			return true;
	return false;
}

int name_find_host(const char *text, size_t len, const char *name,
                   uint32_t *out)
{
	const char *s = text, *end = text + len;

	while (s < end) {
		const char *stop = s;

		while (stop < end && *stop != '\n')
			stop++;
		if (address_read(&s, out) && line_has(s, stop, name))
			return 0;
		s = stop + 1;
	}
	return -ENOENT;
}
