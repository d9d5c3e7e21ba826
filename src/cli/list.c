/* list.c - the items of a workspace, a line each
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "store/negative.h"

enum { PAGE = 256 };

static const char *state_of(const struct item_row *row)
{
  if (row->decision)
    return decision_names[row->decision];
  return row->has_valid ? "valid" : row->candidates ? "not valid" : "";
}

static void print_row(const struct item_row *row, struct buf *line)
{
  char balance[16] = "";
  if (!isnan(row->balance))
    snprintf(balance, sizeof balance, "%.2f", row->balance);
  column_add(line, row->key, 8);
  buf_str(line, "  ");
  column_add(line, row->title, 26);
  buf_str(line, "  ");
  column_add(line, row->detail, 24);
  buf_printf(line, "  %-9s %5s", state_of(row), balance);
  column_end(line);
}

static cJSON *row_json(const struct item_row *row)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "key", row->key);
  json_add_str(json, "title", row->title);
  json_add_str(json, "detail", row->detail);
  json_add_bool(json, "picture", row->has_picture);
  json_add_int(json, "candidates", row->candidates);
  json_add_bool(json, "valid", row->has_valid);
  json_add_str(json, "verdict", decision_names[row->decision]);
  json_add_num(json, "balance", row->balance);
  return json;
}

/* Page by page; rows go to items as JSON, or to stdout. */
static bool walk(struct store *store, const char *text, int64_t limit, cJSON *items,
                 struct err *err)
{
  struct item_page page;
  struct buf line = {0};
  int64_t from = -1, left = limit;
  bool ok;
  do {
    int size = left < PAGE ? (int)left : PAGE;
    ok = item_page_load(store, from, false, size, text, &page, err);
    if (!ok)
      break;
    for (int k = 0; k < page.count; k++) {
      if (items)
        cJSON_AddItemToArray(items, row_json(&page.rows[k]));
      else
        print_row(&page.rows[k], &line);
      from = page.rows[k].id;
    }
    left -= page.count;
    size = page.count;
    item_page_free(&page);
    if (size < PAGE)
      break;
  } while (left > 0 && !cli_interrupted() && !ferror(stdout));
  buf_free(&line);
  return ok;
}

static int run(struct cli *cli)
{
  struct err err = {0};
  int status = 0;
  cJSON *json = cli->is_json ? cJSON_CreateObject() : NULL;
  cJSON *items = json ? json_add_array(json, "items") : NULL;
  int64_t limit = cli_given(cli, "limit") ? cli_int(cli, "limit") : INT64_MAX;
  struct store *store = store_open(cli->operands[0], STORE_READ, &err);
  cli_catch_interrupt();
  if (!store || !walk(store, cli_text(cli, "where"), limit, items, &err)) {
    cJSON_Delete(json);
    status = cli_fail(&err);
  } else if (json) {
    status = cli_print_json(json);
  }
  store_close(store);
  return cli_finish(status);
}

static const struct option_row options[] = {
  {"where", 0, OPTION_TEXT, "TEXT", NULL, 0, 0,
   "only items whose key, title or an attribute holds TEXT"},
  {"limit", 'n', OPTION_INT, "N", NULL, 0, 9007199254740991, "at most N items"},
  {0},
};

const struct command_row command_list = {
  .name = "list",
  .usage = "WS",
  .help = "list items with what was made of them",
  .min_operands = 1,
  .max_operands = 1,
  .options = options,
  .run = run,
};
