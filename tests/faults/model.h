/* model.h - what the model behind the test server understands and says
 *
 * It reads a chat request as strictly as a real server, takes the three templates apart by
 * their headings, looks at the picture, and answers with replies of the right shape.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "base/json.h"
#include "media/picture.h"

/* A request, taken apart. Texts are owned by body. */
struct heard {
  cJSON *body;
  const char *model, *template_name; /* "mask", by the words of the prompt; "probe" */
  const char *format;                /* type of response_format, or NULL */
  bool has_schema;                   /* in a form that a server holds */
  bool is_stream, is_uncached;
  const char *user;                  /* the first message of the user */
  bool is_repair;                    /* a reply of ours is in it, with what was wrong */
  int max_tokens;
  const char *avoided;  /* colours that it will not choose, or NULL */
  bool is_forgetful;    /* it does not care for what was chosen before */
  struct picture picture, other_picture;
  bool has_picture;
};

/* Understand a request; false with what is wrong with it. Freed by heard_free in any case. */
bool heard_read(const char *body, size_t size, struct heard *heard, struct err *err);
void heard_free(struct heard *heard);

/* The reply of a model that does as it is told. The caller frees. */
char *model_reply(const struct heard *heard);
/* A reply of the right shape and without any sense. The caller frees. */
char *model_nonsense(const struct heard *heard);

#endif
