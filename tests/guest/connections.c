/*
 * connections.c - many TCP connections at once.
 *
 * run: memory=160
 * run: guest icount memory=160 seconds=120 env=COSTS=1
 *
 * With COSTS the clock is made of instructions: what a message costs must be
 * the same whatever else is open, and opening and closing too.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/guest/check.h"

enum {
	FEW = 10,
	SOME = 1000,
	MANY = 5000,
	MESSAGES = 300,
	SPINS = 30 * 1000 * 1000,
	WAITS_S = 65, /* until nothing is in TIME_WAIT */
};

struct pair {
	int client, server;
};

static struct pair pairs[MANY];
static int listener;
static struct sockaddr_in address = {.sin_family = AF_INET};

static bool say(int from, int to)
{
	char c = 'x';

	return write(from, &c, 1) == 1 && read(to, &c, 1) == 1 && c == 'x';
}

static bool echo(const struct pair *p)
{
	return say(p->client, p->server) && say(p->server, p->client);
}

static bool open_pair(struct pair *p)
{
	int one = 1;

	p->client = socket(AF_INET, SOCK_STREAM, 0);
	if (p->client < 0 ||
	    connect(p->client, (struct sockaddr *)&address, sizeof(address)))
		return false;
	p->server = accept(listener, NULL, NULL);
	return p->server >= 0 && !setsockopt(p->server, IPPROTO_TCP,
	                                     TCP_NODELAY, &one, sizeof(one));
}

static int open_pairs(int from, int to)
{
	int opened = 0;

	for (int i = from; i < to; i++)
		opened += open_pair(&pairs[i]);
	return opened;
}

static void close_pairs(int from, int to, int step)
{
	for (int i = from; i < to; i += step) {
		close(pairs[i].client);
		close(pairs[i].server);
	}
}

static int count_echoes(int from, int to)
{
	int n = 0;

	for (int i = from; i < to; i++)
		n += echo(&pairs[i]);
	return n;
}

static void begin_listening(void)
{
	socklen_t size = sizeof(address);
	struct rlimit files = {.rlim_cur = 2 * MANY + 100,
	                       .rlim_max = 2 * MANY + 100};

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_EQ(bind(listener, (struct sockaddr *)&address, sizeof(address)),
	         0);
	CHECK_EQ(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	CHECK_EQ(listen(listener, 16), 0);
}

/* Each is found, in whatever order they come, go and speak. */
static void finding(void)
{
	begin("each is found");
	CHECK_EQ(open_pairs(0, MANY), MANY);
	CHECK_EQ(count_echoes(0, MANY), MANY);
	close_pairs(0, MANY, 3);
	for (int i = 0, n = 0; i < MANY; i += 3)
		if (!open_pair(&pairs[i]) || !echo(&pairs[i]))
			CHECK_EQ(n++, -1);
	CHECK_EQ(count_echoes(0, MANY), MANY);
	close_pairs(0, MANY, 1);
}

/* --- what it costs --- */

static long ns_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000000000L + now.tv_nsec -
	       from->tv_nsec;
}

struct cost {
	long message, opening; /* ns of one */
	long nothing;          /* of a while in which nothing comes */
};

static volatile unsigned counter;

static long spin(void)
{
	struct timespec begun;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (counter = 0; counter < SPINS; counter++)
		;
	return ns_since(&begun);
}

/* Of a message on the connections that have been silent for longest. */
static struct cost measure(int opened)
{
	struct cost c;
	struct timespec begun;
	struct pair p;
	int said = 0;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (int i = 0; i < MESSAGES; i++)
		said += echo(&pairs[i % FEW]);
	c.message = ns_since(&begun) / MESSAGES;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (int i = 0; i < MESSAGES; i++) {
		said += open_pair(&p);
		close(p.client);
		close(p.server);
	}
	c.opening = ns_since(&begun) / MESSAGES;
	sleep(WAITS_S);
	c.nothing = spin();
	CHECK_EQ(said, 2 * MESSAGES);
	printf("%d open: %ld ns a message, %ld to open and close, %ld us "
	       "of spinning\n",
	       opened, c.message, c.opening, c.nothing / 1000);
	return c;
}

static bool as_cheap(long now, long before)
{
	return now <= before + before / 4;
}

static void costs(void)
{
	struct cost few, some, many;

	begin("costs");
	CHECK_EQ(open_pairs(0, FEW), FEW);
	few = measure(FEW);
	CHECK_EQ(open_pairs(FEW, SOME), SOME - FEW);
	some = measure(SOME);
	CHECK_EQ(open_pairs(SOME, MANY), MANY - SOME);
	many = measure(MANY);
	CHECK(as_cheap(some.message, few.message));
	CHECK(as_cheap(many.message, few.message));
	CHECK(as_cheap(some.opening, few.opening));
	CHECK(as_cheap(many.opening, few.opening));
	/* Nor do silent ones take time from the program. */
	CHECK(many.nothing <= few.nothing + few.nothing / 500);
	close_pairs(0, MANY, 1);
}

int main(void)
{
	begin_listening();
	if (getenv("COSTS"))
		costs();
	else
		finding();
	return check_done();
}
