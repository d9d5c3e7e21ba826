/* media.c - pictures: decoding apart, colours, measures, edits
 * SPDX-License-Identifier: MIT */
#include "config.h"
#include "unit.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "base/rng.h"
#include "media/container.h"
#include "media/decoder.h"
#include "media/easel.h"
#include "media/lab.h"

static struct decoder *decoder;

/* A picture with structure: a gradient, a coloured square, some grain. */
static struct picture scene(int width, int height)
{
  struct picture picture = picture_new(width, height);
  struct rng rng = {5};
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      uint8_t *p = picture.rgb + 3 * (y * width + x);
      int grain = (int)rng_below(&rng, 25), light = 60 + 120 * y / height + grain;
      bool in_square = x > width / 4 && x < width / 2 && y > height / 4 && y < 3 * height / 4;
      p[0] = (uint8_t)(in_square ? 70 + grain : light);
      p[1] = (uint8_t)(in_square ? 90 + grain : light - 20);
      p[2] = (uint8_t)(in_square ? 150 + grain : light - 35);
    }
  return picture;
}

static struct buf png_of(const struct picture *picture)
{
  struct buf buf = {0};
  picture_png(picture, &buf);
  return buf;
}

static struct buf jpeg_of(const struct picture *picture)
{
  struct buf buf = {0};
  picture_jpeg(picture, 90, &buf);
  return buf;
}

/* Expect this refusal, word for word. */
static void refuses(const void *bytes, size_t size, const char *reason)
{
  struct picture picture;
  struct err err = {0};
  assert_false(decoder_read(decoder, bytes, size, "pic", &picture, &err));
  assert_string_equal(err.text, reason);
  assert_int_equal(err.code, EX_DATAERR);
}

/* Mean CIE76 colour difference over the pixels of two pictures of one size (METHOD C9). */
static double picture_difference(const struct picture *a, const struct picture *b)
{
  struct lab p = lab_of(a), q = lab_of(b);
  double sum = 0;
  for (size_t k = 0; k < p.n; k++) {
    float dl = p.L[k] - q.L[k], da = p.a[k] - q.a[k], db = p.b[k] - q.b[k];
    sum += sqrtf(dl * dl + da * da + db * db);
  }
  double mean = sum / (double)p.n;
  lab_free(&p);
  lab_free(&q);
  return mean;
}

/* Through the writer and the decoder; the size of the file. */
static size_t there_and_back(const struct picture *picture)
{
  struct picture back;
  struct buf png = png_of(picture);
  struct err err = {0};
  size_t size = png.size;
  if (!decoder_read(decoder, png.data, png.size, "pic", &back, &err))
    fail_msg("%s", err.text);
  assert_int_equal(back.width, picture->width);
  assert_int_equal(back.height, picture->height);
  assert_memory_equal(back.rgb, picture->rgb, (size_t)(3 * back.width * back.height));
  picture_free(&back);
  buf_free(&png);
  return size;
}

static void a_png_comes_back_as_it_was(void **state)
{
  static const int sizes[][2] = {{1, 1}, {1, 300}, {300, 1}, {2, 2}, {40, 30}, {500, 400}};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(sizes); k++) {
    struct picture picture = scene(sizes[k][0], sizes[k][1]);
    there_and_back(&picture);
    picture_free(&picture);
  }
}

static void flat_and_noisy_pictures_are_written_well(void **state)
{
  struct picture flat = picture_new(300, 200), noise = picture_new(300, 200);
  struct rng rng = {9};
  (void)state;
  memset(flat.rgb, 77, 300 * 200 * 3);
  for (int k = 0; k < 300 * 200 * 3; k++)
    noise.rgb[k] = (uint8_t)rng_below(&rng, 256);
  assert_true(there_and_back(&flat) < 1500);
  assert_true(there_and_back(&noise) < 300 * 200 * 3 + 2000);
  picture_free(&flat);
  picture_free(&noise);
}

static void a_jpeg_comes_back_much_as_it_was(void **state)
{
  struct picture picture = scene(64, 48), back;
  struct buf jpeg = jpeg_of(&picture);
  struct err err;
  (void)state;
  assert_true(decoder_read(decoder, jpeg.data, jpeg.size, "pic", &back, &err));
  double difference = picture_difference(&picture, &back);
  assert_true(difference > 0 && difference < 6);
  picture_free(&back);
  picture_free(&picture);
  buf_free(&jpeg);
}

static void cut_files_are_truncated(void **state)
{
  struct picture picture = scene(64, 48);
  struct buf png = png_of(&picture), jpeg = jpeg_of(&picture);
  (void)state;
  for (size_t cut = 1; cut < 4; cut++) {
    refuses(png.data, png.size * cut / 4, "pic: is truncated");
    refuses(jpeg.data, jpeg.size * cut / 4, "pic: is truncated");
  }
  refuses(jpeg.data, jpeg.size - 2, "pic: is truncated");
  refuses(png.data, png.size - 1, "pic: is truncated");
  picture_free(&picture);
  buf_free(&png);
  buf_free(&jpeg);
}

static void what_is_no_picture_of_ours_is_named(void **state)
{
  (void)state;
  refuses("RIFF\x10\0\0\0WEBPVP8 ", 16,
          "pic: is WebP, which we do not read; convert it to PNG or JPEG");
  refuses("\0\0\0\x1c" "ftypavif", 12,
          "pic: is AVIF, which we do not read; convert it to PNG or JPEG");
  refuses("II*\0\x08\0\0\0", 8, "pic: is TIFF, which we do not read; convert it to PNG or JPEG");
  refuses("hello, world", 12, "pic: is not a picture we read (PNG, JPEG, GIF, BMP)");
  refuses("", 0, "pic: is empty");
}

static void a_huge_picture_is_refused_by_its_header(void **state)
{
  static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
                            "\0\0\x4e\x20\0\0\x4e\x20\x08\x02\0\0\0crc!"
                            "\0\0\0\x01IDATxcrc!\0\0\0\0IENDcrc!";
  (void)state;
  refuses(png, sizeof png - 1, "pic: is 20000x20000 pixels, more than 50 million");
}

static void a_file_that_is_not_there_is_no_input(void **state)
{
  struct picture picture;
  struct err err = {0};
  (void)state;
  assert_false(decoder_read_file(decoder, "/nonexistent/x.png", &picture, NULL, NULL, &err));
  assert_int_equal(err.code, EX_NOINPUT);
  assert_false(decoder_read_file(decoder, "/dev/zero", &picture, NULL, NULL, &err));
  assert_string_equal(err.text, "/dev/zero: is not a file");
}

static void exif_turns_a_jpeg_upright(void **state)
{
  static const char exif[] = "\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01"
                             "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
  struct picture picture = picture_new(32, 16), back;
  (void)state;
  memset(picture.rgb, 255, 32 * 8 * 3); /* the upper half is white */
  struct buf jpeg = jpeg_of(&picture), turned = {0};
  struct err err;
  buf_add(&turned, jpeg.data, 2);
  buf_add(&turned, exif, 36);
  buf_add(&turned, jpeg.data + 2, jpeg.size - 2);
  assert_true(decoder_read(decoder, turned.data, turned.size, "pic", &back, &err));
  assert_int_equal(back.width, 16);
  assert_int_equal(back.height, 32);
  assert_true(back.rgb[3 * 15] > 200 && back.rgb[0] < 50); /* a quarter to the right */
  picture_free(&back);
  picture_free(&picture);
  buf_free(&jpeg);
  buf_free(&turned);
}

static void a_gif_and_a_bmp_are_read_and_missed_when_cut(void **state)
{
  static const char gif[] = "GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0"
                            ",\0\0\0\0\x01\0\x01\0\0\x02\x02" "D\x01\0;";
  static const char bmp[] = "BM\x3a\0\0\0\0\0\0\0\x36\0\0\0"
                            "\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0"
                            "\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\0";
  struct picture picture;
  struct err err;
  (void)state;
  assert_true(decoder_read(decoder, gif, sizeof gif - 1, "pic", &picture, &err));
  assert_true(picture.rgb[0] == 255 && picture.rgb[1] == 0);
  picture_free(&picture);
  assert_true(decoder_read(decoder, bmp, sizeof bmp - 1, "pic", &picture, &err));
  assert_true(picture.rgb[0] == 3 && picture.rgb[2] == 1);
  picture_free(&picture);
  refuses(gif, sizeof gif - 4, "pic: is truncated");
  refuses(bmp, sizeof bmp - 3, "pic: is truncated");
}

/* The process id of our only child. */
static pid_t child_of_ours(void)
{
  char path[100];
  long pid = 0;
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%ld", &pid), 1);
  fclose(file);
  return (pid_t)pid;
}

static void a_decoder_that_was_killed_is_replaced(void **state)
{
  struct picture picture = scene(20, 20), back;
  struct buf png = png_of(&picture);
  struct err err;
  (void)state;
  for (int round = 0; round < 3; round++) {
    assert_true(decoder_read(decoder, png.data, png.size, "pic", &back, &err));
    picture_free(&back);
    kill(child_of_ours(), SIGKILL);
  }
  picture_free(&picture);
  buf_free(&png);
}

static void the_decoding_process_may_do_nothing(void **state)
{
  struct picture picture = scene(20, 20), back;
  struct buf png = png_of(&picture);
  struct err err;
  char *path, *text;
  size_t size;
  (void)state;
  assert_true(decoder_read(decoder, png.data, png.size, "pic", &back, &err));
  path = mem_printf("/proc/%d/status", (int)child_of_ours());
  text = path_read(path, 0, NULL, &err);
  assert_non_null(strstr(text, "NoNewPrivs:\t1"));
#if defined(HAVE_SECCOMP) && !defined(HAVE_SANITIZERS)
  assert_non_null(strstr(text, "Seccomp:\t2"));
#endif
  free(path);
  free(text);
  path = mem_printf("/proc/%d/environ", (int)child_of_ours());
  text = path_read(path, 0, &size, &err); /* only root may read it */
  assert_true(!text || size == 0);
  free(path);
  free(text);
  picture_free(&back);
  picture_free(&picture);
  buf_free(&png);
}

static void resizing_averages_areas(void **state)
{
  struct picture picture = picture_new(4, 2);
  (void)state;
  for (int k = 0; k < 8; k++)
    picture.rgb[3 * k] = (uint8_t)(10 * k);
  struct picture one = picture_resize(&picture, 1, 1), three = picture_resize(&picture, 3, 2);
  assert_int_equal(one.rgb[0], 35);
  assert_int_equal(three.rgb[0], 3); /* (0 + 10 / 3) / (4 / 3) = 2.5 */
  assert_int_equal(three.rgb[3], 15);
  struct picture large = picture_resize(&picture, 16, 8), back = picture_resize(&large, 4, 2);
  assert_memory_equal(back.rgb, picture.rgb, 24);
  struct picture small = picture_shrink(&picture, 2), same = picture_shrink(&picture, 9);
  assert_true(small.width == 2 && small.height == 1 && same.width == 4);
  struct picture *all[] = {&picture, &one, &three, &large, &back, &small, &same};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    picture_free(all[k]);
}

static void lab_matches_the_reference(void **state)
{
  char *path = path_join(SRCDIR, "tests/fixtures/reference-encode.json");
  struct err err;
  size_t size;
  char *text = path_read(path, 0, &size, &err);
  cJSON *all = json_parse(text, size, path, &err), *image = json_get(all, "image");
  (void)state;
  for (int k = 0; k < cJSON_GetArraySize(json_get(image, "rgb")); k++) {
    cJSON *rgb = cJSON_GetArrayItem(json_get(image, "rgb"), k);
    cJSON *want = cJSON_GetArrayItem(json_get(image, "lab"), k);
    struct picture pixel = picture_new(1, 1);
    for (int c = 0; c < 3; c++)
      pixel.rgb[c] = (uint8_t)cJSON_GetArrayItem(rgb, c)->valueint;
    struct lab lab = lab_of(&pixel);
    const float got[] = {lab.L[0], lab.a[0], lab.b[0]};
    for (int c = 0; c < 3; c++)
      assert_true(fabs(got[c] - cJSON_GetArrayItem(want, c)->valuedouble) < 2e-3);
    picture_free(&pixel);
    lab_free(&lab);
  }
  cJSON_Delete(all);
  free(text);
  free(path);
}

static void lab_and_back_is_every_colour_itself(void **state)
{
  struct picture cube = picture_new(52, 52 * 52);
  uint8_t *back = mem_alloc(52 * 52 * 52 * 3);
  (void)state;
  for (int k = 0; k < 52 * 52 * 52; k++) {
    cube.rgb[3 * k] = (uint8_t)(k % 52 * 5);
    cube.rgb[3 * k + 1] = (uint8_t)(k / 52 % 52 * 5);
    cube.rgb[3 * k + 2] = (uint8_t)(k / 52 / 52 * 5);
  }
  struct lab lab = lab_of(&cube);
  lab_to_rgb(&lab, back);
  assert_memory_equal(back, cube.rgb, 52 * 52 * 52 * 3);
  lab_free(&lab);
  picture_free(&cube);
  free(back);
}

static void out_of_gamut_keeps_its_lightness(void **state)
{
  struct lab lab = lab_new(1);
  struct picture pixel = picture_new(1, 1);
  (void)state;
  lab.L[0] = 40, lab.a[0] = 0, lab.b[0] = 110;
  lab_to_rgb(&lab, pixel.rgb);
  struct lab back = lab_of(&pixel);
  assert_true(fabsf(back.L[0] - 40) < 0.6f);
  lab_free(&lab);
  lab_free(&back);
  picture_free(&pixel);
}

static bool share_a_word(const char *a, const char *b)
{
  char words[64], *save = NULL;
  snprintf(words, sizeof words, "%s", a);
  for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
    const char *at = strstr(b, word);
    size_t n = strlen(word);
    if (at && (at == b || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
      return true;
  }
  return false;
}

static void no_two_classes_share_a_word(void **state)
{
  (void)state;
  for (int key = 0; key < IMAGE_KEYS; key++)
    for (int other = 0; other < IMAGE_KEYS; other++)
      for (int a = 0; a < image_keys[key].class_count; a++)
        for (int b = 0; b < image_keys[other].class_count; b++)
          if (key != other || a != b)
            assert_false(share_a_word(image_keys[key].classes[a], image_keys[other].classes[b]));
  assert_int_equal(image_class_named(IMAGE_BRIGHTNESS, "bright"), 2);
  assert_int_equal(image_class_named(IMAGE_BRIGHTNESS, "warm"), -1);
  assert_int_equal(image_key_named("texture"), IMAGE_TEXTURE);
  assert_int_equal(image_key_named("plot"), -1);
}

static void measures_say_what_is_seen(void **state)
{
  struct picture picture = picture_new(60, 90);
  (void)state;
  for (int k = 0; k < 60 * 90; k++)
    picture.rgb[3 * k] = 220, picture.rgb[3 * k + 1] = 40, picture.rgb[3 * k + 2] = 40;
  struct measure red = measure_picture(&picture);
  memset(picture.rgb, 128, 60 * 90 * 3);
  struct measure grey = measure_picture(&picture);
  assert_string_equal(image_keys[IMAGE_COLOR].classes[red.color], "red");
  assert_string_equal(image_keys[IMAGE_COLOR].classes[grey.color], "monochrome");
  assert_true(red.scalar[IMAGE_SATURATION] > 50 && grey.scalar[IMAGE_SATURATION] < 0.1);
  assert_true(fabsf(grey.scalar[IMAGE_BRIGHTNESS] - 53.59f) < 0.01f);
  assert_true(grey.scalar[IMAGE_CONTRAST] < 0.01f && red.chromatic_share == 1);
  memset(picture.rgb + 60 * 45 * 3, 255, 60 * 5 * 3); /* a white line across the middle */
  struct measure line = measure_picture(&picture);
  memset(picture.rgb, 128, 60 * 90 * 3);
  memset(picture.rgb, 255, 60 * 20 * 3);
  struct measure top = measure_picture(&picture);
  assert_string_not_equal(image_keys[IMAGE_COMPOSITION].classes[line.composition], "top");
  assert_string_equal(image_keys[IMAGE_COMPOSITION].classes[top.composition], "top");
  picture_free(&picture);
}

/* Borders around what a picture measures, so that it is of the middle class everywhere. */
static struct borders borders_around(const struct measure *measure)
{
  struct borders borders;
  static const float width[IMAGE_SCALARS] = {8, 3, 0.08f, 5, 0.06f};
  for (int s = 0; s < IMAGE_SCALARS; s++) {
    borders.low[s] = measure->scalar[s] - width[s];
    borders.high[s] = measure->scalar[s] + width[s];
  }
  return borders;
}

static void an_edit_reaches_its_class_and_keeps_the_rest(void **state)
{
  struct picture picture = scene(100, 140), copy = picture_copy(&picture);
  struct measure before = measure_picture(&picture);
  struct borders borders = borders_around(&before);
  (void)state;
  for (int key = 0; key < IMAGE_KEYS; key++)
    for (int class = 0; class < image_keys[key].class_count; class++) {
      struct edit_result result;
      bool is_possible = image_keys[key].can_edit &&
                         measure_class(&before, &borders, (enum image_key)key) != class;
      assert_int_equal(picture_edit(&picture, &before, &borders, (enum image_key)key, class, 0.5,
                                    &result), is_possible);
      if (!is_possible)
        continue;
      struct measure again = measure_picture(&result.picture);
      assert_memory_equal(&again, &result.measure, sizeof again);
      assert_int_equal(result.is_reached,
                       measure_class(&again, &borders, (enum image_key)key) == class);
      assert_true(result.is_reached);
      assert_true(result.is_rest_kept);
      assert_true(result.picture.width == 100 && result.picture.height == 140);
      assert_true(fabs(result.difference - picture_difference(&picture, &result.picture)) < 1e-4);
      edit_free(&result);
    }
  assert_memory_equal(picture.rgb, copy.rgb, 100 * 140 * 3);
  picture_free(&picture);
  picture_free(&copy);
}

static void a_large_picture_is_edited_at_its_size(void **state)
{
  struct picture picture = scene(420, 300);
  struct measure before = measure_picture(&picture);
  struct borders borders = borders_around(&before);
  struct edit_result result;
  (void)state;
  assert_true(picture_edit(&picture, &before, &borders, IMAGE_BRIGHTNESS, 2, 0.3, &result));
  assert_int_equal(result.picture.width, 420);
  assert_true(edit_passes(&result));
  edit_free(&result);
  picture_free(&picture);
}

static void an_easel_remembers_its_edits(void **state)
{
  struct picture picture = scene(100, 140);
  struct measure before = measure_picture(&picture);
  struct borders borders = borders_around(&before);
  struct easel *easel = easel_new(&picture, &borders);
  struct edit_result once;
  (void)state;
  assert_memory_equal(easel_measure(easel), &before, sizeof before);
  assert_null(easel_sketch(easel, IMAGE_COMPOSITION, 1, 0.5));
  assert_null(easel_edit(easel, IMAGE_WARMTH, 1, 0.5)); /* the class it has */
  const struct edit *edit = easel_sketch(easel, IMAGE_WARMTH, 2, 0.5);
  assert_true(isnan(edit->note) && !edit->is_finished && edit->sketch.is_reached);
  struct measure planes = measure_lab(easel_planes(easel));
  assert_memory_equal(&planes, &edit->sketch.measure, sizeof planes);
  assert_non_null(easel_edit(easel, IMAGE_TEXTURE, 0, 0.5)); /* another edit between leaves no trace */
  assert_non_null(easel_edit(easel, IMAGE_COLOR, (before.color + 3) % 9, 0.5));
  assert_ptr_equal(easel_edit(easel, IMAGE_WARMTH, 2, 0.5), edit);
  assert_true(edit->is_finished);
  assert_true(picture_edit(&picture, &before, &borders, IMAGE_WARMTH, 2, 0.5, &once));
  assert_memory_equal(once.picture.rgb, edit->result.picture.rgb, 100 * 140 * 3);
  assert_memory_equal(&once.measure, &edit->result.measure, sizeof once.measure);
  edit_free(&once);
  easel_free(easel);
  picture_free(&picture);
}

static int start(void **state)
{
  (void)state;
  signal(SIGPIPE, SIG_IGN);
  decoder = decoder_new();
  return 0;
}

static int end(void **state)
{
  (void)state;
  decoder_free(decoder);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_png_comes_back_as_it_was),
    cmocka_unit_test(flat_and_noisy_pictures_are_written_well),
    cmocka_unit_test(a_jpeg_comes_back_much_as_it_was),
    cmocka_unit_test(cut_files_are_truncated),
    cmocka_unit_test(what_is_no_picture_of_ours_is_named),
    cmocka_unit_test(a_huge_picture_is_refused_by_its_header),
    cmocka_unit_test(a_file_that_is_not_there_is_no_input),
    cmocka_unit_test(exif_turns_a_jpeg_upright),
    cmocka_unit_test(a_gif_and_a_bmp_are_read_and_missed_when_cut),
    cmocka_unit_test(a_decoder_that_was_killed_is_replaced),
    cmocka_unit_test(the_decoding_process_may_do_nothing),
    cmocka_unit_test(resizing_averages_areas),
    cmocka_unit_test(lab_matches_the_reference),
    cmocka_unit_test(lab_and_back_is_every_colour_itself),
    cmocka_unit_test(out_of_gamut_keeps_its_lightness),
    cmocka_unit_test(no_two_classes_share_a_word),
    cmocka_unit_test(measures_say_what_is_seen),
    cmocka_unit_test(an_edit_reaches_its_class_and_keeps_the_rest),
    cmocka_unit_test(a_large_picture_is_edited_at_its_size),
    cmocka_unit_test(an_easel_remembers_its_edits),
  };
  return cmocka_run_group_tests(tests, start, end);
}
