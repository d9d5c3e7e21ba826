/* decoder.c - see decoder.h
 * SPDX-License-Identifier: MIT */
#include "media/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "media/decode.h"

struct decoder {
  char *program;
  struct child child;
  bool is_running;
  bool has_answered; /* this process, at least once */
  int64_t spent_ns;  /* waiting for this process */
};

/* How an exchange went. */
enum outcome { ANSWERED, DIED, TOO_SLOW };

struct decoder *decoder_new(void)
{
  struct decoder *decoder = mem_zero(1, sizeof *decoder);
  decoder->program = child_program("neggen-decode");
  return decoder;
}

static int stop(struct decoder *decoder)
{
  decoder->is_running = false;
  return child_stop(&decoder->child, 0);
}

void decoder_free(struct decoder *decoder)
{
  if (!decoder)
    return;
  if (decoder->is_running)
    stop(decoder);
  free(decoder->program);
  free(decoder);
}

/* A process that may still work for one picture more. */
static bool ready(struct decoder *decoder, struct err *err)
{
  if (decoder->is_running && decoder->spent_ns > DECODE_SECONDS_PROCESS * 1000000000LL)
    stop(decoder);
  if (decoder->is_running)
    return true;
  const char *argv[] = {decoder->program, NULL};
  unsigned flags = CHILD_PIPE_IN | CHILD_PIPE_OUT | CHILD_NULL_ERR | CHILD_DIE_WITH_US |
                   CHILD_NO_ENVIRONMENT;
  if (!child_start(&decoder->child, argv, flags, -1, err))
    return err_prefix(err, "pictures cannot be decoded");
  fcntl(decoder->child.in, F_SETFL, O_NONBLOCK);
  fcntl(decoder->child.out, F_SETFL, O_NONBLOCK);
  decoder->is_running = true;
  decoder->has_answered = false;
  decoder->spent_ns = 0;
  return true;
}

/* Move size bytes through a pipe that does not block, until the deadline. */
static enum outcome transfer(int fd, bool is_write, void *data, size_t size, int64_t deadline)
{
  for (size_t done = 0; done < size;) {
    char *at = (char *)data + done;
    ssize_t n = is_write ? write(fd, at, size - done) : read(fd, at, size - done);
    if (n > 0) {
      done += (size_t)n;
      continue;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR))
      return DIED;
    int64_t left_ms = (deadline - clock_ns()) / 1000000;
    if (left_ms <= 0)
      return TOO_SLOW;
    struct pollfd ready_fd = {.fd = fd, .events = is_write ? POLLOUT : POLLIN};
    poll(&ready_fd, 1, (int)left_ms);
  }
  return ANSWERED;
}

/* Send the file, take the answer: reply, and its pixels or reason (owned by the caller). */
static enum outcome exchange(struct decoder *decoder, const void *bytes, size_t size,
                             struct decode_reply *reply, uint8_t **body)
{
  int64_t start = clock_ns(), deadline = start + DECODE_SECONDS_MAX * 1000000000LL;
  uint64_t length = size;
  *body = NULL;
  enum outcome outcome = transfer(decoder->child.in, true, &length, sizeof length, deadline);
  if (outcome == ANSWERED)
    outcome = transfer(decoder->child.in, true, (void *)(size_t)bytes, size, deadline);
  if (outcome == ANSWERED)
    outcome = transfer(decoder->child.out, false, reply, sizeof *reply, deadline);
  if (outcome == ANSWERED) {
    uint64_t pixels = (uint64_t)reply->width * reply->height;
    bool is_sane = reply->is_well ? pixels > 0 && pixels <= DECODE_PIXELS_MAX &&
                                      reply->size == pixels * 3
                                  : reply->size < 1000;
    if (!is_sane)
      return DIED; /* it was taken over: end it */
    *body = mem_alloc(reply->size + 1);
    outcome = transfer(decoder->child.out, false, *body, reply->size, deadline);
    (*body)[reply->size] = 0;
  }
  decoder->spent_ns += clock_ns() - start;
  return outcome;
}

bool decoder_read(struct decoder *decoder, const void *bytes, size_t size, const char *what,
                  struct picture *out, struct err *err)
{
  struct decode_reply reply;
  uint8_t *body;
  *out = (struct picture){0};
  if (size == 0)
    return err_set(err, EX_DATAERR, "%s: is empty", what);
  if (size > DECODE_BYTES_MAX)
    return err_set(err, EX_DATAERR, "%s: is %zu MB, more than %d", what, size >> 20,
                   DECODE_BYTES_MAX >> 20);
  for (;;) {
    if (!ready(decoder, err))
      return false;
    enum outcome outcome = exchange(decoder, bytes, size, &reply, &body);
    if (outcome == ANSWERED)
      break;
    free(body);
    bool may_be_innocent = decoder->has_answered && outcome == DIED;
    int status = stop(decoder);
    if (outcome == TOO_SLOW)
      return err_set(err, EX_DATAERR, "%s: takes longer than %d s to decode", what,
                     DECODE_SECONDS_MAX);
    if (!may_be_innocent) /* else: killed between two pictures? ask a fresh process */
      return err_set(err, EX_DATAERR, "%s: the decoder died of it (status %d)", what, status);
  }
  decoder->has_answered = true;
  if (reply.is_well) {
    *out = (struct picture){(int)reply.width, (int)reply.height, body};
    return true;
  }
  err_set(err, EX_DATAERR, "%s: %s", what, (char *)body);
  free(body);
  return false;
}

bool decoder_read_file(struct decoder *decoder, const char *path, struct picture *out,
                       char *hash_hex, int64_t *size_bytes, struct err *err)
{
  size_t size;
  *out = (struct picture){0};
  if (access(path, F_OK) == 0 && !path_is_file(path))
    return err_set(err, EX_NOINPUT, "%s: is not a file", path);
  char *bytes = path_read(path, DECODE_BYTES_MAX, &size, err);
  if (!bytes)
    return false;
  if (hash_hex)
    hash_sha256(bytes, size, hash_hex);
  if (size_bytes)
    *size_bytes = (int64_t)size;
  bool ok = decoder_read(decoder, bytes, size, path, out, err);
  free(bytes);
  return ok;
}
