/*
 * salvage.c - a file that is no YAML, without the sections where it is not.
 *
 * A section begins with a key in the first column and is parsed by itself. One
 * that cannot be is left out, when all it says is which objects are wanted: who
 * the stack is and where it keeps its things comes from the others.
 */
#include <ctype.h>
#include <string.h>

#include "parser/base/fs.h"
#include "parser/config/internal.h"

static bool begins_section(const char *line)
{
	return isalpha((unsigned char)*line) || *line == '"' || *line == '\'';
}

/* The start of the section after the one that `s` is in. */
static char *next_section(char *s)
{
	do {
		s += strcspn(s, "\n");
		s += *s == '\n';
	} while (*s && !begins_section(s));
	return s;
}

static bool parses(const char *path, const char *text, size_t len)
{
	struct arena mem = {0};
	const struct yaml_node *root;
	struct diags d;
	bool good;

	diags_init(&d);
	good = yaml_parse(&mem, src_new(&mem, path, text, len), &d, &root);
	diags_fini(&d);
	arena_free(&mem);
	return good;
}

static bool says_objects(const char *name, size_t len)
{
	static const char *const names[] = {
		"images",    "volumes", "addresses", "instances",
		"firewalls", "outputs", "checks",    "moved",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == len && !strncmp(name, names[i], len))
			return true;
	return false;
}

/* Whether `word` stands in the text as a key might. */
static bool has_key(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);

	for (; s + len < end; s++) {
		const char *after = s + len;

		if (strncmp(s, word, len) || isalnum((unsigned char)s[-1]))
			continue;
		after += strspn(after, " \"'");
		if (*after == ':')
			return true;
	}
	return false;
}

/* What a site lays over everything may say where the stack is. */
static bool overrides_objects(const char *s, const char *end)
{
	static const char *const others[] = {"name",   "providers", "vars",
	                                     "locals", "env_allow", "include"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (has_key(s, end, others[i]))
			return false;
	return true;
}

static bool can_do_without(const char *section, const char *end)
{
	static const char override[] = "override";
	size_t len = strcspn(section, " :\n");

	if (len == strlen(override) && !strncmp(section, override, len))
		return overrides_objects(section + len, end);
	return says_objects(section, len);
}

/* Positions in what follows stay what they are. */
static void blank(char *s, const char *end)
{
	for (; s < end; s++)
		if (*s != '\n')
			*s = ' ';
}

const struct yaml_node *config_salvage(struct loader *l, const char *path)
{
	const struct yaml_node *root = NULL;
	struct diags d;
	char *text, *end;
	size_t len;
	struct err *e = fs_read(l->mem, path, YAML_MAX_BYTES, &text, &len);

	if (e) {
		err_free(e);
		return NULL;
	}
	for (char *s = begins_section(text) ? text : next_section(text); *s;
	     s = end) {
		end = next_section(s);
		if (parses(path, s, (size_t)(end - s)))
			continue;
		if (!can_do_without(s, end))
			return NULL;
		blank(s, end);
	}
	diags_init(&d);
	if (!yaml_parse(l->mem, src_new(l->mem, path, text, len), &d, &root))
		root = NULL;
	diags_fini(&d);
	return root;
}

const struct yaml_node *config_salvage_override(struct arena *mem,
                                                const struct yaml_node *over)
{
	struct yaml_node *less;
	struct yaml_pair *v;
	uint32_t n = 0;

	if (over->kind != YAML_IS_MAP)
		return over;
	less = ARENA_NEW(mem, struct yaml_node);
	v = ARENA_ARRAY(mem, struct yaml_pair, over->map.n);
	for (uint32_t i = 0; i < over->map.n; i++) {
		const struct yaml_node *key = over->map.v[i].key;

		if (!says_objects(key->scalar.s, key->scalar.len))
			v[n++] = over->map.v[i];
	}
	*less = *over;
	less->map.v = v;
	less->map.n = n;
	return less;
}
