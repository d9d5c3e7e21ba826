/* engine.c - the offline engine as a whole, on the samples; what follows a change; its cache
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <stdio.h>
#include <unistd.h>

#include "base/child.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/cache.h"
#include "engine/engine.h"
#include "engine/names.h"
#include "media/decoder.h"

enum { ASKED = 12, TRIES = 3 };

/* The samples, imported once. */
static struct store *samples;
static struct decoder *decoder;

static int samples_setup(void **state)
{
  (void)state;
  const char *builddir = getenv("builddir"), *srcdir = getenv("srcdir");
  char *program = path_join(builddir, "neggen"), *source = path_join(srcdir, "samples/catalogue");
  struct child child;
  unit_setup(state);
  const char *argv[] = {program, "import", unit_workspace, source, "--quiet", NULL};
  bool is_started = child_start(&child, argv, CHILD_NULL_IN, -1, &unit_err);
  int status = is_started ? child_wait(&child) : -1;
  samples = store_open(unit_workspace, STORE_WRITE, &unit_err);
  decoder = decoder_new();
  free(program);
  free(source);
  return status == 0 && samples ? 0 : -1;
}

static int samples_teardown(void **state)
{
  store_close(samples);
  decoder_free(decoder);
  return unit_teardown(state);
}

static struct item *item_number(int64_t id)
{
  struct item *item = item_at(samples, id, &unit_err);
  WORKS(item);
  return item;
}

static struct picture picture_of(const struct item *item)
{
  struct picture picture;
  WORKS(decoder_read_file(decoder, item->picture_path, &picture, NULL, NULL, &unit_err));
  return picture;
}

static struct easel *easel_of(const struct picture *picture)
{
  struct borders borders;
  WORKS(store_borders(samples, &borders));
  return easel_new(picture, &borders);
}

/* The replies to the three templates, one after the other; the caller frees each. */
struct replies {
  char *text[3];
};

static struct replies ask(struct engine *engine, int64_t id, uint64_t seed, int attempt)
{
  static const char *const names[] = {"describe", "mask", "complete"};
  struct replies replies;
  struct item *item = item_number(id);
  struct picture picture = picture_of(item);
  struct easel *easel = easel_of(&picture);
  for (int t = 0; t < 3; t++) {
    const char *before[2] = {t > 0 ? replies.text[0] : NULL, t > 1 ? replies.text[1] : NULL};
    replies.text[t] = engine_answer(engine, names[t], item, easel, before, seed, attempt, &unit_err);
    WORKS(replies.text[t]);
  }
  easel_free(easel);
  picture_free(&picture);
  item_free(item);
  return replies;
}

static bool are_same(const struct replies *a, const struct replies *b)
{
  return !strcmp(a->text[0], b->text[0]) && !strcmp(a->text[1], b->text[1]) &&
         !strcmp(a->text[2], b->text[2]);
}

static void replies_free(struct replies *replies)
{
  for (int t = 0; t < 3; t++)
    free(replies->text[t]);
}

/* A dozen items of all kinds. */
static int64_t id_of(int k) { return 24 * k + k; }

static struct engine *open_engine(struct store *store)
{
  struct engine *engine = engine_open(store, ENGINE_TOP, &unit_err);
  WORKS(engine);
  return engine;
}

static void a_seed_decides_whatever_was_asked_before(void **state)
{
  struct replies first[ASKED];
  (void)state;
  struct engine *engine = open_engine(samples);
  for (int k = 0; k < ASKED; k++)
    first[k] = ask(engine, id_of(k), 42, 0);
  engine_close(engine);
  engine = open_engine(samples);
  for (int k = ASKED; k-- > 0;) {
    struct replies other = ask(engine, id_of((k + 5) % ASKED), 7, 1);
    struct replies again = ask(engine, id_of(k), 42, 0);
    for (int t = 0; t < 3; t++)
      assert_string_equal(again.text[t], first[k].text[t]);
    replies_free(&other);
    replies_free(&again);
    replies_free(&first[k]);
  }
  engine_close(engine);
}

static void another_seed_makes_other_negatives_of_the_same_item(void **state)
{
  int different = 0;
  (void)state;
  struct engine *engine = open_engine(samples);
  for (int k = 0; k < ASKED; k++) {
    struct replies a = ask(engine, id_of(k), 42, 0), b = ask(engine, id_of(k), 43, 0);
    assert_string_equal(a.text[0], b.text[0]); /* what is to be seen does not depend on it */
    different += !are_same(&a, &b);
    replies_free(&a);
    replies_free(&b);
  }
  if (different < ASKED / 3)
    fail_msg("only %d of %d items differ", different, ASKED);
  engine_close(engine);
}

static void each_try_makes_another_negative(void **state)
{
  (void)state;
  struct engine *engine = open_engine(samples);
  for (int k = 0; k < ASKED; k++) {
    struct replies tries[TRIES];
    for (int t = 0; t < TRIES; t++) {
      tries[t] = ask(engine, id_of(k), 42, t);
      for (int before = 0; before < t; before++)
        if (are_same(&tries[t], &tries[before]))
          fail_msg("item %d: try %d is try %d again", (int)id_of(k), t, before);
    }
    for (int t = 0; t < TRIES; t++)
      replies_free(&tries[t]);
  }
  engine_close(engine);
}

/* The keys of a masked text, each once, added to list; how many there are then. */
static int keys_in(const char *masked, char list[][32], int count)
{
  for (const char *at = masked; (at = strstr(at, "[[")); at += 2) {
    char key[32] = "";
    snprintf(key, sizeof key, "%.*s", (int)strcspn(at + 2, "]"), at + 2);
    int k = 0;
    while (k < count && strcmp(list[k], key))
      k++;
    if (k == count)
      memcpy(list[count++], key, sizeof key);
  }
  return count;
}

static void in_turns_every_key_is_asked_alone(void **state)
{
  enum { SEEDS = 8, TEXT_KEYS = 7 };
  (void)state;
  struct engine *engine = engine_open(samples, ENGINE_TURNS, &unit_err);
  WORKS(engine);
  for (int k = 0; k < 3; k++) {
    char text[SEEDS][32], image[SEEDS][32];
    int texts = 0, images = 0;
    for (uint64_t seed = 42; seed < 42 + SEEDS; seed++) {
      struct replies replies = ask(engine, id_of(k), seed, 0);
      cJSON *json = json_parse(replies.text[1], strlen(replies.text[1]), "reply", &unit_err);
      char one[SEEDS][32];
      assert_int_equal(keys_in(json_str(json, "visual_masked"), one, 0), 1);
      assert_true(cJSON_GetArraySize(json_get(json, "attributes")) <= 2);
      images = keys_in(json_str(json, "visual_masked"), image, images);
      texts = keys_in(json_str(json, "text_masked"), text, texts);
      cJSON_Delete(json);
      replies_free(&replies);
    }
    if (texts < TEXT_KEYS || images < 3)
      fail_msg("item %d: %d keys of the text and %d of the picture in %d turns", (int)id_of(k), texts,
               images, SEEDS);
  }
  engine_close(engine);
}

static char *description_with(struct engine *engine, int64_t id, int64_t picture_of_id)
{
  const char *none[2] = {NULL, NULL};
  struct item *item = item_number(id), *other = item_number(picture_of_id);
  struct picture picture = picture_of(other);
  struct easel *easel = easel_of(&picture);
  char *reply = engine_answer(engine, "describe", item, easel, none, 42, 0, &unit_err);
  WORKS(reply);
  cJSON *json = json_parse(reply, strlen(reply), "reply", &unit_err);
  cJSON_DeleteItemFromObject(json, "item");
  char *text = json_line(json);
  cJSON_Delete(json);
  free(reply);
  easel_free(easel);
  picture_free(&picture);
  item_free(item);
  item_free(other);
  return text;
}

static void a_description_goes_with_the_picture(void **state)
{
  (void)state;
  struct engine *engine = open_engine(samples);
  for (int k = 0; k + 1 < ASKED; k++) {
    int64_t a = id_of(k), b = id_of(k + 1);
    char *own_a = description_with(engine, a, a), *own_b = description_with(engine, b, b);
    char *swapped_a = description_with(engine, a, b), *swapped_b = description_with(engine, b, a);
    assert_string_not_equal(own_a, own_b);
    assert_string_equal(swapped_a, own_b);
    assert_string_equal(swapped_b, own_a);
    free(own_a);
    free(own_b);
    free(swapped_a);
    free(swapped_b);
  }
  engine_close(engine);
}

/* How often each (key, new value) was chosen. */
struct tally {
  struct {
    char *key, *value;
    int count;
  } row[2000];
  int count;
};

static void tally_add(struct tally *tally, const char *key, const char *value)
{
  int k = 0;
  while (k < tally->count && (strcmp(tally->row[k].key, key) || strcmp(tally->row[k].value, value)))
    k++;
  if (k == tally->count) {
    tally->row[k].key = mem_strdup(key);
    tally->row[k].value = mem_strdup(value);
    tally->row[k].count = 0;
    tally->count++;
  }
  tally->row[k].count++;
}

/* The changes of a key, and how many values it has got. */
static int changes_of(const struct tally *tally, const char *key, int *values)
{
  int sum = 0;
  *values = 0;
  for (int k = 0; k < tally->count; k++)
    if (!strcmp(tally->row[k].key, key)) {
      sum += tally->row[k].count;
      ++*values;
    }
  return sum;
}

static void no_value_is_chosen_too_often(void **state)
{
  static struct tally tally;
  struct engine *engine = open_engine(samples);
  int long_keys = 0;
  (void)state;
  for (int64_t id = 0; id < 288; id++) {
    struct replies replies = ask(engine, id, 42, 0);
    cJSON *json = json_parse(replies.text[2], strlen(replies.text[2]), "reply", &unit_err), *row;
    cJSON_ArrayForEach(row, json_get(json, "values"))
      tally_add(&tally, row->string, row->valuestring);
    cJSON_ArrayForEach(row, json_get(json, "entailed"))
      tally_add(&tally, json_str(row, "key"), json_str(row, "intervened"));
    cJSON_Delete(json);
    replies_free(&replies);
  }
  for (int k = 0; k < tally.count; k++) {
    int values, changes = changes_of(&tally, tally.row[k].key, &values);
    long_keys += values >= 10;
    if (values >= 9 && tally.row[k].count > 0.15 * changes)
      fail_msg("%s became %s in %d of %d changes", tally.row[k].key, tally.row[k].value,
               tally.row[k].count, changes);
  }
  assert_true(long_keys >= 40); /* themes, origins, makers, materials */
  for (int k = 0; k < tally.count; k++) {
    free(tally.row[k].key);
    free(tally.row[k].value);
  }
  engine_close(engine);
}

static void first_names_are_found(void **state)
{
  static const char *const men[] = {"Aaron Spelling", "DeForest Kelley", "dean martin", "Zachary Scott"};
  static const char *const women[] = {"Adele", "Zoe Wanamaker", "whoopi Goldberg", "Meg. Ryan"};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(men); k++)
    assert_int_equal(name_gender(men[k]), NAME_MAN);
  for (size_t k = 0; k < COUNT_OF(women); k++)
    assert_int_equal(name_gender(women[k]), NAME_WOMAN);
  assert_int_equal(name_gender("Aar Smith"), NAME_UNKNOWN);
  assert_int_equal(name_gender(""), NAME_UNKNOWN);
  assert_true(names_agree("Kim Novak", "Adele") && names_agree("Adele", "Zoe"));
  assert_false(names_agree("Aaron", "Adele") || names_agree("Adele", "Kim Novak"));
}

static void what_it_cannot_answer_is_told(void **state)
{
  const char *none[2] = {NULL, NULL};
  (void)state;
  struct engine *engine = open_engine(samples);
  struct item *item = item_number(0);
  assert_null(engine_answer(engine, "describe", item, NULL, none, 1, 0, &unit_err));
  assert_non_null(strstr(unit_err.text, "has no picture that could be described"));
  assert_null(engine_answer(engine, "complete", item, NULL, none, 1, 0, &unit_err));
  assert_non_null(strstr(unit_err.text, "was not masked yet"));
  assert_null(engine_answer(engine, "dance", item, NULL, none, 1, 0, &unit_err));
  assert_int_equal(unit_err.code, EX_SOFTWARE);
  item_free(item);
  engine_close(engine);
}

/* ---- the cache */

static char *cache_file(void)
{
  return path_join(unit_workspace, "features/statistics.bin");
}

#define ASSERT_SAME_ARRAY(a, b, array, count) \
  assert_memory_equal((a)->array, (b)->array, (size_t)(count) * sizeof *(a)->array)

static void what_is_kept_is_what_was_counted(void **state)
{
  char inputs[SHA256_HEX];
  char *path = cache_file();
  (void)state;
  cache_inputs(samples, inputs);
  unlink(path);
  assert_null(cache_load(samples, inputs));
  struct statistics *counted = statistics_open(samples, &unit_err);
  WORKS(counted);
  struct statistics *kept = cache_load(samples, inputs);
  assert_non_null(kept);
  assert_null(counted->mapped);
  assert_non_null(kept->mapped);
  assert_int_equal(kept->value_count, counted->value_count);
  assert_int_equal(kept->pair_count, counted->pair_count);
  ASSERT_SAME_ARRAY(kept, counted, keys, counted->key_count);
  ASSERT_SAME_ARRAY(kept, counted, values, counted->value_count);
  ASSERT_SAME_ARRAY(kept, counted, entries, counted->entry_count);
  ASSERT_SAME_ARRAY(kept, counted, holders, counted->entry_count);
  ASSERT_SAME_ARRAY(kept, counted, users, counted->pair_count);
  ASSERT_SAME_ARRAY(kept, counted, items, counted->pair_count);
  ASSERT_SAME_ARRAY(kept, counted, profiles, counted->value_count * PROFILE_DIM);
  ASSERT_SAME_ARRAY(kept, counted, pool, counted->pool_size);
  statistics_free(counted);
  statistics_free(kept);
  free(path);
}

static void what_was_kept_of_another_catalogue_is_not_used(void **state)
{
  char inputs[SHA256_HEX];
  (void)state;
  cache_inputs(samples, inputs);
  statistics_free(statistics_open(samples, &unit_err));
  inputs[0] = inputs[0] == '0' ? '1' : '0';
  assert_null(cache_load(samples, inputs));
  char before[SHA256_HEX], after[SHA256_HEX];
  cache_inputs(samples, before);
  struct catalogue *catalogue = catalogue_begin(samples, false, &unit_err);
  WORKS(catalogue);
  unit_like(catalogue, "somebody new", "mug-01", 5, 1);
  unit_commit(catalogue);
  cache_inputs(samples, after);
  assert_string_not_equal(before, after);
  assert_null(cache_load(samples, after));
}

/* Keep `size` bytes of `data`, as a file cut short, or damaged, has them. */
static void is_refused(const char *path, const char *data, size_t size, const char *inputs)
{
  WORKS(path_write(path, data, size, &unit_err));
  assert_null(cache_load(samples, inputs));
}

static void a_damaged_file_is_counted_anew(void **state)
{
  char inputs[SHA256_HEX];
  char *path = cache_file();
  size_t size;
  (void)state;
  cache_inputs(samples, inputs);
  statistics_free(statistics_open(samples, &unit_err));
  char *data = path_read(path, 0, &size, &unit_err);
  WORKS(data);
  is_refused(path, data, 0, inputs);
  is_refused(path, data, 100, inputs);
  is_refused(path, data, size / 2, inputs);
  is_refused(path, data, size - 1, inputs);
  for (int byte = 0; byte < 8; byte++) { /* the magic */
    data[byte] ^= 1;
    is_refused(path, data, size, inputs);
    data[byte] ^= 1;
  }
  for (size_t byte = 8; byte < 16; byte += 4) { /* layout, size of the header */
    data[byte]++;
    is_refused(path, data, size, inputs);
    data[byte]--;
  }
  size_t counts = 16 + SHA256_HEX; /* of items and so on, after padding to 8 */
  counts = (counts + 7) / 8 * 8;
  for (int k = 0; k < 11; k++) { /* a negative and a huge number of anything */
    char *high = data + counts + 8 * (size_t)k + 7;
    *high ^= (char)0x80;
    is_refused(path, data, size, inputs);
    *high ^= (char)0xc0;
    is_refused(path, data, size, inputs);
    *high ^= 0x40;
  }
  struct statistics *again = statistics_open(samples, &unit_err);
  WORKS(again);
  assert_null(again->mapped);
  statistics_free(again);
  struct statistics *kept = cache_load(samples, inputs);
  assert_non_null(kept);
  statistics_free(kept);
  free(data);
  free(path);
}

/* ---- what follows a change: films whose language goes with their country */

static const char *const countries[] = {"France", "Italy", "Japan", "Brazil"};
static const char *const languages[] = {"French", "Italian", "Japanese", "Portuguese"};

static void add_film(struct catalogue *catalogue, int k)
{
  char *key = mem_printf("f%d", k), *title = mem_printf("Film %d", k);
  /* film 1 speaks every language: whatever its country becomes, it keeps them; one film in
   * thirty of each country speaks French, which is too few to keep it */
  const char *spoken = k == 1                ? "French,Italian,Japanese,Portuguese"
                       : k > 40 && k < 44 ? "French" : languages[k % 4];
  struct field fields[] = {
    {(char *)"title", title, FIELD_TITLE},
    {(char *)"country", (char *)(size_t)countries[k % 4], FIELD_VALUE},
    {(char *)"language", (char *)(size_t)spoken, FIELD_LIST},
    {(char *)"mood", (char *)(size_t)(k % 3 ? "dark" : "light"), FIELD_VALUE},
  };
  WORKS(catalogue_item(catalogue, key, fields, 4, NULL, &unit_err));
  free(key);
  free(title);
}

static struct store *films_of_nations(void)
{
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(store);
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  WORKS(catalogue);
  for (int k = 0; k < 120; k++)
    add_film(catalogue, k);
  for (int u = 0; u < 40; u++)
    for (int k = 0; k < 12; k++) { /* each crowd likes the films of one country, and one stray */
      char user[16], item[16];
      snprintf(user, sizeof user, "u%d", u);
      snprintf(item, sizeof item, "f%d", k < 11 ? (4 * (u + 3 * k) + u % 4) % 120 : (u * 7) % 120);
      unit_like(catalogue, user, item, 5, 100 + k);
    }
  unit_commit(catalogue);
  return store;
}

/* The reply to "complete" when the country of a film is masked. */
static cJSON *complete_country(struct store *store, const char *film)
{
  struct engine *engine = open_engine(store);
  struct item *item = item_find(store, film, &unit_err);
  struct buf document = {0};
  WORKS(item);
  const char *country = item->fields[1].value;
  item_document(item, &document);
  char *text = buf_take(&document), *at = strstr(text, country);
  char *mask = mem_printf(
    "{\"attributes\":[{\"key\":\"country\",\"value\":\"%s\",\"relevance\":1,\"visual_span\":null,"
    "\"text_span\":\"%s\"}],\"visual_masked\":null,\"text_masked\":\"\"}", country, country);
  cJSON *json = json_parse(mask, strlen(mask), "mask", &unit_err);
  char *masked = mem_printf("%.*s[[country]]%s", (int)(at - text), text, at + strlen(country));
  cJSON_ReplaceItemInObject(json, "text_masked", cJSON_CreateString(masked));
  free(mask);
  mask = json_line(json);
  const char *before[2] = {NULL, mask};
  char *reply = engine_answer(engine, "complete", item, NULL, before, 42, 0, &unit_err);
  WORKS(reply);
  cJSON *out = json_parse(reply, strlen(reply), "reply", &unit_err);
  cJSON_Delete(json);
  free(mask);
  free(masked);
  free(text);
  free(reply);
  item_free(item);
  engine_close(engine);
  return out;
}

static int nation_of(const char *const names[], const char *text)
{
  for (int k = 0; k < 4; k++)
    if (!strcmp(names[k], text))
      return k;
  fail_msg("\"%s\" is none of them", text);
  return -1;
}

static void the_language_follows_the_country(void **state)
{
  (void)state;
  struct store *store = films_of_nations();
  cJSON *reply = complete_country(store, "f4");
  int nation = nation_of(countries, json_str(json_get(reply, "values"), "country"));
  assert_int_not_equal(nation, 0);
  const cJSON *entailed = json_get(reply, "entailed"), *row = cJSON_GetArrayItem(entailed, 0);
  assert_int_equal(cJSON_GetArraySize(entailed), 1);
  assert_string_equal(json_str(row, "modality"), "text");
  assert_string_equal(json_str(row, "key"), "language");
  assert_string_equal(json_str(row, "original"), "French");
  assert_string_equal(json_str(row, "intervened"), languages[nation]);
  char *want = mem_printf("title: Film 4\ncountry: %s\nlanguage: %s\nmood: dark\n", countries[nation],
                          languages[nation]);
  assert_string_equal(json_str(reply, "text_negative"), want);
  free(want);
  cJSON_Delete(reply);
  store_close(store);
}

static void a_language_that_goes_with_the_new_country_stays(void **state)
{
  (void)state;
  struct store *store = films_of_nations();
  cJSON *reply = complete_country(store, "f1");
  int nation = nation_of(countries, json_str(json_get(reply, "values"), "country"));
  assert_int_equal(cJSON_GetArraySize(json_get(reply, "entailed")), 0);
  char *want = mem_printf("title: Film 1\ncountry: %s\nlanguage: French,Italian,Japanese,Portuguese\n"
                          "mood: dark\n", countries[nation]);
  assert_string_equal(json_str(reply, "text_negative"), want);
  free(want);
  cJSON_Delete(reply);
  store_close(store);
}

int main(void)
{
  const struct CMUnitTest on_samples[] = {
    cmocka_unit_test(a_seed_decides_whatever_was_asked_before),
    cmocka_unit_test(another_seed_makes_other_negatives_of_the_same_item),
    cmocka_unit_test(each_try_makes_another_negative),
    cmocka_unit_test(in_turns_every_key_is_asked_alone),
    cmocka_unit_test(a_description_goes_with_the_picture),
    cmocka_unit_test(no_value_is_chosen_too_often),
    cmocka_unit_test(first_names_are_found),
    cmocka_unit_test(what_it_cannot_answer_is_told),
    cmocka_unit_test(what_is_kept_is_what_was_counted),
    cmocka_unit_test(a_damaged_file_is_counted_anew),
    cmocka_unit_test(what_was_kept_of_another_catalogue_is_not_used), /* last: it changes it */
  };
  const struct CMUnitTest on_films[] = {
    cmocka_unit_test_setup_teardown(the_language_follows_the_country, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_language_that_goes_with_the_new_country_stays, unit_setup,
                                    unit_teardown),
  };
  int failed = cmocka_run_group_tests(on_samples, samples_setup, samples_teardown);
  return failed + cmocka_run_group_tests(on_films, NULL, NULL);
}
