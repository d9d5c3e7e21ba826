/* prompts_try.c - prompts render, prompts try: one template, one item
 *
 * For a person the messages, each answer with its faults pointed at, and what was made of it;
 * with --events the same as JSON lines while it happens:
 *   {"event":"messages","template":S,"version":N,"hash":S, ...as a trial's messages}
 *   {"event":"partial","reply":S}   more of an answer has arrived
 *   {"event":"again","reason":S}    a try failed, another one follows by itself
 *   {"event":"round", ...as a trial's rounds}
 *   {"event":"run","id":N,"negative":N,"reason":S|null}
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/prompts.h"
#include "cli/rounds.h"
#include "cli/server.h"
#include "gen/trials.h"

enum { STEP_MS = 25 };

/* What a try came to. */
struct attempt {
  struct cli *cli;
  bool has_events;
  int side;    /* pictures are scaled down to it */
  cJSON *json; /* for --json */
  struct trials *trials;
  struct err err; /* code 0: well */
};

static void emit(cJSON *event)
{
  char *line = json_line(event);
  puts(line);
  fflush(stdout);
  free(line);
  cJSON_Delete(event);
}

static cJSON *named(cJSON *json, const char *name)
{
  cJSON_AddItemToObject(json, "event", cJSON_CreateString(name));
  return json;
}

/* ---- messages */

/* Hostile text for a terminal, with its lines. */
static void print_text(const char *text)
{
  char *clean = utf8_clean(text ? text : "", true);
  puts(clean);
  free(clean);
}

/* As it is sent. */
static char *picture_words(const struct picture *picture, int side)
{
  struct buf png = {0};
  struct picture small = picture_shrink(picture, side);
  picture_png(&small, &png);
  char *words = mem_printf("<picture %dx%d image/png %zu bytes>", small.width, small.height,
                           png.size);
  picture_free(&small);
  buf_free(&png);
  return words;
}

static void tell_messages(struct attempt *attempt, const struct gen_question *question)
{
  if (attempt->has_events) {
    cJSON *event = named(trial_messages(question, attempt->side), "messages");
    json_add_str(event, "template", question->prompt->name);
    json_add_int(event, "version", question->prompt->version);
    json_add_str(event, "hash", question->prompt->hash);
    emit(event);
    return;
  }
  char *words = question->picture ? picture_words(question->picture, attempt->side) : NULL;
  if (attempt->cli->is_json) {
    json_add_str(attempt->json, "template", question->prompt->name);
    json_add_str(attempt->json, "system", question->system);
    json_add_str(attempt->json, "user", question->user);
    json_add_str(attempt->json, "picture", words);
  } else {
    printf("== system\n");
    print_text(question->system);
    printf("\n== user\n");
    print_text(question->user);
    if (words)
      puts(words);
  }
  free(words);
}

static int render(struct attempt *attempt, struct gen *gen, int index, const char *item)
{
  struct gen_view view;
  if (!gen_render(gen, (enum template_index)index, item, &view, &attempt->err))
    return cli_fail(&attempt->err);
  const struct gen_question question = {.prompt = view.prompt, .system = view.system,
                                        .user = view.user, .marks = view.marks,
                                        .picture = view.has_picture ? &view.picture : NULL};
  tell_messages(attempt, &question);
  gen_view_free(&view);
  return 0;
}

/* ---- answers */

static void print_checks(const struct negative *negative)
{
  if (negative->check_count)
    puts("\n== checks");
  for (int k = 0; k < negative->check_count; k++) {
    const struct check *check = &negative->checks[k];
    printf("%c %s%s%s\n", check->is_passed ? '+' : check->is_flag ? '?' : '-', check->name,
           check->reason ? ": " : "", check->reason ? check->reason : "");
  }
}

/* The line of a fault, as much of it as fits before and behind, and a caret below. */
static void print_fault(const char *reply, const cJSON *fault)
{
  enum { BEFORE = 50, BEHIND = 25 };
  size_t at = (size_t)json_num(fault, "at", 0), start = at;
  while (start > 0 && reply[start - 1] != '\n' && at - start < BEFORE)
    start--;
  while (start < at && ((unsigned char)reply[start] & 0xc0) == 0x80)
    start++;
  char *before = mem_strndup(reply + start, at - start);
  char *behind = mem_strndup(reply + at, strcspn(reply + at, "\n"));
  char *left = utf8_clean(before, false), *right = utf8_clean(behind, false);
  right[utf8_fit(right, BEHIND, NULL)] = '\0';
  char *what = utf8_clean(json_str(fault, "what"), false);
  printf("\nreply:%.0f:%.0f: %s\n  %s%s\n  %*s^\n", json_num(fault, "line", 0),
         json_num(fault, "column", 0), what, left, right, utf8_width(left), "");
  free(before);
  free(behind);
  free(left);
  free(right);
  free(what);
}

/* "412+96 tokens, first byte after 0.21 s, 1.30 s in all". */
static void print_cost(const cJSON *round)
{
  double in = json_num(round, "tokens_in", NAN), out = json_num(round, "tokens_out", NAN);
  double first = json_num(round, "first_seconds", NAN);
  printf("\n== cost\n");
  if (!isnan(in) && !isnan(out))
    printf("%.0f+%.0f tokens, ", in, out);
  if (!isnan(first))
    printf("first byte after %.2f s, ", first);
  if (json_bool(round, "cached", false))
    puts("from the record: nothing was sent");
  else
    printf("%.2f s\n", json_num(round, "seconds", 0));
}

static void print_round(const cJSON *round)
{
  const char *reply = json_str(round, "reply"), *reason = json_str(round, "reason");
  const cJSON *fault;
  puts(reason ? "\n== reply (of no use)" : "\n== reply");
  print_text(reply);
  cJSON_ArrayForEach(fault, json_get(round, "faults"))
    print_fault(reply, fault);
  print_cost(round);
  cJSON *json = reason || !reply ? NULL : cJSON_Parse(reply);
  char *text = json ? json_pretty(json) : NULL;
  if (text) {
    puts("\n== read as");
    print_text(text);
  }
  free(text);
  cJSON_Delete(json);
}

static void tell_round(struct attempt *attempt, const struct gen_event *event)
{
  cJSON *round = trial_round(event);
  if (attempt->has_events) {
    emit(named(round, "round"));
  } else if (attempt->cli->is_json) {
    cJSON *rounds = json_get(attempt->json, "rounds");
    cJSON_AddItemToArray(rounds ? rounds : json_add_array(attempt->json, "rounds"), round);
  } else {
    print_round(round);
    cJSON_Delete(round);
  }
}

static void tell_more(const struct attempt *attempt, const struct gen_event *event)
{
  bool is_partial = event->state == GEN_PARTIAL;
  if (!attempt->has_events)
    return;
  cJSON *json = named(cJSON_CreateObject(), is_partial ? "partial" : "again");
  json_add_str(json, is_partial ? "reply" : "reason", is_partial ? event->reply : event->reason);
  emit(json);
}

static void tell_end(struct attempt *attempt, const struct gen_event *event)
{
  if (!event->negative || attempt->has_events)
    return;
  if (attempt->cli->is_json) {
    cJSON_AddItemToObject(attempt->json, "negative", negative_json(event->negative));
    return;
  }
  print_checks(event->negative);
  printf("\nkept as candidate %lld of \"%s\"\n", (long long)event->negative->id, event->item);
}

static void on_saved(void *user, const struct trial *trial)
{
  struct attempt *attempt = user;
  json_add_int(attempt->json, "run", trial->id);
  if (!attempt->has_events)
    return;
  cJSON *json = named(cJSON_CreateObject(), "run");
  json_add_int(json, "id", trial->id);
  json_add_int(json, "negative", trial->negative);
  json_add_str(json, "reason", trial->reason);
  emit(json);
}

static void on_event(void *user, const struct gen_event *event)
{
  struct attempt *attempt = user;
  struct err err;
  if (!attempt->trials)
    return; /* it is only rendered */
  if (event->reason && (event->state == GEN_FAILED || event->state == GEN_ITEM))
    err_set(&attempt->err, event->code ? event->code : EX_DATAERR, "%s", event->reason);
  switch (event->state) {
  case GEN_STARTED: tell_messages(attempt, event->question); break;
  case GEN_PARTIAL:
  case GEN_RETRIED: tell_more(attempt, event); break;
  case GEN_ANSWERED: tell_round(attempt, event); break;
  case GEN_DONE:
  case GEN_FAILED: json_add_str(attempt->json, "reply", event->reply); break;
  case GEN_ITEM: tell_end(attempt, event); break;
  case GEN_WAITING: break; /* of batch files alone */
  }
  if (!trials_hear(attempt->trials, event, &err))
    attempt->err = err;
}

/* ---- the two commands */

static int ask(struct attempt *attempt, struct store *store, struct gen *gen,
               const struct server *server, const char *item)
{
  const struct trials_options options = {
    .backend = server->row, .model = gen_model(gen), .server = gen_server(gen),
    .picture_side = attempt->side, .saved = on_saved, .user = attempt};
  attempt->trials = trials_open(store, &options);
  if (gen_start(gen, item, (uint64_t)cli_int(attempt->cli, "seed"), &attempt->err))
    while (!cli_interrupted() && gen_step(gen, STEP_MS))
      ;
  if (cli_interrupted())
    err_set(&attempt->err, EX_INTERRUPT, "stopped");
  json_add_str(attempt->json, "reason", attempt->err.code ? attempt->err.text : NULL);
  return attempt->err.code ? cli_fail(&attempt->err) : 0;
}

int prompts_on_item(struct cli *cli, bool is_try, char *const *operands)
{
  struct attempt attempt = {.cli = cli, .has_events = cli_flag(cli, "events"),
                            .side = (int)cli_int(cli, "picture-side"),
                            .json = cJSON_CreateObject()};
  struct server server;
  struct gen *gen = NULL;
  struct store *store = NULL;
  int index = template_named(operands[1]), status;
  cli_catch_interrupt();
  bool ok = server_read(cli, is_try, &server, &attempt.err);
  struct gen_options options = {.backend = server.row, .server = server.options,
                                .templates = index < 0 ? 0 : 1u << index, .is_silent = !is_try,
                                .tells_partial = attempt.has_events, .tells_answers = true};
  rounds_read(cli, &options);
  if (index < 0)
    ok = err_set(&attempt.err, EX_USAGE, "no template \"%s\": describe, mask, complete", operands[1]);
  ok = ok && (store = store_open(operands[0], is_try ? STORE_WRITE : STORE_READ, &attempt.err)) &&
       (gen = gen_open(store, &options, on_event, &attempt, &attempt.err));
  status = !ok ? cli_fail(&attempt.err)
           : is_try ? ask(&attempt, store, gen, &server, operands[2])
                    : render(&attempt, gen, index, operands[2]);
  struct err broken;
  if (!gen_close(gen, &broken))
    status = cli_fail(&broken);
  trials_close(attempt.trials);
  store_close(store);
  server_forget(&server);
  if (ok && cli->is_json && !attempt.has_events)
    cli_print_json(attempt.json);
  else
    cJSON_Delete(attempt.json);
  return status;
}
