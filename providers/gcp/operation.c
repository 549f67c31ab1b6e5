/* operation.c - see operation.h. */
#include "providers/gcp/operation.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "parser/base/sha256.h"
#include "providers/http/wait.h"

enum {
	APPEARS_MS = 30 * 1000, /* how long a new object may be unseen */
	DONE_MS = 30 * 60 * 1000,
	AGAIN_MOST = 5,
	FREE_MS = 10 * 60 * 1000, /* how long a user may take to be gone */
};

/* --- ids ------------------------------------------------------------------ */

/* uuid5 of "miso.invalid" in RFC 9562's namespace for DNS names. */
static const uint8_t namespace[16] = {0xc8, 0x3d, 0x05, 0x4a, 0x5a, 0x82,
                                      0x5b, 0x9b, 0xa5, 0x87, 0x6e, 0x9b,
                                      0x8f, 0x23, 0xc8, 0x40};

const char *gcp_uuid(struct arena *mem, const char *text)
{
	size_t len = strlen(text);
	unsigned char *in = arena_alloc(mem, sizeof(namespace) + len, 1);
	unsigned char h[SHA_DIGEST_LENGTH];

	memcpy(in, namespace, sizeof(namespace));
	memcpy(in + sizeof(namespace), text, len);
	SHA1(in, sizeof(namespace) + len, h);
	h[6] = (unsigned char)((h[6] & 0x0f) | 0x50);
	h[8] = (unsigned char)((h[8] & 0x3f) | 0x80);
	return arena_printf(mem,
	                    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	                    "%02x%02x%02x%02x%02x%02x",
	                    h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7],
	                    h[8], h[9], h[10], h[11], h[12], h[13], h[14],
	                    h[15]);
}

static const char *random_text(struct arena *mem)
{
	uint64_t r[2] = {0};

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		abort();
	return arena_printf(mem, "%016llx%016llx", (unsigned long long)r[0],
	                    (unsigned long long)r[1]);
}

static const char *request_id(const struct provider *p, struct arena *mem,
                              const struct gcp_change *c)
{
	char *body =
		c->body && !c->outline
			? json_dumps(c->body, JSON_COMPACT | JSON_SORT_KEYS)
			: NULL;
	const char *about = c->outline ? c->outline : body ? body : "";
	struct sha256 hash = sha256_of(about, strlen(about));
	const char *nonce = c->derive ? c->derive : random_text(mem);

	free(body);
	return gcp_uuid(mem,
	                arena_printf(mem, "%s\n%s\n%s\n%s %s\n%s\n%s",
	                             p->owner.stack, p->owner.site, c->address,
	                             c->method, c->path, nonce, hash.hex));
}

/* --- waiting -------------------------------------------------------------- */

static bool is_done(const struct value *op)
{
	return !strcmp(value_get_string(op, "status", ""), "DONE");
}

static void read_failure(const struct value *op, struct gcp_done *out)
{
	const struct value *list = value_get(value_get(op, "error"), "errors");
	const struct value *first =
		list && list->type == VALUE_LIST && list->list.n
			? list->list.v[0]
			: NULL;

	if (!first)
		return;
	out->error = value_get_string(first, "code", "UNKNOWN");
	out->message = value_get_string(first, "message", "");
}

static struct err *follow(struct provider *p, struct arena *mem,
                          const struct gcp_change *c, const struct value *op,
                          const struct value **out)
{
	const char *link = value_get_string(op, "selfLink", "");
	const char *path = strstr(link, "projects/");
	int64_t until = http_system_clock.mono_ms(NULL) + DONE_MS;
	struct gcp_call call = {
		.method = "POST",
		.safe = true,
		.progress = c->progress,
		.address = c->address,
		.try_ms = HTTP_TRY_MS, /* it answers within two minutes */
	};

	if (!path)
		return err_new(ERR_REMOTE, NO_POS,
		               "%s: the answer is no operation", c->path);
	call.path = arena_printf(mem, "%s/wait", path);
	while (!is_done(op)) {
		struct gcp_answer a;
		struct err *e;

		if (http_system_clock.mono_ms(NULL) > until)
			return err_new(ERR_TIMEOUT, NO_POS,
			               "%s is not done after %d minutes", path,
			               DONE_MS / 60000);
		e = gcp_api_must(p, mem, &call, &a);
		if (e)
			return e;
		op = a.body;
		if (!value_get_string(op, "status", NULL))
			return err_new(ERR_REMOTE, NO_POS,
			               "%s: the answer is no operation",
			               call.path);
	}
	*out = op;
	return NULL;
}

struct err *gcp_change(struct provider *p, struct arena *mem,
                       const struct gcp_change *c, struct gcp_done *out)
{
	struct gcp_call call = {
		.method = c->method,
		.path = c->path,
		.query = c->query,
		.request_id = c->no_request_id ? NULL : request_id(p, mem, c),
		.body = c->body,
		/* Those have a fingerprint. */
		.safe = c->no_request_id,
		.progress = c->progress,
		.address = c->address,
	};
	const struct value *op;
	struct err *e;

	*out = (struct gcp_done){0};
	e = gcp_api_call(p, mem, &call, &out->answer);
	if (e || out->answer.status / 100 != 2)
		return e;
	op = out->answer.body;
	out->at_once = is_done(op);
	e = follow(p, mem, c, op, &op);
	if (!e)
		read_failure(op, out);
	return e;
}

struct err *gcp_change_error(const struct provider *p,
                             const struct gcp_change *c,
                             const struct gcp_done *d)
{
	if (!d->error)
		return gcp_api_error(p, &d->answer, c->path);
	if (!strncmp(d->error, "ZONE_RESOURCE_POOL_EXHAUSTED", 28))
		return err_hint(err_new(ERR_REMOTE, NO_POS, "%s: %s (%s)",
		                        c->path, d->message, d->error),
		                "this zone has no room for that now; try "
		                "another zone of the region, such as %s-b or "
		                "%s-c",
		                p->region, p->region);
	return err_new(ERR_REMOTE, NO_POS, "%s: %s (%s)", c->path, d->message,
	               d->error);
}

struct err *gcp_change_must(struct provider *p, struct arena *mem,
                            const struct gcp_change *c, struct gcp_done *out)
{
	struct err *e = gcp_change(p, mem, c, out);

	if (e)
		return e;
	if (out->answer.status / 100 != 2 || out->error)
		return gcp_change_error(p, c, out);
	return NULL;
}

/* --- objects -------------------------------------------------------------- */

struct err *gcp_get_new(struct provider *p, struct arena *mem, const char *path,
                        const char *address, const struct progress *progress,
                        const struct value **out)
{
	const struct http_clock *clock = &http_system_clock;
	struct gcp_call call = {.method = "GET",
	                        .path = path,
	                        .address = address,
	                        .progress = progress};
	int64_t until = clock->mono_ms(NULL) + APPEARS_MS;
	struct gcp_listener l = {.progress = progress};

	for (unsigned n = 1;; n++) {
		struct gcp_answer a;
		struct err *e = gcp_api_call(p, mem, &call, &a);

		if (e)
			return e;
		if (a.status == 200) {
			*out = a.body;
			return NULL;
		}
		if (a.status != 404 || clock->mono_ms(NULL) > until)
			return gcp_api_error(p, &a, path);
		if (!gcp_api_wait(&l, http_wait_jitter(clock, n)))
			return err_new(ERR_CANCELED, NO_POS, "given up");
	}
}

static struct err *exists(struct provider *p, struct arena *mem,
                          const char *path, const struct value **out)
{
	struct gcp_call call = {.method = "GET", .path = path};
	struct gcp_answer a;
	struct err *e = gcp_api_call(p, mem, &call, &a);

	*out = NULL;
	if (e)
		return e;
	if (a.status == 200)
		*out = a.body;
	return a.status == 200 || a.status == 404 ? NULL
	                                          : gcp_api_error(p, &a, path);
}

/* What became of that request long ago may not be what becomes of it now. */
static bool is_old_failure(const struct gcp_change *c, const struct gcp_done *d)
{
	return d->error && d->at_once && c->derive;
}

/*
 * An answer that is DONE at once may be that to a request of long ago, which
 * failed, or whose object has been deleted since: ask for it anew then, as
 * another request.
 */
struct err *gcp_insert(struct provider *p, struct arena *mem,
                       const struct gcp_change *c, const char *path,
                       const struct value **out, bool *existed)
{
	struct gcp_change change = *c;
	struct gcp_done d;
	struct err *e = NULL;

	*existed = false;
	change.derive = "first";
	for (int n = 0; n < AGAIN_MOST && !e; n++) {
		change.body = json_incref(c->body);
		e = gcp_change(p, mem, &change, &d);
		if (e)
			break;
		if (d.answer.status == 409 &&
		    !strcmp(d.answer.reason, "alreadyExists")) {
			*existed = true;
			e = gcp_get_new(p, mem, path, c->address, c->progress,
			                out);
			break;
		}
		if (is_old_failure(&change, &d)) {
			change.derive = NULL;
			continue;
		}
		if (d.answer.status / 100 != 2 || d.error) {
			e = gcp_change_error(p, &change, &d);
			break;
		}
		if (!d.at_once) {
			e = gcp_get_new(p, mem, path, c->address, c->progress,
			                out);
			break;
		}
		e = exists(p, mem, path, out);
		if (*out)
			break;
		change.derive = NULL;
	}
	json_decref(c->body);
	if (!e && !*out)
		e = err_new(ERR_REMOTE, NO_POS, "%s does not appear", path);
	return e;
}

/* "... is already being used by 'projects/...'": the path of who it is. */
static const char *user_in(struct arena *mem, const struct gcp_done *d)
{
	const char *message = d->error ? d->message : d->answer.message;
	const char *at = strstr(message, "used by");

	at = at ? strstr(at, "projects/") : NULL;
	return at ? arena_strndup(mem, at, strcspn(at, "'\"")) : NULL;
}

/* Who uses it is deleted by this run, too, or was: that takes its time. */
static bool is_nearly_free(struct provider *p, struct arena *mem,
                           const struct gcp_done *d)
{
	const char *user;

	if (strcmp(d->error ? d->error : "",
	           "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE") != 0 &&
	    strcmp(d->answer.reason, "resourceInUseByAnotherResource") != 0)
		return false;
	user = user_in(mem, d);
	return user && gcp_place_deletes(p, user);
}

struct err *gcp_delete(struct provider *p, const char *path,
                       const char *address, const struct progress *progress)
{
	const struct http_clock *clock = &http_system_clock;
	int64_t until = clock->mono_ms(NULL) + FREE_MS;
	struct gcp_listener l = {.progress = progress, .address = address};
	struct arena mem = {0};
	struct err *e = NULL;

	gcp_place_delete(p, path);
	for (unsigned n = 1;; n++) {
		struct gcp_change c = {.method = "DELETE",
		                       .path = path,
		                       .address = address,
		                       .progress = progress};
		int64_t ms = http_wait_jitter(clock, n);
		struct gcp_done d;

		e = gcp_change(p, &mem, &c, &d);
		if (e || d.answer.status == 404)
			break;
		if (d.answer.status / 100 == 2 && !d.error)
			break;
		if (!is_nearly_free(p, &mem, &d) ||
		    clock->mono_ms(NULL) + ms > until) {
			e = gcp_change_error(p, &c, &d);
			break;
		}
		gcp_api_tell(&l, "it is still in use", ms);
		if (!gcp_api_wait(&l, ms)) {
			e = err_new(ERR_CANCELED, NO_POS, "given up");
			break;
		}
	}
	arena_free(&mem);
	return e;
}

/* --- with a fingerprint --------------------------------------------------- */

struct err *gcp_merge(struct provider *p, struct arena *mem,
                      const struct gcp_merge *m, const struct value **now)
{
	enum { CONFLICTS_MOST = 10 };
	struct gcp_change c = m->change;

	for (int i = 0; i < CONFLICTS_MOST; i++) {
		struct gcp_done done;
		struct err *e = NULL;

		if (!*now)
			e = gcp_get_new(p, mem, m->path, c.address, c.progress,
			                now);
		if (e)
			return e;
		c.body = m->make(m->ctx, *now);
		if (!c.body)
			return NULL;
		e = gcp_change(p, mem, &c, &done);
		if (e || (done.answer.status / 100 == 2 && !done.error))
			return e;
		if (done.answer.status != 412)
			return gcp_change_error(p, &c, &done);
		*now = NULL;
	}
	return err_new(ERR_CONFLICT, NO_POS,
	               "%s: somebody else changes it all the time", m->path);
}
