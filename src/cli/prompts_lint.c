/* prompts_lint.c - what is wrong with templates, also beside a catalogue and a model
 *
 * Whether a prompt fits into a context is measured of the longest items: their prompts as they would
 * be sent, and a reply as long as it may be.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/chat.h"
#include "backend/http.h"
#include "backend/probe.h"
#include "base/mem.h"
#include "cli/figures.h"
#include "cli/prompts.h"
#include "cli/server.h"
#include "gen/gen.h"
#include "prompt/lint.h"
#include "store/item.h"

enum { PAGE = 256, LONGEST = 8, STEP_MS = 25 };

struct lint {
  struct cli *cli;
  const char *workspace; /* or NULL */
  struct server server;
  struct store *store;
  int64_t context; /* tokens; 0: unknown */
  char *items[LONGEST];
  size_t sizes[LONGEST]; /* of their documents, falling */
  cJSON *findings;
};

static void tell(struct lint *lint, const char *what)
{
  cJSON_AddItemToArray(lint->findings, cJSON_CreateString(what));
  if (!lint->cli->is_json)
    puts(what);
}

/* ---- the model's context */

/* What the server says of itself, for nothing: its list of models, and its properties. */
static bool ask_context(struct lint *lint, struct err *err)
{
  const struct backend_options *options = &lint->server.options;
  struct http *http = backend_http(options, CHAT_REPLY_MAX);
  struct probe probe;
  bool ok = true;
  probe_open(&probe, options->api_base, options->model);
  while (ok && probe.stage != PROBE_FORMAT) {
    struct http_result result;
    void *user;
    http_start(http, probe.url, NULL, NULL, NULL);
    bool is_there = false;
    while (!is_there && !cli_interrupted()) {
      http_wait(http, STEP_MS);
      is_there = http_finished(http, &user, &result);
    }
    ok = is_there || err_set(err, EX_INTERRUPT, "stopped");
    if (is_there && (result.problem || result.status != 200))
      ok = err_set(err, EX_UNAVAILABLE, "%s: %s", probe.url,
                   result.problem ? result.reason : "did not tell its models");
    if (ok)
      probe_take(&probe, &result);
    if (is_there)
      buf_free(&result.body);
  }
  lint->context = probe.facts.context;
  if (ok && !lint->context)
    ok = err_set(err, EX_UNAVAILABLE, "%s does not tell the context of %s: --context TOKENS",
                 options->api_base, options->model);
  probe_free(&probe);
  http_close(http);
  return ok;
}

static bool find_context(struct lint *lint, struct err *err)
{
  bool is_given = cli_given(lint->cli, "context"), is_asked = cli_given(lint->cli, "api-base");
  if (!server_read(lint->cli, is_asked && !is_given, &lint->server, err))
    return false;
  if (is_given)
    lint->context = cli_int(lint->cli, "context");
  return is_given || !is_asked ||
         (backend_named("openai")->ops->check(&lint->server.options, err) && ask_context(lint, err));
}

/* ---- the longest prompts */

static void note_size(struct lint *lint, const char *key, size_t size)
{
  int at = LONGEST;
  while (at > 0 && (!lint->items[at - 1] || lint->sizes[at - 1] < size))
    at--;
  if (at == LONGEST)
    return;
  free(lint->items[LONGEST - 1]);
  memmove(lint->items + at + 1, lint->items + at, sizeof *lint->items * (size_t)(LONGEST - 1 - at));
  memmove(lint->sizes + at + 1, lint->sizes + at, sizeof *lint->sizes * (size_t)(LONGEST - 1 - at));
  lint->items[at] = mem_strdup(key);
  lint->sizes[at] = size;
}

static bool find_longest(struct lint *lint, struct err *err)
{
  struct item_page page;
  struct buf document = {0};
  int64_t from = -1;
  bool ok = true;
  for (int count = PAGE; ok && count == PAGE && !cli_interrupted();) {
    ok = item_page_load(lint->store, from, false, PAGE, NULL, &page, err);
    count = ok ? page.count : 0;
    for (int k = 0; k < count && ok; k++) {
      struct item *item = item_find(lint->store, page.rows[k].key, err);
      ok = item != NULL;
      buf_clear(&document);
      if (ok)
        item_document(item, &document);
      note_size(lint, page.rows[k].key, document.size);
      from = page.rows[k].id;
      item_free(item);
    }
    if (ok)
      item_page_free(&page);
  }
  buf_free(&document);
  return ok;
}

/* The longest prompt of a template, of the items that it can be rendered for. False: of none, as when no item
 * has the reply that it builds on. */
static bool longest_prompt(struct lint *lint, enum template_index index, int64_t *most, const char **item)
{
  const struct gen_options options = {.backend = lint->server.row, .server = lint->server.options,
                                      .templates = 1u << index, .is_silent = true};
  struct err ignored;
  struct gen *gen = gen_open(lint->store, &options, NULL, NULL, &ignored);
  *most = -1;
  for (int k = 0; gen && k < LONGEST && lint->items[k]; k++) {
    int64_t tokens;
    if (gen_prompt_tokens(gen, index, lint->items[k], &tokens, &ignored) && tokens > *most) {
      *most = tokens;
      *item = lint->items[k];
    }
  }
  gen_close(gen, NULL);
  return *most >= 0;
}

static bool lint_context(struct lint *lint, enum template_index index)
{
  char a[FIGURE], b[FIGURE], c[FIGURE];
  const char *item = NULL;
  struct err ignored;
  int64_t tokens;
  struct prompt_template *prompt = template_load(lint->workspace, template_names[index], &ignored);
  if (!prompt)
    return false; /* it has a finding of its own */
  bool is_known = longest_prompt(lint, index, &tokens, &item);
  if (!is_known)
    tokens = (int64_t)(strlen(prompt->system) + strlen(prompt->user) + lint->sizes[0]) / 4;
  bool is_over = tokens + prompt->max_tokens > lint->context;
  if (is_over) {
    char *what = mem_printf("a prompt of about %s tokens%s%s%s (four bytes each) and a reply of %s do not "
                            "fit into a context of %s", figure(tokens, a), item ? " (\"" : "", item ? item : "",
                            item ? "\")" : "", figure(prompt->max_tokens, b), figure(lint->context, c));
    char *text = template_finding(prompt, template_place(prompt, "max_tokens:"), what);
    tell(lint, text);
    free(text);
    free(what);
  }
  template_free(prompt);
  return is_over;
}

/* ---- the command */

static int lint_one(struct lint *lint, enum template_index index)
{
  struct finding *findings;
  int count = template_lint(lint->workspace, template_names[index], &findings);
  for (int k = 0; k < count; k++)
    tell(lint, findings[k].text);
  findings_free(findings, count);
  return count + (lint->context && lint->store && lint_context(lint, index));
}

static bool read_operands(struct lint *lint, char *const *operands, int count, unsigned *templates,
                          struct err *err)
{
  *templates = count > 1 ? 0 : TEMPLATES_ALL;
  lint->workspace = count ? operands[0] : NULL;
  for (int k = 1; k < count; k++) {
    int index = template_named(operands[k]);
    if (index < 0)
      return err_set(err, EX_USAGE, "no template \"%s\": describe, mask, complete", operands[k]);
    *templates |= 1u << index;
  }
  return true;
}

int prompts_lint(struct cli *cli, char *const *operands, int count)
{
  struct lint lint = {.cli = cli};
  struct err err = {0};
  unsigned templates;
  int found = 0;
  cli_catch_interrupt();
  bool ok = read_operands(&lint, operands, count, &templates, &err) && find_context(&lint, &err) &&
            (!lint.workspace || (lint.store = store_open(lint.workspace, STORE_READ, &err))) &&
            (!lint.context || !lint.store || find_longest(&lint, &err));
  cJSON *json = cJSON_CreateObject();
  lint.findings = json_add_array(json, "findings");
  for (int t = 0; t < TEMPLATE_COUNT && ok; t++)
    if (templates >> t & 1)
      found += lint_one(&lint, (enum template_index)t);
  json_add_int(json, "count", found);
  if (ok && cli->is_json)
    cli_print_json(json);
  else
    cJSON_Delete(json);
  if (ok && !found && !cli->is_json && !cli->is_quiet)
    puts("nothing to complain of");
  for (int k = 0; k < LONGEST; k++)
    free(lint.items[k]);
  store_close(lint.store);
  server_forget(&lint.server);
  return !ok ? cli_fail(&err) : found ? EX_DATAERR : 0;
}
