/* actions.c - see actions.h
 * SPDX-License-Identifier: MIT */
#include "actions.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

const struct action_row action_rows[ACTION_COUNT] = {
  {0},
#define ACTION_ROW(name, keys, views, needs, footer, help) {#name, keys, views, needs, footer, help},
  ACTIONS(ACTION_ROW)
};

const char *const need_texts[] = {
  [NEEDS_NOTHING] = "",
  [NEEDS_ITEM] = "needs an item",
  [NEEDS_NEGATIVE] = "needs a negative: press g",
  [NEEDS_FINISHED] = "needs a finished negative: press g",
  [NEEDS_RUN] = "needs a run",
  [NEEDS_LIVE_RUN] = "needs one that is running",
  [NEEDS_STOPPED_RUN] = "needs a run that was stopped",
  [NEEDS_ENDED_RUN] = "needs a run that is not running: x stops it",
  [NEEDS_WORK] = "nothing is under way",
};

static const struct {
  const char *name;
  int code;
} key_names[] = {
  {"Up", K_UP},         {"Down", K_DOWN},       {"Left", K_LEFT},           {"Right", K_RIGHT},
  {"Home", K_HOME},     {"End", K_END},         {"PageUp", K_PAGE_UP},      {"PageDown", K_PAGE_DOWN},
  {"Enter", K_ENTER},   {"Esc", K_ESC},         {"Tab", K_TAB},             {"Backspace", K_BACKSPACE},
  {"Delete", K_DELETE}, {"F1", K_F1},           {"Space", ' '},
};

int key_named(const char *name, int size)
{
  if (size == 1)
    return (unsigned char)*name;
  if (size == 3 && !strncmp(name, "C-", 2) && name[2] >= 'a' && name[2] <= 'z')
    return name[2] - 'a' + 1;
  for (size_t k = 0; k < COUNT_OF(key_names); k++)
    if ((int)strlen(key_names[k].name) == size && !strncmp(key_names[k].name, name, (size_t)size))
      return key_names[k].code;
  return KEY_NONE;
}

static bool has_key(const char *keys, int key)
{
  for (const char *p = keys; *p;) {
    int size = (int)strcspn(p, " ");
    if (key_named(p, size) == key)
      return true;
    p += size + (p[size] == ' ');
  }
  return false;
}

enum action action_of_key(int key, unsigned view)
{
  for (int k = 1; k < ACTION_COUNT; k++)
    if ((action_rows[k].views & view) && has_key(action_rows[k].keys, key))
      return (enum action)k;
  return ACTION_NONE;
}

enum action action_named(const char *name)
{
  for (int k = 1; k < ACTION_COUNT; k++)
    if (!strcmp(action_rows[k].name, name))
      return (enum action)k;
  return ACTION_NONE;
}

const char *action_key(enum action action, int *size)
{
  *size = (int)strcspn(action_rows[action].keys, " ");
  return action_rows[action].keys;
}

void actions_print_table(void)
{
  for (int k = 1; k < ACTION_COUNT; k++) {
    printf(".TP\n\\fB");
    for (const char *p = action_rows[k].keys; *p; p++)
      printf(*p == ' ' ? "\\fR, \\fB" : *p == '\\' ? "\\e" : "%c", *p);
    printf("\\fR (%s)\n%s.\n", action_rows[k].name, action_rows[k].help);
  }
}
