/* tcp_pair.h - the two ends of one TCP connection over the loopback. */
#ifndef TESTS_GUEST_TCP_PAIR_H
#define TESTS_GUEST_TCP_PAIR_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

static int client, server;

static inline void connect_pair(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	MUST(bind(l, (struct sockaddr *)&a, sizeof(a)) == 0);
	MUST(listen(l, 1) == 0);
	MUST(getsockname(l, (struct sockaddr *)&a, &size) == 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	MUST(connect(client, (struct sockaddr *)&a, sizeof(a)) == 0);
	server = accept(l, NULL, NULL);
	MUST(server >= 0);
	close(l);
}

static inline void close_pair(void)
{
	close(client);
	close(server);
}

#endif
