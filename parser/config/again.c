/* again.c - what the text of all files does not say, to load the same again. */
#include "parser/config/internal.h"
#include "parser/expr/inputs.h"

const struct value *config_var_values(struct arena *mem, const struct config *c)
{
	struct value_entry *v = ARENA_ARRAY(mem, struct value_entry, c->vars.n);
	size_t at = 0, n = 0;
	const char *name;

	while (map_next(&c->vars, &at, &name)) {
		const struct value *value = map_get(&c->vars, name);

		if (!value_has_taint(value) && !value_has_unknown(value))
			v[n++] = (struct value_entry){.key = name,
			                              .value = value};
	}
	return value_map(mem, v, n);
}

const struct value *config_inputs(struct arena *mem, const struct config *c)
{
	return expr_inputs_noted(mem, c->inputs);
}

void config_join_inputs(const struct config *c)
{
	expr_inputs_join(c->inputs);
}
