/* npy.h - matrices in NumPy's file format (METHOD 3.3)
 *
 * Read: versions 1 and 2, <f4 or <f8, two dimensions, C or Fortran order. Everything else
 * is refused by name, object arrays above all: they are programs. Written: <f4, C order.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_NPY_H
#define ENCODE_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct npy {
  int64_t rows, columns;
  float *data; /* [rows, columns], owned */
};

/* Parse bytes of a file; `what` names it in errors (EX_DATAERR). Refused are also values that are
 * not finite, with their row and column, and a size that does not fit the header. */
bool npy_parse(const void *bytes, size_t size, const char *what, struct npy *out, struct err *err);
bool npy_read(const char *path, struct npy *out, struct err *err);
/* By temporary file and rename. */
bool npy_write(const char *path, const float *data, int64_t rows, int64_t columns,
               struct err *err);
void npy_free(struct npy *npy);

#endif
