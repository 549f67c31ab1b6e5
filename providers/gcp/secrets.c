/*
 * secrets.c - projects.secrets.versions.access of the Secret Manager API, v1:
 * {"payload": {"data": base64, "dataCrc32c": the CRC-32C of what that is, in
 * decimal digits}}.
 */
#include "providers/gcp/secrets.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "providers/gcp/api.h"
#include "providers/gcp/login.h"

/* CRC-32C (RFC 9260, appendix A); secrets are short. */
static uint32_t crc32c(const char *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* RFC 4648, 4, with its padding. False: it is none. */
static bool unbase64(struct arena *mem, const struct value *data, char **text,
                     size_t *len)
{
	size_t n = data->string.len, pad = 0;
	unsigned char *out = arena_alloc(mem, n / 4 * 3 + 1, 1);

	while (pad < 2 && pad < n && data->string.s[n - 1 - pad] == '=')
		pad++;
	if (n % 4 || EVP_DecodeBlock(out, (const unsigned char *)data->string.s,
	                             (int)n) < 0)
		return false;
	*len = n / 4 * 3 - pad;
	out[*len] = '\0';
	*text = (char *)out;
	return true;
}

static struct err *take_payload(struct arena *mem, const char *name,
                                const struct value *payload, char **text,
                                size_t *len)
{
	const struct value *data = value_get(payload, "data");
	const char *sum = value_get_string(payload, "dataCrc32c", "");
	char *end;
	unsigned long long want = strtoull(sum, &end, 10);

	/* An empty secret has no data, as in all of Google's JSON. */
	if (!data)
		data = value_string(mem, "");
	if (data->type != VALUE_STRING || !*sum || *end ||
	    !unbase64(mem, data, text, len))
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: the answer has no secret and checksum",
		               name);
	if (crc32c(*text, *len) != want)
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: it arrived damaged: its CRC-32C differs",
		               name);
	return NULL;
}

static struct err *refused(const struct provider *p, struct arena *mem,
                           const char *name, const struct gcp_answer *a)
{
	if (gcp_api_is_disabled(a))
		return err_hint(err_new(ERR_REMOTE, NO_POS,
		                        "%s: the Secret Manager API is not "
		                        "enabled: %s",
		                        name, a->message),
		                "gcloud services enable "
		                "secretmanager.googleapis.com");
	if (a->status == 403)
		return err_hint(err_new(ERR_REMOTE, NO_POS,
		                        "%s lacks the permission "
		                        "secretmanager.versions.access on %s, "
		                        "if that exists",
		                        gcp_login_account(p->login, mem), name),
		                "the role secretmanager.secretAccessor has it");
	return gcp_api_error(p, a, name);
}

struct err *gcp_secrets_read(struct provider *p, struct arena *mem,
                             const char *name, char **text, size_t *len)
{
	struct http_request r = {
		.method = "GET",
		.url = arena_printf(mem, "%s/%s:access", p->secrets, name),
		.repeatable = true,
		.try_ms = p->try_ms,
	};
	struct gcp_answer a;
	struct err *e = gcp_api_send(p, mem, &r, &a);

	if (e)
		return e;
	if (a.status != 200)
		return refused(p, mem, name, &a);
	return take_payload(mem, name, value_get(a.body, "payload"), text, len);
}
