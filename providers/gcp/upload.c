/*
 * upload.c - resumable uploads (Cloud Storage: "Perform resumable uploads").
 *
 * A piece is sent once. When its answer says less than everything, or there is
 * none, the server is asked how far it got, and the next piece starts there; a
 * session it no longer knows is begun anew. So what is repeated is at most what
 * got lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/gcp/storage.h"
#include "providers/http/parse.h"
#include "providers/http/wait.h"

enum {
	PIECE = 8 * 1024 * 1024, /* a multiple of 256 KiB */
	MOST_TROUBLE = 12,       /* times in a row without progress */
	TRY_MS = 120 * 1000,
	SHOWN_MOST = 200, /* bytes of a URL */
};

struct upload {
	struct provider *p;
	struct arena *mem;
	const char *name, *address;
	const struct progress *progress;
	struct gcp_listener listener;
	const char *data; /* the file, mapped */
	int64_t size, sent, furthest;
	const char *session; /* URL; NULL: none */
	char md5[64];        /* base64 */
	unsigned trouble;
	bool done;
};

static bool wants_out(const struct upload *u)
{
	return u->progress && u->progress->canceled &&
	       u->progress->canceled(u->progress->ctx);
}

static struct err *wrong(const struct upload *u, const struct http_answer *a)
{
	struct gcp_answer said = gcp_api_read(u->mem, a);

	return gcp_api_error(
		u->p, &said,
		arena_printf(u->mem, "gs://%s/%s", u->p->bucket, u->name));
}

/* Size and MD5 of what is there are ours. */
static bool is_same(const struct upload *u, const struct value *object)
{
	return !strcmp(value_get_string(object, "md5Hash", ""), u->md5) &&
	       strtoll(value_get_string(object, "size", "-1"), NULL, 10) ==
	               u->size;
}

static struct err *finished(struct upload *u, const struct http_answer *a)
{
	struct gcp_answer said = gcp_api_read(u->mem, a);

	if (!is_same(u, said.body))
		return err_new(ERR_REMOTE, NO_POS,
		               "gs://%s/%s: what arrived is not what was sent "
		               "(size %s, md5 %s)",
		               u->p->bucket, u->name,
		               value_get_string(said.body, "size", "unknown"),
		               value_get_string(said.body, "md5Hash", "none"));
	u->done = true;
	return NULL;
}

static struct err *already_there(struct upload *u)
{
	struct http_request r = {
		.method = "GET",
		.url = arena_printf(u->mem,
	                            "%s/storage/v1/b/%s/o/%s?fields=size,"
	                            "md5Hash",
	                            u->p->storage, u->p->bucket,
	                            http_escape(u->mem, u->name)),
		.repeatable = true,
	};
	struct http_answer a;
	struct err *e = http_send(u->p->http, u->mem, &r, &a);

	if (e)
		return e;
	if (a.status == 200)
		u->done = is_same(u, gcp_api_read(u->mem, &a).body);
	return a.status == 200 || a.status == 404 ? NULL : wrong(u, &a);
}

static struct err *converse(struct upload *u, struct http_request *r,
                            struct http_answer *out)
{
	gcp_api_listen(r, &u->listener);
	return http_send(u->p->http, u->mem, r, out);
}

/* The token goes there, too. */
static struct err *check_session(const struct upload *u)
{
	size_t len = strlen(u->p->storage);

	if ((!strncmp(u->session, u->p->storage, len) &&
	     u->session[len] == '/') ||
	    (!u->p->elsewhere && gcp_place_is_googles(u->session)))
		return NULL;
	return err_new(ERR_REMOTE, NO_POS,
	               "gs://%s/%s: its session is at another host, which gets "
	               "nothing from us: %s",
	               u->p->bucket, u->name,
	               http_one_line(u->mem,
	                             http_parse_shown(u->mem, u->session),
	                             SHOWN_MOST));
}

static struct err *start(struct upload *u)
{
	const char *const headers[] = {
		"X-Upload-Content-Type: application/gzip", NULL};
	struct http_request r = {
		.method = "POST",
		.url = arena_printf(u->mem,
	                            "%s/upload/storage/v1/b/%s/o?"
	                            "uploadType=resumable&name=%s",
	                            u->p->storage, u->p->bucket,
	                            http_escape(u->mem, u->name)),
		.body = "{}",
		.len = 2,
		.headers = headers,
		.repeatable = true, /* a session that nobody uses is nothing */
	};
	struct http_answer a;
	struct err *e = converse(u, &r, &a);

	if (e)
		return e;
	if (a.status != 200)
		return wrong(u, &a);
	u->session = http_header(&a, "location");
	u->sent = 0;
	if (!u->session)
		return err_new(ERR_REMOTE, NO_POS,
		               "gs://%s/%s: no session was given", u->p->bucket,
		               u->name);
	return check_session(u);
}

/* What an answer to a piece, or to the question, says. */
static struct err *judge(struct upload *u, const struct http_answer *a)
{
	const char *range = http_header(a, "range");
	int64_t have;

	if (a->status == 200 || a->status == 201)
		return finished(u, a);
	if (a->status == 404 || a->status == 410) {
		u->session = NULL;
		u->trouble++;
		return NULL;
	}
	if (a->status != 308)
		return wrong(u, a);
	have = range ? http_parse_range(range) + 1 : 0;
	if (have > u->size)
		return err_new(ERR_REMOTE, NO_POS,
		               "gs://%s/%s: more arrived than was sent",
		               u->p->bucket, u->name);
	u->trouble = have > u->furthest ? 0 : u->trouble + 1;
	u->furthest = have > u->furthest ? have : u->furthest;
	u->sent = have;
	return NULL;
}

/* How far did it get? This may be asked as often as needed. */
static struct err *ask(struct upload *u)
{
	const char *const headers[] = {
		arena_printf(u->mem, "Content-Range: bytes */%lld",
	                     (long long)u->size),
		NULL};
	struct http_request r = {
		.method = "PUT",
		.url = u->session,
		.headers = headers,
		.repeatable = true,
		.cuttable = true,
	};
	struct http_answer a;
	struct err *e = converse(u, &r, &a);

	return e ? e : judge(u, &a);
}

/* Does it say nothing of the piece? */
static bool says_nothing(const struct upload *u, const struct http_answer *a)
{
	const char *reason = a->status == 403 ? gcp_api_reason(u->mem, a) : "";

	return a->status == 401 || a->status == 408 || a->status == 429 ||
	       a->status >= 500 || !strcmp(reason, "rateLimitExceeded") ||
	       !strcmp(reason, "userRateLimitExceeded");
}

/* Send the next piece; `lost`: no answer, or one that says nothing. */
static struct err *send_piece(struct upload *u, bool *lost)
{
	int64_t left = u->size - u->sent, n = left < PIECE ? left : PIECE;
	const char *const headers[] = {
		arena_printf(u->mem, "Content-Range: bytes %lld-%lld/%lld",
	                     (long long)u->sent, (long long)(u->sent + n - 1),
	                     (long long)u->size),
		NULL};
	struct http_request r = {
		.method = "PUT",
		.url = u->session,
		.body = u->data + u->sent,
		.len = (size_t)n,
		.content_type = "application/octet-stream",
		.headers = headers,
		.once = true,
		.deadline_ms = TRY_MS,
	};
	struct http_answer a = {0};
	struct err *e = http_send(u->p->http, u->mem, &r, &a);

	*lost = e ? err_code(e) == ERR_REMOTE : says_nothing(u, &a);
	if (*lost) {
		err_free(e);
		u->trouble++;
		return NULL;
	}
	return e ? e : judge(u, &a);
}

static struct err *step(struct upload *u)
{
	const struct http_clock *clock = &http_system_clock;
	bool lost = false;
	struct err *e = NULL;

	if (wants_out(u))
		return err_new(ERR_CANCELED, NO_POS, "the upload was given up");
	if (u->trouble > MOST_TROUBLE)
		return err_new(ERR_TIMEOUT, NO_POS,
		               "gs://%s/%s: the upload does not get on",
		               u->p->bucket, u->name);
	if (u->trouble)
		(void)http_wait_ms(clock, http_wait_jitter(clock, u->trouble),
		                   NULL, NULL);
	if (!u->session)
		e = start(u);
	if (!e)
		e = send_piece(u, &lost);
	if (!e && lost)
		e = ask(u);
	return e;
}

static void tell(const struct upload *u, int64_t *told)
{
	int64_t percent = u->size ? u->sent * 100 / u->size : 100;
	char text[64];

	if (!u->progress || !u->progress->say || percent == *told)
		return;
	*told = percent;
	snprintf(text, sizeof(text), "uploading, %lld%%", (long long)percent);
	u->progress->say(u->progress->ctx, u->address, text);
}

static void hash(struct upload *u)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_Digest(u->data, (size_t)u->size, digest, &n, EVP_md5(), NULL);
	EVP_EncodeBlock((unsigned char *)u->md5, digest, (int)n);
}

static struct err *map_file(struct upload *u, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data = MAP_FAILED;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(errno, "%s", path);
	u->size = st.st_size;
	if (u->size)
		data = mmap(NULL, (size_t)u->size, PROT_READ, MAP_PRIVATE, fd,
		            0);
	close(fd);
	if (data == MAP_FAILED)
		return err_new(ERR_IO, NO_POS, "%s cannot be read", path);
	u->data = data;
	return NULL;
}

struct err *gcp_storage_upload(struct provider *p, const char *name,
                               const char *path,
                               const struct progress *progress,
                               const char *address)
{
	struct arena mem = {0};
	struct upload u = {.p = p,
	                   .mem = &mem,
	                   .name = name,
	                   .address = address,
	                   .progress = progress,
	                   .listener = {progress, address, false}};
	int64_t told = -1;
	struct err *e = map_file(&u, path);

	if (!e) {
		hash(&u);
		e = already_there(&u);
	}
	while (!e && !u.done) {
		tell(&u, &told);
		e = step(&u);
	}
	if (u.data)
		munmap((void *)(uintptr_t)u.data, (size_t)u.size);
	arena_free(&mem);
	return e;
}
