/* diag_impl.h - what the ways of showing mistakes share. */
#ifndef PARSER_BASE_DIAG_IMPL_H
#define PARSER_BASE_DIAG_IMPL_H

#include "parser/base/diag.h"

/* The file called `name`, or NULL. */
const struct src_file *diags_find_source(const struct diags *d,
                                         const char *name);

/* File by file in the order read, each from the top to the end. */
void diags_sort(const struct diags *d, const struct diag *out[DIAGS_MOST]);

/* "error" or "warning". */
const char *diag_word(const struct diag *m);

#endif
