/* request.c - what a run is asked for, and its config.json
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "train/train.h"

bool train_request_init(struct train_request *request, const char *model, const char *sampler,
                        uint64_t seed, struct err *err)
{
  *request = (struct train_request){.model = model_named(model), .sampler = sampler_named(sampler),
                                    .seed = seed};
  if (!request->model)
    return err_set(err, EX_USAGE, "no model \"%s\"; there are %s", model, MODEL_NAMES);
  if (!request->sampler)
    return err_set(err, EX_USAGE, "no sampler \"%s\"; there are %s", sampler, SAMPLER_NAMES);
  settings_init(&request->settings, request->model->settings);
  return true;
}

void train_request_follow(struct train_request *request)
{
  if (request->model->follow)
    request->model->follow(&request->settings);
}

void train_request_limit(struct train_request *request, int64_t epochs)
{
  static const char *const names[] = {"epochs", "base_epochs"};
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    char text[32];
    if (!settings_has(&request->settings, names[k]) ||
        setting(&request->settings, names[k]) <= (double)epochs)
      continue;
    snprintf(text, sizeof text, "%lld", (long long)epochs);
    settings_set(&request->settings, names[k], text, NULL);
  }
}

cJSON *train_request_json(const struct train_request *request)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, "model", request->model->name);
  json_add_str(object, "sampler", request->sampler->name);
  json_add_int(object, "seed", (int64_t)request->seed);
  cJSON_AddItemToObject(object, "settings", settings_json(&request->settings));
  return object;
}

bool train_request_from_json(struct train_request *request, const cJSON *config, struct err *err)
{
  const char *model = json_str(config, "model"), *sampler = json_str(config, "sampler");
  return train_request_init(request, model ? model : "", sampler ? sampler : "",
                            (uint64_t)json_num(config, "seed", 0), err) &&
         settings_from_json(&request->settings, json_get(config, "settings"), err);
}
