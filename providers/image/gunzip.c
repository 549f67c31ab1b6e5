/* gunzip.c - see gunzip.h. */
#include "providers/image/gunzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "providers/image/zeros.h"

enum {
	INPUT = 256 * 1024,
	SCRATCH = 64 * 1024,
	GZIP_BITS = 15 + 16, /* zlib reads gzip's header */
	WINDOW = 32 * 1024,  /* how far deflate looks back */

	/* Of z_stream.data_type (zlib.h, inflate()). */
	UNUSED_BITS = 7,
	IN_LAST_BLOCK = 64,
	AT_BLOCK = 128,
};

struct gunzip {
	struct arena mem;
	const char *path;
	FILE *in;
	z_stream z; /* its input is a part of `input` */
	uint8_t *input, *scratch;
	bool input_ended;
	struct zeros zeros;
	uint64_t pending; /* zeros that were found and not handed out yet */
	bool skipped;     /* zlib's window lacks the zeros that were skipped */
	bool at_byte;     /* a block begins here, and a byte */
	bool ended;
	uLong crc;
	uint64_t total, unpacked;
};

static struct err *wrong(const struct gunzip *g, const char *what)
{
	return err_new(ERR_SYNTAX, NO_POS, "%s: %s", g->path, what);
}

/* --- input ---------------------------------------------------------------- */

/* Until `want` bytes are there, or no more come. */
static struct err *fill(struct gunzip *g, size_t want)
{
	size_t have = g->z.avail_in;

	if (have >= want || g->input_ended)
		return NULL;
	memmove(g->input, g->z.next_in, have);
	g->z.next_in = g->input;
	have += fread(g->input + have, 1, INPUT - have, g->in);
	g->z.avail_in = (uInt)have;
	if (ferror(g->in))
		return err_sys(errno, "%s", g->path);
	g->input_ended = have < INPUT;
	return NULL;
}

static void drop_input(struct gunzip *g, size_t n)
{
	g->z.next_in += n;
	g->z.avail_in -= (uInt)n;
}

/* zlib reads the header and stops where deflate begins. */
static struct err *read_header(struct gunzip *g)
{
	int code;
	struct err *e = fill(g, INPUT);

	if (e)
		return e;
	if (g->z.avail_in < 2 || g->z.next_in[0] != 0x1f ||
	    g->z.next_in[1] != 0x8b)
		return wrong(g, "it is not gzip");
	code = inflate(&g->z, Z_BLOCK);
	if (code != Z_OK || !(g->z.data_type & AT_BLOCK))
		return wrong(g, "its gzip header is damaged");
	if (inflateReset2(&g->z, ZEROS_WINDOW_BITS) != Z_OK)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	g->at_byte = true;
	return NULL;
}

struct err *gunzip_open(const char *path, struct gunzip **out)
{
	struct gunzip *g = calloc(1, sizeof(*g));
	struct err *e = NULL;

	if (!g)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	g->path = path;
	g->input = arena_alloc(&g->mem, INPUT, 16);
	g->scratch = arena_alloc(&g->mem, SCRATCH, 16);
	g->z.next_in = g->input;
	g->z.next_out = g->scratch;
	g->in = fopen(path, "rbe");
	if (!g->in)
		e = err_sys(errno, "%s", path);
	else if (inflateInit2(&g->z, GZIP_BITS) != Z_OK)
		e = err_new(ERR_NOMEM, NO_POS, "out of memory");
	if (!e)
		e = zeros_pack(&g->mem, &g->zeros);
	if (!e)
		e = read_header(g);
	if (e) {
		gunzip_close(g);
		return e;
	}
	*out = g;
	return NULL;
}

void gunzip_close(struct gunzip *g)
{
	if (!g)
		return;
	(void)inflateEnd(&g->z);
	if (g->in)
		fclose(g->in);
	arena_free(&g->mem);
	free(g);
}

uint64_t gunzip_unpacked(const struct gunzip *g)
{
	return g->unpacked;
}

/* --- output --------------------------------------------------------------- */

/* RFC 1952, 2.3.1: CRC32 and ISIZE, and nothing behind them. */
static struct err *check_trailer(struct gunzip *g)
{
	uint32_t v[2] = {0};
	struct err *e = fill(g, sizeof(v) + 1);

	if (e)
		return e;
	if (g->z.avail_in < sizeof(v))
		return wrong(g, "it is cut off");
	for (unsigned i = 0; i < sizeof(v); i++)
		v[i / 4] |= (uint32_t)g->z.next_in[i] << 8 * (i % 4);
	if (v[0] != g->crc || v[1] != (uint32_t)g->total)
		return wrong(g, "its check sum is not that of its content");
	if (g->z.avail_in > sizeof(v))
		return wrong(g, "there is more behind its end");
	g->ended = true;
	return NULL;
}

/* Count the piece of zeros that comes next, if it does. */
static struct err *look_for_zeros(struct gunzip *g)
{
	struct err *e;

	if (!g->at_byte)
		return NULL;
	e = fill(g, g->zeros.len);
	if (e || g->z.avail_in < g->zeros.len ||
	    memcmp(g->z.next_in, g->zeros.packed, g->zeros.len) != 0)
		return e;
	drop_input(g, g->zeros.len);
	g->pending += ZEROS_CHUNK;
	g->total += ZEROS_CHUNK;
	g->crc = crc32_combine(g->crc, g->zeros.crc, ZEROS_CHUNK);
	g->skipped = true;
	return NULL;
}

/* What was skipped is what a block may look back at. */
static struct err *mend_window(struct gunzip *g)
{
	static const uint8_t nothing[WINDOW];

	if (!g->skipped)
		return NULL;
	g->skipped = false;
	return inflateSetDictionary(&g->z, nothing, WINDOW) == Z_OK
	               ? NULL
	               : err_new(ERR_NOMEM, NO_POS, "out of memory");
}

/* Unpack up to `len` bytes, to the end of a block at most. */
static struct err *unpack(struct gunzip *g, uint8_t *to, size_t len, size_t *n)
{
	struct err *e = fill(g, 1);
	int code;

	*n = 0;
	if (!e)
		e = mend_window(g);
	if (e)
		return e;
	g->z.next_out = to;
	g->z.avail_out = (uInt)len;
	code = inflate(&g->z, Z_BLOCK);
	*n = len - g->z.avail_out;
	g->crc = crc32(g->crc, to, (uInt)*n);
	g->total += *n;
	g->unpacked += *n;
	g->at_byte = (g->z.data_type & AT_BLOCK) &&
	             !(g->z.data_type & (IN_LAST_BLOCK | UNUSED_BITS));
	if (code == Z_STREAM_END)
		return check_trailer(g);
	if (code == Z_BUF_ERROR && g->input_ended && !g->z.avail_in)
		return wrong(g, "it is cut off");
	if (code != Z_OK)
		return wrong(g, g->z.msg ? g->z.msg : "it is damaged");
	return NULL;
}

/* Up to `len` bytes, one at least unless it ended. `to` NULL: nobody looks. */
static struct err *step(struct gunzip *g, uint8_t *to, uint64_t len,
                        uint64_t *n)
{
	struct err *e = g->pending || g->ended ? NULL : look_for_zeros(g);
	size_t some;

	*n = 0;
	if (e || (g->ended && !g->pending))
		return e;
	if (!g->pending) {
		some = len < SCRATCH ? (size_t)len : SCRATCH;
		e = unpack(g, to ? to : g->scratch, some, &some);
		*n = some;
		return e;
	}
	*n = g->pending < len ? g->pending : len;
	g->pending -= *n;
	if (to)
		memset(to, 0, (size_t)*n);
	return NULL;
}

static struct err *go_on(struct gunzip *g, uint8_t *to, uint64_t len,
                         uint64_t *n)
{
	struct err *e = NULL;

	for (*n = 0; !e && *n < len && (!g->ended || g->pending);) {
		uint64_t some;

		e = step(g, to ? to + *n : NULL, len - *n, &some);
		*n += some;
	}
	return e;
}

struct err *gunzip_read(struct gunzip *g, void *to, size_t len, size_t *n)
{
	uint64_t got;
	struct err *e = go_on(g, to, len, &got);

	*n = (size_t)got;
	return e;
}

struct err *gunzip_pass(struct gunzip *g, uint64_t len, uint64_t *n)
{
	return go_on(g, NULL, len, n);
}
