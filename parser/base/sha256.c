/* sha256.c - OpenSSL does the work. */
#include "parser/base/sha256.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

void sha256_hex(const void *data, size_t len, char out[SHA256_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[SHA256_DIGEST_LENGTH];

	if (!EVP_Digest(data, len, sum, NULL, EVP_sha256(), NULL)) {
		fputs("miso: OpenSSL has no SHA-256\n", stderr);
		abort();
	}
	for (size_t i = 0; i < sizeof(sum); i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	out[SHA256_HEX] = '\0';
}
