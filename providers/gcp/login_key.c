/* login_key.c - service accounts: a signed JWT for a token (RFC 7523). */
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "providers/gcp/login_private.h"

enum {
	BACK_S = 10,
	LIFE_S = 3600,
	MOST_SIGNATURE = 1024,
	DEADLINE_MS = 60000,
	SKEW_MS = 60000 /* of clocks, that nobody minds */
};

/* RFC 4648, section 5, without padding. */
static const char *base64url(struct arena *mem, const void *data, size_t n)
{
	char *out = arena_alloc(mem, 4 * ((n + 2) / 3) + 1, 1);
	int len = EVP_EncodeBlock((unsigned char *)out, data, (int)n);

	while (len && out[len - 1] == '=')
		out[--len] = '\0';
	for (char *c = out; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	return out;
}

static void member(struct strbuf *b, const char *name, const char *text)
{
	strbuf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", name);
	json_add_string(b, text, strlen(text));
}

static const char *to_sign(struct gcp_login *l, struct arena *mem)
{
	int64_t now =
		(l->clock->now_ms(l->clock->ctx) + l->ahead_ms) / 1000 - BACK_S;
	struct strbuf head = {0}, claims = {0};
	const char *kid = value_get_string(l->file, "private_key_id", NULL);
	const char *out;

	strbuf_addc(&head, '{');
	member(&head, "alg", "RS256");
	member(&head, "typ", "JWT");
	if (kid)
		member(&head, "kid", kid);
	strbuf_addc(&head, '}');
	strbuf_addc(&claims, '{');
	member(&claims, "iss", value_get_string(l->file, "client_email", ""));
	member(&claims, "scope", GCP_SCOPE);
	member(&claims, "aud", value_get_string(l->file, "token_uri", ""));
	strbuf_printf(&claims, ",\"iat\":%lld,\"exp\":%lld}", (long long)now,
	              (long long)now + LIFE_S);
	out = arena_printf(mem, "%s.%s", base64url(mem, head.s, head.len),
	                   base64url(mem, claims.s, claims.len));
	strbuf_fini(&head);
	strbuf_fini(&claims);
	return out;
}

static struct err *read_key(const struct gcp_login *l, EVP_PKEY **out)
{
	const char *pem = value_get_string(l->file, "private_key", "");
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	if (key && EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	if (!key)
		return err_new(ERR_SYNTAX, NO_POS,
		               "%s: \"private_key\" is no RSA key in PEM",
		               l->path);
	*out = key;
	return NULL;
}

static struct err *sign(const struct gcp_login *l, struct arena *mem,
                        const char *text, const char **out)
{
	unsigned char sig[MOST_SIGNATURE];
	size_t len = sizeof(sig);
	EVP_MD_CTX *ctx;
	EVP_PKEY *key = NULL;
	struct err *e = read_key(l, &key);
	bool good;

	if (e)
		return e;
	ctx = EVP_MD_CTX_new();
	good = ctx &&
	       EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestSign(ctx, sig, &len, (const unsigned char *)text,
	                      strlen(text)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (!good)
		return err_new(ERR_SYNTAX, NO_POS, "%s: the key cannot sign",
		               l->path);
	*out = base64url(mem, sig, len);
	return NULL;
}

static struct err *ask_once(struct gcp_login *l, struct arena *mem,
                            const char *url, const struct value **answer)
{
	const char *text = to_sign(l, mem), *signature = "";
	struct http_request r = {
		.method = "POST",
		.url = url,
		.content_type = "application/x-www-form-urlencoded",
		.repeatable = true,
		.deadline_ms = DEADLINE_MS,
	};
	struct err *e = sign(l, mem, text, &signature);

	if (e)
		return e;
	r.body = arena_printf(mem,
	                      "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3A"
	                      "grant-type%%3Ajwt-bearer&assertion=%s.%s",
	                      text, signature);
	r.len = strlen(r.body);
	return gcp_login_ask(l, mem, &r, answer);
}

/*
 * What is signed says when; a clock that is minutes away makes it worthless.
 * The refusal says what time it is there, so it is signed again for that.
 */
struct err *gcp_login_key_token(struct gcp_login *l, struct arena *mem,
                                struct gcp_token *out)
{
	const char *url = value_get_string(l->file, "token_uri", "");
	int64_t thought = l->ahead_ms;
	const struct value *answer;
	struct err *e = gcp_login_check_url(l, url);

	if (!e)
		e = ask_once(l, mem, url, &answer);
	if (e && llabs(l->ahead_ms - thought) > SKEW_MS) {
		err_free(e);
		e = ask_once(l, mem, url, &answer);
	}
	return e ? e : gcp_login_take(l, answer, out);
}
