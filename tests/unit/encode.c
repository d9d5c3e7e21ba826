/* encode.c - texts, pictures and .npy files become vectors; how far a negative moved
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/rng.h"
#include "encode/displacement.h"
#include "encode/encoders.h"
#include "encode/features.h"
#include "encode/image_encoder.h"
#include "encode/npy.h"
#include "encode/svd.h"
#include "encode/text_encoder.h"
#include "la/vec.h"

static cJSON *reference;

static double number(const cJSON *array, int k)
{
  return cJSON_GetArrayItem(array, k)->valuedouble;
}

static void close_to(double got, double want, double tolerance)
{
  if (!(fabs(got - want) <= tolerance))
    fail_msg("got %.9g, wanted %.9g", got, want);
}

static const char *document(const cJSON *tfidf, int d)
{
  return cJSON_GetArrayItem(json_get(tfidf, "docs"), d)->valuestring;
}

static void tokens_are_those_of_the_reference(void **state)
{
  cJSON *tfidf = json_get(reference, "tfidf"), *want;
  (void)state;
  for (int d = 0; (want = cJSON_GetArrayItem(json_get(tfidf, "tokens"), d)); d++) {
    const char *at = document(tfidf, d);
    struct buf token = {0};
    int n = 0;
    for (; text_token(&at, &token); n++) {
      assert_string_equal(token.data, cJSON_GetArrayItem(want, n)->valuestring);
      buf_clear(&token);
    }
    assert_int_equal(n, cJSON_GetArraySize(want));
    buf_free(&token);
  }
}

static struct text_encoder fit_reference(const cJSON *tfidf)
{
  const char *documents[5];
  for (int d = 0; d < 5; d++)
    documents[d] = document(tfidf, d);
  return text_encoder_fit(documents, 5, 32, 4, 7);
}

static void tfidf_and_projection_are_those_of_the_reference(void **state)
{
  cJSON *tfidf = json_get(reference, "tfidf");
  cJSON *projected = json_get(json_get(tfidf, "projection"), "Y");
  struct text_encoder encoder = fit_reference(tfidf);
  (void)state;
  for (int b = 0; b < 32; b++)
    assert_int_equal(encoder.df[b], (int)number(json_get(tfidf, "df"), b));
  for (int d = 0; d < 5; d++) {
    float dense[32] = {0}, out[4];
    size_t n;
    struct text_weight *weights = text_weights(&encoder, document(tfidf, d), &n);
    for (size_t k = 0; k < n; k++)
      dense[weights[k].bucket] = weights[k].weight;
    for (int b = 0; b < 32; b++)
      close_to(dense[b], number(cJSON_GetArrayItem(json_get(tfidf, "X"), d), b), 1e-6);
    text_encode(&encoder, document(tfidf, d), out);
    for (int j = 0; j < 4; j++)
      close_to(out[j], number(cJSON_GetArrayItem(projected, d), j), 2e-6);
    free(weights);
  }
  text_encoder_free(&encoder);
}

static void projection_keeps_inner_products(void **state)
{
  const char *texts[] = {"a red cotton dress with short sleeves",
                         "a red cotton shirt with long sleeves"};
  struct text_encoder encoder = text_encoder_fit(texts, 2, TEXT_BUCKETS, TEXT_DIM, TEXT_SEED);
  float a[TEXT_DIM], b[TEXT_DIM];
  size_t n, m;
  double sparse = 0, dense = 0;
  (void)state;
  struct text_weight *x = text_weights(&encoder, texts[0], &n);
  struct text_weight *y = text_weights(&encoder, texts[1], &m);
  for (size_t k = 0, l = 0; k < n && l < m;) {
    if (x[k].bucket == y[l].bucket)
      sparse += x[k].weight * y[l].weight;
    if (x[k].bucket < y[l].bucket)
      k++;
    else
      l++;
  }
  text_encode(&encoder, texts[0], a);
  text_encode(&encoder, texts[1], b);
  for (int j = 0; j < TEXT_DIM; j++)
    dense += a[j] * b[j];
  close_to(dense, sparse, 0.3);
  free(x);
  free(y);
  text_encoder_free(&encoder);
}

static void hsv_and_patterns_are_those_of_the_reference(void **state)
{
  cJSON *image = json_get(reference, "image"), *patch = json_get(image, "lbp_patch");
  float *plane = mem_zero(128 * 128, sizeof *plane);
  uint8_t *patterns = mem_alloc(128 * 128);
  (void)state;
  for (int k = 0; k < 5; k++) {
    cJSON *rgb = cJSON_GetArrayItem(json_get(image, "rgb"), k);
    uint8_t pixel[3] = {(uint8_t)number(rgb, 0), (uint8_t)number(rgb, 1), (uint8_t)number(rgb, 2)};
    float hsv[3];
    image_hsv(pixel, hsv);
    for (int c = 0; c < 3; c++)
      close_to(hsv[c], number(cJSON_GetArrayItem(json_get(image, "hsv"), k), c), 1e-4);
  }
  for (int code = 0; code < 256; code++)
    assert_int_equal(image_lbp_bin((unsigned)code),
                     (int)number(json_get(image, "lbp_uniform_table"), code));
  for (int y = 0; y < 3; y++)
    for (int x = 0; x < 3; x++)
      plane[(y + 40) * 128 + x + 70] = (float)number(cJSON_GetArrayItem(patch, y), x);
  image_patterns(plane, patterns);
  assert_int_equal(patterns[41 * 128 + 71], (int)json_num(image, "lbp_code", -1));
  assert_int_equal(patterns[0], 255); /* in a corner its neighbours are itself */
  free(plane);
  free(patterns);
}

/* A picture of its own for each seed: a coloured block on a ground, with grain. */
static struct picture poster(int seed)
{
  struct picture picture = picture_new(60, 90);
  struct rng rng = {(uint64_t)seed};
  int ground = 40 + (int)rng_below(&rng, 150), tone[3], top = (int)rng_below(&rng, 60);
  for (int c = 0; c < 3; c++)
    tone[c] = (int)rng_below(&rng, 230);
  for (int k = 0; k < 60 * 90; k++)
    for (int c = 0; c < 3; c++) {
      bool in_block = k / 60 >= top && k / 60 < top + 30;
      picture.rgb[3 * k + c] = (uint8_t)((in_block ? tone[c] : ground) + (int)rng_below(&rng, 20));
    }
  return picture;
}

static void picture_statistics_are_normalised_blocks(void **state)
{
  struct picture picture = poster(3), flat = picture_new(10, 10);
  float out[IMAGE_STATISTICS];
  static const int blocks[][2] = {{0, 256}, {256, 20}, {420, 59}, {479, 59}, {538, 59}, {597, 59}};
  (void)state;
  image_statistics(&picture, out);
  for (size_t b = 0; b < COUNT_OF(blocks); b++) {
    double sum = 0;
    for (int k = 0; k < blocks[b][1]; k++)
      sum += out[blocks[b][0] + k] * out[blocks[b][0] + k];
    close_to(sum, 1, 1e-4);
  }
  double edges = 0;
  for (int k = 276; k < 420; k++)
    edges += out[k] * out[k];
  close_to(edges, 1, 1e-4);
  image_statistics(&flat, out); /* no edges, no division by zero */
  for (int k = 0; k < IMAGE_STATISTICS; k++)
    assert_true(isfinite(out[k]));
  picture_free(&picture);
  picture_free(&flat);
}

static void edges_point_where_they_do(void **state)
{
  struct picture picture = picture_new(128, 128);
  float out[IMAGE_STATISTICS];
  (void)state;
  for (int y = 0; y < 128; y++) /* one upright edge: its gradient is at 0 degrees */
    memset(picture.rgb + 3 * (y * 128 + 64), 255, 3 * 64);
  image_statistics(&picture, out);
  const float *cell = out + IMAGE_LAB + IMAGE_HSV + 9; /* the second of the upper row */
  assert_true(cell[0] > 0.1f && fabsf(cell[0] - cell[8]) < 1e-5f); /* bins at 10 and 170 */
  for (int k = 1; k < 8; k++)
    assert_true(cell[k] == 0);
  picture_free(&picture);
}

static void principal_axes_are_those_of_most_variance(void **state)
{
  enum { COUNT = 300 };
  float *all = mem_zero(COUNT * IMAGE_STATISTICS, sizeof *all), out[IMAGE_DIM];
  double sum[3] = {0}, squares[3] = {0}, cross = 0;
  struct image_encoder encoder;
  struct rng rng = {1};
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    double common = rng_gauss(&rng), second = rng_gauss(&rng);
    for (int c = 0; c < 40; c++) /* forty columns say one thing, twelve another */
      all[i * IMAGE_STATISTICS + c] = (float)(common + 0.1 * rng_gauss(&rng));
    for (int c = 40; c < 52; c++)
      all[i * IMAGE_STATISTICS + c] = (float)(5 * second + 0.1 * rng_gauss(&rng));
  }
  assert_true(image_encoder_fit(all, COUNT, &encoder, &unit_err));
  assert_int_equal(encoder.dim, IMAGE_DIM);
  assert_true(encoder.scale[60] == 0); /* a constant column is dropped */
  for (int i = 0; i < COUNT; i++) {
    image_encode(&encoder, all + i * IMAGE_STATISTICS, out);
    for (int k = 0; k < 3; k++) {
      sum[k] += out[k];
      squares[k] += out[k] * out[k];
    }
    cross += out[0] * out[1];
  }
  close_to(squares[0] / COUNT, 40, 1);
  close_to(squares[1] / COUNT, 12, 1);
  assert_true(squares[2] / COUNT < 1 && fabs(sum[0]) < 0.1 && fabs(cross) / COUNT < 0.05);
  image_encoder_free(&encoder);
  free(all);
}

static void displacement_and_balance_are_those_of_the_reference(void **state)
{
  cJSON *cases = json_get(reference, "balance"), *one;
  (void)state;
  for (int k = 0; (one = cJSON_GetArrayItem(cases, k)); k++) {
    double delta[2];
    cJSON *want = json_get(one, "balance");
    for (int m = 0; m < 2; m++) {
      float x[3], y[3];
      for (int c = 0; c < 3; c++) {
        x[c] = (float)number(cJSON_GetArrayItem(json_get(one, "x"), m), c);
        y[c] = (float)number(cJSON_GetArrayItem(json_get(one, "x_neg"), m), c);
      }
      delta[m] = number(json_get(one, "present"), m) > 0 ? displacement_of(x, y, 3) : NAN;
      if (!isnan(delta[m]))
        close_to(delta[m], number(json_get(one, "delta"), m), 1e-9);
    }
    double got = displacement_balance(delta, 2);
    if (cJSON_IsNull(want))
      assert_true(isnan(got));
    else
      close_to(got, want->valuedouble, 1e-9);
  }
}

static void the_unit_is_a_swap_of_two_different_items(void **state)
{
  const float rows[] = {1, 0, 0, 1, 9, 9}; /* the third is not there */
  const uint8_t present[] = {1, 1, 0};
  (void)state;
  close_to(displacement_unit(rows, present, 3, 2, 0), 1, 1e-12);
  close_to(displacement_unit(rows, present, 1, 2, 0), 1, 1e-12);
}

/* ---- .npy */

static size_t unhex(const char *hex, uint8_t *out)
{
  size_t n = strlen(hex) / 2;
  for (size_t k = 0; k < n; k++) {
    unsigned byte;
    sscanf(hex + 2 * k, "%2x", &byte);
    out[k] = (uint8_t)byte;
  }
  return n;
}

static void npy_files_are_read_as_the_reference_says(void **state)
{
  cJSON *npy = json_get(reference, "npy"), *array = json_get(npy, "array");
  static const char *const types[] = {"f4", "f8"};
  (void)state;
  for (size_t t = 0; t < COUNT_OF(types); t++) {
    uint8_t bytes[400];
    size_t size = unhex(json_str(json_get(npy, "hex"), types[t]), bytes);
    struct npy got;
    assert_true(npy_parse(bytes, size, "x.npy", &got, &unit_err));
    assert_true(got.rows == 2 && got.columns == 3);
    for (int k = 0; k < 6; k++)
      close_to(got.data[k], number(cJSON_GetArrayItem(array, k / 3), k % 3), 0);
    npy_free(&got);
  }
}

static void npy_files_are_written_as_the_reference_says(void **state)
{
  const float values[] = {1.5f, -2, 0.25f, 3, 4, -0.5f};
  char *path = path_join(unit_dir, "x.npy");
  uint8_t want[400];
  size_t want_size = unhex(json_str(json_get(json_get(reference, "npy"), "hex"), "f4"), want), size;
  (void)state;
  assert_true(npy_write(path, values, 2, 3, &unit_err));
  char *got = path_read(path, 0, &size, &unit_err);
  assert_int_equal(size, want_size);
  assert_memory_equal(got, want, size);
  free(got);
  free(path);
}

/* A file with this header text and `data` bytes of zeros. */
static struct buf npy_with(int version, const char *header, size_t data)
{
  struct buf file = {0};
  size_t length = strlen(header);
  buf_add(&file, "\x93NUMPY", 6);
  buf_char(&file, (char)version);
  buf_char(&file, 0);
  for (int k = 0; k < (version == 2 ? 4 : 2); k++)
    buf_char(&file, (char)(length >> (8 * k)));
  buf_str(&file, header);
  for (size_t k = 0; k < data; k++)
    buf_char(&file, 0);
  return file;
}

static void npy_reads_fortran_order_and_version_two(void **state)
{
  struct buf file = npy_with(2, "{'shape': (2, 2), 'fortran_order': True, 'descr': '<f4'}\n", 0);
  const float columns[] = {1, 2, 3, 4};
  struct npy got;
  (void)state;
  buf_add(&file, columns, sizeof columns);
  assert_true(npy_parse(file.data, file.size, "x.npy", &got, &unit_err));
  assert_true(got.data[0] == 1 && got.data[1] == 3 && got.data[2] == 2 && got.data[3] == 4);
  npy_free(&got);
  buf_free(&file);
}

static void npy_refusals_are_named(void **state)
{
  static const struct {
    int version;
    const char *header;
    size_t data;
    const char *reason;
  } cases[] = {
    {3, "{}", 0, "x.npy: is .npy version 3.0, of which 1 and 2 are read"},
    {1, "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }", 8,
     "x.npy: holds Python objects (|O), which are programs: save it as float32"},
    {1, "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 1), }", 4,
     "x.npy: holds >f4, of which <f4 and <f8 are read"},
    {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4,
     "x.npy: holds a structure, of which <f4 and <f8 are read"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 12,
     "x.npy: has 1 dimensions, 2 are expected"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 20,
     "x.npy: holds 20 bytes of data, its header says 2 x 3 <f4"},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 999999999999), }", 4,
     "x.npy: holds 4 bytes of data, its header says 999999999999 x 999999999999 <f4"},
    {1, "{'descr': '<f4', 'shape': (1, 1)}", 4, "x.npy: has a header that makes no sense"},
    {1, "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 1)}", 4,
     "x.npy: has a header that makes no sense"},
    {1, "{'descr': '<f4", 0, "x.npy: has a header that makes no sense"},
  };
  struct npy got;
  (void)state;
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    struct buf file = npy_with(cases[k].version, cases[k].header, cases[k].data);
    unit_err = (struct err){0};
    assert_false(npy_parse(file.data, file.size, "x.npy", &got, &unit_err));
    assert_string_equal(unit_err.text, cases[k].reason);
    assert_int_equal(unit_err.code, EX_DATAERR);
    buf_free(&file);
  }
  assert_false(npy_parse("hello, world", 12, "x.npy", &got, &unit_err));
  assert_string_equal(unit_err.text, "x.npy: is no .npy file");
  assert_false(npy_parse("\x93NUMPY\1\0\xff\xff{}", 12, "x.npy", &got, &unit_err));
  assert_string_equal(unit_err.text, "x.npy: is truncated");
}

static void npy_refuses_what_is_not_finite_with_its_place(void **state)
{
  struct buf file = npy_with(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", 16);
  const double bad[] = {NAN, 1};
  struct npy got;
  (void)state;
  buf_add(&file, bad, sizeof bad);
  assert_false(npy_parse(file.data, file.size, "x.npy", &got, &unit_err));
  assert_string_equal(unit_err.text, "x.npy: row 1, column 0 (from 0) is no finite float");
  buf_free(&file);
}

/* ---- a catalogue */

/* Films with posters, the last without. */
static struct store *films_with_pictures(void)
{
  static const char *const keys[] = {"t1", "h2", "f3", "d4"};
  struct store *store = unit_films();
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  WORKS(catalogue);
  for (int k = 0; k < 3; k++) {
    struct picture picture = poster(k + 1);
    struct buf png = {0}, thumbnail = {0};
    struct measure measure = measure_picture(&picture);
    char *path = mem_printf("%s/%s.png", unit_dir, keys[k]), hash[SHA256_HEX];
    struct item *item = item_find(store, keys[k], &unit_err);
    picture_png(&picture, &png);
    picture_jpeg(&picture, 80, &thumbnail);
    WORKS(path_write(path, png.data, png.size, &unit_err));
    hash_sha256(png.data, png.size, hash);
    WORKS(catalogue_item(catalogue, keys[k], item->fields, item->field_count, path, &unit_err));
    WORKS(catalogue_picture(catalogue, keys[k], hash, (int64_t)png.size, 60, 90, &measure,
                            &thumbnail, NULL, &unit_err));
    item_free(item);
    picture_free(&picture);
    buf_free(&png);
    buf_free(&thumbnail);
    free(path);
  }
  unit_commit(catalogue);
  return store;
}

/* Three orthogonal columns of lengths 3, 2, 1 in the span of the rows, turned by a rotation of rows. */
static void singular_vectors_are_those_that_are_known(void **state)
{
  enum { ROWS = 40, COLS = 30, RANK = 4 };
  static const double sigma[3] = {9, 4, 1};
  double left[3][ROWS], right[3][COLS];
  (void)state;
  for (int s = 0; s < 3; s++) { /* cosines of different frequencies are orthogonal */
    for (int r = 0; r < ROWS; r++)
      left[s][r] = sqrt(2.0 / ROWS) * cos(M_PI * (s + 1) * (r + .5) / ROWS);
    for (int c = 0; c < COLS; c++)
      right[s][c] = sqrt(2.0 / COLS) * cos(M_PI * (3 * s + 2) * (c + .5) / COLS);
  }
  struct sparse x = {ROWS, COLS, mem_zero(ROWS + 1, sizeof *x.start),
                     mem_zero(ROWS * COLS, sizeof *x.column), mem_zero(ROWS * COLS, sizeof *x.value)};
  for (int k = 0; k < ROWS * COLS; k++) {
    x.column[k] = k % COLS;
    for (int s = 0; s < 3; s++)
      x.value[k] += (float)(sigma[s] * left[s][k / COLS] * right[s][k % COLS]);
    x.start[k / COLS + 1] = k + 1;
  }
  float one[COLS * RANK], two[COLS * RANK], found[RANK];
  la_set_threads(1);
  WORKS(svd_right(&x, RANK, 1, one, found, &unit_err));
  la_set_threads(2);
  WORKS(svd_right(&x, RANK, 1, two, NULL, &unit_err));
  assert_memory_equal(one, two, sizeof one);
  for (int s = 0; s < 3; s++) {
    double product = 0, largest = 0;
    close_to(found[s], sigma[s], 1e-5);
    for (int c = 0; c < COLS; c++) {
      product += one[c * RANK + s] * right[s][c];
      largest = fabs(one[c * RANK + s]) > fabs(largest) ? one[c * RANK + s] : largest;
    }
    close_to(fabs(product), 1, 1e-5);
    assert_true(largest > 0);
  }
  assert_true(found[3] == 0); /* there is no fourth */
  for (int c = 0; c < COLS; c++)
    assert_true(one[c * RANK + 3] == 0);
  sparse_free(&x);
}

/* With as many vectors as documents nothing of them is lost; with fewer, what they share stays. */
static void rotation_keeps_what_documents_share(void **state)
{
  const char *texts[] = {"a red cotton dress", "a red cotton shirt", "an oak table", "an oak chair",
                         "a red cotton scarf"};
  (void)state;
  for (int dim = 8; dim >= 2; dim -= 6) {
    struct text_encoder encoder = text_encoder_fit(texts, 5, TEXT_BUCKETS, dim, TEXT_SEED);
    WORKS(text_encoder_rotate(&encoder, texts, &unit_err));
    float row[5][8] = {0};
    double product[5][5] = {0};
    for (int d = 0; d < 5; d++)
      text_encode(&encoder, texts[d], row[d]);
    for (int a = 0; a < 5; a++)
      for (int b = 0; b < 5; b++)
        for (int k = 0; k < dim; k++)
          product[a][b] += row[a][k] * row[b][k];
    for (int d = 0; d < 5 && dim == 8; d++)
      close_to(product[d][d], 1, 1e-5);
    assert_true(product[0][1] > .3 && product[2][3] > .2 && fabs(product[0][2]) < .1);
    text_encoder_free(&encoder);
  }
}

static void rotated_encoders_are_kept_too(void **state)
{
  struct store *store = films_with_pictures();
  float a[TEXT_DIM], b[TEXT_DIM];
  (void)state;
  WORKS(features_rotate_texts(store, true, &unit_err));
  struct encoders *fitted = encoders_open(store, &unit_err);
  WORKS(fitted);
  WORKS(encoders_saved(fitted, &unit_err));
  struct encoders *loaded = encoders_open(store, &unit_err);
  encoders_text(fitted, "title: Heat\n", a);
  encoders_text(loaded, "title: Heat\n", b);
  assert_memory_equal(a, b, sizeof a);
  encoders_free(fitted);
  encoders_free(loaded);
  WORKS(features_rotate_texts(store, false, &unit_err));
  struct encoders *projected = encoders_open(store, &unit_err);
  encoders_text(projected, "title: Heat\n", b);
  assert_true(memcmp(a, b, sizeof a) != 0);
  encoders_free(projected);
  store_close(store);
}

static void encoders_know_every_item_and_are_kept(void **state)
{
  struct store *store = films_with_pictures();
  (void)state;
  struct encoders *fitted = encoders_open(store, &unit_err);
  WORKS(fitted);
  WORKS(encoders_saved(fitted, &unit_err));
  assert_int_equal(encoders_dim(fitted, TEXT), TEXT_DIM);
  assert_int_equal(encoders_dim(fitted, IMAGE), 2); /* three pictures span two dimensions */
  assert_non_null(encoders_row(fitted, IMAGE, 2));
  assert_null(encoders_row(fitted, IMAGE, 3));
  assert_non_null(encoders_row(fitted, TEXT, 3));
  struct encoders *loaded = encoders_open(store, &unit_err);
  for (int i = 0; i < 4; i++)
    assert_memory_equal(encoders_row(fitted, TEXT, i), encoders_row(loaded, TEXT, i),
                        TEXT_DIM * sizeof(float));
  float a[TEXT_DIM], b[TEXT_DIM];
  struct picture picture = poster(9);
  encoders_text(fitted, "title: Heat\n", a);
  encoders_text(loaded, "title: Heat\n", b);
  assert_memory_equal(a, b, sizeof a);
  encoders_picture(fitted, &picture, a);
  encoders_picture(loaded, &picture, b);
  assert_memory_equal(a, b, 2 * sizeof *a);
  assert_true(fitted->side[IMAGE].unit == loaded->side[IMAGE].unit);
  picture_free(&picture);
  encoders_free(fitted);
  encoders_free(loaded);
  store_close(store);
}

static void rows_have_a_mean_square_of_one(void **state)
{
  struct store *store = films_with_pictures();
  struct encoders *encoders = encoders_open(store, &unit_err);
  (void)state;
  for (int m = 0; m < MODALITIES; m++) {
    int dim = encoders_dim(encoders, (enum modality)m), items = m == TEXT ? 4 : 3;
    double squares = 0;
    for (int i = 0; i < items; i++)
      for (int k = 0; k < dim; k++)
        squares += pow(encoders_row(encoders, (enum modality)m, i)[k], 2);
    close_to(squares / items / dim, 1, 1e-5);
  }
  encoders_free(encoders);
  store_close(store);
}

/* The displacement of an item by a text and a picture. */
static struct displacement moved_by(const struct encoders *encoders, int64_t item, const char *document,
                                    const struct picture *picture)
{
  float text[TEXT_DIM], image[IMAGE_DIM];
  const float *negative[MODALITIES] = {text, picture ? image : NULL};
  struct displacement moved;
  encoders_text(encoders, document, text);
  if (picture)
    encoders_picture(encoders, picture, image);
  encoders_displacement(encoders, item, negative, &moved);
  return moved;
}

static void an_item_itself_has_not_moved(void **state)
{
  struct store *store = films_with_pictures();
  struct encoders *encoders = encoders_open(store, &unit_err);
  struct item *item = item_at(store, 1, &unit_err);
  struct picture same = poster(2), other = poster(7);
  struct buf document = {0};
  struct displacement moved;
  (void)state;
  item_document(item, &document);
  moved = moved_by(encoders, 1, document.data, &same);
  assert_true(moved.raw[TEXT] == 0 && moved.raw[IMAGE] < 1e-6 && isnan(moved.balance));
  moved = moved_by(encoders, 1, "title: Heat\ngenres: Romance", &other);
  assert_true(moved.raw[TEXT] > 0.05 && moved.raw[IMAGE] > 0.05);
  close_to(moved.calibrated[TEXT], moved.raw[TEXT] / encoders->side[TEXT].unit, 1e-12);
  assert_true(moved.balance > 0 && moved.balance <= 1);
  moved = moved_by(encoders, 3, "title: Heat", &other);
  assert_true(isnan(moved.raw[IMAGE]) && isnan(moved.balance) && !isnan(moved.raw[TEXT]));
  moved = moved_by(encoders, 1, "title: Heat", NULL);
  assert_true(isnan(moved.raw[IMAGE]));
  encoders_displacement_in_words(encoders, "a dark picture", "a bright picture", &moved);
  assert_true(moved.raw[IMAGE] > 0.05 && moved.balance > 0);
  picture_free(&same);
  picture_free(&other);
  buf_free(&document);
  item_free(item);
  encoders_free(encoders);
  store_close(store);
}

/* A valid negative with a text and, when seed is not 0, a picture. */
static void add_negative(struct store *store, const char *key, const char *text, int seed)
{
  struct negative *negative = negative_new(key);
  struct buf png = {0};
  negative->backend = mem_strdup("offline");
  negative->is_draft = false;
  negative->is_valid = true;
  negative->sides[TEXT].negative = mem_strdup(text);
  if (seed) {
    struct picture picture = poster(seed);
    picture_png(&picture, &png);
    negative->has_picture = true;
    negative->measure = measure_picture(&picture);
    picture_free(&picture);
  }
  WORKS(negative_save(store, negative, seed ? &png : NULL, &unit_err));
  negative_free(negative);
  buf_free(&png);
}

static bool differ(const struct features *features, int m, int i)
{
  size_t at = (size_t)(i * features->dim[m]);
  return memcmp(features->x[m] + at, features->x_neg[m] + at,
                (size_t)features->dim[m] * sizeof(float)) != 0;
}

static void negatives_have_vectors_by_the_same_encoder(void **state)
{
  struct store *store = films_with_pictures();
  struct features first, second;
  (void)state;
  add_negative(store, "t1", "title: Toy Story\ngenres: Horror", 8);
  add_negative(store, "f3", "title: Fargo\ngenres: Comedy", 0);
  for (int round = 0; round < 2; round++) { /* made, then loaded */
    WORKS(features_load_training(store, 1, round ? &second : &first, &unit_err));
    struct features *got = round ? &second : &first;
    assert_int_equal(got->item_count, 4);
    assert_int_equal(got->negative_count, 2);
    assert_true(got->has_negative[0] && !got->has_negative[1] && got->has_negative[2]);
    assert_true(differ(got, TEXT, 0) && differ(got, IMAGE, 0));
    assert_true(differ(got, TEXT, 2) && !differ(got, IMAGE, 2));
    assert_true(!differ(got, TEXT, 1) && !got->present[IMAGE][3]);
  }
  for (int m = 0; m < MODALITIES; m++)
    assert_memory_equal(first.x_neg[m], second.x_neg[m],
                        (size_t)(4 * first.dim[m]) * sizeof(float));
  features_free(&second);
  add_negative(store, "h2", "title: Heat\ngenres: Comedy", 9);
  WORKS(features_load_training(store, 1, &second, &unit_err));
  assert_int_equal(second.negative_count, 3);
  assert_true(differ(&second, IMAGE, 1));
  features_free(&first);
  features_free(&second);
  store_close(store);
}

static void several_negatives_of_an_item_have_vectors_newest_first(void **state)
{
  struct store *store = films_with_pictures();
  struct features one, got;
  (void)state;
  add_negative(store, "h2", "title: Heat\ngenres: Comedy", 9);
  WORKS(features_load_training(store, 3, &one, &unit_err));
  assert_int_equal(one.more_start[4], 0);
  add_negative(store, "t1", "title: Toy Story\ngenres: Horror", 8);
  add_negative(store, "h2", "title: Heat\ngenres: War", 7);
  add_negative(store, "h2", "title: Heat\ngenres: Romance", 0);
  for (int round = 0; round < 2; round++) { /* made, then loaded */
    WORKS(features_load_training(store, 3, &got, &unit_err));
    assert_int_equal(got.negative_count, 2);
    assert_int_equal(got.more_start[1], 0);
    assert_int_equal(got.more_start[2], 2);
    assert_int_equal(got.more_start[4], 2);
    for (int m = 0; m < MODALITIES; m++) /* the oldest is the last */
      assert_memory_equal(got.more[m] + got.dim[m], one.x_neg[m] + got.dim[m],
                          (size_t)got.dim[m] * sizeof(float));
    assert_true(!differ(&got, IMAGE, 1) && differ(&got, TEXT, 1));
    features_free(&got);
  }
  WORKS(features_load_training(store, 2, &got, &unit_err));
  assert_int_equal(got.more_start[4], 1);
  features_free(&got);
  features_free(&one);
  store_close(store);
}

static char *write_file(const char *name, const void *data, size_t size)
{
  char *path = path_join(unit_dir, name);
  WORKS(path_write(path, data, size, &unit_err));
  return path;
}

static void given_vectors_stand_in_by_their_ids(void **state)
{
  const float rows[] = {1, 2, 3, 4, 5, 6}, moved[] = {1, 2, 3, 4, 6, 5};
  struct store *store = unit_films();
  char *path = path_join(unit_dir, "clip.npy"), *negatives = path_join(unit_dir, "neg.npy");
  char *ids = write_file("ids.txt", "f3\nt1\r\nd4", 9);
  struct features got;
  (void)state;
  WORKS(npy_write(path, rows, 3, 2, &unit_err));
  WORKS(npy_write(negatives, moved, 3, 2, &unit_err));
  WORKS(features_import(store, IMAGE, path, ids, negatives, &unit_err));
  WORKS(features_load_training(store, 1, &got, &unit_err));
  assert_int_equal(got.dim[IMAGE], 2);
  assert_string_equal(got.source[IMAGE], "clip.npy");
  assert_string_equal(got.source[TEXT], "builtin");
  close_to(got.x[IMAGE][1] / got.x[IMAGE][0], 4.0 / 3, 1e-6); /* t1 is the second row */
  assert_true(got.present[IMAGE][0] && !got.present[IMAGE][1] && got.present[IMAGE][2]);
  assert_true(differ(&got, IMAGE, 3) && !differ(&got, IMAGE, 0));
  assert_true(got.has_negative[3] && !got.has_negative[0]);
  double squares = 0;
  for (int k = 0; k < 8; k++)
    squares += pow(got.x[IMAGE][k], 2);
  close_to(squares / 6, 1, 1e-5);
  features_free(&got);
  assert_true(features_forget(store, IMAGE));
  WORKS(features_load_training(store, 1, &got, &unit_err));
  assert_string_equal(got.source[IMAGE], "builtin");
  features_free(&got);
  store_close(store);
  free(path);
  free(negatives);
  free(ids);
}

static void given_vectors_that_do_not_fit_are_refused(void **state)
{
  const float rows[] = {1, 2, 3, 4, 5, 6};
  struct store *store = unit_films();
  char *path = path_join(unit_dir, "x.npy"), *ids = write_file("ids.txt", "f3\nt1\nzz\n", 9);
  char *twice = write_file("twice.txt", "f3\nf3\nt1\n", 9), *few = write_file("few.txt", "f3\n", 3);
  char *wanted[] = {
    mem_printf("%s: has 3 rows, the catalogue has 4 items: name the rows with --ids FILE", path),
    mem_printf("%s:3: no item \"zz\"", ids), mem_printf("%s:2: a second time \"f3\"", twice),
    mem_printf("%s: names 1 rows, %s has 3", few, path)};
  const char *lists[] = {NULL, ids, twice, few};
  (void)state;
  WORKS(npy_write(path, rows, 3, 2, &unit_err));
  for (size_t k = 0; k < COUNT_OF(wanted); k++) {
    unit_err = (struct err){0};
    assert_false(features_import(store, TEXT, path, lists[k], NULL, &unit_err));
    assert_string_equal(unit_err.text, wanted[k]);
    assert_int_equal(unit_err.code, EX_DATAERR);
    free(wanted[k]);
  }
  store_close(store);
  free(path);
  free(ids);
  free(twice);
  free(few);
}

static void given_vectors_of_other_items_are_not_used(void **state)
{
  const float rows[] = {1, 2, 3, 4};
  struct store *store = unit_films();
  char *path = path_join(unit_dir, "x.npy");
  struct features got;
  (void)state;
  WORKS(npy_write(path, rows, 4, 1, &unit_err));
  WORKS(features_import(store, TEXT, path, NULL, NULL, &unit_err));
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_add_film(catalogue, "n5", "New", "Drama", "One more.");
  unit_commit(catalogue);
  assert_false(features_load_training(store, 1, &got, &unit_err));
  assert_string_equal(unit_err.text,
                      "the vectors given for text (x.npy) are for other items than the "
                      "catalogue has now: give them again, or return to the built-in encoder with "
                      "neggen embed");
  store_close(store);
  free(path);
}

static void an_empty_catalogue_has_no_features(void **state)
{
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  (void)state;
  WORKS(store);
  assert_null(encoders_open(store, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "holds no items"));
  store_close(store);
}

static int start(void **state)
{
  size_t size;
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  char *path = path_join(SRCDIR, "tests/fixtures/reference-encode.json");
  char *text = path_read(path, 0, &size, &unit_err);
  reference = text ? json_parse(text, size, path, &unit_err) : NULL;
  free(text);
  free(path);
  return reference ? 0 : -1;
}

static int end(void **state)
{
  (void)state;
  cJSON_Delete(reference);
  return 0;
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(tokens_are_those_of_the_reference),
    cmocka_unit_test(tfidf_and_projection_are_those_of_the_reference),
    cmocka_unit_test(projection_keeps_inner_products),
    cmocka_unit_test(singular_vectors_are_those_that_are_known),
    cmocka_unit_test(rotation_keeps_what_documents_share),
    IN_A_FOLDER(rotated_encoders_are_kept_too),
    cmocka_unit_test(hsv_and_patterns_are_those_of_the_reference),
    cmocka_unit_test(picture_statistics_are_normalised_blocks),
    cmocka_unit_test(edges_point_where_they_do),
    cmocka_unit_test(principal_axes_are_those_of_most_variance),
    cmocka_unit_test(displacement_and_balance_are_those_of_the_reference),
    cmocka_unit_test(the_unit_is_a_swap_of_two_different_items),
    cmocka_unit_test(npy_files_are_read_as_the_reference_says),
    IN_A_FOLDER(npy_files_are_written_as_the_reference_says),
    cmocka_unit_test(npy_reads_fortran_order_and_version_two),
    cmocka_unit_test(npy_refusals_are_named),
    cmocka_unit_test(npy_refuses_what_is_not_finite_with_its_place),
    IN_A_FOLDER(encoders_know_every_item_and_are_kept),
    IN_A_FOLDER(rows_have_a_mean_square_of_one),
    IN_A_FOLDER(an_item_itself_has_not_moved),
    IN_A_FOLDER(negatives_have_vectors_by_the_same_encoder),
    IN_A_FOLDER(several_negatives_of_an_item_have_vectors_newest_first),
    IN_A_FOLDER(given_vectors_stand_in_by_their_ids),
    IN_A_FOLDER(given_vectors_that_do_not_fit_are_refused),
    IN_A_FOLDER(given_vectors_of_other_items_are_not_used),
    IN_A_FOLDER(an_empty_catalogue_has_no_features),
  };
  return cmocka_run_group_tests(tests, start, end);
}
