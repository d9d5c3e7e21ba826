/* help.c - help of a command, and the tables from which manual pages are made
 *
 * `help --table NAME` prints a table of the program as troff: that is how the tables
 * in man/ are made at build time, so that they cannot differ from the program.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "data/format.h"
#include "gen/checks.h"
#include "media/measure.h"
#include "model/model.h"
#include "prompt/template.h"
#include "sampler/sampler.h"

/* Text as troff: a dash that is typed, no accidental request at the start of a line. */
static void print_troff(const char *text)
{
  if (*text == '.' || *text == '\'')
    fputs("\\&", stdout);
  for (; *text; text++) {
    if (*text == '-')
      fputs("\\-", stdout);
    else if (*text == '\\')
      fputs("\\e", stdout);
    else
      putchar(*text);
  }
}

static void print_option_row(const struct option_row *option)
{
  puts(".TP");
  if (option->letter)
    printf("\\fB\\-%c\\fR, ", option->letter);
  fputs("\\fB\\-\\-", stdout);
  print_troff(option->name);
  fputs("\\fR", stdout);
  if (option->value) {
    fputs(" \\fI", stdout);
    print_troff(option->value);
    fputs("\\fR", stdout);
  }
  putchar('\n');
  print_troff(option->help);
  if (option->min != 0 || option->max != 0)
    printf(", from %g to %g", option->min, option->max);
  if (option->fallback) {
    fputs(" (default ", stdout);
    print_troff(option->fallback);
    putchar(')');
  }
  puts(".");
}

static void print_option_table(const struct option_row *options)
{
  for (; options && options->name; options++)
    print_option_row(options);
}

static void print_command_table(void)
{
  for (const struct command_row *const *row = cli_commands; *row; row++) {
    if (!(*row)->help)
      continue;
    fputs(".TP\n\\fB", stdout);
    print_troff((*row)->name);
    fputs("\\fR \\fI", stdout);
    print_troff((*row)->usage);
    fputs("\\fR\n", stdout);
    print_troff((*row)->help);
    puts(".");
  }
}

/* A row of most tables: a name and a sentence. */
static void print_row(const char *name, const char *text)
{
  fputs(".TP\n.B ", stdout);
  print_troff(name);
  putchar('\n');
  print_troff(text);
  puts(".");
}

static void print_checks(void)
{
  for (const struct check_row *row = check_rows; row->name; row++)
    print_row(row->name, row->help);
}

static void print_fields(void)
{
  for (const struct prompt_field *field = prompt_fields; field->name; field++)
    print_row(field->name, field->help);
}

static void print_backends(void)
{
  for (const struct backend_row *row = backend_rows; row->name; row++)
    print_row(row->name, row->help);
}

static void print_image_keys(void)
{
  for (int k = 0; k < IMAGE_KEYS; k++) {
    struct buf text = {0};
    buf_printf(&text, "%s: ", image_keys[k].measured_as);
    for (int c = 0; c < image_keys[k].class_count; c++)
      buf_printf(&text, "%s%s", c ? ", " : "", image_keys[k].classes[c]);
    buf_str(&text, image_keys[k].can_edit ? "" : "; never changed");
    print_row(image_keys[k].name, text.data);
    buf_free(&text);
  }
}

static void print_models(void)
{
  for (const struct model_ops *const *model = models; *model; model++)
    print_row((*model)->name, (*model)->help);
}

static void print_model_settings(void)
{
  for (const struct model_ops *const *model = models; *model; model++)
    for (const struct setting_row *row = (*model)->settings; row && row->name; row++) {
      struct buf name = {0}, text = {0};
      buf_printf(&name, "%s %s", (*model)->name, row->name);
      buf_printf(&text, "%s (", row->help);
      if (row->choices)
        buf_printf(&text, "%s; ", row->choices);
      else
        buf_printf(&text, "%g to %g; ", row->min, row->max);
      buf_printf(&text, "default %s)", row->fallback);
      print_row(name.data, text.data);
      buf_free(&name);
      buf_free(&text);
    }
}

static void print_samplers(void)
{
  for (const struct sampler_ops *const *sampler = samplers; *sampler; sampler++)
    print_row((*sampler)->name, (*sampler)->help);
}

static void print_formats(void)
{
  for (const struct format *const *format = formats; *format; format++)
    print_row((*format)->name, (*format)->help);
}

static const struct table_row {
  const char *name;
  void (*print)(void);
} tables[] = {
  {"commands", print_command_table}, {"checks", print_checks},
  {"fields", print_fields},          {"backends", print_backends},
  {"image-keys", print_image_keys},  {"models", print_models},
  {"samplers", print_samplers},      {"model-settings", print_model_settings},
  {"formats", print_formats},
};

static int print_table(const struct cli *cli, const char *name)
{
  struct err err = {0};
  const struct command_row *command = cli_command_named(name);
  for (size_t k = 0; k < COUNT_OF(tables); k++)
    if (!strcmp(tables[k].name, name)) {
      tables[k].print();
      return cli_finish(0);
    }
  if (!strcmp(name, "options"))
    print_option_table(cli_global_options);
  else if (!strcmp(name, "keys"))
    cli->front->print_keys();
  else if (command)
    print_option_table(command->options);
  else
    return err_set(&err, EX_USAGE, "help: no table \"%s\"", name), cli_fail(&err);
  return cli_finish(0);
}

static int run(struct cli *cli)
{
  struct err err = {0};
  if (cli_given(cli, "table"))
    return print_table(cli, cli_text(cli, "table"));
  const char *topic = cli->operand_count ? cli->operands[0] : NULL;
  const struct command_row *command = topic ? cli_command_named(topic) : NULL;
  if (topic && !command) {
    err_set(&err, EX_USAGE, "help: no command \"%s\"; neggen help lists them", topic);
    return cli_fail(&err);
  }
  cli_print_help(command);
  return cli_finish(0);
}

static const struct option_row options[] = {
  {"table", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "print a table of the program as troff, for the manual"},
  {0},
};

const struct command_row command_help = {
  .name = "help",
  .usage = "[COMMAND]",
  .help = "show what a command does and takes",
  .max_operands = 1,
  .options = options,
  .run = run,
};
