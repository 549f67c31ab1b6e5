/* holder.c - processes known by more than a number. */
#include "planner/lease/holder.h"

#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parser/base/fs.h"
#include "parser/value/value.h"

enum { USUAL_TTL_MS = 60 * 1000, LARGEST_FILE = 4096 };

/* The first line of a small file, or "". */
static const char *line_of(struct arena *mem, const char *path)
{
	char *text = arena_strdup(mem, "");
	size_t len;

	err_free(fs_read(mem, path, LARGEST_FILE, &text, &len));
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/*
 * Which numbers of processes are meant: this boot of this machine, and the
 * name space they are counted in.
 */
static const char *numbering(struct arena *mem)
{
	char space[64] = "";

	(void)!readlink("/proc/self/ns/pid", space, sizeof(space) - 1);
	return arena_printf(mem, "%s %s",
	                    line_of(mem, "/proc/sys/kernel/random/boot_id"),
	                    space);
}

/* When a process was started, in ticks since boot; "" when there is none. */
static const char *start_of(struct arena *mem, int64_t pid)
{
	enum { START = 22 }; /* proc(5): field of /proc/PID/stat */
	const char *path = arena_printf(mem, "/proc/%" PRId64 "/stat", pid);
	const char *text = line_of(mem, path), *at = strrchr(text, ')');
	int field = 2;

	for (; at && *at && field < START; at++)
		field += *at == ' ';
	return at ? arena_strndup(mem, at, strcspn(at, " ")) : "";
}

static const char *now(struct arena *mem)
{
	char text[40];
	time_t t = time(NULL);
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC",
	         gmtime_r(&t, &tm));
	return arena_strdup(mem, text);
}

const char *lease_holder_text(struct arena *mem, int64_t ttl_ms)
{
	char host[256] = "";
	struct passwd *user = getpwuid(getuid());
	int64_t pid = getpid();

	(void)gethostname(host, sizeof(host) - 1);
	const struct value_entry v[] = {
		{.key = "user",
	         .value = value_string(mem, user ? user->pw_name : "somebody")},
		{.key = "host", .value = value_string(mem, host)},
		{.key = "pid", .value = value_int(mem, pid)},
		{.key = "since", .value = value_string(mem, now(mem))},
		{.key = "ttl_ms", .value = value_int(mem, ttl_ms)},
		{.key = "numbering",
	         .value = value_string(mem, numbering(mem))},
		{.key = "start",
	         .value = value_string(mem, start_of(mem, pid))},
	};

	return value_to_json(mem, value_map(mem, v, ARRAY_LEN(v)));
}

/* What somebody wrote; anything may stand there. */
static const struct value *fields(struct arena *mem, const char *text)
{
	const struct value *v = value_null();

	err_free(value_from_json(mem, text, strlen(text), &v));
	return v;
}

const char *lease_holder_says(struct arena *mem, const char *text)
{
	const struct value *v = fields(mem, text);

	if (v->type != VALUE_MAP)
		return "somebody who did not say who";
	return arena_printf(mem, "%s@%s (process %" PRId64 ") since %s",
	                    value_get_string(v, "user", "somebody"),
	                    value_get_string(v, "host", "somewhere"),
	                    value_get_int(v, "pid", 0),
	                    value_get_string(v, "since", "an unknown time"));
}

int64_t lease_holder_ttl(struct arena *mem, const char *text)
{
	int64_t ttl = value_get_int(fields(mem, text), "ttl_ms", USUAL_TTL_MS);

	return ttl > 0 ? ttl : USUAL_TTL_MS;
}

bool lease_holder_is_gone(struct arena *mem, const char *text)
{
	const struct value *v = fields(mem, text);
	const char *start = value_get_string(v, "start", "");
	int64_t pid = value_get_int(v, "pid", 0);

	if (pid <= 0 || !*start ||
	    strcmp(value_get_string(v, "numbering", ""), numbering(mem)) != 0)
		return false;
	return strcmp(start_of(mem, pid), start) != 0;
}
