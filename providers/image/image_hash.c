/* image_hash.c - SHA-256 by OpenSSL. */
#include "providers/image/image_hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

static struct image_hash to_hex(const unsigned char *sum)
{
	static const char digits[] = "0123456789abcdef";
	struct image_hash hash = {0};

	for (size_t i = 0; i < IMAGE_HASH_LEN / 2; i++) {
		hash.hex[2 * i] = digits[sum[i] >> 4];
		hash.hex[2 * i + 1] = digits[sum[i] & 15];
	}
	return hash;
}

/* OpenSSL fails here only when memory is gone. */
static void must(int ok)
{
	if (!ok)
		abort();
}

struct image_hash image_hash_bytes(const void *data, size_t len)
{
	unsigned char sum[EVP_MAX_MD_SIZE];

	must(EVP_Digest(data, len, sum, NULL, EVP_sha256(), NULL));
	return to_hex(sum);
}

struct err *image_hash_fd(int fd, const char *name, struct image_hash *out)
{
	static const size_t chunk = 128 * 1024;
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned char *buf = malloc(chunk);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ssize_t n = -1;
	int problem = 0;

	must(buf && ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
	while (n) {
		n = read(fd, buf, chunk);
		if (n < 0 && errno != EINTR) {
			problem = errno;
			break;
		}
		if (n > 0)
			must(EVP_DigestUpdate(ctx, buf, (size_t)n));
	}
	must(EVP_DigestFinal_ex(ctx, sum, NULL));
	EVP_MD_CTX_free(ctx);
	free(buf);
	if (problem)
		return err_sys(problem, "%s", name);
	*out = to_hex(sum);
	return NULL;
}
