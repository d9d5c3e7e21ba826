/* probe.c - see probe.h
 * SPDX-License-Identifier: MIT */
#include "backend/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/completion.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define SECRET "kelp-27"
#define SCHEMA                                                                              \
  "{\"type\":\"object\",\"properties\":{\"answer\":{\"type\":\"string\",\"enum\":[\"" SECRET "\"]}}," \
  "\"required\":[\"answer\"],\"additionalProperties\":false}"

enum { PROBE_TOKENS = 400 };

/* What to send in this stage. */
static void prepare(struct probe *probe)
{
  free(probe->url);
  free(probe->body);
  free(probe->record);
  probe->url = probe->body = probe->record = NULL;
  if (probe->stage == PROBE_MODELS) {
    probe->url = http_endpoint(probe->base, "models");
  } else if (probe->stage == PROBE_PROPS) {
    probe->url = http_beside(probe->base, "props");
  } else if (probe->stage == PROBE_FORMAT) {
    const struct question question = {
      .template_name = "probe", .system = "", .max_tokens = PROBE_TOKENS, .schema = SCHEMA,
      .user = "Name a colour that you like, as JSON or in your own words.",
    };
    const struct chat_style style = {.kind = probe->kind, .format = probe->format};
    struct chat chat;
    chat_open(&chat, &question, probe->model, CHAT_PICTURE_SIDE);
    probe->url = http_endpoint(probe->base, "chat/completions");
    probe->body = chat_body(&chat, &style, &probe->record);
    chat_free(&chat);
  }
}

void probe_open(struct probe *probe, const char *base, const char *model)
{
  *probe = (struct probe){.base = base, .model = model, .kind = server_kind_named("other"),
                          .facts = {.sees = -1}, .max_tokens = PROBE_TOKENS};
  prepare(probe);
}

void probe_ask_for(struct probe *probe, const char *model)
{
  probe->model = model;
  prepare(probe);
}

void probe_free(struct probe *probe)
{
  free(probe->url);
  free(probe->body);
  free(probe->record);
  free(probe->models);
  *probe = (struct probe){0};
}

static int whole(const cJSON *object, const char *key)
{
  double number = json_num(object, key, 0);
  return number > 0 && number < 1e9 ? (int)number : 0;
}

static bool is_alias(const cJSON *model, const char *name)
{
  const cJSON *alias;
  cJSON_ArrayForEach(alias, json_get(model, "aliases"))
    if (cJSON_IsString(alias) && !strcmp(alias->valuestring, name))
      return true;
  return false;
}

/* {"data":[{"id":..,"owned_by":..,"meta":{"n_ctx":..},"max_model_len":..}]} */
static void take_models(struct probe *probe, const cJSON *json)
{
  const cJSON *model;
  struct buf names = {0};
  cJSON_ArrayForEach(model, json_get(json, "data")) {
    const char *id = json_str(model, "id"), *owner = json_str(model, "owned_by");
    bool is_ours = (id && !strcmp(id, probe->model)) || is_alias(model, probe->model);
    if (names.size < 1000 && id)
      buf_printf(&names, "%s%.200s", names.size ? ", " : "", id);
    if (!probe->is_listed)
      probe->kind = server_kind_of_owner(owner);
    if (is_ours || !probe->facts.context) {
      int context = whole(json_get(model, "meta"), "n_ctx");
      probe->facts.context = context ? context : whole(model, "max_model_len");
    }
    probe->is_listed = probe->is_listed || is_ours;
  }
  probe->models = names.data ? buf_take(&names) : NULL;
}

static void take_props(struct probe *probe, const cJSON *json)
{
  int context = whole(json_get(json, "default_generation_settings"), "n_ctx");
  const cJSON *vision = json_get(json_get(json, "modalities"), "vision");
  probe->facts.slots = whole(json, "total_slots");
  if (context)
    probe->facts.context = context;
  if (cJSON_IsBool(vision))
    probe->facts.sees = cJSON_IsTrue(vision);
}

/* Was the format held? Of an answer that was cut the beginning tells. */
static bool is_held(const struct probe *probe, const struct http_result *result)
{
  struct completion completion;
  struct err ignored;
  completion_start(&completion);
  completion_feed(&completion, result->body.data ? result->body.data : "", result->body.size);
  enum problem problem = completion_end(&completion, probe->max_tokens, &ignored);
  const char *text = completion.text.data ? completion.text.data : "";
  text += strspn(text, " \t\r\n");
  bool is_object = *text == '{' && (problem == PROBLEM_NONE || problem == PROBLEM_LENGTH);
  bool held = is_object && (probe->format == FORMAT_OBJECT || strstr(text, "\"" SECRET "\""));
  completion_free(&completion);
  return held;
}

static void take_format(struct probe *probe, const struct http_result *result)
{
  bool held = result->status == 200 && is_held(probe, result);
  if (!held)
    probe->format++;
  if (held || probe->format == FORMAT_PLAIN)
    probe->stage = PROBE_DONE;
}

void probe_take(struct probe *probe, const struct http_result *result)
{
  cJSON *json = result->status == 200 && result->body.size && probe->stage < PROBE_FORMAT
                  ? cJSON_ParseWithLength(result->body.data, result->body.size) : NULL;
  if (probe->stage == PROBE_MODELS) {
    take_models(probe, json);
    probe->stage = probe->kind->has_props ? PROBE_PROPS : PROBE_FORMAT;
  } else if (probe->stage == PROBE_PROPS) {
    take_props(probe, json);
    probe->stage = PROBE_FORMAT;
  } else if (probe->stage == PROBE_FORMAT) {
    take_format(probe, result);
  }
  cJSON_Delete(json);
  if (probe->stage == PROBE_DONE) {
    snprintf(probe->facts.kind, sizeof probe->facts.kind, "%s", probe->kind->name);
    snprintf(probe->facts.format, sizeof probe->facts.format, "%s", chat_format_names[probe->format]);
    probe->facts.probed = clock_wall();
  }
  prepare(probe);
}
