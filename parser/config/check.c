/* check.c - what only evaluating brings to light, and friendly warnings. */
#include <string.h>

#include "parser/config/internal.h"

static bool lets_in(const struct value *firewalls,
                    const struct schema_port *port)
{
	for (size_t i = 0; i < firewalls->map.n; i++) {
		const struct value *allow =
			value_get(firewalls->map.v[i].value, "allow");
		struct schema_port rule;

		for (size_t j = 0; allow && j < allow->list.n; j++)
			if (allow->list.v[j]->type == VALUE_STRING &&
			    schema_allow_parse(allow->list.v[j]->string.s,
			                       &rule) &&
			    !strcmp(rule.protocol, port->protocol) &&
			    rule.first <= port->first &&
			    rule.last >= port->first)
				return true;
	}
	return false;
}

static void warn_closed_ports(const struct value *spec,
                              const struct config_want *w, struct diags *d)
{
	const struct value *ports = value_get(spec, "ports");
	const struct value *firewalls = value_get(spec, "firewalls");
	struct schema_port port;

	for (size_t i = 0; ports && ports->type == VALUE_LIST && firewalls &&
	                   i < ports->list.n;
	     i++) {
		const struct value *v = ports->list.v[i];
		struct diag *m;

		if (v->type != VALUE_STRING ||
		    !schema_port_parse(v->string.s, &port) ||
		    lets_in(firewalls, &port))
			continue;
		m = diags_warn(
			d, DIAG_PORT_CLOSED,
			(struct src_span){v->pos, (uint32_t)v->string.len},
			"no tag of instance \"%s\" lets anybody reach "
			"port %u/%s",
			w->name, port.first, port.protocol);
		diag_note(d, m,
		          "declare a firewall with allow: [%s/%u] and put its "
		          "name in the instance's tags",
		          port.protocol, port.first);
	}
}

enum { AT_ONCE = 128 }; /* bodies, before their memory is used again */

void config_check(const struct config *c, struct diags *d)
{
	struct arena mem = {0};
	const struct config_block *last = NULL;

	/* Members of a block share their mistakes: the first one's are told. */
	for (size_t i = 0; i < c->nr_wants; i++) {
		const struct config_want *w = &c->wants[i];
		const struct value *spec;
		size_t said = d->errors + d->warnings;

		if (w->block->broken || w->block == last)
			continue;
		spec = config_spec(&mem, c, w, NULL, d);
		if (spec && w->block->kind == &schema_instance)
			warn_closed_ports(spec, w, d);
		if (said != d->errors + d->warnings)
			last = w->block;
		/* What was found is in `d`. */
		if (i % AT_ONCE == AT_ONCE - 1)
			arena_free(&mem);
	}
	for (size_t i = 0; i < c->nr_outputs; i++)
		if (!c->outputs[i].broken)
			(void)config_output(&mem, c, &c->outputs[i], NULL, d);
	for (size_t i = 0; i < c->nr_checks; i++)
		(void)config_assert(&mem, c, i, NULL, d);
	config_show_overridden(c, d);
	arena_free(&mem);
}
