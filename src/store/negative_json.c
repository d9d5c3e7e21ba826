/* negative_json.c - a negative as `show --json` prints it
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/negative.h"

static void add_checks(cJSON *json, const struct negative *negative)
{
  cJSON *checks = json_add_object(json, "checks");
  for (int k = 0; k < negative->check_count; k++) {
    const struct check *check = &negative->checks[k];
    cJSON *entry = json_add_object(checks, check->name);
    json_add_bool(entry, "ok", check->is_passed);
    json_add_bool(entry, "flag", check->is_flag);
    json_add_str(entry, "reason", check->reason);
  }
}

static void add_balance(cJSON *json, const struct negative *negative)
{
  cJSON *balance = json_add_object(json, "balance");
  for (int m = 0; m < MODALITIES; m++)
    json_add_num(balance, modality_names[m], negative->sides[m].calibrated);
  json_add_num(balance, "overall", negative->balance);
  cJSON *raw = json_add_object(balance, "raw");
  for (int m = 0; m < MODALITIES; m++)
    json_add_num(raw, modality_names[m], negative->sides[m].delta);
}

static void add_rounds(cJSON *json, const struct negative *negative)
{
  cJSON *rounds = json_add_object(json, "rounds");
  json_add_int(rounds, "repair", negative->rounds.repairs);
  json_add_int(rounds, "balance", negative->rounds.balances);
  json_add_num(rounds, "balance_before", negative->rounds.balance_before);
}

static void add_changes(cJSON *json, const struct negative *negative)
{
  cJSON *changes = json_add_array(json, "changes");
  for (int k = 0; k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    cJSON *entry = cJSON_CreateObject();
    json_add_str(entry, "modality", modality_names[change->modality]);
    json_add_str(entry, "key", change->key);
    json_add_str(entry, "original", change->original);
    json_add_str(entry, "intervened", change->intervened);
    json_add_str(entry, "role", role_names[change->role]);
    cJSON_AddItemToArray(changes, entry);
  }
}

static void add_texts(cJSON *json, const struct negative *negative)
{
  static const char *const names[] = {"texts", "originals", "masked"};
  for (int which = 0; which < 3; which++) {
    cJSON *texts = json_add_object(json, names[which]);
    for (int m = 0; m < MODALITIES; m++) {
      const struct side *side = &negative->sides[m];
      json_add_str(texts, modality_names[m],
                   which == 0 ? side->negative : which == 1 ? side->original : side->masked);
    }
  }
}

cJSON *negative_json(const struct negative *negative)
{
  cJSON *json = cJSON_CreateObject();
  char seed[24], created[CLOCK_ISO];
  snprintf(seed, sizeof seed, "%" PRIu64, negative->seed); /* may be beyond 2^53: as text */
  clock_iso(negative->created, created);
  json_add_int(json, "id", negative->id);
  json_add_str(json, "backend", negative->backend);
  json_add_str(json, "model", negative->model);
  json_add_str(json, "templates", negative->templates);
  json_add_str(json, "seed", seed);
  json_add_str(json, "created", created);
  json_add_bool(json, "valid", negative->is_valid);
  json_add_bool(json, "draft", negative->is_draft);
  json_add_bool(json, "stale", negative->is_stale);
  json_add_str(json, "failure", negative->failure);
  add_checks(json, negative);
  add_balance(json, negative);
  add_rounds(json, negative);
  add_changes(json, negative);
  add_texts(json, negative);
  json_add_bool(json, "picture", negative->has_picture);
  cJSON *notes = negative->notes ? cJSON_Parse(negative->notes) : NULL;
  cJSON_AddItemToObject(json, "notes", notes ? notes : cJSON_CreateObject());
  json_add_str(json, "verdict", decision_names[negative->decision]);
  json_add_str(json, "decided_by", negative->decided_by);
  return json;
}
