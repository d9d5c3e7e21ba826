/* command.c - what may be typed after ":": any action by its name, and a table of commands
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui.h"

static bool show_item(struct ui *ui, const char *rest, struct err *err)
{
  (void)err;
  compare_show(ui, rest, 0);
  return true;
}

static bool save_screen(struct ui *ui, const char *rest, struct err *err)
{
  ui_draw(ui);
  return screen_save(rest, err);
}

static bool set_option(struct ui *ui, const char *rest, struct err *err)
{
  char name[64];
  int more = 0;
  if (sscanf(rest, "%63s %n", name, &more) < 1 || !session_set(&ui->session, name, rest + more, err))
    return false;
  ui_say(ui, "%s is %s", name, session_get(&ui->session, name));
  return true;
}

static const struct command {
  const char *name, *operands, *help;
  bool (*run)(struct ui *ui, const char *rest, struct err *err);
} commands[] = {
  {"item", "KEY", "show this item, original beside intervened", show_item},
  {"set", "NAME VALUE", "change a setting for what is started from here", set_option},
  {"save-screen", "FILE", "write what is on the screen to a file", save_screen},
};

const char *ui_command_row(int k, const char **operands, const char **help)
{
  if (k >= (int)COUNT_OF(commands))
    return NULL;
  *operands = commands[k].operands;
  *help = commands[k].help;
  return commands[k].name;
}

static bool run_action(struct ui *ui, enum action action, struct err *err)
{
  const struct action_row *row = &action_rows[action];
  if (!(row->views & ui_view(ui)->bit))
    return err_set(err, EX_USAGE, "%s does not work in the view %s", row->name, ui_view(ui)->name);
  ui_act(ui, action, 1);
  return true;
}

bool ui_command(struct ui *ui, const char *line, struct err *err)
{
  char word[64];
  int used = 0;
  if (sscanf(line, " %63s %n", word, &used) < 1)
    return true;
  const char *rest = line + used;
  enum action action = action_named(word);
  if (action != ACTION_NONE && !*rest)
    return run_action(ui, action, err);
  for (size_t k = 0; k < COUNT_OF(commands); k++)
    if (!strcmp(commands[k].name, word))
      return *rest ? commands[k].run(ui, rest, err)
                   : err_set(err, EX_USAGE, "%s %s: %s", word, commands[k].operands, commands[k].help);
  return err_set(err, EX_USAGE, "no command \"%s\": Tab completes, ? shows all", word);
}
