/* image.h - ext4 images for tests: made by mke2fs, judged by e2fsck. */
#ifndef TESTS_LIB_KHOST_IMAGE_H
#define TESTS_LIB_KHOST_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct khost_disk;

/*
 * A disk that mke2fs has made with these options and size ("32M"); `from` (may
 * be NULL) is a folder whose files go in. Aborts when mke2fs fails.
 */
struct khost_disk *image_make(const char *options, const char *size,
                              const char *from);

/*
 * Change an image with a tool of e2fsprogs: `command` has one %s for the
 * image's path. What was on the disk before is gone.
 */
void image_edit(struct khost_disk **d, const char *command);

/*
 * e2fsck replays the journal and frees orphans, and finds nothing else to do
 * (else it is printed).
 */
bool image_recovers(struct khost_disk **d);

/* What "e2fsck -fn" says: true for clean; else it is printed. */
bool image_is_clean(const struct khost_disk *d);

/* Does debugfs' request ("cat /f") print exactly this? */
bool image_debugfs_prints(const struct khost_disk *d, const char *request,
                          const char *text);

/* Is this part of what it prints? */
bool image_debugfs_says(const struct khost_disk *d, const char *request,
                        const char *part);

/* The number that it prints ("bmap /f 0"). */
uint64_t image_debugfs_number(const struct khost_disk *d, const char *request);

/* Change an image with a script of debugfs' requests, one a line. */
void image_script(struct khost_disk **d, const char *script);

/*
 * A folder with "hello" (100 bytes), "big" (200000), "sparse" (900000, mostly
 * a hole) and "dir" with "file0" to "file19": for image_make(). Once.
 */
const char *image_sample_files(void);

/* A folder for a test's files, which goes at exit. */
const char *image_scratch(void);

#endif
