/* setting.h - named settings with a type, limits and a sentence: one table, many uses
 *
 * A table of rows feeds `--set name=value`, help, the manual and the launch form of the
 * interface. Values are numbers; a choice is the index of its word.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_SETTING_H
#define BASE_SETTING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

enum setting_type { SETTING_INT, SETTING_REAL, SETTING_CHOICE };

struct setting_row {
  const char *name;
  enum setting_type type;
  const char *fallback; /* as text */
  double min, max;      /* of a number, both ends included */
  const char *choices;  /* of a choice: "on|off" */
  const char *help;     /* one sentence, no full stop */
};

enum { SETTINGS_MAX = 48 };

struct settings {
  const struct setting_row *rows; /* ends with a row whose name is NULL */
  double values[SETTINGS_MAX];
  bool is_given[SETTINGS_MAX]; /* set, not the fallback */
};

/* Does a row take this value? EX_USAGE with the reason when it does not. */
bool setting_takes(const struct setting_row *row, const char *value, struct err *err);

void settings_init(struct settings *settings, const struct setting_row *rows);
/* EX_USAGE: no such setting (the error lists them), or a value it does not take. */
bool settings_set(struct settings *settings, const char *name, const char *value, struct err *err);
/* "name=value" */
bool settings_assign(struct settings *settings, const char *assignment, struct err *err);
/* Another fallback, which follows from other settings: it holds unless the setting was given. */
void settings_follow(struct settings *settings, const char *name, double value);
/* By name; asserts that there is such a row. */
double setting(const struct settings *settings, const char *name);
bool setting_is(const struct settings *settings, const char *name, const char *choice);
bool settings_has(const struct settings *settings, const char *name);
/* As people write it: "0.001", "pair". Valid until the next call for the same row's text. */
void setting_text(const struct settings *settings, const char *name, char *text, size_t size);
/* {"lr":0.001,"align":"pair",...} and back; unknown names in the object are an error. */
cJSON *settings_json(const struct settings *settings);
bool settings_from_json(struct settings *settings, const cJSON *object, struct err *err);

#endif
