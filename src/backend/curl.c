/* curl.c - see curl.h
 * SPDX-License-Identifier: MIT */
#include "backend/curl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "config.h"

static struct curl_functions functions;

static void load(void)
{
#define CURL_NAME(name) #name,
  static const char *const names[] = {CURL_FUNCTIONS(CURL_NAME) NULL};
  void *found[sizeof names / sizeof *names] = {NULL};
  struct err err;
  if (!library_load(CURL_SONAME, names, found, &err)) {
    fprintf(stderr, "neggen: %s\n", err.text);
    exit(err.code);
  }
  memcpy(&functions, found, sizeof functions);
}

const struct curl_functions *curl_library(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return &functions;
}
