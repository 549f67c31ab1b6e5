/* sha256.c - OpenSSL does the work. */
#include "parser/base/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/base/arena.h"

static struct sha256 to_hex(const unsigned char *sum)
{
	static const char digits[] = "0123456789abcdef";
	struct sha256 hash = {0};

	for (size_t i = 0; i < SHA256_HEX / 2; i++) {
		hash.hex[2 * i] = digits[sum[i] >> 4];
		hash.hex[2 * i + 1] = digits[sum[i] & 15];
	}
	return hash;
}

/* It fails only when memory is gone. */
static void must(int ok)
{
	if (!ok)
		arena_no_memory();
}

struct sha256 sha256_of(const void *data, size_t len)
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	must(EVP_Digest(data, len, sum, NULL, EVP_sha256(), NULL));
	return to_hex(sum);
}

/* Gives errno, or 0. */
static int add_all(EVP_MD_CTX *ctx, int fd)
{
	enum { CHUNK = 128 * 1024 };
	unsigned char *chunk = malloc(CHUNK);
	ssize_t n = 1;
	int problem = chunk ? 0 : ENOMEM;

	while (!problem && n) {
		n = read(fd, chunk, CHUNK);
		if (n < 0 && errno != EINTR)
			problem = errno;
		if (n > 0)
			must(EVP_DigestUpdate(ctx, chunk, (size_t)n));
	}
	free(chunk);
	return problem;
}

struct err *sha256_fd(int fd, const char *name, struct sha256 *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int problem;

	must(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
	problem = add_all(ctx, fd);
	must(EVP_DigestFinal_ex(ctx, sum, NULL));
	EVP_MD_CTX_free(ctx);
	if (problem)
		return err_sys(problem, "%s", name);
	*out = to_hex(sum);
	return NULL;
}

void sha256_bytes(const char *hex, uint8_t *out, size_t n)
{
	char pair[3] = {0};

	for (size_t i = 0; i < n; i++) {
		memcpy(pair, hex + 2 * i, 2);
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}
