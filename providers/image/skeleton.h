/* skeleton.h - what every machine has besides its program. */
#ifndef PROVIDERS_IMAGE_SKELETON_H
#define PROVIDERS_IMAGE_SKELETON_H

#include "providers/image/image_tree.h"

/*
 * Put the default directories and files where nothing is yet. Certificates
 * come from the host's tree at `root`, if it has them; NULL: there are none, so
 * that nothing depends on the host.
 */
NODISCARD struct err *skeleton_add(struct image_tree *t, const char *root);

/*
 * The bundle of certificates in `t`, if there is one, under the name by which
 * OpenSSL looks for it when nobody says where it is. skeleton_add() does so.
 */
NODISCARD struct err *skeleton_link_certificates(struct image_tree *t);

#endif
