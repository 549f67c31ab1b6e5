/* zeros.c - see zeros.h. */
#include "providers/image/zeros.h"

#include <zlib.h>

struct err *zeros_pack(struct arena *mem, struct zeros *out)
{
	uint8_t *nothing = arena_alloc(mem, ZEROS_CHUNK, 16), *packed;
	z_stream z = {.next_in = nothing, .avail_in = ZEROS_CHUNK};
	size_t room;
	int code;

	if (deflateInit2(&z, ZEROS_LEVEL, Z_DEFLATED, ZEROS_WINDOW_BITS,
	                 ZEROS_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_new(ERR_NOMEM, NO_POS, "out of memory");
	room = deflateBound(&z, ZEROS_CHUNK) + 16;
	packed = arena_alloc(mem, room, 16);
	z.next_out = packed;
	z.avail_out = (uInt)room;
	code = deflate(&z, Z_FULL_FLUSH);
	*out = (struct zeros){
		.packed = packed,
		.len = room - z.avail_out,
		.crc = crc32(0, nothing, ZEROS_CHUNK),
	};
	/* It is no whole stream, which counts as an error here. */
	(void)deflateEnd(&z);
	return code == Z_OK ? NULL
	                    : err_new(ERR_NOMEM, NO_POS, "out of memory");
}
