/* wait.c - a line of the log, a port, or an answer over HTTP. */
#include "providers/gcp/wait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parser/base/str.h"
#include "parser/schema/schema.h"
#include "providers/gcp/api.h"
#include "providers/http/wait.h"

enum {
	EACH_MS = 1000, /* between two looks */
	CONNECT_MS = 3000,
	DEFAULT_MS = 60 * 1000,
};

struct waiting {
	struct provider *p;
	struct arena *mem;
	const char *path, *ip;
	const char *log;
	int port;
	const char *http; /* path of a URL */
};

static const struct value *wait_of(const struct desired *want)
{
	const struct value *v = value_get(want->spec, "wait_for");

	return v && v->type == VALUE_MAP ? v : NULL;
}

bool gcp_wait_wanted(const struct desired *want)
{
	return wait_of(want);
}

struct err *gcp_wait_check(const struct desired *want, bool public)
{
	const struct value *w = wait_of(want);
	const char *http = value_get_string(w, "http", NULL);

	if (!w || public || (!http && !value_get_int(w, "tcp", 0)))
		return NULL;
	return err_hint(err_new(ERR_SYNTAX, w->pos.line ? w->pos : want->pos,
	                        "instance \"%s\" is not public, so nobody here "
	                        "can see whether its port answers",
	                        want->name),
	                "wait for a line of its log");
}

/* --- looks ---------------------------------------------------------------- */

static struct err *look_log(const struct waiting *w, struct arena *mem,
                            bool *seen)
{
	struct gcp_call call = {
		.method = "GET",
		.path = arena_printf(mem, "%s/serialPort", w->path),
		.query = "port=1&start=0",
	};
	struct gcp_answer a;
	struct err *e = gcp_api_call(w->p, mem, &call, &a);
	const char *text;

	if (e || a.status == 404 || a.status == 400)
		return e; /* it may not be ready */
	if (a.status != 200)
		return gcp_api_error(w->p, &a, call.path);
	text = value_get_string(a.body, "contents", "");
	return str_match(w->log, text, strlen(text), false, seen);
}

static int dial(const char *ip, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof(error);

	if (fd < 0)
		return -1;
	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
		close(fd);
		return -1;
	}
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	if (errno == EINPROGRESS && poll(&pfd, 1, CONNECT_MS) == 1 &&
	    !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) && !error)
		return fd;
	close(fd);
	return -1;
}

static bool look_port(const struct waiting *w)
{
	int fd = dial(w->ip, w->port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool look_http(const struct waiting *w, struct arena *mem)
{
	struct http_request r = {
		.method = "GET",
		.url = arena_printf(mem, "http://%s:%d%s", w->ip, w->port,
	                            *w->http ? w->http : "/"),
		.once = true,
		.anonymous = true,
		.deadline_ms = CONNECT_MS,
	};
	struct http_answer a = {0};
	struct err *e = http_send(w->p->http, mem, &r, &a);
	bool good = !e && a.status < 400;

	err_free(e);
	return good;
}

static struct err *look(const struct waiting *w, bool *seen)
{
	struct arena mem = {0};
	struct err *e = NULL;

	if (w->log)
		e = look_log(w, &mem, seen);
	else
		*seen = w->http ? look_http(w, &mem) : look_port(w);
	arena_free(&mem);
	return e;
}

/* --- waiting -------------------------------------------------------------- */

static const char *says(const struct waiting *w)
{
	if (w->log)
		return arena_printf(w->mem, "its log has no line like \"%s\"",
		                    w->log);
	return arena_printf(w->mem, "port %d at %s does not answer%s", w->port,
	                    w->ip, w->http ? " over HTTP" : "");
}

static struct err *wait(struct waiting *w, int64_t ms,
                        const struct progress *progress)
{
	const struct http_clock *c = &http_system_clock;
	int64_t until = c->mono_ms(NULL) + ms;
	bool seen = false;

	for (;;) {
		struct err *e = look(w, &seen);

		if (e || seen)
			return e;
		if (c->mono_ms(NULL) >= until)
			return err_new(ERR_TIMEOUT, NO_POS,
			               "after %lld seconds %s",
			               (long long)ms / 1000, says(w));
		if (!http_wait_ms(c, EACH_MS,
		                  progress ? progress->canceled : NULL,
		                  progress ? progress->ctx : NULL))
			return err_new(ERR_CANCELED, NO_POS, "given up");
	}
}

struct err *gcp_wait(struct provider *p, const struct desired *want,
                     const char *path, const char *ip,
                     const struct progress *progress)
{
	const struct value *v = wait_of(want);
	struct arena mem = {0};
	struct waiting w = {.p = p, .mem = &mem, .path = path, .ip = ip};
	const char *http = value_get_string(v, "http", NULL);
	uint16_t port = 0;
	struct err *e = NULL;

	w.log = value_get_string(v, "log", NULL);
	w.port = (int)value_get_int(v, "tcp", 0);
	if (http && schema_http_parse(http, &port, &w.http))
		w.port = port;
	if (v && (w.log || (w.port && ip))) {
		if (progress && progress->say)
			progress->say(progress->ctx, want->address,
			              "waiting until it is ready");
		e = wait(&w, value_get_int(v, "timeout", DEFAULT_MS), progress);
	}
	arena_free(&mem);
	return e ? err_wrap(e, want->pos, "instance \"%s\"", want->name) : NULL;
}
