/* export.c - see export.h
 * SPDX-License-Identifier: MIT */
#include "encode/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "encode/features.h"
#include "encode/npy.h"

/* The rows of items that have the modality, packed. */
static bool write_rows(const char *folder, const char *name, const struct features *features, int m,
                       const float *rows, int64_t count, struct err *err)
{
  size_t width = (size_t)features->dim[m];
  char *path = mem_printf("%s/%s.npy", folder, name);
  float *packed = mem_aligned((size_t)count * width + 1, sizeof *packed), *next = packed;
  for (int64_t i = 0; i < features->item_count; i++)
    if (features->present[m][i]) {
      memcpy(next, rows + (size_t)i * width, width * sizeof *next);
      next += width;
    }
  bool ok = npy_write(path, packed, count, features->dim[m], err);
  free(packed);
  free(path);
  return ok;
}

static bool write_ids(const char *folder, const char *name, const struct features *features, int m,
                      const struct intern *keys, struct err *err)
{
  struct buf ids = {0};
  char *path = mem_printf("%s/%s.ids", folder, name);
  for (int32_t i = 0; i < keys->count; i++)
    if (features->present[m][i])
      buf_printf(&ids, "%s\n", intern_text(keys, i));
  bool ok = path_write(path, ids.data, ids.size, err);
  buf_free(&ids);
  free(path);
  return ok;
}

static bool write_modality(const char *folder, const struct features *features, int m,
                           const struct intern *keys, struct features_report *report,
                           struct err *err)
{
  const char *name = modality_names[m];
  int64_t rows = 0;
  for (int64_t i = 0; i < features->item_count; i++)
    rows += features->present[m][i];
  if (!rows || !features->dim[m])
    return true;
  size_t bytes = (size_t)(features->item_count * features->dim[m]) * sizeof(float);
  report->rows[m] = rows;
  report->columns[m] = features->dim[m];
  report->has_negatives[m] = memcmp(features->x[m], features->x_neg[m], bytes) != 0;
  char *negatives = mem_printf("%s-negatives", name);
  bool ok = write_rows(folder, name, features, m, features->x[m], rows, err) &&
            write_ids(folder, name, features, m, keys, err) &&
            (!report->has_negatives[m] ||
             write_rows(folder, negatives, features, m, features->x_neg[m], rows, err));
  free(negatives);
  return ok;
}

bool features_export(struct store *store, const char *folder, const struct intern *keys,
                     struct features_report *report, struct err *err)
{
  struct features features;
  *report = (struct features_report){0};
  if (!features_load_training(store, 1, &features, err))
    return false;
  bool ok = true;
  for (int m = 0; m < MODALITIES && ok; m++)
    ok = write_modality(folder, &features, m, keys, report, err);
  features_free(&features);
  return ok;
}
