/*
 * random.c - a ChaCha20 generator with fast key erasure (Bernstein, 2017).
 *
 * Each request makes blocks; the first 32 bytes of them become the next key,
 * so that a later look into memory does not give earlier output away. What is
 * stirred in is XORed into the key and goes through the cipher at once.
 */
#include "kernel/core/random.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/timebase.h"
#include "kernel/core/lock.h"
#include "kernel/lib/string.h"

enum { BLOCK = 64, KEY = 32, RESEED_EVERY = 1024 };

static struct {
	struct lock lock;
	uint32_t key[KEY / 4];
	uint64_t nonce;
	unsigned requests;
} rng = {.lock = LOCK_INIT(LOCK_LOG)};

static uint32_t rotate(uint32_t v, int n)
{
	return v << n | v >> (32 - n);
}

/* RFC 8439, 2.1. */
static void quarter(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

/* RFC 8439, 2.3, with a 64-bit counter and nonce. */
static void chacha20_block(const uint32_t *key, uint64_t counter,
                           uint64_t nonce, uint32_t out[BLOCK / 4])
{
	uint32_t x[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
	uint32_t start[16];

	memcpy(x + 4, key, KEY);
	memcpy(x + 12, &counter, 8);
	memcpy(x + 14, &nonce, 8);
	memcpy(start, x, sizeof(x));
	for (int i = 0; i < 10; i++) {
		for (int c = 0; c < 4; c++)
			quarter(x, c, c + 4, c + 8, c + 12);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		out[i] = x[i] + start[i];
}

static void next_key_locked(uint32_t block[BLOCK / 4])
{
	memcpy(rng.key, block, KEY);
	rng.nonce++;
}

static void stir_locked(const void *bytes, size_t n)
{
	const unsigned char *from = bytes;
	uint32_t block[BLOCK / 4];

	while (n) {
		unsigned char mix[KEY] = {0};
		size_t step = n < KEY ? n : KEY;

		memcpy(mix, from, step);
		for (int i = 0; i < KEY / 4; i++) {
			uint32_t word;

			memcpy(&word, mix + 4 * i, 4);
			rng.key[i] ^= word;
		}
		chacha20_block(rng.key, 0, rng.nonce, block);
		next_key_locked(block);
		from += step;
		n -= step;
	}
}

static void stir_hardware_locked(void)
{
	uint64_t words[5] = {timebase_ns() ^ timebase_boot_tsc()};

	for (int i = 1; i < 5; i++)
		if (!cpu_random(&words[i]))
			break;
	stir_locked(words, sizeof(words));
}

void random_add(const void *bytes, size_t n)
{
	lock_acquire(&rng.lock);
	stir_locked(bytes, n);
	lock_release(&rng.lock);
}

void random_renew(const void *bytes, size_t n)
{
	lock_acquire(&rng.lock);
	stir_locked(bytes, n);
	stir_hardware_locked();
	lock_release(&rng.lock);
}

void random_bytes(void *out, size_t n)
{
	unsigned char *to = out;
	uint32_t block[BLOCK / 4], first[BLOCK / 4];

	lock_acquire(&rng.lock);
	if (rng.requests++ % RESEED_EVERY == 0)
		stir_hardware_locked();
	chacha20_block(rng.key, 0, rng.nonce, first);
	for (uint64_t counter = 1; n; counter++) {
		size_t step = n < BLOCK ? n : BLOCK;

		chacha20_block(rng.key, counter, rng.nonce, block);
		memcpy(to, block, step);
		to += step;
		n -= step;
	}
	next_key_locked(first);
	lock_release(&rng.lock);
}

uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}
