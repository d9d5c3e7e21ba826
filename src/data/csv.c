/* csv.c - tables with a header, commas or tabs between cells, quotes around what needs them
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "data/format.h"

static const struct dialect csv = {.separator = ",", .has_quotes = true};
static const struct dialect tsv = {.separator = "\t", .has_quotes = true};

/* The sign that the first line has more of; when it has none, the ending tells. */
static bool is_divided_by(const struct sample *sample, char sign, char other, const char *ending)
{
  size_t line = sample_line(sample), name = strlen(sample->name), end = strlen(ending);
  int signs = sample_count(sample, line, sign), others = sample_count(sample, line, other);
  if (!line || memchr(sample->head, '\0', sample->size) || strchr("[{", sample->head[0]))
    return false;
  return signs > others ||
         (!signs && !others && name > end && !strcmp(sample->name + name - end, ending));
}

static const struct dialect *takes_csv(const struct sample *sample)
{
  return is_divided_by(sample, ',', '\t', ".csv") ? &csv : NULL;
}

static const struct dialect *takes_tsv(const struct sample *sample)
{
  return is_divided_by(sample, '\t', ',', ".tsv") ? &tsv : NULL;
}

const struct format format_csv = {
  .name = "csv",
  .tier = FORMAT_GENERAL,
  .names = {".csv", ".tsv", ".txt"},
  .takes = takes_csv,
  .only = &csv,
  .help = "commas between cells, a header of names, \"quotes\" around cells with commas, quotes or "
          "line ends (*.csv)",
};

const struct format format_tsv = {
  .name = "tsv",
  .tier = FORMAT_GENERAL,
  .names = {".csv", ".tsv", ".txt"},
  .takes = takes_tsv,
  .only = &tsv,
  .help = "the same with tabs (*.tsv); where a quote is just a sign use --format recbole",
};
