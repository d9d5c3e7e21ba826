/* run-batch.c - what a batch service does: each line of a file to a server, its answer into another
 *
 *   run-batch URL IN OUT
 *
 * The lines of OUT are those of OpenAI's Batch API and vLLM's run-batch: custom_id, response, error.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/http.h"
#include "base/json.h"
#include "base/mem.h"

enum { WAIT_MS = 100, REPLY_MAX = 8 << 20 };

static cJSON *answer_of(struct http *http, const char *base, const cJSON *request)
{
  char *url = http_endpoint(base, "chat/completions"), *body = json_line(json_get(request, "body"));
  void *user;
  struct http_result result;
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "id", "batch_req_1");
  json_add_str(json, "custom_id", json_str(request, "custom_id"));
  http_start(http, url, body, NULL, NULL);
  while (!http_finished(http, &user, &result))
    http_wait(http, WAIT_MS);
  cJSON *response = result.problem ? NULL : json_add_object(json, "response");
  if (response) {
    json_add_int(response, "status_code", result.status);
    json_add_str(response, "request_id", "req_1");
    cJSON_AddItemToObject(response, "body", cJSON_Parse(result.body.data ? result.body.data : ""));
    json_add_str(json, "error", NULL);
  } else {
    json_add_str(json, "response", NULL);
    json_add_str(json_add_object(json, "error"), "message", result.reason);
  }
  buf_free(&result.body);
  free(url);
  free(body);
  return json;
}

int main(int argc, char **argv)
{
  const struct http_limits limits = {.total_ms = 60000, .body_bytes = REPLY_MAX};
  FILE *in = argc == 4 ? fopen(argv[2], "r") : NULL, *out = in ? fopen(argv[3], "w") : NULL;
  char *line = NULL;
  size_t room = 0;
  if (!out) {
    fputs("usage: run-batch URL IN OUT\n", stderr);
    return 64;
  }
  struct http *http = http_open(NULL, &limits);
  while (getline(&line, &room, in) > 0) {
    cJSON *request = cJSON_Parse(line);
    const char *path = json_str(request, "url"), *method = json_str(request, "method");
    if (!path || strcmp(path, "/v1/chat/completions") || !method || strcmp(method, "POST"))
      return fprintf(stderr, "run-batch: not a request: %.60s\n", line), 65;
    cJSON *answer = answer_of(http, argv[1], request);
    char *text = json_line(answer);
    fprintf(out, "%s\n", text);
    free(text);
    cJSON_Delete(answer);
    cJSON_Delete(request);
  }
  http_close(http);
  free(line);
  fclose(in);
  return fclose(out) != 0;
}
