/* format.h - the formats of tables: one row and one file each
 *
 * A format knows its files by what is in them. In a folder only files called as it expects
 * are looked at, and those of the most particular format there are taken; matrices always.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_FORMAT_H
#define DATA_FORMAT_H

#include "data/export.h"
#include "data/source.h"

/* What a file begins with. */
struct sample {
  const char *path, *name; /* name: without the folder */
  const char *head;        /* not terminated */
  size_t size;
};

/* How particular a format is. */
enum format_tier { FORMAT_RECBOLE, FORMAT_NAMED, FORMAT_GENERAL, FORMAT_MATRIX };

struct format {
  const char *name;
  enum format_tier tier;
  const char *names[8]; /* of its files in a folder; ".csv": those that end so */
  /* How such a file is written; NULL: it is of another format. */
  const struct dialect *(*takes)(const struct sample *sample);
  const struct dialect *only; /* taken when the format is named by the user; NULL: by content */
  const struct writer *writer; /* of an export; NULL: it is only read */
  const char *help;           /* for the manual */
};

#define FORMAT_DECLARE(name) extern const struct format format_##name;
SOURCE_FORMATS(FORMAT_DECLARE)
extern const struct format *const formats[]; /* ends with NULL */

/* The first line of a sample, without its end. */
size_t sample_line(const struct sample *sample);
/* How often a character stands in it. */
int sample_count(const struct sample *sample, size_t size, char c);

/* A file as RecBole writes it, with \t, \n, \r and \\ for what a cell could not hold. */
extern const struct dialect recbole_escaped;
extern const struct writer recbole_writer;

/* A matrix by the name of its file, without the folder: its modality, or -1 when it is called after
 * none; and does it hold the vectors of negatives? */
int matrix_modality(const char *name);
bool matrix_is_of_negatives(const char *name);

/* Find the files of a request: tables (opened), pictures, the manifest; into the source. */
bool source_find(struct source *source, const struct source_request *request, struct err *err);

#endif
