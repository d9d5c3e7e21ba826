/* completion.c - completion for a shell, from the tables
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

static void print_words(const struct option_row *options)
{
  for (; options && options->name; options++)
    printf(" --%s", options->name);
}

static void print_bash(void)
{
  puts("# bash completion for neggen: eval \"$(neggen completion bash)\"\n"
       "_neggen() {\n"
       "  local word=\"${COMP_WORDS[COMP_CWORD]}\" command=\"\" k words\n"
       "  for ((k = 1; k < COMP_CWORD; k++)); do\n"
       "    [[ ${COMP_WORDS[k]} != -* ]] && { command=\"${COMP_WORDS[k]}\"; break; }\n"
       "  done\n"
       "  case \"$command\" in");
  for (const struct command_row *const *row = cli_commands; *row; row++) {
    printf("  %s) words=\"", (*row)->name);
    print_words((*row)->options);
    puts("\" ;;");
  }
  fputs("  *) words=\"", stdout);
  for (const struct command_row *const *row = cli_commands; *row; row++)
    printf(" %s", (*row)->name);
  puts("\" ;;\n  esac");
  fputs("  words+=\"", stdout);
  print_words(cli_global_options);
  puts("\"\n"
       "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -f -- \"$word\")\n"
       "}\n"
       "complete -o filenames -F _neggen neggen");
}

/* A text in single quotes for fish. */
static void print_quoted(const char *text)
{
  putchar('\'');
  for (; *text; text++) {
    if (*text == '\'' || *text == '\\')
      putchar('\\');
    putchar(*text);
  }
  putchar('\'');
}

static void print_fish_options(const char *command, const struct option_row *options)
{
  for (; options && options->name; options++) {
    printf("complete -c neggen");
    if (command)
      printf(" -n '__fish_seen_subcommand_from %s'", command);
    printf(" -l %s%s -d ", options->name, options->type == OPTION_FLAG ? "" : " -r");
    print_quoted(options->help);
    putchar('\n');
  }
}

static void print_fish(void)
{
  puts("# fish completion for neggen: neggen completion fish | source");
  print_fish_options(NULL, cli_global_options);
  for (const struct command_row *const *row = cli_commands; *row; row++) {
    printf("complete -c neggen -n __fish_use_subcommand -a %s -d ", (*row)->name);
    print_quoted((*row)->help ? (*row)->help : (*row)->name);
    putchar('\n');
    print_fish_options((*row)->name, (*row)->options);
  }
}

static int run(struct cli *cli)
{
  struct err err = {0};
  if (!strcmp(cli->operands[0], "bash"))
    print_bash();
  else if (!strcmp(cli->operands[0], "fish"))
    print_fish();
  else
    return err_set(&err, EX_USAGE, "completion is made for bash and fish, not \"%s\"",
                   cli->operands[0]),
           cli_fail(&err);
  return cli_finish(0);
}

const struct command_row command_completion = {
  .name = "completion",
  .usage = "bash|fish",
  .help = "print completion for a shell",
  .min_operands = 1,
  .max_operands = 1,
  .run = run,
};
