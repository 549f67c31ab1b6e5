/* stack.c - lwIP's surroundings: lock, thread, time, memory, chance. */
#include "kernel/net/stack.h"

#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>

#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/inet_tcp.h"
#include "kernel/net/interface.h"
#include "kernel/net/lwip/hooks.h"
#include "kernel/net/tcp_table.h"
#include "kernel/sched/giant.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"

static struct {
	struct mutex lock;

	/* lock must be held for these. */
	uint64_t asleep_until; /* the thread's deadline */

	/* Set before the thread starts, constant after. */
	uint64_t isn_key[2];

	struct waitq work; /* the thread waits here */
	bool wanted;       /* atomic: there is work */
} stack = {
	.lock = MUTEX_INIT(stack.lock),
	.work = WAITQ_INIT(stack.work),
};

void stack_lock(void)
{
	mutex_lock(&stack.lock);
}

bool stack_locked(void)
{
	return mutex_held(&stack.lock);
}

void stack_unlock(void)
{
	interface_loop_locked();
	interface_flush_locked();
	mutex_unlock(&stack.lock);
}

void stack_poll_locked(void)
{
	(void)interface_receive_locked();
	interface_loop_locked();
}

void stack_wake(void)
{
	__atomic_store_n(&stack.wanted, true, __ATOMIC_RELEASE);
	waitq_wake(&stack.work, ~0u);
}

static uint64_t next_timer_locked(void)
{
	uint32_t ms = sys_timeouts_sleeptime();

	if (ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
		return NO_DEADLINE;
	return clock_monotonic() + ms * NS_PER_MS;
}

void stack_timers_changed_locked(void)
{
	ASSERT(stack_locked());
	if (next_timer_locked() < stack.asleep_until)
		stack_wake();
}

/*
 * Receive, run timers, and say until when there is nothing to do. Interrupts
 * of the devices are on again only when they had no more frames. What comes
 * faster than we take it waits for the next round, after the other threads.
 */
static uint64_t work_locked(void)
{
	bool more = interface_receive_locked() || interface_listen_locked();

	interface_loop_locked();
	sys_check_timeouts();
	tcp_socket_trim_locked();
	stack.asleep_until = more ? 0 : next_timer_locked();
	return stack.asleep_until;
}

static bool take_wanted(void)
{
	return __atomic_exchange_n(&stack.wanted, false, __ATOMIC_ACQUIRE);
}

static void run(void *arg UNUSED)
{
	struct wait w;

	giant_unlock(); /* all that is done here is under the stack's lock */
	wait_begin(&w, &stack.work);
	for (;;) {
		uint64_t until;

		stack_lock();
		until = work_locked();
		stack_unlock();
		if (!until)
			thread_yield();
		while (until && !take_wanted())
			if (wait_sleep_hard(&w, until))
				break;
	}
}

int stack_start(void)
{
	uint64_t hash_key[2];

	random_bytes(stack.isn_key, sizeof(stack.isn_key));
	random_bytes(hash_key, sizeof(hash_key));
	stack_lock();
	tcp_table_init(hash_key);
	lwip_init();
	interface_start_loopback_locked();
	stack_unlock();
	return thread_start("net", run, NULL);
}

int stack_error(int err)
{
	switch (err) {
	case ERR_OK:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
		return -ENOBUFS;
	case ERR_TIMEOUT:
		return -ETIMEDOUT;
	case ERR_RTE:
		return -ENETUNREACH;
	case ERR_INPROGRESS:
		return -EINPROGRESS;
	case ERR_WOULDBLOCK:
		return -EAGAIN;
	case ERR_USE:
		return -EADDRINUSE;
	case ERR_ALREADY:
		return -EALREADY;
	case ERR_ISCONN:
		return -EISCONN;
	case ERR_CONN:
		return -ENOTCONN;
	case ERR_IF:
		return -ENETDOWN;
	case ERR_ABRT:
		return -ECONNABORTED;
	case ERR_RST:
		return -ECONNRESET;
	default:
		return -EINVAL;
	}
}

/* --- what lwIP asks of its surroundings --- */

uint32_t sys_now(void)
{
	return (uint32_t)(clock_monotonic() / NS_PER_MS);
}

uint32_t stack_random(void)
{
	return (uint32_t)random_u64();
}

void stack_assertion_failed(const char *what, const char *file, int line)
{
	panic("%s:%d: lwIP: %s", file, line, what);
}

/*
 * Words may be summed in any order and width (RFC 1071), so eight bytes at a
 * time with the carries kept aside.
 */
uint16_t stack_checksum(const void *data, int len)
{
	const unsigned char *p = data;
	size_t left = (size_t)len;
	uint64_t sum = 0;

	for (; left >= 8; p += 8, left -= 8) {
		uint64_t word;

		__builtin_memcpy(&word, p, 8);
		sum += word & UINT32_MAX;
		sum += word >> 32;
	}
	for (; left >= 2; p += 2, left -= 2)
		sum += (uint64_t)(p[0] | p[1] << 8);
	if (left)
		sum += p[0];
	while (sum >> 16)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

static uint64_t rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 of whole words (Aumasson and Bernstein, 2012). */
static uint64_t keyed_hash(const uint64_t key[2], const uint64_t *words,
                           unsigned n)
{
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575,
		key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261,
		key[1] ^ 0x7465646279746573,
	};

	for (unsigned i = 0; i <= n; i++) {
		uint64_t word = i < n ? words[i] : (uint64_t)n * 8 << 56;

		v[3] ^= word;
		sip_round(v);
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

u32_t stack_first_sequence(const ip_addr_t *local, u16_t local_port,
                           const ip_addr_t *remote, u16_t remote_port)
{
	const uint32_t *l = ip_2_ip6(local)->addr, *r = ip_2_ip6(remote)->addr;
	uint64_t words[] = {
		(uint64_t)l[0] << 32 | r[0],
		(uint64_t)l[1] << 32 | r[1],
		(uint64_t)l[2] << 32 | r[2],
		(uint64_t)l[3] << 32 | r[3],
		(uint64_t)local_port << 16 | remote_port,
	};
	enum { TICK_NS = 64 }; /* RFC 6528 says 4 us; links got faster */

	return (u32_t)(keyed_hash(stack.isn_key, words, ARRAY_LEN(words)) +
	               clock_monotonic() / TICK_NS);
}

/*
 * lwIP's allocator. mem_free() is the kernel's own: the name and the type are
 * the same.
 */
void mem_init(void)
{
}

void *mem_malloc(mem_size_t size)
{
	return mem_alloc(size);
}

void *mem_calloc(mem_size_t count, mem_size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return mem_zalloc(bytes);
}

/* Pieces cannot shrink. */
void *mem_trim(void *p, mem_size_t size UNUSED)
{
	return p;
}
