/* What a machine writes becomes JSON, a line an object, whatever it is. */
#include "cmd/ui/lines.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parser/value/value.h"

struct captured {
	FILE *to;
	char *text;
	size_t len;
	struct lines *lines;
};

static void start(struct captured *c)
{
	c->to = open_memstream(&c->text, &c->len);
	assert_non_null(c->to);
	c->lines = lines_new(c->to, "instance.\"a\"");
}

static void stop(struct captured *c)
{
	lines_free(c->lines);
	fclose(c->to);
}

/* What text becomes when it comes in pieces of `step` bytes. */
static char *stream(const char *text, size_t len, size_t step)
{
	struct captured c;
	FILE *f;

	start(&c);
	assert_null(lines_stream(c.lines, &f));
	for (size_t i = 0; i < len; i += step) {
		fwrite(text + i, 1, step < len - i ? step : len - i, f);
		fflush(f);
	}
	fclose(f);
	stop(&c);
	return c.text;
}

static void each_line_is_an_object_whatever_pieces_it_comes_in(
	void **state UNUSED)
{
	static const char text[] = "some pig\r\n\n\"\\\x01\xff\xc3\xa9\nno end";
	static const char want[] =
		"{\"address\":\"instance.\\\"a\\\"\",\"line\":\"some pig\"}\n"
		"{\"address\":\"instance.\\\"a\\\"\",\"line\":\"\"}\n"
		"{\"address\":\"instance.\\\"a\\\"\",\"line\":"
		"\"\\\"\\\\\\u0001\xef\xbf\xbd\xc3\xa9\"}\n"
		"{\"address\":\"instance.\\\"a\\\"\",\"line\":\"no end\"}\n";

	for (size_t step = 1; step < sizeof(text); step++) {
		char *got = stream(text, strlen(text), step);

		assert_string_equal(got, want);
		free(got);
	}
}

/* The text of all lines of `got`, put together; how many were partial. */
static size_t join(const char *got, char *all, size_t *partial)
{
	struct arena mem = {0};
	size_t len = 0;

	*partial = 0;
	for (const char *end; *got; got = end + 1) {
		const struct value *v;
		const struct value *line;

		end = strchr(got, '\n');
		assert_non_null(end);
		assert_null(
			value_from_json(&mem, got, (size_t)(end - got), &v));
		line = value_get(v, "line");
		assert_non_null(line);
		memcpy(all + len, line->string.s, line->string.len);
		len += line->string.len;
		*partial += value_get(v, "partial") != NULL;
	}
	arena_free(&mem);
	return len;
}

static void a_long_line_comes_in_pieces_of_whole_characters(void **state UNUSED)
{
	enum { LEN = 3 * LINES_LONGEST };
	char *text = malloc(LEN), *all = malloc(2 * LEN), *got;
	size_t partial;

	for (size_t i = 0; i < LEN; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	got = stream(text, LEN, LEN);
	assert_int_equal(join(got, all, &partial), LEN);
	assert_memory_equal(all, text, LEN);
	assert_int_equal(partial, 3);
	free(got);
	free(text);
	free(all);
}

static void a_process_may_write_too(void **state UNUSED)
{
	struct captured c;
	int fd;

	start(&c);
	assert_null(lines_pipe(c.lines, &fd));
	assert_int_equal(write(fd, "a\nb", 3), 3);
	stop(&c);
	assert_non_null(strstr(c.text, "\"line\":\"a\""));
	assert_non_null(strstr(c.text, "\"line\":\"b\""));
	free(c.text);
}

static void what_cannot_be_written_fails_the_stream(void **state UNUSED)
{
	FILE *full = fopen("/dev/full", "w"), *f;
	struct lines *l = lines_new(full, "a");

	assert_null(lines_stream(l, &f));
	fputs("a\n", f);
	fflush(f);
	assert_true(ferror(f));
	fclose(f);
	lines_free(l);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_line_is_an_object_whatever_pieces_it_comes_in),
		cmocka_unit_test(
			a_long_line_comes_in_pieces_of_whole_characters),
		cmocka_unit_test(a_process_may_write_too),
		cmocka_unit_test(what_cannot_be_written_fails_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
