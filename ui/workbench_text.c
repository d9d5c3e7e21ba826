/* workbench_text.c - a run of a template as lines: messages, answers, checks, and what differs
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "workbench.h"

void short_hash(const char *hash, char out[9])
{
  strncpy(out, hash ? hash : "", 8);
  out[8] = '\0';
}

/* ---- messages */

/* A part's text made fit for the screen, piece by piece, so that its fields keep their places. */
static char *clean_part(const cJSON *messages, int part, struct span **fields, size_t *count,
                        struct buf *names)
{
  const char *text = json_str(messages, part ? "user" : "system");
  struct buf out = {0};
  size_t room = 0, at = 0, size = strlen(text ? text : "");
  const cJSON *mark;
  *fields = NULL;
  *count = 0;
  buf_str(&out, "");
  cJSON_ArrayForEach(mark, json_get(messages, "marks")) {
    size_t start = (size_t)cJSON_GetNumberValue(cJSON_GetArrayItem(mark, 1));
    size_t end = start + (size_t)cJSON_GetNumberValue(cJSON_GetArrayItem(mark, 2));
    const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(mark, 3));
    if ((int)cJSON_GetNumberValue(cJSON_GetArrayItem(mark, 0)) != part || start < at || end > size)
      continue;
    char *before = mem_strndup(text + at, start - at), *value = mem_strndup(text + start, end - start);
    char *clean_before = utf8_clean(before, true), *clean_value = utf8_clean(value, true);
    buf_str(&out, clean_before);
    VEC_PUSH(*fields, *count, room) = (struct span){out.size, strlen(clean_value)};
    buf_str(&out, clean_value);
    buf_printf(names, "%s%s", names->size ? ", " : "", name ? name : "?");
    free(before);
    free(value);
    free(clean_before);
    free(clean_value);
    at = end;
  }
  char *rest = utf8_clean(text ? text + at : "", true);
  buf_str(&out, rest);
  free(rest);
  return buf_take(&out);
}

void workbench_messages(const struct run_view *view, int width, struct lines *out, int *picture_at)
{
  static const char *const titles[2] = {"SYSTEM", "USER"};
  const cJSON *picture = json_get(view->messages, "picture");
  *picture_at = -1;
  for (int part = 0; view->messages && part < 2; part++) {
    struct span *fields;
    size_t count;
    struct buf names = {0};
    char *text = clean_part(view->messages, part, &fields, &count, &names);
    lines_format(out, width, C_GROUP, count ? "%s  [fields]: %s" : "%s", titles[part], names.data);
    lines_add(out, text, fields, count, width, C_NORMAL, C_NEW);
    lines_pad(out, out->count + 1);
    buf_free(&names);
    free(fields);
    free(text);
  }
  if (!cJSON_IsObject(picture))
    return;
  lines_format(out, width, C_GROUP, "PICTURE  as sent: PNG, %.0fx%.0f pixels",
               json_num(picture, "width", 0), json_num(picture, "height", 0));
  *picture_at = out->count;
}

/* ---- answers */

/* Where byte `at` of a text is once it was cleaned. */
static size_t place_in_clean(const char *text, size_t at)
{
  char *before = mem_strndup(text, at), *clean = utf8_clean(before, true);
  size_t place = strlen(clean);
  free(before);
  free(clean);
  return place;
}

/* Faults from the last to the first, so that carets move no place that is still to come. */
static void point_at_faults(struct lines *out, int first, const char *reply, const cJSON *faults,
                            int width)
{
  for (int k = cJSON_GetArraySize(faults); k-- > 0;) {
    const cJSON *fault = cJSON_GetArrayItem(faults, k);
    char *clean = utf8_clean(json_str(fault, "what"), false);
    char *what = mem_printf("%.0f:%.0f %s", json_num(fault, "line", 0), json_num(fault, "column", 0),
                            clean);
    size_t at = (size_t)json_num(fault, "at", 0), size = strlen(reply);
    lines_point(out, first, place_in_clean(reply, at < size ? at : size), width, what);
    free(what);
    free(clean);
  }
}

/* "412+96 tokens, first byte 0.21 s, 1.30 s in all"; "from the record, nothing was sent". */
static char *cost_of(const cJSON *round)
{
  struct buf out = {0};
  double in = json_num(round, "tokens_in", NAN), made = json_num(round, "tokens_out", NAN);
  double first = json_num(round, "first_seconds", NAN);
  const char *finish = json_str(round, "finish_reason");
  if (!isnan(in) && !isnan(made))
    buf_printf(&out, "%.0f+%.0f tokens, ", in, made);
  if (json_bool(round, "cached", false)) {
    buf_str(&out, "from the record: nothing was sent");
  } else {
    if (!isnan(first))
      buf_printf(&out, "first byte %.2f s, ", first);
    buf_printf(&out, "%.2f s in all", json_num(round, "seconds", 0));
  }
  if (finish && strcmp(finish, "stop"))
    buf_printf(&out, ", ended by \"%s\"", finish);
  return buf_take(&out);
}

static void add_round(struct lines *out, const cJSON *round, int number, int count, int width)
{
  const char *reply = json_str(round, "reply"), *reason = json_str(round, "reason");
  const cJSON *faults = json_get(round, "faults");
  char *title = count > 1 ? mem_printf("REPLY %d of %d", number, count) : mem_strdup("REPLY");
  char *cost = cost_of(round), *clean = utf8_clean(reply ? reply : "", true);
  lines_format(out, width, reason ? C_BAD : C_GROUP, "%s%s", title, reason ? ", of no use" : "");
  int first = out->count;
  if (reply) {
    lines_add(out, clean, NULL, 0, width, C_NORMAL, C_NORMAL);
    point_at_faults(out, first, reply, faults, width);
  } else {
    lines_format(out, width, C_DIM, "(nothing came)");
  }
  if (reason && !cJSON_GetArraySize(faults))
    lines_format(out, width, C_BAD, "%s", reason);
  lines_format(out, width, C_DIM, "%s", cost);
  lines_pad(out, out->count + 1);
  free(clean);
  free(cost);
  free(title);
}

static void add_checks(struct lines *out, const cJSON *checks, int width)
{
  const cJSON *check;
  if (cJSON_GetArraySize(checks))
    lines_format(out, width, C_GROUP, "CHECKS");
  cJSON_ArrayForEach(check, checks) {
    bool is_passed = json_bool(check, "passed", false), is_flag = json_bool(check, "flag", false);
    const char *reason = json_str(check, "reason"), *name = json_str(check, "name");
    lines_format(out, width, is_passed ? C_GOOD : is_flag ? C_WARN : C_BAD, "%c %s%s%s",
                 is_passed ? '+' : is_flag ? '?' : '-', name ? name : "", reason ? ": " : "",
                 reason ? reason : "");
  }
}

static void add_outcome(struct lines *out, const struct trial *trial, int width)
{
  bool is_candidate = trial->checks != NULL;
  if (trial->reason && !is_candidate)
    lines_format(out, width, C_BAD, "failed: %s", trial->reason);
  else if (is_candidate)
    lines_format(out, width, trial->is_valid ? C_GOOD : C_BAD, "%s%s",
                 trial->is_valid ? "valid" : "not valid", trial->negative ? "" : ", not kept as a candidate");
  else
    lines_format(out, width, C_GOOD, "read without fault");
  if (isfinite(trial->balance))
    lines_format(out, width, C_NORMAL, "balance %.2f", trial->balance);
  if (trial->negative)
    lines_format(out, width, C_DIM, "candidate %lld of the item", (long long)trial->negative);
}

void workbench_reply(const struct workbench *bench, const struct run_view *view, int width,
                     struct lines *out)
{
  const cJSON *round;
  int number = 0, count = cJSON_GetArraySize(view->rounds);
  cJSON_ArrayForEach(round, view->rounds)
    add_round(out, round, ++number, count, width);
  if (view->trial) {
    add_checks(out, view->checks, width);
    add_outcome(out, view->trial, width);
  } else if (bench->is_asking) {
    lines_format(out, width, C_WARN, "REPLY  %s", bench->state ? bench->state : "waiting for the first byte");
    if (bench->partial) {
      char *clean = utf8_clean(bench->partial, true);
      lines_add(out, clean, NULL, 0, width, C_NORMAL, C_NORMAL);
      free(clean);
    }
  } else if (!count) {
    lines_format(out, width, C_DIM, "not asked yet: g asks");
  }
}

/* ---- two runs side by side */

static void pad_both(struct lines sides[2])
{
  int most = sides[0].count > sides[1].count ? sides[0].count : sides[1].count;
  lines_pad(&sides[0], most);
  lines_pad(&sides[1], most);
}

static void differ_texts(struct lines sides[2], const char *title, const char *const texts[2], int width)
{
  struct span *marks[2];
  size_t counts[2];
  char *clean[2];
  for (int k = 0; k < 2; k++)
    clean[k] = utf8_clean(texts[k] ? texts[k] : "", true);
  text_diff(clean[0], clean[1], &marks[0], &counts[0], &marks[1], &counts[1]);
  bool is_same = !strcmp(clean[0], clean[1]);
  for (int k = 0; k < 2; k++) {
    lines_format(&sides[k], width, C_GROUP, "%s%s", title, is_same ? "  the same in both" : "");
    if (!is_same)
      lines_add(&sides[k], clean[k], marks[k], counts[k], width, C_NORMAL, k ? C_NEW : C_OLD);
    free(marks[k]);
    free(clean[k]);
  }
  pad_both(sides);
}

static const char *last_reply(const struct run_view *view)
{
  int count = cJSON_GetArraySize(view->rounds);
  return count ? json_str(cJSON_GetArrayItem(view->rounds, count - 1), "reply") : NULL;
}

void workbench_differ(const struct run_view views[2], int width, struct lines sides[2])
{
  for (int k = 0; k < 2; k++) {
    const struct trial *trial = views[k].trial;
    char hash[9];
    short_hash(trial->version, hash);
    lines_format(&sides[k], width, C_TITLE, "%s %lld  %s  %s", k ? "shown: run" : "marked: run",
                 (long long)trial->id, hash, trial->model);
  }
  pad_both(sides);
  const char *systems[2], *users[2], *replies[2];
  for (int k = 0; k < 2; k++) {
    systems[k] = json_str(views[k].messages, "system");
    users[k] = json_str(views[k].messages, "user");
    replies[k] = last_reply(&views[k]);
  }
  differ_texts(sides, "REPLY", replies, width);
  for (int k = 0; k < 2; k++) {
    add_checks(&sides[k], views[k].checks, width);
    add_outcome(&sides[k], views[k].trial, width);
    int count = cJSON_GetArraySize(views[k].rounds);
    char *cost = cost_of(cJSON_GetArrayItem(views[k].rounds, count - 1));
    lines_format(&sides[k], width, C_DIM, "%s", cost);
    free(cost);
  }
  pad_both(sides);
  differ_texts(sides, "USER", users, width);
  differ_texts(sides, "SYSTEM", systems, width);
}
