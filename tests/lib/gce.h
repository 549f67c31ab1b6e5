/*
 * gce.h - the test cloud as a child of a test: it ends with it, whatever
 * happens, because its stdin is closed then.
 */
#ifndef TESTS_LIB_GCE_H
#define TESTS_LIB_GCE_H

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parser/base/arena.h"
#include "parser/value/value.h"
#include "providers/http/http.h"
#include "tests/lib/test.h"

struct gce {
	pid_t pid;
	int in; /* closing it ends the cloud */
	char url[64];
	struct arena mem;
	struct http *http;
};

/* OUT/gce, seen from OUT/tests/unit/.../test_x. */
static inline void gce_program(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *at;

	assert_true(n > 0);
	out[n] = '\0';
	at = strstr(out, "/tests/");
	assert_non_null(at);
	snprintf(at, 8, "/gce");
}

static inline void gce_read_url(struct gce *g, int fd)
{
	FILE *f = fdopen(fd, "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "gce: %63s", g->url), 1);
	fclose(f);
}

/* `dir` is where it keeps bytes; `args` end with NULL. */
static inline void gce_start(struct gce *g, const char *dir,
                             const char *const *args)
{
	const char *argv[24] = {"gce", "--dir", dir, "--no-guests",
	                        "--until-eof"};
	struct http_options how = {.user_agent = "test"};
	int in[2], out[2], n = 5;
	char program[PATH_MAX];

	memset(g, 0, sizeof(*g));
	gce_program(program);
	for (; args && *args; args++)
		argv[n++] = *args;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	g->pid = fork();
	if (!g->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	g->in = in[1];
	gce_read_url(g, out[0]);
	assert_null(http_open(&how, &g->http));
}

static inline void gce_stop(struct gce *g)
{
	int status;

	close(g->in);
	assert_int_equal(waitpid(g->pid, &status, 0), g->pid);
	assert_int_equal(status, 0);
	http_close(g->http);
	arena_free(&g->mem);
}

static inline struct http_answer gce_ask(struct gce *g, const char *method,
                                         const char *path, const char *body)
{
	struct http_request r = {
		.method = method,
		.url = arena_printf(&g->mem, "%s%s", g->url, path),
		.body = body,
		.len = body ? strlen(body) : 0,
		.once = true,
	};
	struct http_answer a;

	assert_null(http_send(g->http, &g->mem, &r, &a));
	return a;
}

static inline void gce_control(struct gce *g, const char *what,
                               const char *json)
{
	const char *path = arena_printf(&g->mem, "/control/%s", what);

	assert_int_equal(gce_ask(g, "POST", path, json).status, 200);
}

/* How many requests there were of a method, with any status if it is 0. */
static inline size_t gce_count(struct gce *g, const char *id, int status)
{
	struct http_answer a = gce_ask(g, "GET", "/control/log", NULL);
	const struct value *log;
	size_t n = 0;

	assert_null(value_from_json(&g->mem, a.body, a.len, &log));
	for (size_t i = 0; i < log->list.n; i++) {
		const struct value *v = log->list.v[i];

		n += !strcmp(value_get_string(v, "id", ""), id) &&
		     (!status || value_get_int(v, "status", 0) == status);
	}
	return n;
}

/* How many requests of the API there were. */
static inline size_t gce_requests(struct gce *g)
{
	struct http_answer a = gce_ask(g, "GET", "/control/log", NULL);
	const struct value *log;

	assert_null(value_from_json(&g->mem, a.body, a.len, &log));
	return log->list.n;
}

static inline void gce_forget(struct gce *g)
{
	(void)gce_ask(g, "DELETE", "/control/log", NULL);
	(void)gce_ask(g, "DELETE", "/control/faults", NULL);
}

/* Is it there, visible or not? */
static inline bool gce_has(struct gce *g, const char *path)
{
	struct http_answer a = gce_ask(g, "GET", "/control/state", NULL);
	const struct value *state;

	assert_null(value_from_json(&g->mem, a.body, a.len, &state));
	return value_get(value_get(state, "resources"), path) != NULL;
}

#endif
