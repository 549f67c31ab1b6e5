/* status.c - lines of the status port. */
#include "providers/qemu/status.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/err.h"
#include "parser/base/fs.h"

enum { MAX_STATUS = 64 * 1024 };

static const struct row {
	const char *word;
	enum qemu_end end;
	bool has_number;
	const char *phrase; /* takes the number or the text */
} rows[] = {
	{"exit ", QEMU_EXIT, true, "the program exited with status "},
	{"signal ", QEMU_SIGNAL, true, "the program was ended by signal "},
	{"boot ", QEMU_BOOT, false, "the machine did not boot: "},
	{"panic ", QEMU_PANIC, false, "kernel panic: "},
};

static void parse_line(struct qemu_status *s, char *line)
{
	if (strcmp(line, "ready") == 0)
		s->ready = true;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].word);

		if (strncmp(line, rows[i].word, len) != 0)
			continue;
		s->end = rows[i].end;
		s->text = line + len;
		if (rows[i].has_number)
			s->number = (int)strtol(line + len, NULL, 10) & 0xff;
	}
}

struct qemu_status qemu_status_parse(struct arena *mem, const char *text)
{
	struct qemu_status s = {.text = ""};
	char *rest = arena_strdup(mem, text);
	char *end;

	/* A line counts once it is whole. */
	while ((end = strchr(rest, '\n'))) {
		*end = '\0';
		parse_line(&s, rest);
		rest = end + 1;
	}
	return s;
}

struct qemu_status qemu_status_read(struct arena *mem, const char *path)
{
	char *text = arena_strdup(mem, "");
	size_t len;

	err_free(fs_read(mem, path, MAX_STATUS, &text, &len));
	return qemu_status_parse(mem, text);
}

const char *qemu_status_phrase(struct arena *mem, const struct qemu_status *s)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].end == s->end)
			return arena_printf(mem, "%s%s", rows[i].phrase,
			                    s->text);
	return NULL;
}
