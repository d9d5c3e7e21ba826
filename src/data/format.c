/* format.c - the table of formats, and what they ask of a sample
 * SPDX-License-Identifier: MIT */
#include "data/format.h"

#include <string.h>

#define FORMAT_ENTRY(name) &format_##name,

const struct format *const formats[] = {SOURCE_FORMATS(FORMAT_ENTRY) NULL};

size_t sample_line(const struct sample *sample)
{
  const char *end = memchr(sample->head, '\n', sample->size);
  return end ? (size_t)(end - sample->head) : sample->size;
}

int sample_count(const struct sample *sample, size_t size, char c)
{
  int count = 0;
  for (size_t k = 0; k < size; k++)
    count += sample->head[k] == c;
  return count;
}
