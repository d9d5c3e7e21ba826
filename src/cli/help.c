/* help.c - help of a command, and the tables from which manual pages are made
 *
 * `help --table NAME` prints a table of the program as troff: that is how the tables
 * in man/ are made at build time, so that they cannot differ from the program.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"

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

static int print_table(const char *name)
{
  struct err err = {0};
  const struct command_row *command = cli_command_named(name);
  if (!strcmp(name, "commands"))
    print_command_table();
  else if (!strcmp(name, "options"))
    print_option_table(cli_global_options);
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
    return print_table(cli_text(cli, "table"));
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
