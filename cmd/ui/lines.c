/* lines.c - see the header. */
#include "cmd/ui/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/arena.h"
#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "parser/base/thread.h"

struct lines {
	FILE *to;
	const char *address;
	struct strbuf rest; /* a line without an end yet */
	pthread_t reader;
	int ends[2]; /* of the pipe; 0: there is none */
};

struct lines *lines_new(FILE *to, const char *address)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l)
		arena_no_memory();
	l->to = to;
	l->address = address;
	return l;
}

static void print(const struct lines *l, const char *s, size_t len,
                  bool partial)
{
	struct strbuf b = {0};

	strbuf_add(&b, "{\"address\":");
	json_add_string(&b, l->address, strlen(l->address));
	strbuf_add(&b, ",\"line\":");
	json_add_bytes(&b, s, len);
	strbuf_add(&b, partial ? ",\"partial\":true}\n" : "}\n");
	fwrite(b.s, 1, b.len, l->to);
	strbuf_fini(&b);
}

/* As much of a line that is too long as ends with a whole character. */
static size_t piece(const char *s)
{
	size_t n = LINES_LONGEST;

	while (n > LINES_LONGEST - 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void add(struct lines *l, const char *text, size_t len)
{
	const char *at, *end;

	strbuf_addn(&l->rest, text, len);
	at = l->rest.s;
	len = l->rest.len;
	for (;;) {
		size_t most = len < LINES_LONGEST ? len : LINES_LONGEST;
		size_t n;

		end = memchr(at, '\n', most);
		if (end) {
			n = (size_t)(end - at);
			print(l, at, n - (n && at[n - 1] == '\r'), false);
			n++;
		} else if (len > LINES_LONGEST) {
			n = piece(at);
			print(l, at, n, true);
		} else {
			break;
		}
		at += n;
		len -= n;
	}
	memmove(l->rest.s, at, len);
	l->rest.len = len;
	fflush(l->to);
}

/* --- a stream ------------------------------------------------------------- */

static ssize_t take(void *cookie, const char *text, size_t len)
{
	struct lines *l = cookie;

	add(l, text, len);
	return ferror(l->to) ? 0 : (ssize_t)len; /* 0: it failed */
}

struct err *lines_stream(struct lines *l, FILE **out)
{
	const cookie_io_functions_t how = {.write = take};
	FILE *f = fopencookie(l, "w", how);

	if (!f)
		return err_sys(errno, "a stream of lines");
	*out = f;
	return NULL;
}

/* --- a pipe --------------------------------------------------------------- */

static void *read_all(void *arg)
{
	enum { CHUNK = 16 * 1024 };
	struct lines *l = arg;
	char chunk[CHUNK];
	ssize_t n;

	while ((n = read(l->ends[0], chunk, sizeof(chunk))) != 0) {
		if (n > 0)
			add(l, chunk, (size_t)n);
		else if (errno != EINTR)
			break;
	}
	return NULL;
}

struct err *lines_pipe(struct lines *l, int *fd)
{
	int problem;

	if (pipe2(l->ends, O_CLOEXEC))
		return err_sys(errno, "a pipe");
	problem = thread_start_quiet(&l->reader, read_all, l);
	if (problem) {
		close(l->ends[0]);
		close(l->ends[1]);
		l->ends[1] = 0;
		return err_sys(problem, "a thread that reads lines");
	}
	*fd = l->ends[1];
	return NULL;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	if (l->ends[1]) {
		close(l->ends[1]);
		pthread_join(l->reader, NULL);
		close(l->ends[0]);
	}
	if (l->rest.len)
		print(l, l->rest.s, l->rest.len, false);
	fflush(l->to);
	strbuf_fini(&l->rest);
	free(l);
}
