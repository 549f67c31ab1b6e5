/* net.c - see net.h. */
#include "tests/lib/khost/net.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/timeouts.h>

#include "kernel/core/clock.h"
#include "kernel/core/netdev.h"
#include "kernel/core/panic.h"
#include "kernel/lib/attr.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/net/config.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "kernel/sched/thread.h"
#include "tests/lib/khost/khost.h"
#include "tests/lib/khost/vdev.h"

enum { TOKENS_MAX = 256, FRAME_MAX = 64 * 1024 + 128 };

const uint8_t khost_net_mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
const uint8_t khost_net_peer[6] = {0x52, 0x54, 0, 0, 0, 1};

static struct {
	struct netdev dev;
	struct netbuf *waiting;
	void *tokens[TOKENS_MAX]; /* frames whose pieces may go */
	unsigned nr_tokens;
	void (*sent)(const uint8_t *frame, size_t len);
} card;

/* --- static memory of the stack: the Makefile gives it sections --- */

extern char __start_knet_data[], __stop_knet_data[];
extern char __start_knet_bss[], __stop_knet_bss[];

/* Between the variables there is what no one may touch, to a sanitizer. */
#ifdef __clang__
__attribute__((no_sanitize("address", "thread")))
#endif
static void
copy_words(char *to, const char *from, size_t n)
{
	volatile uint64_t *v = (volatile uint64_t *)(void *)to;
	const uint64_t *f = (const uint64_t *)(const void *)from;

	for (size_t i = 0; i < n / sizeof(*v); i++)
		v[i] = f ? f[i] : 0;
	for (size_t i = n / sizeof(*v) * sizeof(*v); i < n; i++)
		((volatile char *)to)[i] = from ? from[i] : 0;
}

static void make_new(void)
{
	static char *data;
	size_t n = (size_t)(__stop_knet_data - __start_knet_data);

	if (!data) {
		data = malloc(n);
		copy_words(data, __start_knet_data, n);
	}
	copy_words(__start_knet_data, data, n);
	copy_words(__start_knet_bss, NULL,
	           (size_t)(__stop_knet_bss - __start_knet_bss));
}

/* --- the card --- */

static int transmit(struct netdev *dev, const struct netdev_seg *segs,
                    unsigned nr, const struct netdev_offload *o, void *token)
{
	static uint8_t frame[FRAME_MAX];
	size_t n = 0;

	(void)dev, (void)o;
	if (card.nr_tokens == TOKENS_MAX)
		return -ENOSPC;
	for (unsigned i = 0; i < nr; i++) {
		memcpy(frame + n, segs[i].data, segs[i].len);
		n += segs[i].len;
	}
	card.tokens[card.nr_tokens++] = token;
	if (card.sent)
		card.sent(frame, n);
	return 0;
}

static void flush(struct netdev *dev)
{
	(void)dev;
}

static void *sent(struct netdev *dev)
{
	(void)dev;
	return card.nr_tokens ? card.tokens[--card.nr_tokens] : NULL;
}

static struct netbuf *receive(struct netdev *dev)
{
	struct netbuf *b = card.waiting;

	(void)dev;
	card.waiting = NULL;
	return b;
}

static bool listen(struct netdev *dev)
{
	(void)dev;
	return false;
}

static bool is_linked(struct netdev *dev)
{
	(void)dev;
	return true;
}

static const struct netdev_ops ops = {
	.transmit = transmit,
	.flush = flush,
	.sent = sent,
	.receive = receive,
	.listen = listen,
	.link = is_linked,
};

static void free_netbuf(struct netbuf *b)
{
	mem_free(b->data);
	mem_free(b);
}

static struct netbuf *make_netbuf(const uint8_t *bytes, size_t len)
{
	struct netbuf *b = mem_zalloc(sizeof(*b));

	b->data = mem_alloc(len);
	memcpy(b->data, bytes, len);
	b->len = (uint32_t)len;
	b->free = free_netbuf;
	return b;
}

static void work(void)
{
	stack_lock();
	stack_poll_locked();
	sys_check_timeouts();
	stack_unlock();
}

void khost_net_input(const void *frame, size_t len, size_t piece)
{
	struct netbuf **end = &card.waiting;
	const uint8_t *at = frame;

	while (len) {
		size_t n = piece && piece < len ? piece : len;

		*end = make_netbuf(at, n);
		end = &(*end)->next;
		at += n;
		len -= n;
	}
	work();
}

void khost_net_run(uint64_t ms)
{
	uint64_t end = clock_monotonic() + ms * NS_PER_MS;

	for (;;) {
		uint64_t next = clock_monotonic() +
		                sys_timeouts_sleeptime() * NS_PER_MS;

		thread_sleep_until(next < end ? next : end);
		work();
		if (clock_monotonic() >= end)
			return;
	}
}

static void add_lines(const char *lines)
{
	char *copy = strdup(lines), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (net_add_line(line))
			panic("net %s: malformed", line);
	free(copy);
}

void khost_net_start(const char *lines, bool cuts,
                     void (*tell)(const uint8_t *frame, size_t len))
{
	make_new();
	memset(&card, 0, sizeof(card));
	khost_set_realtime(UINT64_C(1700000000) * NS_PER_SEC);
	khost_set_random(1);
	khost_track_memory(true);
	card.sent = tell;
	card.dev.ops = &ops;
	card.dev.sums = card.dev.segments = cuts;
	card.dev.mtu = NETDEV_MTU_MAX;
	memcpy(card.dev.name, "eth0", 5);
	memcpy(card.dev.address, khost_net_mac, sizeof(khost_net_mac));
	netdev_add(&card.dev);
	add_lines(lines);
	if (net_allow_all() || net_up())
		panic("the network does not come up");
	work();
}

void khost_net_stop(void)
{
	khost_vdev_forget();
	khost_track_memory(false);
}
