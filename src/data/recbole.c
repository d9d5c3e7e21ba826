/* recbole.c - tables of RecBole and MMRec: tabs, a header with types, nothing quoted
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "data/format.h"

static const struct dialect recbole = {.separator = "\t", .has_types = true};
const struct dialect recbole_escaped = {.separator = "\t", .has_types = true, .has_escapes = true};

static const struct dialect *takes(const struct sample *sample)
{
  const char *dot = strrchr(sample->name, '.');
  size_t line = sample_line(sample);
  bool has_bars = memchr(sample->head, '|', line) && !memchr(sample->head, '\t', line);
  if (dot && (!strcmp(dot, ".inter") || !strcmp(dot, ".item")) && !has_bars)
    return &recbole;
  return memmem(sample->head, line, ":token", 6) && !memchr(sample->head, ',', line) &&
             sample->head[0] != '{'
           ? &recbole
           : NULL;
}

const struct format format_recbole = {
  .name = "recbole",
  .tier = FORMAT_RECBOLE,
  .names = {".inter", ".item"},
  .takes = takes,
  .only = &recbole,
  .help = "RecBole's and MMRec's *.inter and *.item: tabs between cells, nothing quoted, a header of "
          "names, with types or without",
};
