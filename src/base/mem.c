/* mem.c - see mem.h
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)1 << 21)

static void (*exhaustion_hook)(void);

void mem_on_exhaustion(void (*hook)(void)) { exhaustion_hook = hook; }

static _Noreturn void exhausted(void)
{
  static const char line[] = "neggen: out of memory\n";
  if (exhaustion_hook)
    exhaustion_hook();
  ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
  (void)ignored;
  _exit(EX_OSERR);
}

static size_t product(size_t count, size_t size)
{
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes))
    exhausted();
  return bytes ? bytes : 1;
}

void *mem_alloc(size_t size)
{
  void *p = malloc(size ? size : 1);
  if (!p)
    exhausted();
  return p;
}

void *mem_zero(size_t count, size_t size)
{
  void *p = calloc(1, product(count, size));
  if (!p)
    exhausted();
  return p;
}

void *mem_grow(void *p, size_t count, size_t size)
{
  p = realloc(p, product(count, size));
  if (!p)
    exhausted();
  return p;
}

char *mem_strndup(const char *text, size_t size)
{
  char *copy = mem_alloc(size + 1);
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char *mem_strdup(const char *text) { return text ? mem_strndup(text, strlen(text)) : NULL; }

char *mem_vprintf(const char *format, va_list args)
{
  char *text;
  if (vasprintf(&text, format, args) < 0)
    exhausted();
  return text;
}

char *mem_printf(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *text = mem_vprintf(format, args);
  va_end(args);
  return text;
}

void *mem_aligned(size_t count, size_t size)
{
  size_t bytes = product(count, size);
  if (bytes > SIZE_MAX - 63)
    exhausted();
  bytes = (bytes + 63) & ~(size_t)63;
  bool is_large = bytes >= 2 * HUGE_PAGE;
  void *p = aligned_alloc(is_large ? HUGE_PAGE : 64, bytes);
  if (!p)
    exhausted();
  if (is_large)
    madvise(p, bytes, MADV_HUGEPAGE); /* rows are visited at random: fewer addresses to look up */
  return memset(p, 0, bytes);
}
