/* batch.c - questions for a model as files, and its answers back
 *
 *   export WS FILE [ITEM...]   write the questions that are ready now
 *   import WS FILE...          take answers, and the items on from there
 *   status WS                  what was written, and what has come of it
 *   record WS FILE [ITEM...]   the exchanges that are kept, as answers for --backend replay
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/replies.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/rounds.h"
#include "cli/server.h"
#include "gen/batch.h"
#include "store/batch.h"

enum { LINES_TOLD = 20, PAGE = 256 };

/* ---- export */

/* "2/3" */
static bool read_shard(struct cli *cli, struct bulk_options *bulk, struct err *err)
{
  const char *text = cli_text(cli, "shard");
  int end = 0;
  if (!text)
    return true;
  if (sscanf(text, "%d/%d%n", &bulk->shard, &bulk->shards, &end) == 2 && !text[end] &&
      bulk->shard >= 1 && bulk->shard <= bulk->shards && bulk->shards <= 100000)
    return true;
  return err_set(err, EX_USAGE, "--shard takes a part and their number, such as 1/4, not \"%s\"", text);
}

static bool read_export(struct cli *cli, struct batch_export *options, struct err *err)
{
  struct bulk_options *bulk = &options->bulk;
  *options = (struct batch_export){
    .bulk = {.items = (const char *const *)cli->operands + 3,
             .item_count = cli->operand_count - 3,
             .where = cli_text(cli, "where"),
             .count = (int)cli_int(cli, "count"),
             .seed = (uint64_t)cli_int(cli, "seed"),
             .jobs = 1,
             .is_cancelled = cli_interrupted},
    .path = cli->operands[2],
    .style = {.kind = server_kind_of_owner(cli_text(cli, "for")),
              .format = (enum chat_format)chat_format_named(cli_text(cli, "response-format"))},
    .file_requests = cli_int(cli, "file-requests"),
    .file_bytes = cli_int(cli, "file-mb") * 1000000,
    .is_again = cli_flag(cli, "again"),
  };
  rounds_read(cli, &bulk->gen);
  bulk->gen.server = (struct backend_options){.model = cli_text(cli, "model"),
                                              .picture_side = (int)cli_int(cli, "picture-side")};
  if (bulk->where && bulk->item_count)
    return err_set(err, EX_USAGE, "batch export: items are named, or found by --where, not both");
  return batch_row.ops->check(&bulk->gen.server, err) &&
         templates_read(cli, &bulk->gen.templates, err) && read_shard(cli, bulk, err);
}

static void on_export_event(void *user, const struct gen_event *event,
                            const struct bulk_totals *totals)
{
  if (event->state == GEN_ITEM || event->state == GEN_WAITING)
    progress_show(user, totals->done, NULL);
}

static void add_totals(cJSON *json, const struct bulk_totals *totals)
{
  json_add_int(json, "items", totals->total);
  json_add_int(json, "valid", totals->valid);
  json_add_int(json, "failed", totals->failed);
  json_add_int(json, "cached", totals->cached);
  json_add_int(json, "waiting", totals->waiting);
}

static int report_export(struct cli *cli, const struct batch_exported *out)
{
  char number[FIGURE], before[FIGURE], there[FIGURE], failed[FIGURE];
  if (cli->is_json) {
    cJSON *json = cJSON_CreateObject(), *files = json_add_array(json, "files");
    for (int k = 0; k < out->count; k++)
      cJSON_AddItemToArray(files, cJSON_CreateString(out->paths[k]));
    json_add_int(json, "requests", out->requests);
    json_add_int(json, "bytes", out->bytes);
    json_add_int(json, "before", out->before);
    add_totals(json, &out->totals);
    return cli_print_json(json);
  }
  if (cli->is_quiet)
    return 0;
  for (int k = 0; k < out->count; k++)
    puts(out->paths[k]);
  printf("%s questions in %d file%s, %.1f MB", figure(out->requests, number), out->count,
         out->count == 1 ? "" : "s", (double)out->bytes * 1e-6);
  printf("; %s wait in files of before, %s items are there already, %s failed\n",
         figure(out->before, before), figure(out->totals.cached + out->totals.valid, there),
         figure(out->totals.failed, failed));
  return 0;
}

static int export(struct cli *cli, struct store *store, struct err *err)
{
  struct batch_export options;
  struct batch_exported out = {0};
  struct progress progress;
  if (!read_export(cli, &options, err) || !bulk_count(store, &options.bulk, &out.totals.total, err))
    return cli_fail(err);
  options.bulk.listener = on_export_event;
  options.bulk.user = &progress;
  progress_start(&progress, cli->progress, "writing", "items", out.totals.total);
  bool ok = batch_export(store, &options, &out, err);
  progress_end(&progress);
  int status = ok ? report_export(cli, &out) : cli_fail(err);
  batch_exported_free(&out);
  return status;
}

/* ---- import */

struct told {
  struct cli *cli;
  int64_t count;
};

/* The first of them; what a file holds does not reach a terminal raw. */
static void tell(struct told *told, const char *what)
{
  if (told->count++ >= LINES_TOLD || told->cli->is_quiet)
    return;
  char *clean = utf8_clean(what, false);
  fprintf(stderr, "neggen: %s\n", clean);
  free(clean);
}

static void on_line(void *user, const char *what) { tell(user, what); }

static void on_import_event(void *user, const struct gen_event *event,
                            const struct bulk_totals *totals)
{
  (void)totals;
  if (event->state != GEN_ITEM || !event->reason)
    return;
  char *line = mem_printf("%s: %s", event->item, event->reason);
  tell(user, line);
  free(line);
}

static int report_import(struct cli *cli, const struct batch_imported *in)
{
  char a[FIGURE], b[FIGURE], c[FIGURE], d[FIGURE], e[FIGURE];
  const struct bulk_totals *totals = &in->totals;
  if (cli->is_json) {
    cJSON *json = cJSON_CreateObject();
    json_add_int(json, "lines", in->lines);
    json_add_int(json, "answered", in->answered);
    json_add_int(json, "unanswered", in->failed);
    json_add_int(json, "doubled", in->doubled);
    json_add_int(json, "foreign", in->foreign);
    json_add_int(json, "bad", in->bad);
    add_totals(json, totals);
    return cli_print_json(json);
  }
  if (cli->is_quiet)
    return 0;
  printf("%s answers taken, %s there already, %s requests failed, %s to no question of this workspace, "
         "%s bad lines\n", figure(in->answered, a), figure(in->doubled, b), figure(in->failed, c),
         figure(in->foreign, d), figure(in->bad, e));
  printf("%s items went on: %s valid, %s failed, %s there already, %s ready for the next export\n",
         figure(totals->done, a), figure(totals->valid, b), figure(totals->failed, c),
         figure(totals->cached, d), figure(totals->waiting, e));
  return 0;
}

static int import(struct cli *cli, struct store *store, struct err *err)
{
  struct told told = {.cli = cli};
  struct batch_imported in;
  const struct batch_import options = {.is_cancelled = cli_interrupted, .on_line = on_line,
                                       .listener = on_import_event, .user = &told};
  if (!batch_import(store, (const char *const *)cli->operands + 2, cli->operand_count - 2, &options,
                    &in, err))
    return cli_fail(err);
  if (told.count > LINES_TOLD && !cli->is_quiet)
    fprintf(stderr, "neggen: and %lld more\n", (long long)(told.count - LINES_TOLD));
  int status = report_import(cli, &in);
  if (cli_interrupted()) {
    err_set(err, EX_INTERRUPT, "stopped; the same command goes on from there");
    return cli_fail(err);
  }
  return status ? status : in.bad ? EX_DATAERR : 0;
}

/* ---- status */

static void print_file(const struct batch_file *file)
{
  char *clean = utf8_clean(file->path, false), waiting[FIGURE], answered[FIGURE], failed[FIGURE];
  printf("%9s wait  %9s answered  %9s failed  %s%s\n", figure(file->counts[BATCH_WAITING], waiting),
         figure(file->counts[BATCH_ANSWERED], answered), figure(file->counts[BATCH_FAILED], failed),
         clean, file->is_whole ? "" : "  (not finished: it holds nothing up)");
  free(clean);
}

static cJSON *file_json(const struct batch_file *file)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "path", file->path);
  json_add_str(json, "model", file->model);
  json_add_int(json, "created", file->created);
  json_add_bool(json, "whole", file->is_whole);
  json_add_int(json, "waiting", file->counts[BATCH_WAITING]);
  json_add_int(json, "answered", file->counts[BATCH_ANSWERED]);
  json_add_int(json, "failed", file->counts[BATCH_FAILED]);
  return json;
}

static int status(struct cli *cli, struct store *store, struct err *err)
{
  struct batch_file *files;
  int count;
  if (!batch_files(store, &files, &count, err))
    return cli_fail(err);
  cJSON *json = cJSON_CreateObject(), *array = json_add_array(json, "files");
  for (int k = 0; k < count; k++)
    if (cli->is_json)
      cJSON_AddItemToArray(array, file_json(&files[k]));
    else
      print_file(&files[k]);
  if (!count && !cli->is_json && !cli->is_quiet)
    puts("no batch file was written: neggen batch export WS FILE --model NAME");
  batch_files_free(files, count);
  if (cli->is_json)
    return cli_print_json(json);
  cJSON_Delete(json);
  return 0;
}

/* ---- record */

static bool is_named(const struct cli *cli, const char *item)
{
  for (int k = 3; k < cli->operand_count; k++)
    if (item && !strcmp(cli->operands[k], item))
      return true;
  return cli->operand_count == 3;
}

/* One page of exchanges; *last becomes the id of its last one. False at the end, or with an error. */
static bool record_page(struct cli *cli, struct store *store, FILE *out, int64_t *last, int64_t *written,
                        struct err *err)
{
  struct request **requests;
  int count;
  if (!requests_after(store, *last, PAGE, &requests, &count, err))
    return false;
  for (int k = 0; k < count; k++) {
    char *line = is_named(cli, requests[k]->item) ? reply_line_text(requests[k]) : NULL;
    bool fits = line && strlen(line) < LINE_MAX_BYTES;
    if (fits)
      fputs(line, out);
    *written += fits;
    *last = requests[k]->id;
    free(line);
  }
  requests_free(requests, count);
  return count > 0 && !ferror(out);
}

static int record(struct cli *cli, struct store *store, struct err *err)
{
  struct path_new file;
  int64_t last = 0, written = 0;
  char number[FIGURE];
  if (!path_new_open(&file, cli->operands[2], err))
    return cli_fail(err);
  while (record_page(cli, store, file.stream, &last, &written, err) && !cli_interrupted())
    ;
  if (cli_interrupted() && !err->code)
    err_set(err, EX_INTERRUPT, "stopped; %s was not written", cli->operands[2]);
  if (err->code)
    path_new_abandon(&file);
  else
    path_new_commit(&file, err);
  if (err->code)
    return cli_fail(err);
  if (cli->is_json) {
    cJSON *json = cJSON_CreateObject();
    json_add_int(json, "exchanges", written);
    return cli_print_json(json);
  }
  if (!cli->is_quiet)
    printf("%s exchanges\n", figure(written, number));
  return 0;
}

/* ---- which of them */

static const struct verb {
  const char *name, *usage;
  int least, most; /* operands behind it; most -1: any number */
  enum store_mode mode;
  int (*run)(struct cli *cli, struct store *store, struct err *err);
} verbs[] = {
  {"export", "batch export WS FILE [ITEM...]", 2, -1, STORE_WRITE, export},
  {"import", "batch import WS FILE...", 2, -1, STORE_WRITE, import},
  {"status", "batch status WS", 1, 1, STORE_READ, status},
  {"record", "batch record WS FILE [ITEM...]", 2, -1, STORE_READ, record},
};

static int run_verb(struct cli *cli, const struct verb *verb)
{
  struct err err = {0};
  int given = cli->operand_count - 1;
  if (given < verb->least || (verb->most >= 0 && given > verb->most)) {
    err_set(&err, EX_USAGE, "usage: neggen %s", verb->usage);
    return cli_fail(&err);
  }
  struct store *store = store_open(cli->operands[1], verb->mode, &err);
  if (!store)
    return cli_fail(&err);
  cli_catch_interrupt();
  int status = verb->run(cli, store, &err);
  store_close(store);
  return cli_finish(status);
}

static int run(struct cli *cli)
{
  struct err err;
  for (size_t k = 0; k < COUNT_OF(verbs); k++)
    if (!strcmp(verbs[k].name, cli->operands[0]))
      return run_verb(cli, &verbs[k]);
  err_set(&err, EX_USAGE, "batch: \"%s\" is none of export, import, status, record", cli->operands[0]);
  return cli_fail(&err);
}

static const struct option_row options[] = {
  {"model", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "export: the model that is to be asked"},
  {"for", 0, OPTION_CHOICE, "openai|vllm|llamacpp|other", "openai", 0, 0,
   "export: whose way of naming limits and switches the requests follow"},
  {"response-format", 0, OPTION_CHOICE, "json_schema|json_object|plain", "json_schema", 0, 0,
   "export: how the shape of replies is asked for"},
  {"where", 0, OPTION_TEXT, "TEXT", NULL, 0, 0,
   "export: for the items whose title, key or an attribute holds TEXT (else for all)"},
  {"shard", 0, OPTION_TEXT, "I/N", NULL, 0, 0,
   "export: only the I-th of N parts, which an item's key chooses"},
  TEMPLATES_OPTION,
  {"count", 0, OPTION_INT, "K", "1", 1, 100, "export: candidates an item"},
  {"seed", 0, OPTION_INT, "S", "42", 0, 9007199254740991, "export: of the first candidate; then S+1, ..."},
  ROUND_OPTIONS,
  {"picture-side", 0, OPTION_INT, "PIXELS", "768", 32, 4096,
   "export: pictures are written scaled down to this longest side"},
  {"file-requests", 0, OPTION_INT, "N", "50000", 1, 50000, "export: go on in another file after N"},
  {"file-mb", 0, OPTION_INT, "N", "200", 1, 100000, "export: ... or after N million bytes"},
  {"again", 0, OPTION_FLAG, NULL, NULL, 0, 0,
   "export: also what waits in files of before, which are given up"},
  {0},
};

const struct command_row command_batch = {
  .name = "batch",
  .usage = "export|import|status|record WS [FILE...] [ITEM...]",
  .help = "write questions into batch files, take answers from them",
  .min_operands = 2,
  .max_operands = -1,
  .options = options,
  .run = run,
};
