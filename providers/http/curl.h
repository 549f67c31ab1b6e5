/*
 * curl.h - libcurl, loaded when it is first needed.
 *
 * With the thirty libraries that it brings, it would take longer to load than
 * everything else that `miso version` or `miso plan` does.
 */
#ifndef PROVIDERS_HTTP_CURL_H
#define PROVIDERS_HTTP_CURL_H

#include <curl/curl.h>
#include <time.h>

/* The functions of <curl/curl.h> that are used, by their names' last part. */
struct http_curl {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *c);
	void (*easy_reset)(CURL *c);
	CURLcode (*easy_setopt)(CURL *c, CURLoption o, ...);
	CURLcode (*easy_getinfo)(CURL *c, CURLINFO i, ...);
	CURLcode (*easy_perform)(CURL *c);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(struct curl_slist *l, const char *s);
	void (*slist_free_all)(struct curl_slist *l);
	time_t (*getdate)(const char *s, const time_t *unused);
};

/* Any thread; NULL when it cannot be loaded. */
const struct http_curl *http_curl(void);

/* Why not. */
const char *http_curl_error(void);

#endif
