/* cli.h - the command line: one table of commands, one file a command
 *
 * A command is a row of CLI_COMMANDS and a file cli/NAME.c with `int cmd_NAME(struct cli *)`
 * and a const table of its options. The parser, --help, shell completion and the manual
 * pages read the same tables. Global options stand before or after the subcommand.
 * SPDX-License-Identifier: MIT */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/progress.h"

/* One option of a command. Every option has a long name, a sentence, and a type. */
enum option_type {
  OPTION_FLAG,   /* --name */
  OPTION_TEXT,   /* --name VALUE, the last one wins */
  OPTION_LIST,   /* --name VALUE, may be repeated */
  OPTION_INT,    /* checked against min..max */
  OPTION_REAL,   /* checked against min..max */
  OPTION_CHOICE, /* one of choices, separated by "|" */
};

struct option_row {
  const char *name;      /* without dashes */
  char letter;           /* or 0 */
  enum option_type type;
  const char *value;     /* placeholder in help: "FILE"; for a choice "a|b|c" */
  const char *fallback;  /* default as text, or NULL */
  double min, max;       /* for numbers; both 0: no limits */
  const char *help;      /* one sentence, no full stop */
};

struct cli;
struct price; /* price.h */

/* What main lends to the commands: the interface lives above them. */
struct front {
  int (*open)(struct cli *cli);     /* the interface, for `open` */
  int (*colours)(void);             /* of the terminal; -1: not told, -2: no such terminal */
  void (*print_keys)(void);         /* its table of keys as troff, for the manual */
};

struct command_row {
  const char *name;
  const char *usage;            /* operands and all: "WS SOURCE..." */
  const char *help;             /* one line */
  int min_operands, max_operands; /* max -1: any number */
  const struct option_row *options; /* ends with a row whose name is NULL */
  int (*run)(struct cli *cli);  /* exit status; prints its error through cli_fail */
  bool computes;                /* on several threads: see cli_main */
};

/* What a command sees. */
struct cli {
  const struct command_row *command;
  int operand_count;
  char **operands;
  /* global options */
  bool is_json, is_quiet;
  enum progress_mode progress;
  const char *config_file, *curator;
  const struct front *front; /* from main */
  struct cli_values *values;
};

/* Option values by name; asserts that the command has such an option. */
bool cli_flag(const struct cli *cli, const char *name);
bool cli_given(const struct cli *cli, const char *name);  /* said on the command line? */
const char *cli_text(const struct cli *cli, const char *name);
int64_t cli_int(const struct cli *cli, const char *name);
double cli_real(const struct cli *cli, const char *name);
int cli_list(const struct cli *cli, const char *name, const char *const **values); /* their number */

/* What a model costs, from the settings file; NULL: it does not say. */
const struct price *cli_price(const struct cli *cli, const char *model);

/* "neggen: message" on stderr; returns err->code, so that `return cli_fail(&err)`. */
int cli_fail(const struct err *err);
/* One object on stdout, deleted; 0, or EX_IOERR when stdout cannot take it. Call at the end. */
int cli_print_json(cJSON *object);
/* Flush stdout; EX_IOERR with a line on stderr when it failed (a full disk), 141 and no line when its
 * reader has left, as other tools end; else status. */
int cli_finish(int status);
/* True once SIGINT or SIGTERM arrived: long commands look at it and stop cleanly. */
bool cli_interrupted(void);
void cli_catch_interrupt(void);

/* The help of a command (NULL: of neggen), and a table of options, on stdout. */
void cli_print_help(const struct command_row *command);
void cli_print_options(const struct option_row *options);
const struct command_row *cli_command_named(const char *name); /* NULL when there is none */

/* All commands, and how main enters. */
extern const struct command_row *const cli_commands[]; /* ends with NULL */
extern const struct option_row cli_global_options[];
int cli_main(int argc, char **argv, const struct front *front);

#endif
