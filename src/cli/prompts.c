/* prompts.c - look at the templates, and at what becomes of them
 *
 *   list [WS]                 where they are, versions, the fields they may use
 *   show [WS] TEMPLATE        one of them, and its reply schema
 *   render WS TEMPLATE ITEM   the messages as they would be sent
 *   try WS TEMPLATE ITEM      ... sent: reply, what was read of it, checks
 *   versions WS TEMPLATE      the versions that were used
 *   compare WS TEMPLATE|ID    two versions, or two models, over a sample of items
 *   lint [WS] [TEMPLATE...]   what is wrong with them
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/prompts.h"
#include "cli/rounds.h"
#include "cli/server.h"
#include "cli/spending.h"
#include "prompt/template.h"
#include "store/template_version.h"

/* ---- list, show: no item, perhaps no workspace */

static bool check_workspace(const char *workspace, struct err *err)
{
  struct store *store = workspace ? store_open(workspace, STORE_READ, err) : NULL;
  bool ok = !workspace || store;
  store_close(store);
  return ok;
}

static cJSON *template_json(const struct prompt_template *prompt)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "name", prompt->name);
  json_add_int(json, "version", prompt->version);
  json_add_str(json, "sha256", prompt->hash);
  json_add_str(json, "path", prompt->path);
  json_add_int(json, "max_tokens", prompt->max_tokens);
  json_add_num(json, "temperature", prompt->temperature);
  json_add_bool(json, "picture", prompt->sends_picture);
  return json;
}

static int list(struct cli *cli, const char *workspace)
{
  struct err err;
  cJSON *json = cJSON_CreateObject(), *templates = json_add_array(json, "templates");
  cJSON *fields = json_add_object(json, "fields");
  bool ok = check_workspace(workspace, &err);
  for (int t = 0; ok && t < TEMPLATE_COUNT; t++) {
    struct prompt_template *prompt = template_load(workspace, template_names[t], &err);
    ok = prompt != NULL;
    if (ok) {
      cJSON_AddItemToArray(templates, template_json(prompt));
      if (!cli->is_json)
        printf("%-9s version %d  %.8s  %s\n", prompt->name, prompt->version, prompt->hash,
               prompt->path);
    }
    template_free(prompt);
  }
  if (ok && !cli->is_json)
    puts("\nfields, from the template on in which they are known:");
  for (const struct prompt_field *field = prompt_fields; ok && field->name; field++) {
    json_add_str(fields, field->name, field->help);
    if (!cli->is_json)
      printf("  {{%s}}%*s %-9s %s\n", field->name, (int)(18 - strlen(field->name)), "",
             template_names[field->first], field->help);
  }
  if (ok && cli->is_json)
    return cli_print_json(json);
  cJSON_Delete(json);
  return ok ? 0 : cli_fail(&err);
}

static int show(struct cli *cli, const char *workspace, const char *name)
{
  struct err err;
  struct prompt_template *prompt = check_workspace(workspace, &err)
                                     ? template_load(workspace, name, &err) : NULL;
  if (!prompt)
    return cli_fail(&err);
  int status = 0;
  if (cli->is_json) {
    cJSON *json = template_json(prompt);
    json_add_str(json, "system", prompt->system);
    json_add_str(json, "user", prompt->user);
    cJSON_AddItemToObject(json, "schema", cJSON_Parse(prompt->schema));
    status = cli_print_json(json);
  } else {
    printf("%s, version %d, %s\nsha256 %s, at most %d tokens, temperature %g%s\n\n", prompt->name,
           prompt->version, prompt->path, prompt->hash, prompt->max_tokens, prompt->temperature,
           prompt->sends_picture ? ", with the picture" : "");
    printf("system:\n%s\n\nuser:\n%s\n\nreply schema:\n%s", prompt->system, prompt->user,
           prompt->schema);
  }
  template_free(prompt);
  return status;
}

static int versions(struct cli *cli, const char *workspace, const char *name)
{
  struct err err;
  struct template_version **all = NULL;
  int count = 0;
  struct store *store = store_open(workspace, STORE_READ, &err);
  bool ok = store && (template_named(name) >= 0 ||
                      err_set(&err, EX_USAGE, "no template \"%s\": describe, mask, complete", name)) &&
            template_versions_of(store, name, &all, &count, &err);
  cJSON *json = cJSON_CreateObject(), *array = json_add_array(json, "versions");
  for (int k = 0; k < count; k++) {
    cJSON *entry = cJSON_CreateObject();
    json_add_str(entry, "sha256", all[k]->hash);
    json_add_int(entry, "version", all[k]->version);
    json_add_int(entry, "kept", all[k]->kept);
    cJSON_AddItemToArray(array, entry);
    char when[32];
    time_t kept = (time_t)all[k]->kept;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M", localtime(&kept));
    if (!cli->is_json)
      printf("%.8s  version %d  first used %s\n", all[k]->hash, all[k]->version, when);
  }
  template_versions_free(all, count);
  store_close(store);
  if (ok && cli->is_json)
    return cli_print_json(json);
  cJSON_Delete(json);
  return ok ? 0 : cli_fail(&err);
}

/* ---- which of them */

static const struct verb {
  const char *name, *usage;
  int least, most; /* operands behind it */
} verbs[] = {
  {"list", "prompts list [WS]", 0, 1},
  {"show", "prompts show [WS] TEMPLATE", 1, 2},
  {"render", "prompts render WS TEMPLATE ITEM", 3, 3},
  {"try", "prompts try WS TEMPLATE ITEM", 3, 3},
  {"lint", "prompts lint [WS] [TEMPLATE...]", 0, 1 + TEMPLATE_COUNT},
  {"versions", "prompts versions WS TEMPLATE", 2, 2},
  {"compare", "prompts compare WS TEMPLATE|ID", 2, 2},
};

static int run_verb(struct cli *cli, size_t verb)
{
  char *const *operands = cli->operands + 1;
  int count = cli->operand_count - 1;
  switch (verb) {
  case 0: return list(cli, count ? operands[0] : NULL);
  case 1: return show(cli, count > 1 ? operands[0] : NULL, operands[count - 1]);
  case 4: return prompts_lint(cli, operands, count);
  case 5: return versions(cli, operands[0], operands[1]);
  case 6: return prompts_compare(cli, operands);
  default: return prompts_on_item(cli, verb == 3, operands);
  }
}

static int run(struct cli *cli)
{
  struct err err;
  for (size_t k = 0; k < COUNT_OF(verbs); k++) {
    if (strcmp(verbs[k].name, cli->operands[0]))
      continue;
    int given = cli->operand_count - 1;
    if (given >= verbs[k].least && given <= verbs[k].most)
      return cli_finish(run_verb(cli, k));
    err_set(&err, EX_USAGE, "usage: neggen %s", verbs[k].usage);
    return cli_fail(&err);
  }
  err_set(&err, EX_USAGE, "prompts: \"%s\" is none of list, show, render, try, lint, versions, compare",
          cli->operands[0]);
  return cli_fail(&err);
}

static const struct option_row options[] = {
  SERVER_OPTIONS,
  ROUND_OPTIONS,
  {"seed", 0, OPTION_INT, "S", "42", 0, 9007199254740991, "of what try makes, and of compare's sample"},
  {"a", 0, OPTION_TEXT, "FILE|HASH", NULL, 0, 0, "compare: the one version (else the one in use)"},
  {"b", 0, OPTION_TEXT, "FILE|HASH", NULL, 0, 0, "compare: the other version (else the one in use)"},
  {"model-a", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "compare: the model of the one side (else --model)"},
  {"model-b", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "compare: the model of the other side (else --model)"},
  {"items", 0, OPTION_INT, "N", "20", 1, 1000000, "compare: over a sample of N items"},
  {"jobs", 0, OPTION_INT, "N", "1", 1, 64, "compare: items under way at once"},
  SPENDING_OPTIONS,
  {"detach", 'd', OPTION_FLAG, NULL, NULL, 0, 0, "compare: go on in the background; print the job's id"},
  {"context", 0, OPTION_INT, "TOKENS", NULL, 1, 100000000,
   "lint: what a model has room for, prompt and reply (else as the server at --api-base says)"},
  {"events", 0, OPTION_FLAG, NULL, NULL, 0, 0, "render, try: print what happens, a JSON object a line"},
  {0},
};

const struct command_row command_prompts = {
  .name = "prompts",
  .usage = "list|show|render|try|lint|versions|compare [WS] [TEMPLATE] [ITEM]",
  .help = "look at the prompt templates, run one on an item, compare versions, find what is wrong",
  .min_operands = 1,
  .max_operands = 4,
  .options = options,
  .run = run,
};
