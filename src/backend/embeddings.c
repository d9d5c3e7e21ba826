/* embeddings.c - see embeddings.h
 * SPDX-License-Identifier: MIT */
#include "backend/embeddings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/chat.h"
#include "backend/http.h"
#include "backend/retry.h"
#include "base/clock.h"
#include "base/intern.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/embedding.h"

enum { BATCH_TEXTS = 64, BATCH_BYTES = 256 << 10, STEP_MS = 25, REPLY_MAX = 64 << 20 };

/* Texts of one request, by their numbers. */
struct batch {
  int32_t first, count;
  char *body;
  struct retry retry;
  struct http_transfer *transfer;
};

struct work {
  struct store *store;
  const struct backend_options *options;
  struct http *http;
  char *url, *encoder;
  struct intern texts; /* different ones; those that are to be asked for come last */
  struct buf *vectors; /* [texts.count] */
  int32_t known;       /* of them: they were there */
  int dim;
  struct retry_rule rule;
};

/* ---- reading */

static bool take_vector(struct work *work, const cJSON *entry, int32_t text, struct err *err)
{
  const cJSON *values = json_get(entry, "embedding"), *value;
  int dim = cJSON_GetArraySize(values);
  if (!cJSON_IsArray(values) || dim < 1)
    return err_set(err, EX_DATAERR, "%s: answered without a vector of numbers", work->url);
  if (work->dim && dim != work->dim)
    return err_set(err, EX_DATAERR, "%s: answered a vector of %d numbers, the others have %d",
                   work->url, dim, work->dim);
  work->dim = dim;
  struct buf *vector = &work->vectors[text];
  buf_clear(vector);
  cJSON_ArrayForEach(value, values) {
    float number = cJSON_IsNumber(value) ? (float)value->valuedouble : NAN;
    if (!isfinite(number))
      return err_set(err, EX_DATAERR, "%s: answered a vector that does not hold numbers", work->url);
    buf_add(vector, &number, sizeof number);
  }
  return true;
}

static void hash_of(const struct work *work, int32_t text, char hash[SHA256_HEX])
{
  const char *words = intern_text(&work->texts, text);
  hash_sha256(words, strlen(words), hash);
}

static bool keep(struct work *work, const struct batch *batch, struct err *err)
{
  bool ok = store_begin(work->store, err);
  for (int32_t k = 0; k < batch->count && ok; k++) {
    char hash[SHA256_HEX];
    hash_of(work, batch->first + k, hash);
    ok = embedding_save(work->store, work->encoder, hash, &work->vectors[batch->first + k], err);
  }
  if (ok)
    return store_commit(work->store, err);
  store_rollback(work->store);
  return false;
}

static bool read_batch(struct work *work, const struct batch *batch, const struct buf *body,
                       struct err *err)
{
  cJSON *json = cJSON_ParseWithLength(body->data ? body->data : "", body->size);
  const cJSON *data = json_get(json, "data"), *entry;
  uint8_t *seen = mem_zero((size_t)batch->count, 1);
  int32_t position = 0, found = 0;
  bool ok = cJSON_IsArray(data) ||
            err_set(err, EX_DATAERR, "%s: answered without \"data\"", work->url);
  cJSON_ArrayForEach(entry, data) {
    double index = json_num(entry, "index", position++);
    bool is_ours = index >= 0 && index < batch->count && !seen[(int32_t)index];
    if (!ok || !is_ours)
      continue;
    seen[(int32_t)index] = 1;
    found++;
    ok = take_vector(work, entry, batch->first + (int32_t)index, err);
  }
  free(seen);
  cJSON_Delete(json);
  if (ok && found < batch->count)
    ok = err_set(err, EX_DATAERR, "%s: answered %d vectors to %d texts", work->url, found,
                 batch->count);
  return ok && keep(work, batch, err);
}

/* ---- asking */

static int32_t fill(const struct work *work, int32_t first, struct batch *batch)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "model", work->options->model);
  cJSON *input = json_add_array(json, "input");
  size_t size = 0;
  int32_t at = first;
  for (; at < work->texts.count && at - first < BATCH_TEXTS && (at == first || size < BATCH_BYTES); at++) {
    cJSON_AddItemToArray(input, cJSON_CreateString(intern_text(&work->texts, at)));
    size += strlen(intern_text(&work->texts, at));
  }
  json_add_str(json, "encoding_format", "float");
  *batch = (struct batch){.first = first, .count = at - first, .body = json_line(json)};
  cJSON_Delete(json);
  return at;
}

/* True when the batch is done or will be tried again. */
static bool take_result(struct work *work, struct batch *batch, const struct http_result *result,
                        struct err *err)
{
  const char *body = result->body.data ? result->body.data : "";
  enum problem problem = result->problem ? result->problem : problem_of_status(result->status, body);
  if (!problem) {
    retry_earn(&work->rule.budget);
    free(batch->body);
    batch->body = NULL;
    return read_batch(work, batch, &result->body, err);
  }
  if (retry_next(&work->rule, problem, result->should_retry, result->retry_after_ms, &batch->retry))
    return true;
  char *text = result->problem ? mem_strdup(result->reason) : chat_error_text(body);
  if (result->problem)
    err_set(err, EX_UNAVAILABLE, "%s: %s", work->url, text);
  else
    err_set(err, EX_UNAVAILABLE, "%s: answered %d: %s", work->url, result->status, text);
  free(text);
  return false;
}

static void send_ready(struct work *work, struct batch *batches, int count)
{
  int going = 0, jobs = work->options->jobs > 1 ? work->options->jobs : 1;
  int64_t now = clock_ns();
  for (int k = 0; k < count; k++)
    going += batches[k].transfer != NULL;
  for (int k = 0; k < count && going < jobs; k++)
    if (batches[k].body && !batches[k].transfer && batches[k].retry.not_before_ns <= now) {
      batches[k].transfer = http_start(work->http, work->url, batches[k].body, NULL, &batches[k]);
      going++;
    }
}

static bool run_batches(struct work *work, struct batch *batches, int count,
                        bool (*is_cancelled)(void), struct err *err)
{
  void *user;
  struct http_result result;
  for (int left = count; left;) {
    if (is_cancelled && is_cancelled())
      return err_set(err, EX_INTERRUPT, "stopped; the same command goes on from there");
    send_ready(work, batches, count);
    http_wait(work->http, STEP_MS);
    while (http_finished(work->http, &user, &result)) {
      struct batch *batch = user;
      batch->transfer = NULL;
      bool ok = take_result(work, batch, &result, err);
      buf_free(&result.body);
      left -= !batch->body;
      if (!ok)
        return false;
    }
  }
  return true;
}

static bool ask(struct work *work, bool (*is_cancelled)(void), struct err *err)
{
  const struct backend_options *options = work->options;
  struct batch *batches = NULL;
  int count = 0, room = 0;
  for (int32_t at = work->known; at < work->texts.count;) {
    VEC_ROOM(batches, count, room);
    at = fill(work, at, &batches[count++]);
  }
  work->http = backend_http(options, REPLY_MAX);
  bool ok = run_batches(work, batches, count, is_cancelled, err);
  http_close(work->http);
  for (int k = 0; k < count; k++)
    free(batches[k].body);
  free(batches);
  return ok;
}

/* ---- which texts */

/* Number the different texts, those first of which the vector is there. */
static bool sort_texts(struct work *work, const char *const *texts, int64_t count, struct err *err)
{
  struct intern all = {0};
  int room = 0;
  for (int64_t i = 0; i < count; i++)
    if (texts[i])
      intern_add(&all, texts[i], strlen(texts[i]));
  uint8_t *is_there = mem_zero((size_t)all.count + 1, 1);
  bool ok = true;
  for (int32_t k = 0; k < all.count && !work->options->is_cache_off && ok; k++) {
    char hash[SHA256_HEX];
    struct buf vector = {0};
    hash_sha256(intern_text(&all, k), strlen(intern_text(&all, k)), hash);
    if (!embedding_load(work->store, work->encoder, hash, &vector))
      continue;
    int dim = (int)(vector.size / sizeof(float));
    if (work->dim && dim != work->dim)
      ok = err_set(err, EX_DATAERR, "%s: vectors of %d and of %d numbers are kept of it; --no-cache asks "
                   "for all again", work->encoder, dim, work->dim);
    work->dim = dim;
    is_there[k] = 1;
    intern_add(&work->texts, intern_text(&all, k), strlen(intern_text(&all, k)));
    VEC_PUSH(work->vectors, work->known, room) = vector;
  }
  for (int32_t k = 0; k < all.count; k++)
    if (!is_there[k])
      intern_add(&work->texts, intern_text(&all, k), strlen(intern_text(&all, k)));
  work->vectors = mem_grow(work->vectors, (size_t)all.count + 1, sizeof *work->vectors);
  for (int32_t k = work->known; k < all.count; k++)
    work->vectors[k] = (struct buf){0};
  free(is_there);
  intern_free(&all);
  return ok;
}

static void give_out(const struct work *work, const char *const *texts, int64_t count,
                     struct embeddings *out)
{
  size_t width = (size_t)work->dim * sizeof(float);
  *out = (struct embeddings){.dim = work->dim, .cached = work->known,
                             .asked = work->texts.count - work->known};
  out->rows = mem_zero((size_t)count + 1, width ? width : 1);
  for (int64_t i = 0; i < count; i++)
    if (texts[i])
      memcpy(out->rows + i * work->dim,
             work->vectors[intern_find(&work->texts, texts[i], strlen(texts[i]))].data, width);
}

bool embeddings_make(struct store *store, const struct backend_options *options,
                     const char *const *texts, int64_t count, bool (*is_cancelled)(void),
                     struct embeddings *out, struct err *err)
{
  struct work work = {.store = store, .options = options};
  retry_open(&work.rule, options->retries);
  work.url = http_endpoint(options->api_base, "embeddings");
  work.encoder = mem_printf("%s %s", work.url, options->model);
  bool ok = sort_texts(&work, texts, count, err) &&
            (work.known == work.texts.count || ask(&work, is_cancelled, err));
  if (ok)
    give_out(&work, texts, count, out);
  for (int32_t k = 0; k < work.texts.count; k++)
    buf_free(&work.vectors[k]);
  free(work.vectors);
  intern_free(&work.texts);
  free(work.url);
  free(work.encoder);
  return ok;
}

void embeddings_free(struct embeddings *embeddings)
{
  free(embeddings->rows);
  *embeddings = (struct embeddings){0};
}
