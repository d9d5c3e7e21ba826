/* blas.c - see blas.h
 * SPDX-License-Identifier: MIT */
#include "la/blas.h"

#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "config.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct blas functions;
static bool is_loaded;
static struct err problem;

static void load(void)
{
#define BLAS_NAME(name) #name,
  static const char *const names[] = {BLAS_FUNCTIONS(BLAS_NAME) NULL};
  void *found[sizeof names / sizeof *names] = {NULL};
  is_loaded = library_load(OPENBLAS_SONAME, names, found, &problem);
  memcpy(&functions, found, sizeof functions);
  if (!is_loaded)
    return;
  int threads = omp_get_max_threads();
  functions.openblas_set_num_threads(1); /* its OpenMP flavour changes our number of threads, too */
  omp_set_num_threads(threads);
}

bool blas_start(struct err *err)
{
  pthread_once(&once, load);
  return is_loaded || err_set(err, problem.code, "%s", problem.text);
}

const struct blas *blas(void)
{
  pthread_once(&once, load);
  if (!is_loaded) {
    fprintf(stderr, "neggen: %s\n", problem.text);
    exit(problem.code);
  }
  return &functions;
}
