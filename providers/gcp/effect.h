/*
 * effect.h - what a firewall rule of Compute Engine lets in, as a digest: two
 * rules that differ only in names, descriptions and orders have the same.
 */
#ifndef PROVIDERS_GCP_EFFECT_H
#define PROVIDERS_GCP_EFFECT_H

#include <jansson.h>

#include "parser/base/arena.h"
#include "parser/value/value.h"

/* `rule`: as the API shows it (firewalls.get). */
const char *gcp_effect(struct arena *mem, const struct value *rule);

/* The same, of the body of an insert. */
const char *gcp_effect_of_body(struct arena *mem, const json_t *body);

/*
 * An IPv4 network as its first address and its prefix: 10.0.0.1/8 and
 * 10.0.0.0/8 are one, and so are an address and its /32. Else `text` itself.
 */
const char *gcp_effect_range(struct arena *mem, const char *text);

#endif
