/*
 * export.h - an image as a file that runs without miso.
 *
 *	raw    a disk that a PC's BIOS boots, and UEFI
 *	qcow2  the same, for QEMU (made by qemu-img)
 *	gce    an archive for Compute Engine: disk_archive.h
 */
#ifndef PROVIDERS_IMAGE_EXPORT_H
#define PROVIDERS_IMAGE_EXPORT_H

#include "parser/base/err.h"
#include "providers/image/disk_build.h"

struct store;

/* Names of formats, for messages: "gce, qcow2, raw". */
extern const char image_export_formats[];

/*
 * Make `out`, which appears complete or not at all; what is there is replaced.
 * `digest` is that of an image in the store, `boot` the path of boot.bin.
 * ERR_USAGE for a format there is not, ERR_REF for an image there is not.
 */
NODISCARD struct err *image_export(struct store *store, const char *digest,
                                   const char *boot, const char *format,
                                   const char *out);

/* The disk in what image_export() makes of the format "raw". ERR_REF. */
NODISCARD struct err *image_export_layout(struct store *store,
                                          const char *digest, const char *boot,
                                          struct disk_layout *out);

#endif
