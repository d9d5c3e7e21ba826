/* score.c - see score.h
 * SPDX-License-Identifier: MIT */
#include "cli/score.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *score(double share, char text[SCORE])
{
  snprintf(text, SCORE, "%.4f", share);
  if (!isfinite(share))
    strcpy(text, "-");
  else if (text[0] == '0')
    memmove(text, text + 1, strlen(text));
  return text;
}
