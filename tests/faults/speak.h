/* speak.h - answers of the test server on the wire: whole, as a stream, as an error
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SPEAK_H
#define TESTS_SPEAK_H

#include <microhttpd.h>

#include "base/json.h"
#include "model.h"

/* How an answer ends. */
enum ending {
  ENDS_WELL,
  ENDS_WITHOUT_DONE,   /* of a stream: the last event is missing */
  ENDS_WITHOUT_FINISH, /* no finish_reason anywhere */
  ENDS_CUT,            /* the connection is closed in the middle */
  ENDS_NEVER,          /* it stands still in the middle */
  ENDS_IN_ERROR,       /* of a stream: an error event in the middle */
};

struct speech {
  const char *finish_reason;
  char *content;             /* freed by speak; NULL: none */
  const char *thought, *refusal;
  bool has_tool_call;
  enum ending ending;
  int pause_ms;              /* between two pieces of a stream */
};

/* As the request asks for it: one object, or a stream. */
enum MHD_Result speak(struct MHD_Connection *connection, const struct heard *heard,
                      struct speech speech);
enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status, const char *text,
                          size_t size);
enum MHD_Result send_json(struct MHD_Connection *connection, unsigned status, cJSON *json);
/* With a header "name: value" (NULL: without); code: of the error, a string, or NULL. */
enum MHD_Result send_error(struct MHD_Connection *connection, unsigned status, const char *type,
                           const char *message, const char *code, const char *name, const char *value);
enum MHD_Result send_bytes(struct MHD_Connection *connection, MHD_ContentReaderCallback reader,
                           uint64_t size);

#endif
