/* http_parse.c - an answer's status and body (RFC 9112); see http.h. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/net/http.h"

/* What is left of the answer. */
struct cursor {
	char *at, *end;
};

/* A line without its end, terminated in place; NULL: there is no whole one. */
static char *take_line(struct cursor *c)
{
	char *line = c->at, *end = line;

	while (end < c->end && *end != '\n')
		end++;
	if (end == c->end)
		return NULL;
	c->at = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

/* "HTTP/1.1 200 OK" (4). */
static int parse_status(const char *line, unsigned *out)
{
	uint64_t status;
	const char *s;

	if (!line || strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12 ||
	    line[8] != ' ')
		return -EBADMSG;
	s = line + 9;
	if (!str_number(&s, 10, 999, &status) || status < 100 ||
	    (*s && *s != ' '))
		return -EBADMSG;
	*out = (unsigned)status;
	return 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The value of a header line called `name` (lower case), or NULL. */
static const char *value_of(const char *line, const char *name)
{
	while (*name && lower(*line) == *name)
		line++, name++;
	if (*name || *line++ != ':')
		return NULL;
	while (*line == ' ' || *line == '\t')
		line++;
	return line;
}

/* 7.1: chunks until an empty one; what follows is not looked at. */
static int join_chunks(struct cursor *c, struct http_answer *out)
{
	char *to = c->at, *line;
	uint64_t size;
	const char *s;

	out->body = to;
	for (;;) {
		line = take_line(c);
		s = line;
		if (!line || !str_number(&s, 16, SIZE_MAX / 2, &size))
			return -EBADMSG;
		if (!size)
			break;
		if (size > (size_t)(c->end - c->at))
			return -EBADMSG;
		memmove(to, c->at, size);
		to += size;
		c->at += size;
		line = take_line(c);
		if (!line || *line)
			return -EBADMSG;
	}
	out->len = (size_t)(to - out->body);
	return 0;
}

/* From a line's first byte to the next one's; NULL: no more. */
static const char *next_line(const char *at, const char *end)
{
	while (at < end && *at != '\n')
		at++;
	return at < end ? at + 1 : NULL;
}

bool http_is_whole(const char *text, size_t n)
{
	const char *end = text + n, *line = text, *next, *v;
	uint64_t length = UINT64_MAX;

	while ((next = next_line(line, end))) {
		if (*line == '\r' || *line == '\n')
			return (uint64_t)(end - next) >= length;
		v = value_of(line, "content-length");
		if (v && !str_number(&v, 10, SIZE_MAX / 2, &length))
			return false;
		line = next;
	}
	return false;
}

int http_parse(char *text, size_t n, struct http_answer *out)
{
	struct cursor c = {text, text + n};
	bool chunked = false, has_length = false;
	uint64_t length = 0;
	const char *v;
	char *line;
	int rc = parse_status(take_line(&c), &out->status);

	if (rc)
		return rc;
	while ((line = take_line(&c)) && *line) {
		v = value_of(line, "content-length");
		if (v) {
			has_length = true;
			if (!str_number(&v, 10, SIZE_MAX / 2, &length) || *v)
				return -EBADMSG;
		}
		v = value_of(line, "transfer-encoding");
		if (v)
			chunked = true;
	}
	if (!line)
		return -EBADMSG;
	if (chunked) {
		rc = join_chunks(&c, out);
	} else {
		out->body = c.at;
		out->len = (size_t)(c.end - c.at);
		if (has_length && length > out->len)
			return -EBADMSG; /* cut off */
		if (has_length)
			out->len = length;
	}
	if (!rc)
		out->body[out->len] = '\0';
	return rc;
}
