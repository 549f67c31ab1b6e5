/*
 * scripted.h - a server on loopback that says what it was told to say.
 *
 * Each connection gets the next line of the script and is closed then. NULL
 * closes it without an answer. What was asked is kept. The first answer may be
 * followed by `tail`, which is no text.
 */
#ifndef TESTS_LIB_SCRIPTED_H
#define TESTS_LIB_SCRIPTED_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/test.h"

enum { SCRIPTED_MOST = 16, SCRIPTED_REQUEST = 4096 };

struct scripted {
	int fd;
	char url[64];
	const char *answers[SCRIPTED_MOST];
	const void *tail; /* NULL: none */
	size_t tail_len;
	size_t n;
	char asked[SCRIPTED_MOST][SCRIPTED_REQUEST];
	size_t nr_asked;
	pthread_t thread;
};

static inline size_t scripted_wanted(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");
	const char *len = strstr(request, "Content-Length: ");

	if (!end)
		return SIZE_MAX;
	return (size_t)(end - request) + 4 +
	       (len && len < end ? strtoul(len + 16, NULL, 10) : 0);
}

static inline void scripted_serve(struct scripted *s, int c)
{
	char *to = s->asked[s->nr_asked];
	const char *answer = s->answers[s->nr_asked++];
	size_t have = 0;
	ssize_t n;

	while (have < scripted_wanted(to) && have < SCRIPTED_REQUEST - 1) {
		n = read(c, to + have, SCRIPTED_REQUEST - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (answer)
		(void)!write(c, answer, strlen(answer));
	if (answer && s->tail && s->nr_asked == 1)
		(void)!write(c, s->tail, s->tail_len);
	(void)shutdown(c, SHUT_WR);
	close(c);
}

static inline void *scripted_run(void *arg)
{
	struct scripted *s = arg;

	while (s->nr_asked < s->n) {
		int c = accept(s->fd, NULL, NULL);

		if (c < 0)
			break;
		scripted_serve(s, c);
	}
	return NULL;
}

static inline void scripted_start(struct scripted *s,
                                  const char *const *answers, size_t n)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < n; i++)
		s->answers[i] = answers[i];
	s->n = n;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 16), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d",
	         ntohs(a.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, scripted_run, s), 0);
}

/* How many requests came. */
static inline size_t scripted_stop(struct scripted *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	return s->nr_asked;
}

#endif
