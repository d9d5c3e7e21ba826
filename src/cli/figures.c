/* figures.c - see figures.h
 * SPDX-License-Identifier: MIT */
#include "cli/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *figure(int64_t number, char text[FIGURE])
{
  char digits[FIGURE];
  int length = snprintf(digits, sizeof digits, "%" PRId64, number), out = 0;
  for (int k = 0; k < length; k++) {
    if (k > 0 && digits[k - 1] != '-' && (length - k) % 3 == 0)
      text[out++] = ',';
    text[out++] = digits[k];
  }
  text[out] = '\0';
  return text;
}
