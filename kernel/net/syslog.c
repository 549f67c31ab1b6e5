/*
 * syslog.c - from the console to a collector.
 *
 * The log's tap puts bytes into a ring; a thread takes whole lines out and
 * sends each as one datagram.
 */
#include "kernel/net/syslog.h"

#include "kernel/core/clock.h"
#include "kernel/core/log.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/uio.h"
#include "kernel/net/name.h"
#include "kernel/net/socket.h"
#include "kernel/sched/thread.h"

enum {
	RING_SIZE = 32 * 1024, /* a power of two */
	LINE_SIZE = 1024,      /* longer lines become two messages */
	DATAGRAM_SIZE = LINE_SIZE + 256,

	STEP_MS = 100,    /* between looks into the ring */
	FIRST_WAIT_S = 1, /* until a name is asked for again ... */
	LAST_WAIT_S = 60, /* ... at most */
	TRUST_S = 300,    /* an address that a name had */

	/* RFC 5424, 6.2.1: facility local0, severity informational. */
	PRIORITY = 16 * 8 + 6,
};

/*
 * The tap runs with LOCK_LOG held, so it is alone at the head; the thread is
 * alone at the tail. Each writes its own index only, the other reads it.
 */
static struct {
	bool wanted;
	char host[NAME_MAX_LEN + 1];
	uint16_t port;
	const char *hostname;

	char *ring;
	uint32_t head, tail; /* count bytes, and wrap around */
} ship;

int syslog_add(const char *value)
{
	static const char key[] = "syslog ";
	const char *host = value + sizeof(key) - 1, *s;
	uint64_t port;

	if (strncmp(value, key, sizeof(key) - 1) != 0)
		return -EINVAL;
	if (ship.wanted)
		return -ENOSPC;
	s = strchr(host, ':');
	if (!s || s == host || s - host > NAME_MAX_LEN)
		return -EINVAL;
	str_copy(ship.host, host, (size_t)(s - host) + 1);
	s++;
	if (!str_number(&s, 10, UINT16_MAX, &port) || *s || !port)
		return -EINVAL;
	ship.port = (uint16_t)port;
	ship.wanted = true;
	return 0;
}

/* Waking takes LOCK_WAITQ, which ranks above LOCK_LOG: the thread looks now
 * and then instead. */
static void tap(const char *bytes, size_t n)
{
	uint32_t tail = __atomic_load_n(&ship.tail, __ATOMIC_ACQUIRE);
	uint32_t head = ship.head;

	for (size_t i = 0; i < n; i++) {
		if (head - tail == RING_SIZE)
			break;
		ship.ring[head++ % RING_SIZE] = bytes[i];
	}
	__atomic_store_n(&ship.head, head, __ATOMIC_RELEASE);
}

/* A line's bytes, or as many as fit; 0: no whole line is there. */
static size_t take_line(char *out)
{
	uint32_t head = __atomic_load_n(&ship.head, __ATOMIC_ACQUIRE);
	uint32_t tail = ship.tail;
	size_t n = 0;

	while (tail != head && n < LINE_SIZE) {
		char c = ship.ring[tail++ % RING_SIZE];

		if (c == '\n') {
			__atomic_store_n(&ship.tail, tail, __ATOMIC_RELEASE);
			return n ? n : take_line(out);
		}
		out[n++] = c;
	}
	if (n < LINE_SIZE)
		return 0;
	__atomic_store_n(&ship.tail, tail, __ATOMIC_RELEASE);
	return n;
}

/* Days since 1970 to a date of the Gregorian calendar (Hinnant, 2013). */
static void print_time(char *out, size_t size)
{
	uint64_t now = clock_realtime();
	uint64_t s = now / NS_PER_SEC, days = s / 86400 + 719468;
	uint64_t era = days / 146097, doe = days % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;

	str_printf(out, size, "%04lu-%02lu-%02luT%02lu:%02lu:%02lu.%06luZ",
	           yoe + era * 400 + (month <= 2), month,
	           doy - (153 * mp + 2) / 5 + 1, s / 3600 % 24, s / 60 % 60,
	           s % 60, now % NS_PER_SEC / NS_PER_US);
}

static void send_line(struct file *f, uint32_t collector, char *datagram,
                      const char *line, size_t len)
{
	struct socket_address to = {.len = 16};
	struct uio data;
	struct socket_msg m = {.data = &data, .name = &to};
	uint32_t address = __builtin_bswap32(collector);
	uint16_t port = __builtin_bswap16(ship.port);
	char when[40];
	size_t n;

	print_time(when, sizeof(when));
	n = str_printf(datagram, DATAGRAM_SIZE, "<%d>1 %s %s miso - - - %.*s",
	               PRIORITY, when, ship.hostname, (int)len, line);
	if (n >= DATAGRAM_SIZE)
		n = DATAGRAM_SIZE - 1;
	memset(to.bytes, 0, 16);
	to.family = AF_INET;
	memcpy(to.bytes + 2, &port, sizeof(port));
	memcpy(to.bytes + 4, &address, sizeof(address));
	uio_kernel(&data, datagram, n);
	/* Without an address yet: the line waits, and those behind it. */
	while (socket_send(f, &m, SOCKET_MSG_DONTWAIT) == -ENETUNREACH) {
		thread_sleep_until(clock_monotonic() + STEP_MS * NS_PER_MS);
		uio_kernel(&data, datagram, n);
	}
}

/*
 * Where the collector is. A name is asked for until somebody knows it, and
 * again when the answer is old; lines wait in the ring meanwhile.
 */
static uint32_t find_collector(void)
{
	static uint32_t address; /* the thread's own; 0: not known yet */
	static uint64_t trusted_until;
	uint64_t wait = FIRST_WAIT_S;

	while (!address || clock_monotonic() >= trusted_until) {
		uint32_t found;
		int rc = name_resolve(ship.host, &found);

		if (!rc)
			address = found;
		trusted_until = clock_monotonic() + TRUST_S * NS_PER_SEC;
		if (address)
			break; /* what was true before is better than nothing */
		if (wait == FIRST_WAIT_S)
			log_line("log syslog: %s: %s, still asking", ship.host,
			         rc == -ENOENT ? "no such name" : "no answer");
		thread_sleep_until(clock_monotonic() + wait * NS_PER_SEC);
		wait = wait * 2 < LAST_WAIT_S ? wait * 2 : LAST_WAIT_S;
	}
	return address;
}

static void run(void *arg)
{
	char *memory = mem_alloc(LINE_SIZE + DATAGRAM_SIZE);
	struct file *f = arg;
	size_t n;

	if (!memory) {
		log_line("log syslog: no memory: lines are not shipped");
		return;
	}
	for (;;) {
		while ((n = take_line(memory)))
			send_line(f, find_collector(), memory + LINE_SIZE,
			          memory, n);
		thread_sleep_until(clock_monotonic() + STEP_MS * NS_PER_MS);
	}
}

int syslog_start(const char *hostname)
{
	struct file *f;
	int rc;

	if (!ship.wanted || ship.ring)
		return 0;
	ship.hostname = hostname;
	ship.ring = mem_alloc(RING_SIZE);
	if (!ship.ring)
		return -ENOMEM;
	rc = socket_new(AF_INET, SOCK_DGRAM, 0, 0, &f);
	if (rc)
		return rc;
	rc = thread_start("syslog", run, f);
	if (rc) {
		file_put(f);
		return rc;
	}
	log_set_tap(tap);
	return 0;
}
