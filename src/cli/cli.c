/* cli.c - parse a command line by the tables, run the command, tell how it went
 *
 * The table of commands stands in commands.c; nothing here knows a command by name.
 * SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/price.h"
#include "cli/settings.h"
#include "config.h"

const struct option_row cli_global_options[] = {
  {"json", 0, OPTION_FLAG, NULL, NULL, 0, 0, "print one JSON object on stdout"},
  {"quiet", 'q', OPTION_FLAG, NULL, NULL, 0, 0, "say nothing but errors"},
  {"progress", 0, OPTION_CHOICE, "auto|always|never", "auto", 0, 0, "show how far a long job is"},
  {"config", 0, OPTION_TEXT, "FILE", NULL, 0, 0, "read this configuration file"},
  {"curator", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "decide under this name (default: the login name)"},
  {"directory", 'C', OPTION_TEXT, "DIR", NULL, 0, 0, "change to DIR first"},
  {"help", 'h', OPTION_FLAG, NULL, NULL, 0, 0, "show help and stop"},
  {"version", 'V', OPTION_FLAG, NULL, NULL, 0, 0, "show the version and stop"},
  {0},
};

/* A value given on the command line; a list has several rows. */
struct cli_values {
  struct value {
    const struct option_row *option;
    const char *text;
  } *rows;
  size_t count, room;
  struct value *defaults; /* from the configuration; their texts are owned */
  size_t default_count, default_room;
  const char **list; /* scratch of cli_list */
  struct prices prices;
};

static const struct option_row *find_in(const struct option_row *options, const char *name,
                                        size_t size)
{
  for (; options && options->name; options++)
    if (strlen(options->name) == size && !strncmp(options->name, name, size))
      return options;
  return NULL;
}

static const struct option_row *find_letter(const struct option_row *options, char letter)
{
  for (; options && options->name; options++)
    if (options->letter == letter)
      return options;
  return NULL;
}

static const struct option_row *option_named(const struct cli *cli, const char *name)
{
  size_t size = strlen(name);
  const struct option_row *option = cli->command ? find_in(cli->command->options, name, size) : NULL;
  return option ? option : find_in(cli_global_options, name, size);
}

static const char *last_value(const struct cli *cli, const struct option_row *option)
{
  for (size_t k = cli->values->count; k-- > 0;)
    if (cli->values->rows[k].option == option)
      return cli->values->rows[k].text;
  return NULL;
}

bool cli_given(const struct cli *cli, const char *name)
{
  const struct option_row *option = option_named(cli, name);
  assert(option);
  return last_value(cli, option) != NULL;
}

bool cli_flag(const struct cli *cli, const char *name)
{
  const char *text = cli_text(cli, name);
  return text && !strcmp(text, "yes");
}

const char *cli_text(const struct cli *cli, const char *name)
{
  const struct option_row *option = option_named(cli, name);
  assert(option);
  const char *text = last_value(cli, option);
  for (size_t k = cli->values->default_count; !text && k-- > 0;)
    if (cli->values->defaults[k].option == option)
      text = cli->values->defaults[k].text;
  return text ? text : option->fallback;
}

int64_t cli_int(const struct cli *cli, const char *name)
{
  const char *text = cli_text(cli, name);
  return text ? strtoll(text, NULL, 10) : 0;
}

double cli_real(const struct cli *cli, const char *name)
{
  const char *text = cli_text(cli, name);
  return text ? strtod(text, NULL) : 0;
}

int cli_list(const struct cli *cli, const char *name, const char *const **values)
{
  const struct option_row *option = option_named(cli, name);
  int count = 0;
  assert(option && option->type == OPTION_LIST);
  for (size_t k = 0; k < cli->values->count; k++)
    if (cli->values->rows[k].option == option)
      cli->values->list[count++] = cli->values->rows[k].text;
  *values = cli->values->list;
  return count;
}

static bool is_choice(const char *choices, const char *text)
{
  size_t size = strlen(text);
  for (const char *p = choices; p; p = strchr(p, '|'), p += p != NULL)
    if (!strncmp(p, text, size) && (p[size] == '|' || p[size] == '\0'))
      return true;
  return false;
}

static bool check_number(const struct option_row *option, const char *text, struct err *err)
{
  char *end;
  errno = 0;
  double value = option->type == OPTION_INT ? (double)strtoll(text, &end, 10) : strtod(text, &end);
  const char *kind = option->type == OPTION_INT ? "a whole number" : "a number";
  if (end == text || *end || errno || !isfinite(value))
    return err_set(err, EX_USAGE, "--%s takes %s, not \"%s\"", option->name, kind, text);
  if ((option->min != 0 || option->max != 0) && (value < option->min || value > option->max))
    return err_set(err, EX_USAGE, "--%s takes %s from %g to %g, not %s", option->name, kind,
                   option->min, option->max, text);
  return true;
}

static bool check_value(const struct option_row *option, const char *text, struct err *err)
{
  if ((option->type == OPTION_INT || option->type == OPTION_REAL) &&
      !check_number(option, text, err))
    return false;
  if (option->type == OPTION_CHOICE && !is_choice(option->value, text))
    return err_set(err, EX_USAGE, "--%s takes one of %s, not \"%s\"", option->name, option->value,
                   text);
  if (option->type == OPTION_FLAG && strcmp(text, "yes") && strcmp(text, "no"))
    return err_set(err, EX_USAGE, "%s is yes or no, not \"%s\"", option->name, text);
  return true;
}

static bool add_value(struct cli *cli, const struct option_row *option, const char *text,
                      struct err *err)
{
  if (!check_value(option, text, err))
    return false;
  struct cli_values *values = cli->values;
  VEC_PUSH(values->rows, values->count, values->room) = (struct value){option, text};
  return true;
}

/* --name, --name=value, --name value; *k moves on when the next word is taken. */
static bool take_long(struct cli *cli, int argc, char **argv, int *k, struct err *err)
{
  const char *word = argv[*k] + 2, *equals = strchr(word, '=');
  size_t size = equals ? (size_t)(equals - word) : strlen(word);
  const struct option_row *option = cli->command ? find_in(cli->command->options, word, size) : NULL;
  if (!option)
    option = find_in(cli_global_options, word, size);
  if (!option)
    return err_set(err, EX_USAGE, "%s%sno option --%.*s; see neggen %s%s--help",
                   cli->command ? cli->command->name : "", cli->command ? ": " : "", (int)size,
                   word, cli->command ? cli->command->name : "", cli->command ? " " : "");
  if (option->type == OPTION_FLAG)
    return equals ? err_set(err, EX_USAGE, "--%s takes no value", option->name)
                  : add_value(cli, option, "yes", err);
  if (equals)
    return add_value(cli, option, equals + 1, err);
  if (*k + 1 >= argc)
    return err_set(err, EX_USAGE, "--%s needs a value: %s", option->name, option->value);
  return add_value(cli, option, argv[++*k], err);
}

static bool take_short(struct cli *cli, int argc, char **argv, int *k, struct err *err)
{
  for (const char *p = argv[*k] + 1; *p; p++) {
    const struct option_row *option = cli->command ? find_letter(cli->command->options, *p) : NULL;
    if (!option)
      option = find_letter(cli_global_options, *p);
    if (!option)
      return err_set(err, EX_USAGE, "no option -%c; see neggen --help", *p);
    if (option->type == OPTION_FLAG) {
      if (!add_value(cli, option, "yes", err))
        return false;
      continue;
    }
    if (p[1])
      return add_value(cli, option, p + 1, err);
    if (*k + 1 >= argc)
      return err_set(err, EX_USAGE, "-%c needs a value: %s", *p, option->value);
    return add_value(cli, option, argv[++*k], err);
  }
  return true;
}

const struct command_row *cli_command_named(const char *name)
{
  for (const struct command_row *const *row = cli_commands; *row; row++)
    if (!strcmp((*row)->name, name))
      return *row;
  return NULL;
}

/* The first word that is no option and no option's value, when it names a command. */
static const struct command_row *find_command(int argc, char **argv)
{
  for (int k = 1; k < argc; k++) {
    const char *word = argv[k];
    if (word[0] != '-' || !word[1])
      return cli_command_named(word);
    if (!strcmp(word, "--"))
      return NULL;
    const struct option_row *option = word[1] == '-' && !strchr(word, '=')
                                        ? find_in(cli_global_options, word + 2, strlen(word + 2))
                                      : word[1] != '-' && !word[2]
                                        ? find_letter(cli_global_options, word[1])
                                        : NULL;
    if (option && option->type != OPTION_FLAG)
      k++;
  }
  return NULL;
}

static bool parse(struct cli *cli, int argc, char **argv, struct err *err)
{
  bool has_name = false, only_operands = false;
  for (int k = 1; k < argc; k++) {
    const char *word = argv[k];
    if (!only_operands && !strcmp(word, "--")) {
      only_operands = true;
    } else if (!only_operands && word[0] == '-' && word[1] == '-') {
      if (!take_long(cli, argc, argv, &k, err))
        return false;
    } else if (!only_operands && word[0] == '-' && word[1]) {
      if (!take_short(cli, argc, argv, &k, err))
        return false;
    } else if (!has_name && !only_operands && !strcmp(word, cli->command->name)) {
      has_name = true;
    } else {
      cli->operands[cli->operand_count++] = argv[k];
    }
  }
  return true;
}

void cli_print_options(const struct option_row *options)
{
  for (; options->name; options++) {
    char left[64], letter[8] = "    ";
    if (options->letter)
      snprintf(letter, sizeof letter, "-%c, ", options->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, options->name, options->value ? " " : "",
             options->value ? options->value : "");
    printf("  %-34s %s%s%s%s\n", left, options->help, options->fallback ? " (default " : "",
           options->fallback ? options->fallback : "", options->fallback ? ")" : "");
  }
}

void cli_print_help(const struct command_row *command)
{
  if (command) {
    printf("usage: neggen %s %s\n\n%s\n", command->name, command->usage, command->help);
    if (command->options && command->options->name) {
      printf("\noptions:\n");
      cli_print_options(command->options);
    }
  } else {
    printf("usage: neggen [WS]\n       neggen COMMAND [ARGUMENT...]\n\n"
           "Generate negative samples for multi-modal recommendation, look at them,\n"
           "decide on them, and train with them.\n\ncommands:\n");
    for (const struct command_row *const *row = cli_commands; *row; row++)
      if ((*row)->help)
        printf("  %-12s %s\n", (*row)->name, (*row)->help);
  }
  printf("\nglobal options:\n");
  cli_print_options(cli_global_options);
}

static bool check_operands(const struct cli *cli, struct err *err)
{
  const struct command_row *command = cli->command;
  if (cli->operand_count < command->min_operands)
    return err_set(err, EX_USAGE, "%s: something is missing; usage: neggen %s %s", command->name,
                   command->name, command->usage);
  if (command->max_operands >= 0 && cli->operand_count > command->max_operands)
    return err_set(err, EX_USAGE, "%s: \"%s\" is one too many; usage: neggen %s %s", command->name,
                   cli->operands[command->max_operands], command->name, command->usage);
  return true;
}

static const char *login_name(void)
{
  const struct passwd *user = getpwuid(geteuid());
  return user ? user->pw_name : "unknown";
}

int cli_fail(const struct err *err)
{
  fflush(stdout);
  fprintf(stderr, "neggen: %s\n", err->text);
  return err->code;
}

/* A pipe whose reader has left. */
static bool is_reader_gone(void)
{
  struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

/* SIGPIPE is ignored, for the sake of children and servers; who reads our output and has enough of it
 * hears no complaint of ours all the same. */
int cli_finish(int status)
{
  if (fflush(stdout) == 0 && !ferror(stdout))
    return status;
  struct err err;
  if (is_reader_gone())
    return status ? status : 128 + SIGPIPE;
  err_errno(&err, EX_IOERR, "cannot write to standard output");
  return status ? status : cli_fail(&err);
}

int cli_print_json(cJSON *object)
{
  char *line = json_line(object);
  puts(line);
  free(line);
  cJSON_Delete(object);
  return cli_finish(0);
}

static volatile sig_atomic_t was_interrupted;

static void on_interrupt(int signal_number)
{
  (void)signal_number;
  was_interrupted = 1;
}

bool cli_interrupted(void) { return was_interrupted; }

void cli_catch_interrupt(void)
{
  struct sigaction action = {.sa_handler = on_interrupt};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* A setting of the configuration file becomes the default of an option. */
static bool add_default(void *user, const char *section, const char *key, const char *text,
                        struct err *err)
{
  struct cli *cli = user;
  if (price_section(section))
    return price_set(&cli->values->prices, price_section(section), key, text, err);
  bool is_global = !*section || !strcmp(section, "global");
  const struct command_row *command = is_global ? NULL : cli_command_named(section);
  if (!is_global && !command)
    return err_set(err, EX_CONFIG, "no command [%s]", section);
  const struct option_row *option =
    find_in(is_global ? cli_global_options : command->options, key, strlen(key));
  if (!option)
    return err_set(err, EX_CONFIG, "[%s] has no option \"%s\"", section, key);
  if (!check_value(option, text, err))
    return false;
  struct cli_values *values = cli->values;
  VEC_PUSH(values->defaults, values->default_count, values->default_room) =
    (struct value){option, mem_strdup(text)};
  return true;
}

const struct price *cli_price(const struct cli *cli, const char *model)
{
  return price_of(&cli->values->prices, model);
}

static bool set_globals(struct cli *cli, struct err *err)
{
  cli->config_file = cli_text(cli, "config");
  if (!settings_read(cli->config_file, add_default, cli, err))
    return false;
  const char *directory = cli_text(cli, "directory");
  if (directory && chdir(directory) != 0)
    return err_errno(err, EX_NOINPUT, "cannot change to %s", directory);
  cli->is_json = cli_flag(cli, "json");
  cli->is_quiet = cli_flag(cli, "quiet");
  cli->curator = cli_text(cli, "curator");
  if (!cli->curator || !*cli->curator)
    cli->curator = login_name();
  const char *progress = cli_text(cli, "progress");
  cli->progress = *progress == 'n' || cli->is_quiet   ? PROGRESS_NEVER
                  : progress[1] == 'l' ? PROGRESS_ALWAYS : PROGRESS_AUTO;
  return true;
}

/* Two things that the libraries read from the environment when the program is loaded, so that it is
 * loaded once more. Threads that wait for each other must soon sleep: where others use the machine, too,
 * spinning ones take the time of those they wait for (an epoch of 0.15 s became 3 s). And
 * OpenBLAS must use the vectors of a processor that it does not know yet (twice as fast). */
static void prepare_to_compute(char **argv)
{
  char self[4096];
  if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT"))
    return;
  ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size <= 0 || setenv("OMP_WAIT_POLICY", "passive", 1) != 0 ||
      setenv("GOMP_SPINCOUNT", "1000", 1) != 0)
    return;
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
#endif
  self[size] = '\0';
  execv(self, argv); /* when it fails, all still works */
}

int cli_main(int argc, char **argv, const struct front *front)
{
  struct cli_values values = {.list = mem_zero((size_t)argc + 1, sizeof *values.list)};
  struct cli cli = {.values = &values, .front = front,
                    .operands = mem_zero((size_t)argc + 1, sizeof *cli.operands)};
  struct err err = {0};
  int status;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a file too large for its limit is an error to tell, not an end */
  cli.command = find_command(argc, argv);
  const struct command_row *named = cli.command;
  if (!cli.command)
    cli.command = cli_command_named("open");
  if (cli.command->computes)
    prepare_to_compute(argv);
  if (!parse(&cli, argc, argv, &err)) {
    status = cli_fail(&err);
  } else if (cli_flag(&cli, "version")) {
    printf("neggen %s\n", PACKAGE_VERSION);
    status = cli_finish(0);
  } else if (cli_flag(&cli, "help")) {
    cli_print_help(named);
    status = cli_finish(0);
  } else if (!set_globals(&cli, &err) || !check_operands(&cli, &err)) {
    status = cli_fail(&err);
  } else {
    status = cli.command->run(&cli);
  }
  for (size_t k = 0; k < values.default_count; k++)
    free((char *)(size_t)values.defaults[k].text);
  free(values.defaults);
  prices_free(&values.prices);
  free(values.rows);
  free(values.list);
  free(cli.operands);
  return status;
}
