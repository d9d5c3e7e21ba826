/* given.c - see given.h, and features_import in features.h
 *
 * features/given-text.npy holds the rows in item order, divided by their RMS;
 * given-text-negatives.npy those of the negatives, by the same. The card names the file
 * and the hash of the item keys they are for.
 * SPDX-License-Identifier: MIT */
#include "encode/given.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "base/mem.h"
#include "base/path.h"
#include "encode/card.h"
#include "encode/displacement.h"
#include "encode/encoders.h"

struct given {
  enum modality modality;
  char *path;
  struct encoded side; /* inputs: the hash of the keys */
  float *negatives;    /* [count, side.dim], or NULL */
  int64_t count, rows; /* items; those of them that have a row */
};

bool given_keys(struct store *store, struct intern *keys, struct err *err)
{
  int64_t count;
  struct item **items = items_all(store, &count, err);
  if (!items)
    return false;
  for (int64_t i = 0; i < count; i++)
    intern_add(keys, items[i]->key, strlen(items[i]->key));
  items_free(items, count);
  return true;
}

static void keys_hash(const struct intern *keys, char hash[SHA256_HEX])
{
  struct buf all = {0};
  for (int32_t i = 0; i < keys->count; i++)
    buf_printf(&all, "%s\n", intern_text(keys, i));
  hash_sha256(all.data ? all.data : "", all.size, hash);
  buf_free(&all);
}

char *given_ids_beside(const char *path)
{
  const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
  size_t folder = slash ? (size_t)(slash + 1 - path) : 0;
  size_t stem = dot && dot >= path + folder ? (size_t)(dot - path) : strlen(path);
  char *own = mem_printf("%.*s.ids", (int)stem, path);
  char *shared = mem_printf("%.*sitems.ids", (int)folder, path);
  char *found = path_is_file(own) ? own : path_is_file(shared) ? shared : NULL;
  if (found != own)
    free(own);
  if (found != shared)
    free(shared);
  return found;
}

/* Which item each row of a matrix is: place [rows]. ids NULL: row i is item i. */
static bool place_rows(const char *path, int64_t rows, const char *ids_path, const char *ids,
                       const struct intern *keys, int32_t *place, struct err *err)
{
  int64_t row = 0;
  if (!ids) {
    if (rows != keys->count)
      return err_set(err, EX_DATAERR, "%s: has %lld rows, the catalogue has %d items: name the rows"
                     " with --ids FILE", path, (long long)rows, keys->count);
    for (; row < rows; row++)
      place[row] = (int32_t)row;
    return true;
  }
  uint8_t *seen = mem_zero((size_t)keys->count + 1, 1);
  bool ok = true;
  for (const char *line = ids; *line && ok; row++) {
    size_t length = strcspn(line, "\r\n");
    int32_t item = intern_find(keys, line, length);
    if (row >= rows)
      ok = err_set(err, EX_DATAERR, "%s:%lld: is one line more than %s has rows", ids_path,
                   (long long)row + 1, path);
    else if (item < 0 || seen[item])
      ok = err_set(err, EX_DATAERR, "%s:%lld: %s \"%.*s\"", ids_path, (long long)row + 1,
                   item < 0 ? "no item" : "a second time", (int)(length < 60 ? length : 60), line);
    else
      seen[place[row] = item] = 1;
    line += length;
    line += *line == '\r';
    line += *line == '\n';
  }
  free(seen);
  if (ok && row < rows)
    ok = err_set(err, EX_DATAERR, "%s: names %lld rows, %s has %lld", ids_path, (long long)row,
                 path, (long long)rows);
  return ok;
}

/* Read a matrix into item order; there [items] gets 1 for the items it has a row for. */
static float *read_rows(const char *path, const char *ids_path, const struct intern *keys,
                        int64_t *columns, uint8_t *there, struct err *err)
{
  struct npy npy;
  if (!npy_read(path, &npy, err))
    return NULL;
  float *rows = NULL;
  char *ids = ids_path ? path_read(ids_path, 0, NULL, err) : NULL;
  int32_t *place = mem_alloc(((size_t)npy.rows + 1) * sizeof *place);
  if (*columns && npy.columns != *columns)
    err_set(err, EX_DATAERR, "%s: has %lld columns, the originals have %lld", path,
            (long long)npy.columns, (long long)*columns);
  else if (npy.columns == 0 || npy.rows == 0)
    err_set(err, EX_DATAERR, "%s: is empty", path);
  else if ((ids || !ids_path) && place_rows(path, npy.rows, ids_path, ids, keys, place, err)) {
    size_t width = (size_t)npy.columns;
    *columns = npy.columns;
    rows = mem_aligned((size_t)keys->count * width + 1, sizeof *rows);
    for (int64_t r = 0; r < npy.rows; r++) {
      memcpy(rows + (size_t)place[r] * width, npy.data + (size_t)r * width, width * sizeof *rows);
      there[place[r]] = 1;
    }
  }
  free(place);
  free(ids);
  npy_free(&npy);
  return rows;
}

/* Negatives of items without a row of their own are unmoved. */
static float *read_negatives(const char *path, const char *ids_path, const struct intern *keys,
                             const struct encoded *side, struct err *err)
{
  int64_t columns = side->dim;
  uint8_t *there = mem_zero((size_t)keys->count + 1, 1);
  float *rows = read_rows(path, ids_path, keys, &columns, there, err);
  for (int32_t i = 0; rows && i < keys->count; i++)
    for (int k = 0; k < side->dim; k++) {
      float *value = &rows[(int64_t)i * side->dim + k];
      *value = there[i] ? (float)(*value / side->rms) : side->rows[(int64_t)i * side->dim + k];
    }
  free(there);
  return rows;
}

static bool write_given(struct store *store, enum modality modality, const struct encoded *side,
                        const float *negatives, int64_t count, const char *path, struct err *err)
{
  const char *name = modality_names[modality];
  char *given = mem_printf("given-%s", name), *there = mem_printf("given-%s-present", name);
  char *moved = mem_printf("given-%s-negatives", name);
  float *present = mem_alloc((size_t)(count + 1) * sizeof *present);
  for (int64_t i = 0; i < count; i++)
    present[i] = side->present[i];
  card_remove(store, given); /* no card tells of a half-written set */
  bool ok = card_matrix_write(store, given, side->rows, count, side->dim, err) &&
            card_matrix_write(store, there, present, count, 1, err) &&
            (!negatives || card_matrix_write(store, moved, negatives, count, side->dim, err));
  if (ok) {
    cJSON *card = cJSON_CreateObject();
    json_add_str(card, "encoder", path_base(path));
    json_add_str(card, "inputs", side->inputs);
    json_add_int(card, "rows", count);
    json_add_int(card, "columns", side->dim);
    json_add_num(card, "rms", side->rms);
    json_add_bool(card, "negatives", negatives != NULL);
    ok = card_write(store, given, card, err);
  }
  free(present);
  free(given);
  free(there);
  free(moved);
  return ok;
}

struct given *given_read(enum modality modality, const char *path, const char *ids_path,
                         const char *negatives_path, const struct intern *keys, struct err *err)
{
  struct given *given = mem_zero(1, sizeof *given);
  struct encoded *side = &given->side;
  int64_t columns = 0;
  given->modality = modality;
  given->path = mem_strdup(path);
  given->count = keys->count;
  keys_hash(keys, side->inputs);
  side->present = mem_zero((size_t)keys->count + 1, 1);
  side->rows = read_rows(path, ids_path, keys, &columns, side->present, err);
  bool ok = side->rows != NULL;
  if (ok) {
    side->dim = (int)columns;
    encoded_scale(side, keys->count);
    for (int64_t i = 0; i < given->count; i++)
      given->rows += side->present[i];
    if (negatives_path)
      given->negatives = read_negatives(negatives_path, ids_path, keys, side, err);
    ok = !negatives_path || given->negatives;
  }
  if (ok)
    return given;
  given_free(given);
  return NULL;
}

bool given_write(struct store *store, const struct given *given, struct err *err)
{
  return write_given(store, given->modality, &given->side, given->negatives, given->count,
                     given->path, err);
}

void given_free(struct given *given)
{
  if (!given)
    return;
  free(given->negatives);
  free(given->side.rows);
  free(given->side.present);
  free(given->path);
  free(given);
}

int64_t given_rows(const struct given *given) { return given->rows; }

int64_t given_items(const struct given *given) { return given->count; }

int given_columns(const struct given *given) { return given->side.dim; }

bool features_import(struct store *store, enum modality modality, const char *path,
                     const char *ids_path, const char *negatives_path, struct err *err)
{
  struct intern keys = {0};
  struct given *given = NULL;
  bool ok = given_keys(store, &keys, err);
  if (ok && keys.count == 0)
    ok = err_set(err, EX_DATAERR, "%s holds no items: import some first", store_dir(store));
  if (ok)
    given = given_read(modality, path, ids_path, negatives_path, &keys, err);
  ok = given && given_write(store, given, err);
  given_free(given);
  intern_free(&keys);
  return ok;
}

bool features_forget(struct store *store, enum modality modality)
{
  static const char *const suffixes[] = {"", "-present", "-negatives"};
  char *given = mem_printf("given-%s", modality_names[modality]);
  cJSON *card = card_read(store, given, NULL);
  for (size_t k = 0; k < COUNT_OF(suffixes); k++) {
    char *name = mem_printf("%s%s", given, suffixes[k]);
    card_remove(store, name);
    free(name);
  }
  free(given);
  cJSON_Delete(card);
  return card != NULL;
}

/* Swap one matrix in; takes the rows over. */
static void replace_rows(float **target, struct npy *npy)
{
  free(*target);
  *target = npy->data;
  npy->data = NULL;
}

/* Items whose given negative differs from the original have one, whatever is stored. */
static void mark_negatives(struct features *features, int m)
{
  size_t width = (size_t)features->dim[m] * sizeof(float);
  for (int64_t i = 0; i < features->item_count; i++) {
    int64_t at = i * features->dim[m];
    if (memcmp(features->x[m] + at, features->x_neg[m] + at, width) != 0)
      features->has_negative[i] = 1;
  }
}

static bool replace(struct store *store, const char *given, const cJSON *card, int m,
                    struct features *features, struct err *err)
{
  struct npy rows = {0}, there = {0}, moved = {0};
  int64_t count = features->item_count;
  char *there_name = mem_printf("%s-present", given);
  char *moved_name = mem_printf("%s-negatives", given);
  bool has_negatives = json_bool(card, "negatives", false);
  bool ok = card_matrix(store, given, count, -1, &rows) &&
            card_matrix(store, there_name, count, 1, &there) &&
            (!has_negatives || card_matrix(store, moved_name, count, rows.columns, &moved));
  if (ok) {
    features->dim[m] = (int)rows.columns;
    replace_rows(&features->x[m], &rows);
    if (has_negatives) {
      replace_rows(&features->x_neg[m], &moved);
      mark_negatives(features, m);
    } else {
      size_t bytes = (size_t)(count * features->dim[m]) * sizeof(float);
      free(features->x_neg[m]);
      features->x_neg[m] = mem_aligned(bytes + 4, 1);
      memcpy(features->x_neg[m], features->x[m], bytes);
    }
    for (int64_t i = 0; i < count; i++)
      features->present[m][i] = there.data[i] > 0.5f;
    free(features->source[m]);
    features->source[m] = mem_strdup(json_str(card, "encoder"));
    features->unit[m] = displacement_unit(features->x[m], features->present[m], count,
                                          features->dim[m], 0);
  } else {
    err_set(err, EX_DATAERR, "%s/features/%s.npy is damaged: give it again, or return to the"
            " built-in encoder with neggen embed", store_dir(store), given);
  }
  npy_free(&rows);
  npy_free(&there);
  npy_free(&moved);
  free(there_name);
  free(moved_name);
  return ok;
}

bool given_replace(struct store *store, enum modality modality, struct features *features,
                   struct err *err)
{
  char *given = mem_printf("given-%s", modality_names[modality]), hash[SHA256_HEX];
  cJSON *card = card_read(store, given, NULL);
  struct intern keys = {0};
  bool ok = true;
  if (card) {
    const char *inputs = json_str(card, "inputs");
    ok = given_keys(store, &keys, err);
    keys_hash(&keys, hash);
    if (ok && (!inputs || strcmp(inputs, hash) != 0))
      ok = err_set(err, EX_DATAERR, "the vectors given for %s (%s) are for other items than the"
                   " catalogue has now: give them again, or return to the built-in encoder with"
                   " neggen embed", modality_names[modality],
                   json_str(card, "encoder") ? json_str(card, "encoder") : "?");
    ok = ok && replace(store, given, card, modality, features, err);
    intern_free(&keys);
  }
  cJSON_Delete(card);
  free(given);
  return ok;
}
