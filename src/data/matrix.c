/* matrix.c - matrices of features beside the tables: found here, read by the encoders
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "data/format.h"

static const struct dialect matrix = {.separator = ""};

static const struct dialect *takes(const struct sample *sample)
{
  return sample->size >= 6 && !memcmp(sample->head, "\x93NUMPY", 6) ? &matrix : NULL;
}

int matrix_modality(const char *name)
{
  for (int m = 0; m < MODALITIES; m++)
    if (!strncmp(name, modality_names[m], strlen(modality_names[m])))
      return m;
  return -1;
}

bool matrix_is_of_negatives(const char *name) { return strstr(name, "negatives") != NULL; }

const struct format format_npy = {
  .name = "npy",
  .tier = FORMAT_MATRIX,
  .names = {".npy"},
  .takes = takes,
  .writer = &recbole_writer, /* the tables beside the matrices */
  .help = "a matrix of features, text*.npy or image*.npy, rows in the order of the items or named by "
          "a list of ids beside it; *negatives.npy are those of the negatives",
};
