/* fixture.h - the reference vectors, and how far we are from them
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "la/real.h"

#ifdef REAL_DOUBLE
#define FIXTURE_TOLERANCE 1e-9
#else
#define FIXTURE_TOLERANCE 2e-5
#endif

/* A path of keys and indices: fixture_get("neggen_pair_mf.grad.U"). NULL for a null in the file;
 * fails the test when it is not there. */
const cJSON *fixture_get(const char *path);
double fixture_number(const char *path);
/* All numbers below a path, row by row; the caller frees. *count may be NULL. */
double *fixture_numbers(const char *path, size_t *count);
real *fixture_reals(const char *path, size_t *count);
int32_t *fixture_ints(const char *path, size_t *count);
/* max |got - want| over the tensor, divided by max |want|, is within the tolerance. */
void fixture_near(const char *path, const real *got, size_t count);
void fixture_near_number(const char *path, double got);
void fixture_close(void);

#endif
