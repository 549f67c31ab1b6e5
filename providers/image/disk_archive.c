/* disk_archive.c - writing; see disk_archive.h. */
#include "providers/image/disk_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "parser/base/arena.h"
#include "providers/image/tar.h"
#include "providers/image/zeros.h"

enum {
	CHUNK = ZEROS_CHUNK,    /* bytes compressed by themselves */
	TAIL = 2 * TAR_BLOCK,   /* two blocks of zeros end an archive */
	RECORD = 20 * TAR_BLOCK /* which is filled up to this */
};

/*
 * Every chunk ends at a byte with nothing carried over (Z_FULL_FLUSH), so that
 * the compressed form of a chunk of zeros (zeros.h) may stand between them.
 */
struct writer {
	struct arena mem;
	const char *path;
	FILE *out;
	z_stream z;
	uint8_t *in, *packed; /* CHUNK bytes; room for CHUNK packed */
	size_t room;
	struct zeros zeros;
	uLong crc;
	uint64_t total; /* bytes before compression */
};

static struct err *put(struct writer *w, const void *data, size_t len)
{
	return fwrite(data, 1, len, w->out) == len
	               ? NULL
	               : err_sys(errno, "%s", w->path);
}

/* Pack `len` bytes into w->packed; the length, or 0: zlib has no memory. */
static size_t pack(struct writer *w, const uint8_t *data, size_t len, int flush)
{
	if (deflateReset(&w->z) != Z_OK)
		return 0;
	w->z.next_in = (z_const Bytef *)(uintptr_t)data;
	w->z.avail_in = (uInt)len;
	w->z.next_out = w->packed;
	w->z.avail_out = (uInt)w->room;
	if (deflate(&w->z, flush) < Z_OK || w->z.avail_in)
		return 0;
	return w->room - w->z.avail_out;
}

static struct err *open_writer(struct writer *w)
{
	struct err *e;

	if (deflateInit2(&w->z, ZEROS_LEVEL, Z_DEFLATED, ZEROS_WINDOW_BITS,
	                 ZEROS_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	w->room = deflateBound(&w->z, CHUNK) + 16;
	w->in = arena_alloc(&w->mem, CHUNK, 16);
	w->packed = arena_alloc(&w->mem, w->room, 16);
	e = zeros_pack(&w->mem, &w->zeros);
	if (e)
		return e;
	w->out = fopen(w->path, "wbe");
	return w->out ? NULL : err_sys(errno, "%s", w->path);
}

static struct err *add(struct writer *w, const uint8_t *data, size_t len)
{
	size_t n = pack(w, data, len, Z_FULL_FLUSH);

	if (!n)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	w->crc = crc32(w->crc, data, (uInt)len);
	w->total += len;
	return put(w, w->packed, n);
}

static struct err *add_zeros(struct writer *w)
{
	w->crc = crc32_combine(w->crc, w->zeros.crc, CHUNK);
	w->total += CHUNK;
	return put(w, w->zeros.packed, w->zeros.len);
}

static struct err *read_chunk(struct writer *w, int fd, off_t at)
{
	size_t have = 0;

	while (have < CHUNK) {
		ssize_t n =
			pread(fd, w->in + have, CHUNK - have, at + (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(n ? errno : EIO, "reading the disk");
		have += (size_t)n;
	}
	return NULL;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return !p[0] && !memcmp(p, p + 1, n - 1);
}

/* `data`: where the next byte that is no hole may be. */
static struct err *add_chunk(struct writer *w, int fd, off_t at, off_t data)
{
	struct err *e;

	if (data >= at + CHUNK)
		return add_zeros(w);
	e = read_chunk(w, fd, at);
	if (e)
		return e;
	return all_zero(w->in, CHUNK) ? add_zeros(w) : add(w, w->in, CHUNK);
}

static struct err *add_disk(struct writer *w, int fd, off_t size)
{
	off_t data = -1;

	for (off_t at = 0; at < size; at += CHUNK) {
		struct err *e;

		if (data < at) {
			data = lseek(fd, at, SEEK_DATA);
			if (data < 0 && errno != ENXIO)
				return err_sys(errno, "reading the disk");
			if (data < 0)
				data = size;
		}
		e = add_chunk(w, fd, at, data);
		if (e)
			return e;
	}
	return NULL;
}

static struct err *put_u32(struct writer *w, uint64_t v)
{
	uint8_t b[4];

	for (unsigned i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(v >> 8 * i);
	return put(w, b, sizeof(b));
}

/* RFC 1952, 2.3.1: no name, no time. */
static struct err *begin(struct writer *w)
{
	static const uint8_t head[10] = {
		0x1f, 0x8b, Z_DEFLATED, 0, 0, 0, 0, 0, 0, 255 /* any system */};

	return put(w, head, sizeof(head));
}

static struct err *end(struct writer *w)
{
	uint64_t pad = RECORD - (w->total + TAIL) % RECORD;
	struct err *e;
	size_t n;

	memset(w->in, 0, CHUNK);
	e = add(w, w->in, TAIL + (size_t)(pad % RECORD));
	if (e)
		return e;
	n = pack(w, w->in, 0, Z_FINISH);
	e = n ? put(w, w->packed, n)
	      : err_new(ERR_NOMEM, NO_POS, "out of memory");
	if (!e)
		e = put_u32(w, w->crc);
	return e ? e : put_u32(w, w->total);
}

static struct err *write_all(struct writer *w, int fd, off_t size)
{
	uint8_t header[TAR_BLOCK];
	struct err *e = open_writer(w);

	if (!e)
		e = begin(w);
	tar_header(header, "disk.raw", (uint64_t)size);
	if (!e)
		e = add(w, header, sizeof(header));
	if (!e)
		e = add_disk(w, fd, size);
	return e ? e : end(w);
}

struct err *disk_archive_write(const char *disk, const char *path)
{
	struct writer w = {.path = path};
	int fd = open(disk, O_RDONLY | O_CLOEXEC);
	struct err *e = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		e = err_sys(errno, "%s", disk);
	else if (!st.st_size || (uint64_t)st.st_size % DISK_ARCHIVE_UNIT)
		e = err_new(ERR_LIMIT, NO_POS,
		            "%s: a disk for Compute Engine has whole GiB",
		            disk);
	if (!e)
		e = write_all(&w, fd, st.st_size);
	if (w.out && fclose(w.out) && !e)
		e = err_sys(errno, "%s", path);
	if (fd >= 0)
		close(fd);
	(void)deflateEnd(&w.z);
	arena_free(&w.mem);
	return e;
}
