/* make-workspace.c - a workspace whose candidates are written down here, for saved screens
 *
 *   make-workspace DIR
 *
 * Makes DIR/films: four films, two of them with pictures; one candidate that waits, one whose check
 * failed, one accepted, a draft; two exchanges with a model; a finished job. No engine and
 * no picture's measure has a say in what a screen made of it shows.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/catalogue.h"
#include "store/job.h"
#include "store/negative.h"
#include "store/request.h"
#include "store/trial.h"

static struct err err;

static void must(bool ok)
{
  if (ok)
    return;
  fprintf(stderr, "make-workspace: %s\n", err.text);
  exit(1);
}

/* A square: its left half of one colour, the right half of another. */
static struct picture halves(unsigned left, unsigned right)
{
  struct picture picture = picture_new(64, 64);
  for (int k = 0; k < 64 * 64; k++) {
    unsigned colour = k % 64 < 32 ? left : right;
    for (int c = 0; c < 3; c++)
      picture.rgb[3 * k + c] = (uint8_t)(colour >> (16 - 8 * c));
  }
  return picture;
}

static struct buf png_of(unsigned left, unsigned right)
{
  struct picture picture = halves(left, right);
  struct buf png = {0};
  picture_png(&picture, &png);
  picture_free(&picture);
  return png;
}

static void add_film(struct catalogue *catalogue, const char *key, const char *title,
                     const char *year, const char *genres, const char *director, const char *plot,
                     const char *picture)
{
  const struct field fields[] = {
    {(char *)"title", (char *)title, FIELD_TITLE},       {(char *)"year", (char *)year, FIELD_VALUE},
    {(char *)"genres", (char *)genres, FIELD_LIST},      {(char *)"director", (char *)director, FIELD_VALUE},
    {(char *)"plot", (char *)plot, FIELD_PROSE},
  };
  must(catalogue_item(catalogue, key, fields, (int)COUNT_OF(fields), picture, &err));
}

static void add_picture(struct catalogue *catalogue, const char *key, const char *path, float light,
                        int color, struct buf *png)
{
  struct measure measure = {.scalar = {light, light / 2, light / 100, light, light / 10},
                            .chromatic_share = 1, .color = color};
  must(path_write(path, png->data, png->size, &err));
  must(catalogue_picture(catalogue, key, "hash", (int64_t)png->size, 64, 64, &measure, png, NULL,
                         &err));
  buf_free(png);
}

static void add_films(struct store *store, const char *dir)
{
  char *heat = path_join(dir, "heat.png"), *babe = path_join(dir, "babe.png");
  struct buf dark = png_of(0x204080, 0x101820), light = png_of(0xf0d040, 0xf8f8f0);
  struct catalogue *catalogue = catalogue_begin(store, true, &err);
  must(catalogue);
  add_film(catalogue, "heat", "Heat (1995)", "1995", "Action,Crime,Thriller", "Michael Mann",
           "A group of professional bank robbers start to feel the heat from police when they "
           "unknowingly leave a clue at their latest heist.", heat);
  add_film(catalogue, "babe", "Babe (1995)", "1995", "Children's,Comedy,Drama", "Chris Noonan",
           "A piglet that was raised by sheepdogs learns to herd sheep.", babe);
  add_film(catalogue, "himmel", "Der Himmel \xc3\xbc" "ber Berlin (1987)", "1987", "Drama,Fantasy",
           "Wim Wenders", "An angel tires of overseeing human activity.", NULL);
  add_film(catalogue, "spirited", "\xe5\x8d\x83\xe3\x81\xa8\xe5\x8d\x83\xe5\xb0\x8b (2001)", "2001",
           "Animation\x1b[31m", "Hayao Miyazaki", "A girl enters the world of spirits.\nAlone.", NULL);
  add_picture(catalogue, "heat", heat, 20, 5, &dark);
  add_picture(catalogue, "babe", babe, 80, 2, &light);
  must(catalogue_interaction(catalogue, "ada", "heat", 5, 1, -1, &err));
  must(catalogue_interaction(catalogue, "ada", "babe", 4, 2, -1, &err));
  must(catalogue_interaction(catalogue, "bob", "himmel", 3, 3, -1, &err));
  struct catalogue_report report;
  must(catalogue_commit(catalogue, &report, &err));
  free(heat);
  free(babe);
}

/* ---- candidates */

static void change(struct negative *negative, enum modality modality, const char *key,
                   const char *original, const char *intervened, enum role role)
{
  size_t count = (size_t)negative->change_count + 1;
  negative->changes = mem_grow(negative->changes, count, sizeof *negative->changes);
  negative->changes[negative->change_count++] = (struct change){
    modality, mem_strdup(key), mem_strdup(original), mem_strdup(intervened), role};
}

static void check(struct negative *negative, const char *name, bool is_flag, const char *reason)
{
  size_t count = (size_t)negative->check_count + 1;
  negative->checks = mem_grow(negative->checks, count, sizeof *negative->checks);
  negative->checks[negative->check_count++] =
    (struct check){mem_strdup(name), reason == NULL, is_flag, mem_strdup(reason)};
}

static void side(struct negative *negative, enum modality modality, const char *original,
                 const char *masked, const char *made, double calibrated)
{
  struct side *s = &negative->sides[modality];
  s->original = mem_strdup(original);
  s->masked = mem_strdup(masked);
  s->negative = mem_strdup(made);
  s->delta = s->calibrated = calibrated;
}

static struct negative *begin(const char *item, bool is_draft, bool is_valid, double balance)
{
  struct negative *negative = negative_new(item);
  negative->backend = mem_strdup("offline");
  negative->model = mem_strdup("engine");
  negative->seed = 42;
  negative->created = 1767225600;
  negative->is_draft = is_draft;
  negative->is_valid = is_valid;
  negative->balance = balance;
  return negative;
}

static int64_t save(struct store *store, struct negative *negative, struct buf *png)
{
  negative->has_picture = png != NULL;
  must(negative_save(store, negative, png, &err));
  int64_t id = negative->id;
  negative_free(negative);
  if (png)
    buf_free(png);
  return id;
}

#define HEAT(genre, robbers)                                                                     \
  "title: Heat (1995)\nyear: 1995\ngenres: " genre ",Crime,Thriller\ndirector: Michael Mann\n"   \
  "plot: A group of professional " robbers " start to feel the heat from police when they "      \
  "unknowingly leave a clue at their latest heist.\n"

static void add_heat(struct store *store)
{
  struct negative *draft = begin("heat", true, false, 0);
  side(draft, TEXT, HEAT("Action", "bank robbers"), HEAT("[[genres]]", "bank robbers"), NULL, 0);
  side(draft, IMAGE, "A dark picture, mostly blue.", "A dark picture, mostly [[color]].", NULL, 0);
  save(store, draft, NULL);
  struct negative *whole = begin("heat", false, true, 0.998);
  side(whole, TEXT, HEAT("Action", "bank robbers"), HEAT("[[genres]]", "[[genres]]"),
       HEAT("Romance", "wedding planners"), 0.61);
  side(whole, IMAGE, "A dark picture, mostly blue.", "A dark picture, mostly [[color]].",
       "A dark picture, mostly orange.", 0.55);
  change(whole, TEXT, "genres", "Action", "Romance", ROLE_KEY);
  change(whole, IMAGE, "color", "blue", "orange", ROLE_KEY);
  change(whole, IMAGE, "warmth", "cool", "warm", ROLE_ENTAILED);
  static const char *const passed[] = {"keys", "round_trip", "contrast", "rest_kept", "cohesion",
                                       "twin", "moved", "picture"};
  for (size_t k = 0; k < COUNT_OF(passed); k++)
    check(whole, passed[k], false, NULL);
  check(whole, "fluent", true, "\"start\" twice in four words");
  struct buf png = png_of(0xe08020, 0x201810);
  save(store, whole, &png);
}

static void add_others(struct store *store)
{
  struct negative *failed = begin("babe", false, false, 0.31);
  side(failed, TEXT, "title: Babe (1995)\n", NULL, "title: Babe (1995)\n", 0);
  side(failed, IMAGE, "A bright picture.", NULL, "A bright picture.", 0.4);
  check(failed, "moved", false, "the text did not move at all");
  check(failed, "keys", false, NULL);
  save(store, failed, NULL);
  struct negative *accepted = begin("himmel", false, true, 0.75);
  side(accepted, TEXT, "genres: Drama,Fantasy\n", NULL, "genres: Drama,Western\n", 0.5);
  change(accepted, TEXT, "genres", "Fantasy", "Western", ROLE_KEY);
  check(accepted, "keys", false, NULL);
  must(verdict_add(store, save(store, accepted, NULL), "eve", DECISION_ACCEPT, NULL, NULL, &err));
}

static void add_requests(struct store *store)
{
  struct request asked = {.item = (char *)"heat", .template_name = (char *)"describe",
                          .backend = (char *)"openai", .model = (char *)"small-vlm",
                          .hash = (char *)"1", .body = (char *)"{}", .reply = (char *)"{}",
                          .status = 200, .finish_reason = (char *)"stop", .started = 1767225600,
                          .seconds = 1.25, .tokens_in = 812, .tokens_out = 96};
  must(request_save(store, &asked, &err));
  struct request failed = {.item = (char *)"heat", .template_name = (char *)"mask",
                           .backend = (char *)"openai", .model = (char *)"small-vlm",
                           .hash = (char *)"2", .body = (char *)"{}", .status = 500,
                           .error = (char *)"http://127.0.0.1:9/v1: the server answered 500: "
                                            "out of memory", .started = 1767225602,
                           .seconds = 0.5, .tokens_in = -1, .tokens_out = -1};
  must(request_save(store, &failed, &err));
}

/* Two runs of the first template on Heat, of different versions: one of no use, one that was read. */
static void add_trials(struct store *store)
{
  struct trial trial = {
    .item = (char *)"heat", .template_name = (char *)"describe",
    .version = (char *)"aaaa1111", .backend = (char *)"openai", .model = (char *)"a-model",
    .server = (char *)"http://127.0.0.1:1", .seed = 42, .started = 1767225600,
    .messages = (char *)"{\"system\":\"Say what you see.\",\"user\":\"The item:\\n\\ntitle: Heat (1995)\\nyear: "
                        "1995\\n\\nList what you see.\",\"marks\":[[1,11,29,\"document\"]],\"picture\":{\"width\":64,"
                        "\"height\":64}}",
    .rounds = (char *)"[{\"reply\":\"Here it is:\\n{\\\"description\\\": 7, \\\"attributes\\\": [{}]}\",\"reason\":"
                      "\"the reply lacks \\\"description\\\" as text\",\"faults\":[{\"at\":28,\"line\":2,\"column\":17,"
                      "\"what\":\"expected string, found number\"},{\"at\":46,\"line\":2,\"column\":35,\"what\":"
                      "\"\\\"key\\\" is missing here\"}],\"finish_reason\":\"stop\",\"status\":200,\"cached\":false,"
                      "\"tokens_in\":120,\"tokens_out\":30,\"first_seconds\":0.25,\"seconds\":1.5}]",
    .reason = (char *)"the reply lacks \"description\" as text", .balance = NAN, .questions = 1,
    .tokens_in = 120, .tokens_out = 30, .first_seconds = 0.25, .seconds = 1.5};
  must(trial_save(store, &trial, &err));
  trial.version = (char *)"bbbb2222";
  trial.started += 60;
  trial.messages = (char *)"{\"system\":\"Say just what you see.\",\"user\":\"The item:\\n\\ntitle: Heat (1995)\\nyear: "
                           "1995\\n\\nList all that you see.\",\"marks\":[[1,11,29,\"document\"]],\"picture\":null}";
  trial.rounds = (char *)"[{\"reply\":\"{\\\"description\\\": \\\"A dark picture.\\\", \\\"attributes\\\": []}\","
                         "\"reason\":null,\"faults\":[],\"finish_reason\":\"stop\",\"status\":200,\"cached\":true,"
                         "\"tokens_in\":118,\"tokens_out\":25,\"first_seconds\":null,\"seconds\":0}]";
  trial.reason = NULL;
  trial.is_valid = trial.is_cached = true;
  must(trial_save(store, &trial, &err));
}

static void add_job(const char *workspace)
{
  cJSON *config = cJSON_CreateObject(), *end = cJSON_CreateObject();
  json_add_str(config, "backend", "offline");
  struct job *job = job_create(workspace, "jobs", config, &err);
  must(job);
  json_add_str(end, "event", "end");
  json_add_int(end, "items", 4);
  json_add_int(end, "done", 4);
  json_add_int(end, "valid", 3);
  json_add_int(end, "failed", 1);
  must(job_event(job, end, &err));
  job_close(job);
  cJSON_Delete(config);
}

int main(int argc, char **argv)
{
  if (argc != 2)
    return 64;
  char *workspace = path_join(argv[1], "films");
  must(path_make_dirs(argv[1], &err));
  struct store *store = store_open(workspace, STORE_CREATE, &err);
  must(store);
  add_films(store, argv[1]);
  add_heat(store);
  add_others(store);
  add_requests(store);
  add_trials(store);
  add_job(workspace);
  store_close(store);
  free(workspace);
  return 0;
}
