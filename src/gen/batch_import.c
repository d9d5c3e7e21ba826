/* batch_import.c - answers out of files into the record, and on from there
 *
 * Lines are kept as they come, several in a transaction; only then do their items go on. So an
 * import that dies is started again: what is in the record by then is not taken twice, and its
 * items go on all the same.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/record.h"
#include "backend/replies.h"
#include "base/clock.h"
#include "base/mem.h"
#include "gen/batch.h"
#include "store/batch.h"
#include "store/request.h"

enum { TRANSACTION_NS = 15000000 };

/* Items that go on, of one file that was exported. */
struct group {
  int64_t file;
  char **items;
  uint64_t *seeds;
  int count, item_room, seed_room;
};

struct importer {
  struct store *store;
  const struct batch_import *options;
  struct batch_imported *out;
  struct group *groups;
  int group_count, group_room;
  struct intern noted; /* candidates that are in a group */
  bool is_open; /* a transaction is */
  int64_t opened_ns;
};

/* ---- a line into the record */

/* The answer that a line is, as if it had come from a server. */
static void judge(const cJSON *asked, const struct reply_line *line, struct answer *answer)
{
  double most = json_num(asked, "max_completion_tokens", json_num(asked, "max_tokens", 0));
  *answer = (struct answer){.status = line->status, .tokens_in = -1, .tokens_out = -1};
  if (line->status == 200 && line->body) {
    record_body(line->body, (int)most, answer);
  } else if (line->status) {
    record_refusal(line->status, line->body ? line->body : line->error ? line->error : "", answer);
  } else {
    answer->problem = PROBLEM_BROKEN;
    err_set(&answer->err, EX_UNAVAILABLE, "%.900s", line->error);
  }
}

static bool is_answer(const struct answer *answer)
{
  return answer->is_ok || problem_rows[answer->problem].is_reply;
}

static bool keep(struct importer *importer, const struct batch_line *asked, const cJSON *body,
                 const struct reply_line *line, const struct answer *answer, struct err *err)
{
  struct request request = {
    .item = asked->item,
    .template_name = asked->template_name,
    .backend = (char *)(size_t)batch_row.name,
    .model = (char *)(size_t)json_str(body, "model"),
    .hash = asked->hash,
    .body = asked->body,
    .reply = line->body ? line->body : line->error,
    .status = line->status,
    .finish_reason = answer->finish_reason,
    .problem = (char *)(size_t)problem_rows[answer->problem].name,
    .error = answer->is_ok ? NULL : (char *)(size_t)answer->err.text,
    .started = clock_wall(),
    .seconds = NAN,
    .first_seconds = NAN,
    .tokens_in = answer->tokens_in,
    .tokens_out = answer->tokens_out,
  };
  bool is_good = is_answer(answer);
  bool ok = request_save(importer->store, &request, err) &&
            batch_line_settle(importer->store, asked->hash, is_good ? BATCH_ANSWERED : BATCH_FAILED,
                              is_good ? NULL : answer->err.text, err);
  importer->out->answered += ok && is_good;
  importer->out->failed += ok && !is_good;
  return ok;
}

/* ---- whose items go on */

static void note_item(struct importer *importer, const struct batch_line *asked)
{
  struct group *group = NULL;
  char *name = mem_printf("%lld %llu %s", (long long)asked->file, (unsigned long long)asked->seed,
                          asked->item);
  int known = importer->noted.count;
  bool is_new = intern_add(&importer->noted, name, strlen(name)) == known;
  free(name);
  if (!is_new)
    return;
  for (int k = importer->group_count; k-- > 0 && !group;)
    if (importer->groups[k].file == asked->file)
      group = &importer->groups[k];
  if (!group) {
    VEC_PUSH(importer->groups, importer->group_count, importer->group_room) =
      (struct group){.file = asked->file};
    group = &importer->groups[importer->group_count - 1];
  }
  int count = group->count;
  VEC_PUSH(group->items, count, group->item_room) = mem_strdup(asked->item);
  VEC_PUSH(group->seeds, group->count, group->seed_room) = asked->seed;
}

/* A failure that was told before is not kept again. */
static bool was_told(const struct batch_line *asked, const struct answer *answer)
{
  return asked->state == BATCH_FAILED && !is_answer(answer) && asked->error &&
         !strcmp(asked->error, answer->err.text);
}

static bool take_answer(struct importer *importer, const struct batch_line *asked,
                        const struct lines *lines, const struct reply_line *line, struct err *err)
{
  struct answer answer;
  cJSON *body = cJSON_Parse(asked->body ? asked->body : ""); /* as it was written: it is ours */
  bool ok = true;
  judge(body, line, &answer);
  if (was_told(asked, &answer))
    importer->out->doubled++;
  else
    ok = keep(importer, asked, body, line, &answer, err);
  cJSON_Delete(body);
  if (is_answer(&answer)) {
    note_item(importer, asked);
  } else {
    struct err why;
    lines_refuse(lines, 0, &why, "%s", answer.err.text);
    importer->options->on_line(importer->options->user, why.text);
  }
  answer_free(&answer);
  return ok;
}

static bool take_line(struct importer *importer, const struct lines *lines,
                      const struct reply_line *line, struct err *err)
{
  struct batch_line *asked = batch_line_find(importer->store, line->id, err);
  bool ok = asked || !err->code;
  if (!asked) {
    importer->out->foreign += ok;
  } else if (asked->state == BATCH_ANSWERED) {
    importer->out->doubled++;
    note_item(importer, asked);
  } else {
    ok = take_answer(importer, asked, lines, line, err);
  }
  batch_line_free(asked);
  return ok;
}

/* ---- files */

static bool commit(struct importer *importer, struct err *err)
{
  bool was_open = importer->is_open;
  importer->is_open = false;
  return !was_open || store_commit(importer->store, err);
}

static bool take_in_transaction(struct importer *importer, const struct lines *lines,
                                const struct reply_line *line, struct err *err)
{
  if (!importer->is_open) {
    if (!store_begin(importer->store, err))
      return false;
    importer->is_open = true;
    importer->opened_ns = clock_ns();
  }
  return take_line(importer, lines, line, err) &&
         (clock_ns() - importer->opened_ns < TRANSACTION_NS || commit(importer, err));
}

static bool read_file(struct importer *importer, const char *path, struct err *err)
{
  const struct batch_import *options = importer->options;
  struct lines lines;
  struct reply_line line;
  int step = 0;
  bool ok = true;
  if (!lines_open(&lines, path, err))
    return false;
  while (ok && !(options->is_cancelled && options->is_cancelled()) &&
         (step = reply_line_next(&lines, &line, err)) != 0) {
    importer->out->lines++;
    if (step == 1)
      ok = take_in_transaction(importer, &lines, &line, err);
    else
      ok = err->code == EX_DATAERR;
    if (step < 0 && ok) {
      importer->out->bad++;
      options->on_line(options->user, err->text);
    }
    reply_line_free(&line);
  }
  lines_close(&lines);
  if (ok)
    return commit(importer, err);
  if (importer->is_open)
    store_rollback(importer->store);
  return importer->is_open = false;
}

/* ---- on from there */

static void add_totals(struct bulk_totals *sum, const struct bulk_totals *part)
{
  sum->total += part->total;
  sum->done += part->done;
  sum->valid += part->valid;
  sum->failed += part->failed;
  sum->cached += part->cached;
  sum->waiting += part->waiting;
  sum->seconds += part->seconds;
  sum->balance_sum += part->balance_sum;
  sum->balance_count += part->balance_count;
}

static bool go_on(struct importer *importer, const struct group *group, struct err *err)
{
  const struct batch_import *options = importer->options;
  struct batch_file file;
  if (!batch_file_find(importer->store, group->file, &file, err))
    return false;
  struct bulk_options bulk = {
    .gen = {.backend = &batch_row, .templates = file.templates,
            .repairs = file.repairs, .balance_rounds = file.balance_rounds,
            .server = {.model = file.model, .picture_side = file.picture_side}},
    .items = (const char *const *)group->items,
    .seeds = group->seeds,
    .item_count = group->count,
    .count = 1,
    .jobs = 1,
    .is_cancelled = options->is_cancelled,
    .listener = options->listener,
    .user = options->user,
  };
  struct bulk_totals totals = {.total = group->count};
  bool ok = bulk_run(importer->store, &bulk, &totals, err);
  add_totals(&importer->out->totals, &totals);
  batch_file_free(&file);
  return ok;
}

bool batch_import(struct store *store, const char *const *paths, int count,
                  const struct batch_import *options, struct batch_imported *out, struct err *err)
{
  struct importer importer = {.store = store, .options = options, .out = out};
  bool ok = true;
  *out = (struct batch_imported){0};
  for (int k = 0; k < count && ok; k++)
    ok = read_file(&importer, paths[k], err);
  for (int k = 0; k < importer.group_count; k++) {
    struct group *group = &importer.groups[k];
    ok = ok && go_on(&importer, group, err);
    for (int i = 0; i < group->count; i++)
      free(group->items[i]);
    free(group->items);
    free(group->seeds);
  }
  free(importer.groups);
  intern_free(&importer.noted);
  return ok;
}
