/* blas.h - the functions of OpenBLAS that are used, and where they are
 *
 * The library is opened by its name, never as the alternatives' libblas: the reference BLAS is
 * thirty times slower.
 * SPDX-License-Identifier: MIT */
#ifndef LA_BLAS_H
#define LA_BLAS_H

#include <cblas.h>
#include <stdbool.h>

#include "base/err.h"

/* LAPACK: eigenvalues (ascending) and vectors of a symmetric matrix, in double and float. */
void dsyev_(const char *job, const char *half, const int *n, double *a, const int *lda,
            double *values, double *work, const int *work_size, int *info);
void ssyevd_(const char *job, const char *half, const int *n, float *a, const int *lda,
             float *values, float *work, const int *work_size, int *iwork, const int *iwork_size,
             int *info);

#define BLAS_FUNCTIONS(_) \
  _(cblas_sgemm) _(cblas_dgemm) _(dsyev_) _(ssyevd_) _(openblas_set_num_threads) \
  _(openblas_get_config)

struct blas {
#define BLAS_MEMBER(name) __typeof__(name) *name;
  BLAS_FUNCTIONS(BLAS_MEMBER)
#undef BLAS_MEMBER
};
/* Load it, at the first call; each of its functions takes one thread. */
bool blas_start(struct err *err);
/* The functions, loaded when need be; a failure then ends the process. From any thread. */
const struct blas *blas(void);

#endif
