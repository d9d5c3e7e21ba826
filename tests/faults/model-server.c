/* model-server.c - a model behind HTTP for tests, and what such servers do wrong
 *
 *   model-server [--key KEY] [--log FILE] [--no-embeddings] [--tls CERTIFICATE KEYFILE]
 *
 * It listens on a free port of 127.0.0.1, prints the address as a line on stdout, and serves until
 * its stdin ends. The name of the model asked for chooses how it behaves: the rows of
 * manners.c. The log gets a line for each request before it is answered. A request for another host
 * is answered, too, as by a proxy, and marked in the log.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "manners.h"

enum { REQUEST_MAX = 64 << 20, EMBEDDING_DIM = 24, SLOTS = 2, CONTEXT = 8192 };

static const char *server_key;
static bool has_no_embeddings;
static char *certificate, *certificate_key; /* NULL: no TLS */
static int log_fd = -1;

static void write_log(const char *line)
{
  if (log_fd >= 0 && write(log_fd, line, strlen(line)) < 0)
    perror("model-server: log");
}

static enum MHD_Result chat(struct MHD_Connection *connection, const struct buf *body, bool has_key)
{
  struct heard heard;
  struct err err = {0};
  if (!heard_read(body->data ? body->data : "", body->size, &heard, &err)) {
    heard_free(&heard);
    return send_error(connection, 400, "invalid_request_error", err.text, NULL, NULL, NULL);
  }
  char *line = mem_printf("%s %s picture=%dx%d key=%s format=%s%s%s\n", heard.model,
                          heard.template_name, heard.picture.width, heard.picture.height,
                          has_key ? "yes" : "no", heard.format ? heard.format : "plain",
                          heard.is_stream ? " stream" : "", heard.is_repair ? " repair" : "");
  write_log(line);
  free(line);
  answer_fn *answer = manner_of(&heard);
  enum MHD_Result result = answer ? answer(connection, &heard)
                                  : send_error(connection, 404, "not_found_error", "no such model",
                                               NULL, NULL, NULL);
  heard_free(&heard);
  return result;
}

static enum MHD_Result models(struct MHD_Connection *connection)
{
  cJSON *json = cJSON_CreateObject(), *data = json_add_array(json, "data");
  for (const struct manner *manner = manners; manner->model; manner++) {
    cJSON *entry = cJSON_CreateObject();
    json_add_str(entry, "id", manner->model);
    json_add_str(entry, "owned_by", manner->owner ? manner->owner : "tests");
    json_add_int(json_add_object(entry, "meta"), "n_ctx", CONTEXT);
    cJSON_AddItemToArray(data, entry);
  }
  return send_json(connection, MHD_HTTP_OK, json);
}

static enum MHD_Result props(struct MHD_Connection *connection)
{
  cJSON *json = cJSON_CreateObject();
  json_add_int(json, "total_slots", SLOTS);
  json_add_int(json_add_object(json, "default_generation_settings"), "n_ctx", CONTEXT / SLOTS);
  json_add_bool(json_add_object(json, "modalities"), "vision", true);
  return send_json(connection, MHD_HTTP_OK, json);
}

/* A bag of words, each in a place of its own: alike texts get alike vectors. "short" answers with one value
 * too few, "swapped" in another order than it was asked. */
static cJSON *embedding(const char *text, const char *model, int index)
{
  float values[EMBEDDING_DIM] = {0};
  cJSON *json = cJSON_CreateObject(), *vector = json_add_array(json, "embedding");
  for (const char *at = text; *at;) {
    size_t size = strcspn(at, " \n");
    values[hash_fnv1a(at, size) % EMBEDDING_DIM] += 1;
    at += size + strspn(at + size, " \n");
  }
  for (int k = !strcmp(model, "short") && index == 1; k < EMBEDDING_DIM; k++)
    cJSON_AddItemToArray(vector, cJSON_CreateNumber((double)values[k] + 0.125));
  json_add_int(json, "index", index);
  return json;
}

static enum MHD_Result embeddings(struct MHD_Connection *connection, const struct buf *body)
{
  cJSON *request = cJSON_ParseWithLength(body->data ? body->data : "", body->size);
  const cJSON *input = json_get(request, "input");
  const char *model = json_str(request, "model");
  int count = cJSON_GetArraySize(input);
  if (has_no_embeddings || !model || !count) {
    cJSON_Delete(request);
    return send_error(connection, has_no_embeddings ? 501 : 400, "not_supported_error",
                      "This server does not support embeddings. Start it with `--embeddings`", NULL,
                      NULL, NULL);
  }
  cJSON *json = cJSON_CreateObject(), *data = json_add_array(json, "data");
  for (int k = 0; k < count; k++) {
    int at = strcmp(model, "swapped") ? k : count - 1 - k;
    cJSON_AddItemToArray(data, embedding(cJSON_GetArrayItem(input, at)->valuestring, model, at));
  }
  char *line = mem_printf("embeddings %s %d\n", model, count);
  write_log(line);
  free(line);
  cJSON_Delete(request);
  return send_json(connection, MHD_HTTP_OK, json);
}

/* As some do, it repeats the key that is wrong. */
static enum MHD_Result refuse_key(struct MHD_Connection *connection, const char *authorization)
{
  char *text = mem_printf("Invalid API Key%s%s", authorization ? ": " : "",
                          authorization ? authorization : "");
  enum MHD_Result result = send_error(connection, 401, "authentication_error", text, NULL, NULL, NULL);
  free(text);
  return result;
}

static enum MHD_Result respond(struct MHD_Connection *connection, const char *url,
                               const char *method, const struct buf *body)
{
  const char *authorization =
    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
  bool is_post = !strcmp(method, "POST");
  if (server_key && (!authorization || strncmp(authorization, "Bearer ", 7) ||
                     strcmp(authorization + 7, server_key)))
    return refuse_key(connection, authorization);
  if (!strncmp(url, "/moved/", 7)) { /* the same path of this host, without /moved */
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Location", url + 6);
    enum MHD_Result result = MHD_queue_response(connection, 308, response);
    MHD_destroy_response(response);
    return result;
  }
  if (is_post && !strcmp(url, "/v1/chat/completions"))
    return chat(connection, body, authorization != NULL);
  if (is_post && !strcmp(url, "/v1/embeddings"))
    return embeddings(connection, body);
  if (!is_post && !strcmp(url, "/v1/models"))
    return models(connection);
  if (!is_post && !strcmp(url, "/props"))
    return props(connection);
  return send_error(connection, 404, "not_found_error", "File Not Found", NULL, NULL, NULL);
}

/* What a proxy is asked for begins with its host. */
static const char *without_host(const char *url)
{
  static const char scheme[] = "http://";
  if (strncmp(url, scheme, sizeof scheme - 1))
    return url;
  const char *path = strchr(url + sizeof scheme - 1, '/');
  char *line = mem_printf("proxy %s\n", url);
  write_log(line);
  free(line);
  return path ? path : "/";
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
  (void)user;
  (void)version;
  struct buf *body = *state;
  if (!body) {
    *state = mem_zero(1, sizeof *body);
    return MHD_YES;
  }
  if (*size) {
    if (body->size + *size > REQUEST_MAX)
      return MHD_NO;
    buf_add(body, data, *size);
    *size = 0;
    return MHD_YES;
  }
  return respond(connection, without_host(url), method, body);
}

static void done(void *user, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode why)
{
  (void)user;
  (void)connection;
  (void)why;
  if (*state)
    buf_free(*state);
  free(*state);
}

static char *read_pem(const char *path)
{
  struct err err;
  char *text = path_read(path, 1 << 20, NULL, &err);
  if (!text)
    fprintf(stderr, "model-server: %s\n", err.text);
  return text;
}

static bool read_arguments(int argc, char **argv)
{
  for (int k = 1; k < argc; k++) {
    if (!strcmp(argv[k], "--no-embeddings")) {
      has_no_embeddings = true;
    } else if (!strcmp(argv[k], "--key") && k + 1 < argc) {
      server_key = argv[++k];
    } else if (!strcmp(argv[k], "--log") && k + 1 < argc) {
      log_fd = open(argv[++k], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    } else if (!strcmp(argv[k], "--tls") && k + 2 < argc) {
      certificate = read_pem(argv[k + 1]);
      certificate_key = read_pem(argv[k + 2]);
      k += 2;
      if (!certificate || !certificate_key || MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return false;
    }
  }
  return true;
}

static struct MHD_Daemon *listen_on_loopback(void)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!certificate)
    return MHD_start_daemon(flags, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
  return MHD_start_daemon(flags | MHD_USE_TLS, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR,
                          &address, MHD_OPTION_NOTIFY_COMPLETED, done, NULL,
                          MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_MEM_KEY,
                          certificate_key, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
  signal(SIGPIPE, SIG_IGN);
  struct MHD_Daemon *daemon = read_arguments(argc, argv) ? listen_on_loopback() : NULL;
  if (!daemon) {
    fputs("model-server: cannot listen on 127.0.0.1\n", stderr);
    return 1;
  }
  printf("http%s://127.0.0.1:%u\n", certificate ? "s" : "",
         (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0)
    ;
  _exit(0); /* requests that hang are not waited for */
}
