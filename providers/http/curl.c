/* curl.c - see curl.h. */
#include "providers/http/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "parser/base/attr.h"

#define FILE_NAME "libcurl.so.4"

static struct {
	pthread_once_t once;
	bool loaded;
	char error[200];
	struct http_curl f;
} curl = {.once = PTHREAD_ONCE_INIT};

#define ROW(name)                                                              \
	{                                                                      \
		"curl_" #name, offsetof(struct http_curl, name)                \
	}

static const struct {
	const char *name;
	size_t at;
} rows[] = {
	ROW(global_init),    ROW(easy_init),     ROW(easy_cleanup),
	ROW(easy_reset),     ROW(easy_setopt),   ROW(easy_getinfo),
	ROW(easy_perform),   ROW(easy_strerror), ROW(slist_append),
	ROW(slist_free_all), ROW(getdate),
};

/* C has no conversion between pointers to data and to functions. */
static bool find(void *library, const char *name, size_t at)
{
	void *found = dlsym(library, name);

	memcpy((char *)&curl.f + at, &found, sizeof(found));
	return found;
}

static void load(void)
{
	void *library = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);
	bool all = library;

	for (size_t i = 0; all && i < ARRAY_LEN(rows); i++)
		all = find(library, rows[i].name, rows[i].at);
	if (!all)
		snprintf(curl.error, sizeof(curl.error), "%s", dlerror());
	curl.loaded = all && curl.f.global_init(CURL_GLOBAL_DEFAULT) == 0;
}

const struct http_curl *http_curl(void)
{
	pthread_once(&curl.once, load);
	return curl.loaded ? &curl.f : NULL;
}

const char *http_curl_error(void)
{
	return curl.error;
}
