/* spec.h - an instance's spec, checked, in Compute Engine's words. */
#ifndef PROVIDERS_GCP_SPEC_H
#define PROVIDERS_GCP_SPEC_H

#include "providers/gcp/mark.h"

struct gcp_spec {
	const char *name; /* there */
	const char *zone, *region, *machine;
	const char *image;       /* path: "projects/P/global/images/NAME" */
	const char *const *tags; /* names of firewall rules, sorted */
	size_t nr_tags;
	bool public;        /* has an address outside */
	const char *nat_ip; /* a reserved one, or NULL */
	int64_t count;      /* over 1: a group */
	bool spot;
	const char *service_account; /* NULL: none */
};

/* The error has the position of what is wrong. Needs nothing but the spec. */
NODISCARD struct err *gcp_spec_parse(struct provider *p, struct arena *mem,
                                     const struct desired *want,
                                     struct gcp_spec *out);

/* Its path there: an instance's, or a group's when there are several. */
const char *gcp_spec_path(struct arena *mem, const struct provider *p,
                          const struct gcp_spec *spec);

/*
 * Boot lines (kernel/abi/boot_lines.h); the same spec gives the same text. In
 * the env are the secrets of want->clear, if there are any.
 */
NODISCARD struct err *gcp_spec_boot(struct provider *p, struct arena *mem,
                                    const struct desired *want,
                                    const char **out);

/*
 * {machineType?, labels, tags, disks, networkInterfaces, metadata, ...}: what
 * instances and templates have in common. `template` leaves out the zone.
 */
NODISCARD struct err *gcp_spec_body(struct provider *p, struct arena *mem,
                                    const struct desired *want,
                                    const struct gcp_spec *spec, bool template,
                                    json_t **out);

/*
 * The same as text with stand-ins for secrets: what names and ids are derived
 * from, which others see.
 */
NODISCARD struct err *gcp_spec_outline(struct provider *p, struct arena *mem,
                                       const struct desired *want,
                                       const struct gcp_spec *spec,
                                       bool template, const char **out);

/* The items of our metadata. Taken: `out` is new. */
NODISCARD struct err *gcp_spec_metadata(struct provider *p, struct arena *mem,
                                        const struct desired *want,
                                        json_t **out);

#endif
