/* installed.h - the files that miso is installed with: kernel and loader. */
#ifndef PROVIDERS_IMAGE_INSTALLED_H
#define PROVIDERS_IMAGE_INSTALLED_H

#include "parser/base/arena.h"
#include "parser/base/err.h"

#define IMAGE_KERNEL_FILE "kernel.elf"
#define IMAGE_BOOT_FILE   "boot.bin"

/*
 * The path of `name`: what the variable `env` of the environment says, else
 * beside this program (a build), else ../lib/miso (an installation). ERR_REF
 * names the places where it is not.
 */
NODISCARD struct err *image_installed(struct arena *mem, const char *name,
                                      const char *env, const char **out);

/* image_installed() for each: MISO_KERNEL, MISO_BOOT. */
NODISCARD struct err *image_installed_kernel(struct arena *mem,
                                             const char **out);
NODISCARD struct err *image_installed_boot(struct arena *mem, const char **out);

#endif
