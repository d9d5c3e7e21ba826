/* template.h - prompt templates: files with a front matter, rendered for an item
 *
 * describe -> mask -> complete. A file is looked for in WS/prompts first, then where
 * neggen is installed. Front matter (name, version, inputs, schema, max_tokens,
 * temperature), then `system:` and `user:` parts with {{field}}. A template that does
 * not parse is refused with file:line:column.
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_TEMPLATE_H
#define PROMPT_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"

enum template_index { DESCRIBE, MASK, COMPLETE, TEMPLATE_COUNT };
extern const char *const template_names[TEMPLATE_COUNT];
int template_named(const char *name); /* -1 when there is none */

/* The {{fields}}: a row each, with the first template that has it filled in. */
#define PROMPT_FIELDS(_)                                                                        \
  _(title, DESCRIBE, "the item's title")                                                        \
  _(document, DESCRIBE, "the item's fields, one line each")                                     \
  _(description, MASK, "the sentence that describe wrote of the picture")                       \
  _(image_attributes, MASK, "what describe saw in the picture, a line \"key: value\" each")     \
  _(text_attributes, MASK, "the entries of the item's fields, a line \"key: value\" each")      \
  _(evidence, MASK, "per attribute: share of its users' histories, share overall, lift")        \
  _(visual_masked, COMPLETE, "the description with its key attributes masked")                  \
  _(text_masked, COMPLETE, "the text with its key attributes masked")                           \
  _(key_values, COMPLETE, "the masked keys with their original values, a line each")            \
  _(candidates, COMPLETE, "values that other items have for the masked keys, a line a key")     \
  _(taken, COMPLETE, "new values that other candidates of the item have, a line a key, or \"none\"")

enum prompt_field_index {
#define PROMPT_FIELD_ENUM(name, first, help) PROMPT_##name,
  PROMPT_FIELDS(PROMPT_FIELD_ENUM)
#undef PROMPT_FIELD_ENUM
  PROMPT_FIELD_COUNT
};

struct prompt_field {
  const char *name;
  enum template_index first;
  const char *help;
};
extern const struct prompt_field prompt_fields[]; /* ends with a NULL name */

struct prompt_template {
  char *name, *path;
  char hash[65]; /* SHA-256 of the file */
  int version, max_tokens;
  double temperature;
  bool sends_picture;  /* inputs name it */
  char *system, *user; /* bodies, unrendered */
  char *schema, *schema_path; /* the reply schema's JSON text, and where it is */
  char *text;          /* the whole file */
};

/* Where in its file a line begins with these words; 0 when none does. */
size_t template_place(const struct prompt_template *prompt, const char *words);
/* workspace may be NULL. */
struct prompt_template *template_load(const char *workspace, const char *name, struct err *err);
/* The template of this name that a text is. `path` is what errors call it; its schema is looked for beside it,
 * then in WS/prompts, then where neggen is installed. */
struct prompt_template *template_parse(const char *workspace, const char *name, const char *path,
                                       const char *text, size_t size, struct err *err);
/* The file that template_load would read; the caller frees. */
char *template_path(const char *workspace, const char *name, struct err *err);
void template_free(struct prompt_template *prompt);

/* Values by field index; NULL is an empty text. */
struct prompt_values {
  char *text[PROMPT_FIELD_COUNT];
};
void prompt_values_free(struct prompt_values *values);
/* Where the value of a field stands in a rendered text. */
struct prompt_mark {
  size_t start, size; /* bytes */
  enum prompt_field_index field;
};
struct prompt_marks {
  struct prompt_mark *at; /* in order; the caller frees */
  int count, room;
};
/* Fill in a body, once: what a value holds is not looked at again, and the control tokens of
 * chat formats are broken up in it (safe.h). marks (may be NULL) gets the places. The caller frees. */
char *template_render(const char *body, const struct prompt_values *values,
                      struct prompt_marks *marks);

#endif
