/* tagged.h - the few nodes that have a tag: what yaml.c makes of them. */
#ifndef PARSER_YAML_TAGGED_H
#define PARSER_YAML_TAGGED_H

#include "parser/yaml/yaml.h"

struct yaml_tagged {
	struct yaml_node node; /* first: it is used as that; `tagged` is set */
	const char *tag;
};

#endif
