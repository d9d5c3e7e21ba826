/* samples.c - the sample catalogue is what its program makes, and holds what it promises
 *
 * The promises are checked from the files alone, on the committed catalogue and on one of
 * another seed: nothing of the program that planted them is used.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/intern.h"
#include "base/json.h"
#include "base/path.h"
#include "media/decoder.h"
#include "media/measure.h"

static char *scratch;

struct shop {
  char *dir; /* with truth.json and catalogue/ */
  cJSON *truth, *items, *users, *decoys;
  struct intern item_ids, user_ids;
  const cJSON **item, **user; /* by number */
};

static char *make(const char *seed)
{
  char *program = path_join(getenv("builddir"), "samples/make-samples");
  char *dir = path_join(scratch, seed ? seed : "default");
  const char *with_seed[] = {program, "--seed", seed, dir, NULL}, *plain[] = {program, dir, NULL};
  struct child child;
  struct err err;
  if (!path_is_dir(dir)) {
    assert_true(child_start(&child, seed ? with_seed : plain, CHILD_NULL_IN, -1, &err));
    assert_int_equal(child_wait(&child), 0);
  }
  free(program);
  return dir;
}

static char *read_in(const char *dir, const char *name, size_t *size)
{
  struct err err = {0};
  char *path = path_join(dir, name), *data = path_read(path, 0, size, &err);
  if (!data)
    fail_msg("%s", err.text);
  free(path);
  return data;
}

static const cJSON **number_all(const cJSON *list, const char *key, struct intern *ids)
{
  const cJSON **all = mem_zero((size_t)cJSON_GetArraySize(list), sizeof *all), *one;
  cJSON_ArrayForEach(one, list) {
    const char *id = json_str(one, key);
    assert_int_equal(intern_find(ids, id, strlen(id)), -1);
    all[intern_add(ids, id, strlen(id))] = one;
  }
  return all;
}

static struct shop shop_open(char *dir)
{
  size_t size;
  struct err err = {0};
  struct shop shop = {.dir = dir};
  char *text = read_in(dir, "truth.json", &size);
  shop.truth = json_parse(text, size, "truth.json", &err);
  if (!shop.truth)
    fail_msg("%s", err.text);
  shop.items = json_get(shop.truth, "items");
  shop.users = json_get(shop.truth, "users");
  shop.decoys = json_get(shop.truth, "decoys");
  shop.item = number_all(shop.items, "item", &shop.item_ids);
  shop.user = number_all(shop.users, "user", &shop.user_ids);
  free(text);
  return shop;
}

static void shop_close(struct shop *shop)
{
  cJSON_Delete(shop->truth);
  intern_free(&shop->item_ids);
  intern_free(&shop->user_ids);
  free(shop->item);
  free(shop->user);
  free(shop->dir);
}

/* The committed catalogue, and one of another seed. */
static struct shop shop_of(int which)
{
  return shop_open(which ? make("42") : path_join(getenv("srcdir"), "samples"));
}

static bool has(const cJSON *item, const cJSON *pair)
{
  const char *wanted = json_str(pair, "value");
  const cJSON *value = json_get(json_get(item, json_str(pair, "modality")), json_str(pair, "key")),
              *one;
  assert_non_null(value);
  if (cJSON_IsString(value))
    return strcmp(value->valuestring, wanted) == 0;
  cJSON_ArrayForEach(one, value)
    if (strcmp(one->valuestring, wanted) == 0)
      return true;
  return false;
}

static bool is_same_pair(const cJSON *a, const cJSON *b)
{
  return strcmp(json_str(a, "key"), json_str(b, "key")) == 0 &&
         strcmp(json_str(a, "value"), json_str(b, "value")) == 0;
}

/* Split the next line of a table into its fields; NULL after the last. */
static char *next_row(char **at, char *fields[], int count)
{
  char *line = strsep(at, "\n");
  if (!line || !*line)
    return NULL;
  char *rest = line;
  for (int k = 0; k < count; k++)
    assert_non_null(fields[k] = strsep(&rest, "\t"));
  assert_null(rest);
  return line;
}

static int32_t number_of(const struct intern *ids, const char *id)
{
  int32_t number = intern_find(ids, id, strlen(id));
  assert_true(number >= 0);
  return number;
}

static void assert_same_files(const char *a, const char *b, const char *name)
{
  size_t size_a, size_b;
  char *data_a = read_in(a, name, &size_a), *data_b = read_in(b, name, &size_b);
  if (size_a != size_b || memcmp(data_a, data_b, size_a) != 0)
    fail_msg("%s/%s is not what make-samples makes", a, name);
  free(data_a);
  free(data_b);
}

static int count_files(const char *dir, const char *name)
{
  char *path = path_join(dir, name);
  DIR *stream = opendir(path);
  int count = 0;
  assert_non_null(stream);
  for (struct dirent *entry; (entry = readdir(stream));)
    count += entry->d_name[0] != '.';
  closedir(stream);
  free(path);
  return count;
}

static void the_committed_files_are_what_the_program_makes(void **state)
{
  (void)state;
  struct shop shop = shop_of(0);
  char *made = make(NULL);
  assert_same_files(shop.dir, made, "truth.json");
  assert_same_files(shop.dir, made, "catalogue/catalogue.item");
  assert_same_files(shop.dir, made, "catalogue/catalogue.inter");
  int count = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, shop.items) {
    char *name = mem_printf("catalogue/images/%s.png", json_str(item, "item"));
    assert_same_files(shop.dir, made, name);
    free(name);
    count++;
  }
  assert_int_equal(count_files(shop.dir, "catalogue/images"), count);
  assert_int_equal(count_files(shop.dir, "catalogue"), 3);
  free(made);
  shop_close(&shop);
}

static void another_seed_makes_another_catalogue(void **state)
{
  (void)state;
  static const char *const names[] = {"truth.json", "catalogue/catalogue.item",
                                      "catalogue/catalogue.inter", "catalogue/images/mug-01.png"};
  struct shop shop = shop_of(0);
  char *made = make("42");
  for (size_t k = 0; k < COUNT_OF(names); k++) {
    size_t size_a, size_b;
    char *a = read_in(shop.dir, names[k], &size_a), *b = read_in(made, names[k], &size_b);
    assert_true(size_a != size_b || memcmp(a, b, size_a) != 0);
    free(a);
    free(b);
  }
  free(made);
  shop_close(&shop);
}

static void fields_tell_the_text_and_nothing_of_the_picture(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) {
    enum { FIELDS = 10, TITLE = 1, DESCRIPTION = 9 };
    struct shop shop = shop_of(which);
    char *table = read_in(shop.dir, "catalogue/catalogue.item", NULL), *at = table;
    char *header[FIELDS], *row[FIELDS];
    struct intern titles = {0};
    assert_non_null(next_row(&at, header, FIELDS));
    for (int k = 0; k < FIELDS; k++)
      *strchr(header[k], ':') = '\0';
    int rows = 0;
    for (; next_row(&at, row, FIELDS); rows++) {
      const cJSON *item = shop.item[number_of(&shop.item_ids, row[0])];
      const cJSON *text = json_get(item, "text"), *key;
      for (int k = TITLE + 1; k < DESCRIPTION; k++)
        if (strcmp(header[k], "theme") != 0)
          assert_string_equal(row[k], json_str(text, header[k]));
      cJSON_ArrayForEach(key, json_get(item, "image"))
        for (int k = 0; k < FIELDS; k++)
          assert_string_not_equal(header[k], key->string);
      assert_int_equal(intern_add(&titles, row[TITLE], strlen(row[TITLE])), rows);
      assert_non_null(strstr(row[TITLE], json_str(item, "kind")));
      assert_true(strlen(row[DESCRIPTION]) >= 40 && strlen(row[DESCRIPTION]) <= 300);
    }
    assert_true(rows >= 240);
    assert_int_equal(rows, shop.item_ids.count);
    intern_free(&titles);
    free(table);
    shop_close(&shop);
  }
}

static void there_are_six_kinds_and_more(void **state)
{
  (void)state;
  struct shop shop = shop_of(1);
  struct intern kinds = {0};
  const cJSON *item;
  cJSON_ArrayForEach(item, shop.items)
    intern_add(&kinds, json_str(item, "kind"), strlen(json_str(item, "kind")));
  assert_true(kinds.count >= 6);
  intern_free(&kinds);
  shop_close(&shop);
}

static bool is_on_taste(const cJSON *user, const cJSON *item)
{
  const cJSON *like;
  cJSON_ArrayForEach(like, json_get(user, "likes"))
    if (has(item, like))
      return true;
  return false;
}

static int descending(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }

static void one_interaction_in_five_is_off_taste_and_popularity_is_skewed(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) {
    struct shop shop = shop_of(which);
    char *table = read_in(shop.dir, "catalogue/catalogue.inter", NULL), *at = table, *row[4];
    int items = shop.item_ids.count, users = shop.user_ids.count, all = 0, off = 0;
    int *of_item = mem_zero((size_t)items, sizeof *of_item);
    int *of_user = mem_zero((size_t)users, sizeof *of_user);
    struct intern pairs = {0};
    assert_non_null(next_row(&at, row, 4));
    for (; next_row(&at, row, 4); all++) {
      int u = number_of(&shop.user_ids, row[0]), i = number_of(&shop.item_ids, row[1]);
      char *pair = mem_printf("%d %d", u, i);
      assert_int_equal(intern_add(&pairs, pair, strlen(pair)), all);
      free(pair);
      of_user[u]++;
      of_item[i]++;
      off += !is_on_taste(shop.user[u], shop.item[i]);
    }
    assert_true(users >= 600);
    for (int u = 0; u < users; u++)
      assert_true(of_user[u] >= 10);
    assert_true(fabs((double)off / all - 0.2) < 0.005);
    int top = 0;
    qsort(of_item, (size_t)items, sizeof *of_item, descending);
    for (int i = 0; i < items / 5; i++)
      top += of_item[i];
    assert_true(top > 0.35 * all); /* a fifth of the items, a fifth if nothing were popular */
    intern_free(&pairs);
    free(of_item);
    free(of_user);
    free(table);
    shop_close(&shop);
  }
}

static double phi(const cJSON *items, const cJSON *a, const cJSON *b)
{
  double n[2][2] = {{0}};
  const cJSON *item;
  cJSON_ArrayForEach(item, items) n[has(item, a)][has(item, b)]++;
  return (n[1][1] * n[0][0] - n[1][0] * n[0][1]) /
         sqrt((n[1][0] + n[1][1]) * (n[0][0] + n[0][1]) * (n[0][1] + n[1][1]) *
              (n[0][0] + n[1][0]));
}

static void decoys_go_along_with_causes_and_nobody_likes_them(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) {
    struct shop shop = shop_of(which);
    int across = 0;
    const cJSON *row, *user, *like;
    cJSON_ArrayForEach(row, shop.decoys) {
      const cJSON *decoy = json_get(row, "decoy"), *partner = json_get(row, "partner");
      double measured = phi(shop.items, decoy, partner);
      assert_true(measured >= 0.5);
      assert_true(fabs(measured - json_num(row, "phi", 0)) <= 0.001);
      across += strcmp(json_str(decoy, "modality"), json_str(partner, "modality")) != 0;
      int fans = 0;
      cJSON_ArrayForEach(user, shop.users)
        cJSON_ArrayForEach(like, json_get(user, "likes")) {
          assert_false(is_same_pair(like, decoy));
          fans += is_same_pair(like, partner);
        }
      assert_true(fans > 0);
    }
    assert_true(across >= 2);
    shop_close(&shop);
  }
}

static void every_user_likes_something_seen_and_something_told(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) {
    struct shop shop = shop_of(which);
    const cJSON *user, *like;
    cJSON_ArrayForEach(user, shop.users) {
      int seen = 0, told = 0;
      cJSON_ArrayForEach(like, json_get(user, "likes"))
        *(strcmp(json_str(like, "modality"), "image") == 0 ? &seen : &told) += 1;
      assert_true(seen > 0 && told > 0);
    }
    shop_close(&shop);
  }
}

static double correlation(const struct measure *measures, int count, int a, int b)
{
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (int k = 0; k < count; k++) {
    double x = measures[k].scalar[a], y = measures[k].scalar[b];
    sa += x, sb += y, saa += x * x, sbb += y * y, sab += x * y;
  }
  return (count * sab - sa * sb) / sqrt((count * saa - sa * sa) * (count * sbb - sb * sb));
}

static void pictures_measure_as_they_were_meant_and_spread(void **state)
{
  (void)state;
  for (int which = 0; which < 2; which++) {
    struct shop shop = shop_of(which);
    int count = shop.item_ids.count, meant = 0, of_color[IMAGE_CLASSES_MAX] = {0};
    struct measure *measures = mem_zero((size_t)count, sizeof *measures);
    struct decoder *decoder = decoder_new();
    size_t bytes = 0, size;
    for (int k = 0; k < count; k++) {
      struct err err;
      struct picture picture;
      char *name = mem_printf("catalogue/images/%s.png", intern_text(&shop.item_ids, k));
      char *data = read_in(shop.dir, name, &size);
      if (!decoder_read(decoder, data, size, name, &picture, &err))
        fail_msg("%s", err.text);
      assert_true(picture.width == 128 && picture.height == 128);
      measures[k] = measure_picture(&picture);
      const char *color = image_keys[IMAGE_COLOR].classes[measures[k].color];
      meant += strcmp(color, json_str(json_get(shop.item[k], "image"), "color")) == 0;
      of_color[measures[k].color]++;
      bytes += size;
      picture_free(&picture);
      free(name);
      free(data);
    }
    assert_true(meant >= 0.85 * count);
    for (int color = 0; color < image_keys[IMAGE_COLOR].class_count; color++)
      assert_true(of_color[color] >= 8);
    for (int a = 0; a < IMAGE_SCALARS; a++)
      for (int b = 0; b < a; b++)
        assert_true(fabs(correlation(measures, count, a, b)) < 0.4);
    assert_true(bytes < 2000000);
    decoder_free(decoder);
    free(measures);
    shop_close(&shop);
  }
}

static void all_of_it_stays_under_three_megabytes(void **state)
{
  (void)state;
  struct shop shop = shop_of(0);
  size_t size, sum = 0;
  free(read_in(shop.dir, "truth.json", &size));
  sum += size;
  free(read_in(shop.dir, "catalogue/catalogue.item", &size));
  sum += size;
  free(read_in(shop.dir, "catalogue/catalogue.inter", &size));
  sum += size;
  assert_true(sum < 1000000); /* the pictures are under two, see above */
  shop_close(&shop);
}

static int setup(void **state)
{
  (void)state;
  scratch = path_temp_dir("neggen-samples", NULL);
  return scratch && getenv("builddir") && getenv("srcdir") ? 0 : -1;
}

static int teardown(void **state)
{
  (void)state;
  path_remove_tree(scratch, NULL);
  free(scratch);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_committed_files_are_what_the_program_makes),
    cmocka_unit_test(another_seed_makes_another_catalogue),
    cmocka_unit_test(fields_tell_the_text_and_nothing_of_the_picture),
    cmocka_unit_test(there_are_six_kinds_and_more),
    cmocka_unit_test(one_interaction_in_five_is_off_taste_and_popularity_is_skewed),
    cmocka_unit_test(decoys_go_along_with_causes_and_nobody_likes_them),
    cmocka_unit_test(every_user_likes_something_seen_and_something_told),
    cmocka_unit_test(pictures_measure_as_they_were_meant_and_spread),
    cmocka_unit_test(all_of_it_stays_under_three_megabytes),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
