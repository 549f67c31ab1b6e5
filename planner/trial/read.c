/* read.c - the files of tests. */
#include <string.h>

#include "parser/yaml/yaml.h"
#include "planner/trial/trial.h"

static const struct key {
	const char *name;
	enum yaml_kind kind;
} keys[] = {
	{"name", YAML_IS_SCALAR},  {"site", YAML_IS_SCALAR},
	{"vars", YAML_IS_MAP},     {"mocks", YAML_IS_MAP},
	{"existing", YAML_IS_MAP}, {"asserts", YAML_IS_LIST},
	{"errors", YAML_IS_LIST},
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool check_keys(struct diags *d, const struct yaml_node *node)
{
	static const char *const kinds[] = {"text", "a list", "a map"};
	size_t before = d->errors;

	for (size_t i = 0; i < node->map.n; i++) {
		const struct yaml_node *key = node->map.v[i].key;
		const struct yaml_node *value = node->map.v[i].value;
		const struct key *k = find_key(key->scalar.s);

		if (!k)
			diags_error(d, DIAG_UNKNOWN_KEY, yaml_at(key),
			            "a test has no \"%s\"; it has name, site, "
			            "vars, mocks, existing, asserts, errors",
			            key->scalar.s);
		else if (value->kind != k->kind)
			diags_error(d, DIAG_TYPE, yaml_at(value),
			            "\"%s\" of a test must be %s", k->name,
			            kinds[k->kind]);
	}
	return d->errors == before;
}

static const char *text_of(const struct yaml_node *node, const char *key)
{
	const struct yaml_node *v = yaml_get(node, key);

	return v && v->kind == YAML_IS_SCALAR && *v->scalar.s ? v->scalar.s
	                                                      : NULL;
}

static bool read_one(const char *path, const struct yaml_node *node,
                     struct diags *d, struct trial *out)
{
	if (node->kind != YAML_IS_MAP) {
		diags_error(d, DIAG_TYPE, yaml_at(node),
		            "a test must be a map");
		return false;
	}
	if (!check_keys(d, node))
		return false;
	*out = (struct trial){
		.file = path,
		.name = text_of(node, "name"),
		.site = text_of(node, "site"),
		.at = yaml_at(node),
		.vars = yaml_get(node, "vars"),
		.mocks = yaml_get(node, "mocks"),
		.existing = yaml_get(node, "existing"),
		.asserts = yaml_get(node, "asserts"),
		.errors = yaml_get(node, "errors"),
	};
	if (!out->name)
		diags_error(d, DIAG_MISSING, yaml_at(node),
		            "a test needs a name");
	if (!out->asserts == !out->errors)
		diags_error(d, DIAG_MISSING, yaml_at(node),
		            "a test needs either asserts or errors");
	return out->name && !out->asserts != !out->errors;
}

bool trial_read(struct arena *mem, const char *path, struct diags *d,
                struct trial **v, size_t *n, size_t *cap)
{
	const struct yaml_node *root, *list;
	bool good = true;

	if (!yaml_load(mem, path, path, d, &root))
		return false;
	list = root->kind == YAML_IS_MAP ? yaml_get(root, "tests") : NULL;
	if (!list || list->kind != YAML_IS_LIST || root->map.n != 1) {
		diags_error(d, DIAG_TYPE, yaml_at(root),
		            "a file of tests is \"tests:\" and a list of them");
		return false;
	}
	for (size_t i = 0; i < list->list.n; i++) {
		ARENA_RESERVE(mem, struct trial, *v, *n, *cap);
		if (read_one(path, list->list.v[i], d, &(*v)[*n]))
			(*n)++;
		else
			good = false;
	}
	return good;
}
