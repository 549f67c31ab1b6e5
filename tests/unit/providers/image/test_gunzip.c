#include "providers/image/gunzip.h"

#include "providers/image/zeros.h"
#include "tests/lib/scratch.h"

enum { MOST = 4 << 20 };

static uint8_t got[MOST];

/* All of it; NULL when it is right. */
static struct err *unpack(const char *path, size_t *n)
{
	struct gunzip *g;
	struct err *e = gunzip_open(path, &g);

	if (e)
		return e;
	e = gunzip_read(g, got, sizeof(got), n);
	gunzip_close(g);
	return e;
}

static void what_others_packed_is_read(void **state)
{
	struct scratch *s = *state;
	size_t n;

	assert_int_equal(scratch_shell(s, "printf 'some pig' >pig; "
	                                  "gzip -kN pig"),
	                 0);
	assert_null(unpack(scratch_path(s, "pig.gz"), &n));
	assert_int_equal(n, 8);
	assert_memory_equal(got, "some pig", n);
}

/* One that looks back over what is not unpacked: 32 KiB of zeros and more. */
static void what_looks_back_at_zeros_finds_them(void **state)
{
	static const char script[] =
		"import sys, zlib\n"
		"packed = open('zeros', 'rb').read()\n"
		"c = zlib.compressobj(9, zlib.DEFLATED, -15, "
		"zdict=bytes(32768))\n"
		"behind = c.compress(bytes(300) + b'pig') + c.flush()\n"
		"c = zlib.compressobj(9, zlib.DEFLATED, -15)\n"
		"start = c.compress(b'a' * 1000) + c.flush(zlib.Z_FULL_FLUSH)\n"
		"all = b'a' * 1000 + bytes(2 << 20) + bytes(300) + b'pig'\n"
		"open('made.gz', 'wb').write(\n"
		"    b'\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\0\\xff' + start + 2 * "
		"packed"
		" + behind + zlib.crc32(all).to_bytes(4, 'little') +"
		" len(all).to_bytes(4, 'little'))\n";
	struct scratch *s = *state;
	struct arena mem = {0};
	struct zeros z;
	size_t n;

	assert_null(zeros_pack(&mem, &z));
	scratch_write(s, "zeros", z.packed, z.len);
	arena_free(&mem);
	scratch_write(s, "make.py", script, strlen(script));
	assert_int_equal(scratch_shell(s, "python3 make.py"), 0);
	assert_null(unpack(scratch_path(s, "made.gz"), &n));
	assert_int_equal(n, 1000 + (2 << 20) + 303);
	assert_int_equal(got[999], 'a');
	assert_int_equal(got[1000] | got[n - 4], 0);
	assert_memory_equal(got + n - 3, "pig", 3);
}

static void refused(struct scratch *s, const char *make, const char *why)
{
	size_t n;
	struct err *e;

	assert_int_equal(scratch_shell(s, make), 0);
	e = unpack(scratch_path(s, "bad"), &n);
	assert_non_null(e);
	assert_int_equal(err_code(e), ERR_SYNTAX);
	if (!strstr(err_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", err_text(e), why);
	err_free(e);
}

static void what_is_wrong_is_told(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_shell(s, "seq 100000 | gzip >good"), 0);
	refused(s, "seq 9 >bad", "not gzip");
	refused(s, ": >bad", "not gzip");
	refused(s, "head -c 6 good >bad", "header");
	refused(s, "head -c 5000 good >bad", "cut off");
	refused(s, "head -c -4 good >bad", "cut off");
	refused(s, "cat good good >bad", "more behind");
	refused(s, "head -c -8 good >bad; printf 12345678 >>bad", "check sum");
	refused(s, "(head -c 10 good; printf '\\377\\377') >bad",
	        "invalid block type");
}

/* A gibibyte of it costs what is packed of it. */
static void zeros_are_not_unpacked(void **state)
{
	enum { PIECES = 1024 };
	static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	struct scratch *s = *state;
	struct arena mem = {0};
	struct gunzip *g;
	struct zeros z;
	uint64_t n;
	FILE *f = fopen(scratch_path(s, "z.gz"), "we");
	struct err *e;

	assert_non_null(f);
	assert_null(zeros_pack(&mem, &z));
	(void)fwrite(head, 1, sizeof(head), f);
	for (int i = 0; i < PIECES; i++)
		(void)fwrite(z.packed, 1, z.len, f);
	assert_int_equal(fclose(f), 0);
	arena_free(&mem);
	assert_null(gunzip_open(scratch_path(s, "z.gz"), &g));
	assert_null(gunzip_pass(g, (uint64_t)PIECES << 20, &n));
	assert_int_equal(n, (uint64_t)PIECES << 20);
	assert_int_equal(gunzip_unpacked(g), 0);
	e = gunzip_pass(g, 1, &n);
	assert_non_null(strstr(err_text(e), "cut off"));
	err_free(e);
	gunzip_close(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(what_others_packed_is_read),
		SCRATCH_TEST(what_looks_back_at_zeros_finds_them),
		SCRATCH_TEST(what_is_wrong_is_told),
		SCRATCH_TEST(zeros_are_not_unpacked),
	};

	return cmocka_run_group_tests_name("gunzip", tests, NULL, NULL);
}
