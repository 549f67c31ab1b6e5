/*
 * records.h - release records of a stack and site, in the store's home.
 *
 *	$MISO_HOME/releases/STACK/SITE/N.json
 *
 * They are beside the objects and not among them: a stack's folder goes with
 * its last object.
 */
#ifndef PROVIDERS_QEMU_RECORDS_H
#define PROVIDERS_QEMU_RECORDS_H

#include <stdbool.h>

#include "providers/provider.h"

extern const struct record_ops qemu_record_ops;

/* Does a record of any stack of this host name the image? */
bool qemu_records_use_image(const char *home, const char *digest);

#endif
