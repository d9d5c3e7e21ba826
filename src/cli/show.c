/* show.c - an item and what was made of it, both sides of it
 *
 * 80 columns: a mark, the key, the original, the intervened side. "*" marks what was
 * changed, "+" what follows from it; the words that differ stand in [brackets].
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "media/decoder.h"
#include "store/sides.h"

enum { KEY_WIDTH = 11, SIDE_WIDTH = 32, WHOLE_WIDTH = 67, BAR_WIDTH = 10, TEXT_WIDTH = 69 };

static const char marks[] = {[MARK_SAME] = ' ', [MARK_CHANGED] = '*', [MARK_ENTAILED] = '+'};

/* The text with its spans in brackets. The caller frees. */
static char *bracketed(const struct side_text *side)
{
  struct buf out = {0};
  size_t at = 0;
  for (size_t k = 0; k < side->span_count; k++) {
    buf_add(&out, side->text + at, side->spans[k].start - at);
    buf_char(&out, '[');
    buf_add(&out, side->text + side->spans[k].start, side->spans[k].size);
    buf_char(&out, ']');
    at = side->spans[k].start + side->spans[k].size;
  }
  buf_str(&out, side->text + at);
  return buf_take(&out);
}

static void print_row(const struct side_row *row, bool has_negative)
{
  char *left = bracketed(&row->original), *right = bracketed(&row->intervened);
  const char *a = left, *b = right, *key = row->key;
  struct buf line = {0};
  char mark = marks[row->mark];
  do {
    buf_printf(&line, "%c ", mark);
    column_add(&line, key, KEY_WIDTH);
    buf_char(&line, ' ');
    if (has_negative) {
      column_wrap(&line, &a, SIDE_WIDTH);
      buf_str(&line, " | ");
      column_wrap(&line, &b, SIDE_WIDTH);
    } else {
      column_wrap(&line, &a, WHOLE_WIDTH);
    }
    column_end(&line);
    mark = ' ';
    key = "";
  } while (*a || (has_negative && *b));
  buf_free(&line);
  free(left);
  free(right);
}

/* right: what stands over the right side; NULL when there is one side only. */
static void print_heading(const char *heading, const char *right)
{
  struct buf line = {0};
  column_add(&line, heading, 2 + KEY_WIDTH + 1);
  if (right) {
    column_add(&line, *right ? "original" : "", SIDE_WIDTH);
    buf_printf(&line, " | %s", right);
  }
  column_end(&line);
  buf_free(&line);
}

static void print_sides(struct store *store, const struct item *item,
                        const struct negative *negative)
{
  static const char *const headings[MODALITIES] = {"TEXT", "PICTURE"};
  struct sides sides = sides_of(store, item, negative);
  const char *right = sides.is_masked ? "masked" : "intervened";
  int modality = -1;
  for (int k = 0; k < sides.count; k++) {
    if ((int)sides.rows[k].modality != modality) {
      modality = (int)sides.rows[k].modality;
      print_heading(headings[modality], !negative ? NULL : k ? "" : right);
    }
    print_row(&sides.rows[k], negative != NULL);
  }
  if (item->picture_error)
    printf("%-13s %s\n", modality == (int)IMAGE ? "" : "PICTURE", item->picture_error);
  sides_free(&sides);
}

/* "text 0.61 ######...." */
static void print_moved(const char *name, double value)
{
  char bar[BAR_WIDTH + 1], number[16] = "-";
  int filled = isnan(value) ? 0 : (int)lround(fmin(fmax(value, 0), 1) * BAR_WIDTH);
  memset(bar, '.', BAR_WIDTH);
  memset(bar, '#', (size_t)filled);
  bar[BAR_WIDTH] = '\0';
  if (!isnan(value))
    snprintf(number, sizeof number, "%.2f", value);
  printf("%s %s %s   ", name, number, bar);
}

static void print_balance(const struct negative *negative)
{
  printf("moved      ");
  for (int m = 0; m < MODALITIES; m++)
    print_moved(modality_names[m], negative->sides[m].calibrated);
  if (isnan(negative->balance))
    puts("balance -");
  else
    printf("balance %.2f\n", negative->balance);
}

/* Lines of text beside a word that stands in the first one. */
static void print_wrapped(const char *word, const char *text)
{
  char *clean = utf8_clean(text, false);
  const char *p = clean;
  struct buf line = {0};
  do {
    buf_printf(&line, "%-10s ", word);
    column_wrap(&line, &p, TEXT_WIDTH);
    column_end(&line);
    word = "";
  } while (*p);
  buf_free(&line);
  free(clean);
}

static void print_checks(const struct negative *negative)
{
  struct buf passed = {0};
  for (int k = 0; k < negative->check_count; k++)
    if (negative->checks[k].is_passed)
      buf_printf(&passed, "%s+ %s", passed.size ? "  " : "", negative->checks[k].name);
  const char *word = "checks";
  if (passed.size) {
    print_wrapped(word, passed.data);
    word = "";
  }
  for (int k = 0; k < negative->check_count; k++) {
    const struct check *check = &negative->checks[k];
    if (check->is_passed)
      continue;
    char *line = mem_printf("%c %s: %s", check->is_flag ? '?' : '-', check->name,
                            check->reason ? check->reason : "failed");
    print_wrapped(word, line);
    free(line);
    word = "";
  }
  buf_free(&passed);
}

/* How the picture was made, and mentions of old values that were left alone. */
static void print_notes(const struct negative *negative)
{
  cJSON *notes = negative->notes ? cJSON_Parse(negative->notes) : NULL;
  const char *picture = json_str(notes, "picture");
  double difference = json_num(notes, "difference", NAN);
  struct buf kept = {0};
  const cJSON *mention;
  if (picture) {
    char *line = isnan(difference)
                   ? mem_strdup(picture)
                   : mem_printf("%s; mean colour difference %.1f", picture, difference);
    print_wrapped("picture", line);
    free(line);
  }
  cJSON_ArrayForEach(mention, json_get(notes, "kept_mentions"))
    if (cJSON_IsString(mention))
      buf_printf(&kept, "%s\"%s\"", kept.size ? ", " : "", cJSON_GetStringValue(mention));
  if (kept.size)
    print_wrapped("kept", kept.data);
  buf_free(&kept);
  cJSON_Delete(notes);
}

/* Why these keys: how much more the item's users like them than everyone does. */
static void print_evidence(const struct negative *negative)
{
  cJSON *mask = negative->replies[1] ? cJSON_Parse(negative->replies[1]) : NULL;
  const cJSON *attribute;
  const char *word = "why";
  cJSON_ArrayForEach(attribute, json_get(mask, "attributes")) {
    const cJSON *evidence = json_get(attribute, "evidence");
    const char *key = json_str(attribute, "key"), *value = json_str(attribute, "value");
    if (!cJSON_IsObject(evidence) || !key || !value)
      continue;
    char *line = mem_printf("%s %s: lift %.2f (its users %.3f, everyone %.3f)", key, value,
                            json_num(evidence, "lift", NAN), json_num(evidence, "h", NAN),
                            json_num(evidence, "p", NAN));
    print_wrapped(word, line);
    free(line);
    word = "";
  }
  cJSON_Delete(mask);
}

static void print_state(const struct negative *negative, int number, int count)
{
  char when[CLOCK_ISO];
  clock_iso(negative->created, when);
  const struct backend_row *backend = backend_named(negative->backend ? negative->backend : "");
  const char *maker = backend && !backend->needs_model ? backend->title : negative->model;
  char *model = utf8_clean(maker ? maker : "", false);
  printf("candidate %d of %d   %s   %.10s   %s%s%s%s\n", number, count, model, when,
         negative->is_draft   ? "draft"
         : negative->is_valid ? "valid"
                              : "not valid",
         negative->is_stale ? ", stale: the item changed" : "",
         negative->decision ? ", " : "",
         negative->decision ? decision_names[negative->decision] : "");
  free(model);
  if (negative->failure)
    print_wrapped("failed", negative->failure);
}

static void print_title(struct store *store, const struct item *item)
{
  char users[FIGURE];
  char *title = utf8_clean(item->title, false), *key = utf8_clean(item->key, false);
  int64_t count = item_users(store, item->id);
  printf("%s\nitem %s   %s user%s\n", title, key, figure(count, users), count == 1 ? "" : "s");
  free(title);
  free(key);
}

static void print_all(struct store *store, const struct item *item,
                      struct negative *const *negatives, int count, bool every)
{
  print_title(store, item);
  for (int k = every ? 0 : count - 1; k >= 0 && k < count; k++) {
    const struct negative *negative = negatives[k];
    print_state(negative, k + 1, count);
    print_sides(store, item, negative);
    print_balance(negative);
    print_checks(negative);
    print_evidence(negative);
    print_notes(negative);
    if (k + 1 < count)
      puts("");
  }
  if (!count) {
    print_sides(store, item, NULL);
    char *key = utf8_clean(item->key, false);
    printf("no negative yet: neggen generate %s %s\n", store_dir(store), key);
    free(key);
  }
}

static cJSON *all_json(struct store *store, const struct item *item,
                       struct negative *const *negatives, int count)
{
  cJSON *json = cJSON_CreateObject(), *object = item_json(item);
  json_add_int(object, "users", item_users(store, item->id));
  cJSON_AddItemToObject(json, "item", object);
  cJSON *array = json_add_array(json, "negatives");
  for (int k = 0; k < count; k++)
    cJSON_AddItemToArray(array, negative_json(negatives[k]));
  return json;
}

static bool original_png(const struct item *item, struct buf *png, struct err *err)
{
  struct picture picture;
  if (!item->picture_path)
    return err_set(err, EX_NOINPUT, "item \"%s\" has no picture", item->key);
  struct decoder *decoder = decoder_new();
  bool ok = decoder_read_file(decoder, item->picture_path, &picture, NULL, NULL, err);
  decoder_free(decoder);
  if (!ok)
    return false;
  picture_png(&picture, png);
  picture_free(&picture);
  return true;
}

/* The newest candidate that has one. */
static bool intervened_png(struct store *store, struct negative *const *negatives, int count,
                           const char *key, struct buf *png, struct err *err)
{
  while (count > 0 && !negatives[count - 1]->has_picture)
    count--;
  if (!count)
    return err_set(err, EX_NOINPUT, "item \"%s\" has no intervened picture yet", key);
  return negative_picture(store, negatives[count - 1]->id, png, err);
}

static bool save_picture(struct cli *cli, struct store *store, const struct item *item,
                         struct negative *const *negatives, int count, struct err *err)
{
  struct buf png = {0};
  bool is_original = !strcmp(cli_text(cli, "save-picture"), "original");
  bool ok = is_original ? original_png(item, &png, err)
                        : intervened_png(store, negatives, count, item->key, &png, err);
  ok = ok && path_write(cli->operands[2], png.data, png.size, err);
  buf_free(&png);
  return ok;
}

static bool check_operands(const struct cli *cli, struct err *err)
{
  bool saves = cli_given(cli, "save-picture"), has_file = cli->operand_count == 3;
  if (saves && !has_file)
    return err_set(err, EX_USAGE, "show: --save-picture %s needs a file to write: FILE.png",
                   cli_text(cli, "save-picture"));
  if (!saves && has_file)
    return err_set(err, EX_USAGE, "show: \"%s\" is one too many; usage: neggen show WS ITEM",
                   cli->operands[2]);
  return true;
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct negative **negatives = NULL;
  struct item *item = NULL;
  struct store *store = NULL;
  int count = 0, status = 0;
  bool ok = check_operands(cli, &err) &&
            (store = store_open(cli->operands[0], STORE_READ, &err)) != NULL &&
            (item = item_find(store, cli->operands[1], &err)) != NULL &&
            negatives_of(store, item->key, &negatives, &count, &err);
  if (ok && cli_given(cli, "save-picture"))
    ok = save_picture(cli, store, item, negatives, count, &err);
  else if (ok && cli->is_json)
    status = cli_print_json(all_json(store, item, negatives, count));
  else if (ok)
    print_all(store, item, negatives, count, cli_flag(cli, "all"));
  if (!ok)
    status = cli_fail(&err);
  negatives_free(negatives, count);
  item_free(item);
  store_close(store);
  return cli_finish(status);
}

static const struct option_row options[] = {
  {"all", 'a', OPTION_FLAG, NULL, NULL, 0, 0, "every candidate, not the newest alone"},
  {"save-picture", 0, OPTION_CHOICE, "original|intervened", NULL, 0, 0,
   "write that picture to FILE.png instead"},
  {0},
};

const struct command_row command_show = {
  .name = "show",
  .usage = "WS ITEM [FILE.png]",
  .help = "show both sides of an item: what was changed, how evenly, and what the checks say",
  .min_operands = 2,
  .max_operands = 3,
  .options = options,
  .run = run,
};
