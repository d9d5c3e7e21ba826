/* list-negatives.c - all that makes up the candidates of a workspace, a line each, for comparing
 *
 *   list-negatives WS
 *
 * In the order of the items, then of seeds: texts, changes, checks, displacements, replies, and the hash
 * of the picture; not when it was made, nor under which number.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "store/negative.h"

static struct err err;

static void must(bool ok)
{
  if (ok)
    return;
  fprintf(stderr, "list-negatives: %s\n", err.text);
  exit(1);
}

static void print_one(struct store *store, const struct negative *negative)
{
  struct buf png = {0};
  char hash[SHA256_HEX] = "";
  if (negative->has_picture) {
    must(negative_picture(store, negative->id, &png, &err));
    hash_sha256(png.data, png.size, hash);
  }
  cJSON *json = negative_json(negative);
  cJSON_DeleteItemFromObject(json, "id");
  cJSON_DeleteItemFromObject(json, "created");
  json_add_str(json, "picture_hash", hash);
  cJSON *replies = json_add_array(json, "replies");
  for (int t = 0; t < 3; t++)
    cJSON_AddItemToArray(replies, negative->replies[t] ? cJSON_CreateString(negative->replies[t])
                                                       : cJSON_CreateNull());
  char *line = json_line(json);
  printf("%s %s\n", negative->item, line);
  free(line);
  cJSON_Delete(json);
  buf_free(&png);
}

static int by_seed(const void *a, const void *b)
{
  const struct negative *const *x = a, *const *y = b;
  return ((*x)->seed > (*y)->seed) - ((*x)->seed < (*y)->seed);
}

static void print_item(struct store *store, int64_t id)
{
  struct item *item = item_at(store, id, &err);
  struct negative **negatives;
  int count;
  must(item && negatives_of(store, item->key, &negatives, &count, &err));
  qsort(negatives, (size_t)count, sizeof *negatives, by_seed);
  for (int k = 0; k < count; k++)
    print_one(store, negatives[k]);
  negatives_free(negatives, count);
  item_free(item);
}

int main(int argc, char **argv)
{
  struct store_counts counts;
  if (argc != 2)
    return EX_USAGE;
  struct store *store = store_open(argv[1], STORE_READ, &err);
  must(store && store_count(store, &counts, &err));
  for (int64_t id = 0; id < counts.items; id++)
    print_item(store, id);
  store_close(store);
  return 0;
}
