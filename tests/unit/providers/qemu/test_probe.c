#include "providers/qemu/probe.h"

#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server that says one thing to everybody, on a port of its own. */
struct server {
	int fd;
	const char *says; /* NULL: hangs up at once, as QEMU does */
	uint16_t port;
	pthread_t thread;
	char heard[256];
};

static void *serve(void *arg)
{
	struct server *s = arg;
	int client;

	while ((client = accept(s->fd, NULL, NULL)) >= 0) {
		ssize_t n = 0;

		if (s->says && *s->says)
			n = recv(client, s->heard, sizeof(s->heard) - 1, 0);
		if (s->says && n >= 0)
			(void)!write(client, s->says, strlen(s->says));
		if (s->says && !*s->says)
			(void)!recv(client, s->heard, 1, 0);
		close(client);
	}
	return NULL;
}

static void start(struct server *s, const char *says)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	memset(s, 0, sizeof(*s));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->says = says;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static bool http_says(const char *answer)
{
	struct server s;
	bool good;

	start(&s, answer);
	good = qemu_probe_http(0, s.port, "/health?a=b");
	stop(&s);
	if (answer)
		assert_non_null(
			strstr(s.heard, "GET /health?a=b HTTP/1.1\r\n"));
	return good;
}

static void a_status_below_400_is_good(void **state)
{
	(void)state;
	assert_true(http_says("HTTP/1.1 200 OK\r\n\r\n"));
	assert_true(http_says("HTTP/1.0 302 \r\nLocation: /\r\n\r\n"));
	assert_false(http_says("HTTP/1.1 404 Not Found\r\n\r\n"));
	assert_false(http_says("HTTP/1.1 503 Busy\r\n\r\n"));
	assert_false(http_says("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void what_is_no_http_is_not_good(void **state)
{
	(void)state;
	assert_false(http_says("SSH-2.0-OpenSSH_9.2\r\n"));
	assert_false(http_says("HTTP/1.1 20"));
	assert_false(http_says("HTTP/1.1 abc OK\r\n\r\n"));
	assert_false(http_says(NULL));
}

static void no_path_is_the_root(void **state)
{
	struct server s;

	(void)state;
	start(&s, "HTTP/1.1 204 \r\n\r\n");
	assert_true(qemu_probe_http(0, s.port, ""));
	stop(&s);
	assert_non_null(strstr(s.heard, "GET / HTTP/1.1\r\n"));
}

static void a_connection_that_is_ended_at_once_is_no_port(void **state)
{
	struct server s;

	(void)state;
	start(&s, NULL);
	assert_false(qemu_probe_tcp(0, s.port));
	stop(&s);
	start(&s, "");
	assert_true(qemu_probe_tcp(0, s.port));
	stop(&s);
	assert_false(qemu_probe_tcp(0, s.port));
	assert_false(qemu_probe_http(0, s.port, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_below_400_is_good),
		cmocka_unit_test(what_is_no_http_is_not_good),
		cmocka_unit_test(no_path_is_the_root),
		cmocka_unit_test(a_connection_that_is_ended_at_once_is_no_port),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
