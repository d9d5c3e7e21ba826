/* json.h - cJSON with the doors closed
 *
 * cJSON turns 9007199254740993 into a double, cuts strings at \u0000, keeps both of
 * two equal keys and prints NaN as null. json_parse refuses what would be lost, with
 * its place (what:line:column); json_line never prints a number that is not finite.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/err.h"

/* Parse one value and nothing after it. `what` names the source in errors. Refused: trailing
 * text, equal keys in an object, \u0000, integers beyond 2^53, nesting over 64, invalid UTF-8.
 * Free with cJSON_Delete. */
cJSON *json_parse(const char *text, size_t size, const char *what, struct err *err);

/* A child of an object or array, as it stands in the text. */
struct json_span {
  const char *key; /* between its quotes, as written; NULL in an array */
  size_t key_size;
  const char *text;
  size_t size;
};
struct json_spans {
  struct json_span *at; /* the caller frees */
  size_t count, room;
};

/* The children of the object or array that UTF-8 text is; none of another value. Checked as
 * json_parse does, but that numbers of any size pass: they stay text. `line` is where the text stands
 * in `what`. */
bool json_children(const char *text, size_t size, const char *what, int64_t line,
                   struct json_spans *out, struct err *err);
/* What a checked string means, of the text between its quotes: into out [size], which may be the
 * text itself. The bytes of it are returned; no NUL is added. */
size_t json_unquoted(const char *text, size_t size, char *out);

const char *json_str(const cJSON *object, const char *key);           /* NULL if none or no string */
double json_num(const cJSON *object, const char *key, double fallback);
bool json_bool(const cJSON *object, const char *key, bool fallback);
cJSON *json_get(const cJSON *object, const char *key);                /* NULL if none */

/* Add under key; strings may be NULL (added as null). */
void json_add_str(cJSON *object, const char *key, const char *value);
void json_add_int(cJSON *object, const char *key, int64_t value);
void json_add_num(cJSON *object, const char *key, double value);      /* not finite: added as null */
void json_add_bool(cJSON *object, const char *key, bool value);
cJSON *json_add_object(cJSON *object, const char *key);
cJSON *json_add_array(cJSON *object, const char *key);

char *json_line(const cJSON *value);    /* one line, no line feed; the caller frees */
char *json_pretty(const cJSON *value);  /* for people; the caller frees */

#endif
