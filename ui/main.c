/* main.c - the only main: hands the command table a callback for the interface
 * SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/server.h"
#include "loop.h"
#include "store/store.h"
#include "terminal.h"
#include "ui.h"

/* The sample catalogue in a workspace of its own under the temporary directory. */
static char *scratch_workspace(struct err *err)
{
  char *samples = path_data_file("samples/catalogue", err);
  char *dir = samples ? path_temp_dir("neggen", err) : NULL, *workspace = NULL;
  if (dir) {
    workspace = path_join(dir, "samples");
    if (isatty(STDERR_FILENO))
      fprintf(stderr, "neggen: a copy of the sample catalogue is made in %s\n", dir);
    const char *const argv[] = {"/proc/self/exe", "--quiet", "import", workspace, samples, NULL};
    struct child child;
    if (!child_start(&child, argv, CHILD_NULL_IN | CHILD_NULL_OUT, -1, err) ||
        (child_wait(&child) != 0 &&
         !err_set(err, EX_SOFTWARE, "the sample catalogue could not be imported into %s", dir))) {
      free(workspace);
      workspace = NULL;
    }
  }
  free(samples);
  free(dir);
  return workspace;
}

/* Where the scratch workspace is left: it stays when something was made in it. */
static void end_scratch(const struct ui *ui)
{
  struct err err;
  if (ui->has_worked) {
    fprintf(stderr, "neggen: what you made with the samples is in %s\n", ui->workspace);
    return;
  }
  char *slash = strrchr(ui->workspace, '/');
  *slash = '\0';
  path_remove_tree(ui->workspace, &err);
}

static bool start_screen(struct ui *ui, struct err *err)
{
  int columns, rows;
  if (!ui->is_script)
    return term_start(err);
  if (sscanf(cli_text(ui->cli, "size"), "%dx%d", &columns, &rows) != 2 || columns < 40 ||
      rows < 10 || columns > 500 || rows > 200)
    return err_set(err, EX_USAGE, "--size takes COLUMNSxROWS from 40x10 to 500x200");
  return term_start_script(columns, rows, err);
}

static int run(struct ui *ui, struct err *err)
{
  ui->worker = worker_start(ui->workspace, err);
  if (!ui->worker)
    return err->code;
  if (!(ui->loop = loop_new(ui, err)) || !start_screen(ui, err))
    return err->code;
  loop_watch_directory(ui->loop, ui->workspace);
  ui_show(ui, &items_view); /* before what takes longer with a larger catalogue */
  ui_load_counts(ui);
  int status = ui->is_script ? script_run(ui, cli_text(ui->cli, "script")) : 0;
  if (!ui->is_script)
    loop_run(ui->loop);
  ui_leave(ui);
  return status ? status : ui->exit_status;
}

static int open_interface(struct cli *cli)
{
  struct err err = {0};
  struct ui ui = {.cli = cli, .is_script = cli_given(cli, "script")};
  struct server server;
  bool is_scratch = cli->operand_count == 0;
  if ((!is_scratch && !store_check(cli->operands[0], &err)) || (!ui.is_script && !term_check(&err)))
    return cli_fail(&err);
  bool will_ask = cli_text(cli, "model") && !strcmp(cli_text(cli, "backend"), "openai");
  if (!server_read(cli, will_ask, &server, &err)) /* takes the key out of the environment */
    return cli_fail(&err);
  ui.key = server.key;
  ui.workspace = is_scratch ? scratch_workspace(&err) : mem_strdup(cli->operands[0]);
  if (!ui.workspace) {
    server_forget(&server);
    return cli_fail(&err);
  }
  const char *slash = strrchr(ui.workspace, '/');
  ui.name = mem_strdup(slash && slash[1] ? slash + 1 : ui.workspace);
  session_start(&ui.session, cli);
  if (will_ask) /* the file was read, and may have been a pipe */
    session_set(&ui.session, "api-key-file", "", &err);
  int status = run(&ui, &err);
  term_stop();
  worker_stop(ui.worker); /* what was decided is written first */
  if (*err.text)
    cli_fail(&err);
  if (is_scratch)
    end_scratch(&ui);
  loop_free(ui.loop);
  session_free(&ui.session);
  free(ui.workspace);
  free(ui.name);
  free(ui.activity);
  server_forget(&server);
  free(ui.status);
  return status;
}

int main(int argc, char **argv)
{
  setlocale(LC_CTYPE, "");
  static const struct front front = {.open = open_interface, .colours = term_colours,
                                     .print_keys = actions_print_table};
  return cli_main(argc, argv, &front);
}
