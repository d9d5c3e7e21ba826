/* batch_export.c - questions into files, and into the workspace that has to know them again
 *
 * Rows are written before a file has its name: a file without rows would hold answers that
 * nobody can place, rows without a file are only asked again.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "gen/batch.h"
#include "store/batch.h"

enum { ROWS_AT_ONCE = 64 };

/* A file being written. */
struct part {
  struct path_new file;
  char *path;
  int64_t id, requests, bytes;
};

struct writer {
  struct store *store;
  const struct batch_export *options;
  struct batch_exported *out;
  char *path; /* from the root on: it is looked for again from anywhere */
  struct part *parts;
  int count, room;
  struct batch_line rows[ROWS_AT_ONCE]; /* that are not in the workspace yet */
  int row_count;
  char *completing; /* the item whose completion was written last */
  bool is_broken;
  struct err broken;
};

/* One at a time: where bulk asks whether to go on, there is no way to hand it over. */
static struct writer *writing;

static bool is_cancelled(void)
{
  const struct bulk_options *bulk = &writing->options->bulk;
  return writing->is_broken || (bulk->is_cancelled && bulk->is_cancelled());
}

/* ---- files */

static char *path_from_root(const char *path)
{
  char *here = get_current_dir_name(), *whole = path_join(here ? here : "", path);
  free(here);
  return whole;
}

/* FILE.jsonl, FILE-2.jsonl, ... */
static char *part_path(const char *path, int number)
{
  const char *name = path_base(path), *dot = strrchr(name, '.');
  size_t stem = dot && dot > name ? (size_t)(dot - path) : strlen(path);
  return number == 1 ? mem_strdup(path)
                     : mem_printf("%.*s-%d%s", (int)stem, path, number, path + stem);
}

static bool open_part(struct writer *writer, struct err *err)
{
  const struct bulk_options *bulk = &writer->options->bulk;
  struct part part = {.path = part_path(writer->path, writer->count + 1)};
  struct batch_file row = {.path = part.path, .model = (char *)(size_t)bulk->gen.server.model,
                           .templates = bulk->gen.templates, .created = clock_wall(),
                           .picture_side = bulk->gen.server.picture_side,
                           .repairs = bulk->gen.repairs, .balance_rounds = bulk->gen.balance_rounds};
  bool ok = !path_is_file(part.path) ||
            err_set(err, EX_CANTCREAT, "%s is there already: an export takes a new name", part.path);
  ok = ok && path_new_open(&part.file, part.path, err);
  if (ok && !batch_file_add(writer->store, &row, err)) {
    path_new_abandon(&part.file);
    ok = false;
  }
  part.id = row.id;
  if (ok)
    VEC_PUSH(writer->parts, writer->count, writer->room) = part;
  else
    free(part.path);
  return ok;
}

/* The file that the next line of this size goes to; NULL with an error. */
static struct part *part_for(struct writer *writer, size_t size, struct err *err)
{
  const struct part *last = writer->count ? &writer->parts[writer->count - 1] : NULL;
  bool is_full = !last || last->requests == writer->options->file_requests ||
                 (last->requests && last->bytes + (int64_t)size > writer->options->file_bytes);
  if (is_full && !open_part(writer, err))
    return NULL;
  return &writer->parts[writer->count - 1];
}

/* ---- lines */

static void forget_rows(struct writer *writer)
{
  for (int k = 0; k < writer->row_count; k++) {
    free(writer->rows[k].hash);
    free(writer->rows[k].item);
    free(writer->rows[k].template_name);
    free(writer->rows[k].body);
  }
  writer->row_count = 0;
}

static bool save_rows(struct writer *writer, struct err *err)
{
  bool ok = store_begin(writer->store, err);
  for (int k = 0; k < writer->row_count && ok; k++)
    ok = batch_line_add(writer->store, &writer->rows[k], err);
  if (ok)
    ok = store_commit(writer->store, err);
  else
    store_rollback(writer->store);
  forget_rows(writer);
  return ok;
}

static bool write_line(struct writer *writer, const struct question *question, struct chat *chat,
                       struct err *err)
{
  char *record, *body = chat_body(chat, &writer->options->style, &record);
  char *line = mem_printf("{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
                          "\"body\":%s}\n", chat->hash, body);
  size_t size = strlen(line);
  struct part *part = part_for(writer, size, err);
  bool ok = part && (fwrite(line, 1, size, part->file.stream) == size ||
                     err_errno(err, EX_IOERR, "cannot write %s", part->path));
  if (ok) {
    part->requests++;
    part->bytes += (int64_t)size;
    writer->rows[writer->row_count++] = (struct batch_line){
      .hash = mem_strdup(chat->hash), .item = mem_strdup(question->item->key),
      .template_name = mem_strdup(question->template_name), .body = record, .file = part->id,
      .seed = question->candidate_seed,
    };
    record = NULL;
    ok = writer->row_count < ROWS_AT_ONCE || save_rows(writer, err);
  }
  free(record);
  free(body);
  free(line);
  return ok;
}

/* The prompt of a completion tells what the item's other candidates chose: while one of them waits, the next
 * one is not ready, or its answer would be to a question that is another by then. */
static bool is_ready(struct writer *writer, const struct question *question)
{
  const char *item = question->item->key;
  if (strcmp(question->template_name, template_names[COMPLETE]))
    return true;
  if ((writer->completing && !strcmp(writer->completing, item)) ||
      (!writer->options->is_again && batch_line_other_waits(writer->store, item, question->template_name,
                                                            question->candidate_seed)))
    return false;
  free(writer->completing);
  writer->completing = mem_strdup(item);
  return true;
}

static bool take(void *user, const struct question *question, struct chat *chat, struct err *err)
{
  struct writer *writer = user;
  if (!writer->options->is_again && batch_line_waits(writer->store, chat->hash)) {
    writer->out->before++;
    return true;
  }
  if (!is_ready(writer, question) || write_line(writer, question, chat, err))
    return true;
  writer->is_broken = true;
  writer->broken = *err;
  return false;
}

/* ---- the end */

static bool finish(struct writer *writer, struct err *err)
{
  bool ok = save_rows(writer, err);
  writer->out->paths = mem_zero((size_t)writer->count + 1, sizeof *writer->out->paths);
  for (int k = 0; k < writer->count && ok; k++) {
    struct part *part = &writer->parts[k];
    ok = path_new_commit(&part->file, err) && batch_file_whole(writer->store, part->id, err);
    if (!ok)
      continue;
    writer->out->paths[writer->out->count++] = mem_strdup(part->path);
    writer->out->requests += part->requests;
    writer->out->bytes += part->bytes;
  }
  return ok;
}

/* What did not come to its end is as if it had not been begun. */
static void writer_free(struct writer *writer)
{
  struct err ignored;
  forget_rows(writer);
  for (int k = 0; k < writer->count; k++) {
    if (k >= writer->out->count) {
      path_new_abandon(&writer->parts[k].file);
      batch_file_drop(writer->store, writer->parts[k].id, &ignored);
    }
    free(writer->parts[k].path);
  }
  free(writer->parts);
  free(writer->path);
  free(writer->completing);
}

bool batch_export(struct store *store, const struct batch_export *options, struct batch_exported *out,
                  struct err *err)
{
  struct writer writer = {.store = store, .options = options, .out = out,
                          .path = path_from_root(options->path)};
  const struct later later = {.take = take, .user = &writer};
  struct bulk_options bulk = options->bulk;
  bulk.gen.backend = &batch_row;
  bulk.gen.server.later = &later;
  bulk.gen.is_looking = true;
  bulk.is_cancelled = is_cancelled;
  writing = &writer;
  bool ok = bulk_run(store, &bulk, &out->totals, err);
  if (ok && writer.is_broken) {
    *err = writer.broken;
    ok = false;
  } else if (ok && is_cancelled()) {
    ok = err_set(err, EX_INTERRUPT, "stopped; no file was written");
  }
  ok = ok && finish(&writer, err);
  writer_free(&writer);
  return ok;
}

void batch_exported_free(struct batch_exported *out)
{
  for (int k = 0; k < out->count; k++)
    free(out->paths[k]);
  free(out->paths);
  *out = (struct batch_exported){0};
}
