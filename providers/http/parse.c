/* parse.c - see parse.h. */
#include "providers/http/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parser/base/strbuf.h"
#include "providers/http/curl.h"

enum { MOST_RETRY_AFTER_MS = 3600 * 1000 };

/* -1: it is no date. */
static time_t get_date(const char *text)
{
	const struct http_curl *f = http_curl();

	return f ? f->getdate(text, NULL) : -1;
}

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool http_parse_header(struct arena *mem, const char *line, size_t len,
                       struct http_header *out)
{
	size_t name = 0;
	char *lower;

	while (len && strchr("\r\n \t", line[len - 1]))
		len--;
	while (name < len && is_token(line[name]))
		name++;
	if (!name || name == len || line[name] != ':')
		return false;
	lower = arena_strndup(mem, line, name);
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (name++; name < len && strchr(" \t", line[name]);)
		name++;
	*out = (struct http_header){
		lower, arena_strndup(mem, line + name, len - name)};
	return true;
}

/* Digits and nothing else; -1 for other text or too many. */
static int64_t number(const char *s)
{
	size_t len = strspn(s, "0123456789");

	if (!len || len > 18 || s[len])
		return -1;
	return strtoll(s, NULL, 10);
}

int64_t http_parse_retry_after(const char *value, int64_t now_ms)
{
	int64_t seconds = number(value), wait;
	time_t at;

	if (seconds >= 0) {
		wait = seconds > MOST_RETRY_AFTER_MS ? MOST_RETRY_AFTER_MS
		                                     : seconds * 1000;
	} else {
		at = get_date(value);
		if (at < 0)
			return -1;
		wait = (int64_t)at * 1000 - now_ms;
	}
	if (wait < 0)
		return 0;
	return wait < MOST_RETRY_AFTER_MS ? wait : MOST_RETRY_AFTER_MS;
}

int64_t http_date(const char *text)
{
	time_t t = get_date(text);

	return t < 0 ? 0 : (int64_t)t * 1000;
}

int64_t http_parse_range(const char *value)
{
	static const char start[] = "bytes=0-";

	if (strncmp(value, start, strlen(start)) != 0)
		return -1;
	return number(value + strlen(start));
}

static bool opens_doors(const char *name, size_t len)
{
	static const char *const names[] = {"upload_id", "access_token", "key",
	                                    "assertion", "token"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return true;
	return false;
}

const char *http_parse_shown(struct arena *mem, const char *url)
{
	struct strbuf b = {0};
	const char *at = url + strcspn(url, "?"), *shown;

	strbuf_addn(&b, url, (size_t)(at - url));
	while (*at) {
		size_t len = 1 + strcspn(at + 1, "&");
		size_t name = strcspn(at + 1, "=&");

		if (opens_doors(at + 1, name))
			strbuf_printf(&b, "%.*s=***", (int)name + 1, at);
		else
			strbuf_addn(&b, at, len);
		at += len;
	}
	shown = arena_strdup(mem, b.s ? b.s : "");
	strbuf_fini(&b);
	return shown;
}
