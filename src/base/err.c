/* err.c - see err.h
 * SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, int code, const char *format, ...)
{
  if (!err)
    return false;
  va_list args;
  va_start(args, format);
  err->code = code;
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  return false;
}

bool err_errno(struct err *err, int code, const char *format, ...)
{
  int saved = errno;
  if (!err)
    return false;
  va_list args;
  va_start(args, format);
  err->code = code;
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  size_t used = strlen(err->text);
  snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(saved));
  errno = saved;
  return false;
}

bool err_prefix(struct err *err, const char *format, ...)
{
  if (!err)
    return false;
  char context[512], text[sizeof err->text];
  va_list args;
  va_start(args, format);
  vsnprintf(context, sizeof context, format, args);
  va_end(args);
  memcpy(text, err->text, sizeof text);
  int used = snprintf(err->text, sizeof err->text, "%s: ", context);
  snprintf(err->text + used, sizeof err->text - (size_t)used, "%s", text);
  return false;
}
