/* terminal.c - see terminal.h
 *
 * A crash gives the terminal back with what write() alone can do: the termios of the
 * start and the strings that leave the alternate screen, remembered beforehand.
 * SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#undef columns /* term.h takes these names */
#undef lines
#include <termios.h>
#include <unistd.h>

#include "actions.h"
#include "base/mem.h"
#include "colour.h"
#include "escape.h"
#include "text.h"

enum { COLUMNS_LEAST = 40, ROWS_LEAST = 10 };

static struct termios at_start;
static bool is_on, is_script;
static char leave[256]; /* the strings that end full-screen mode */
static SCREEN *screen;
static FILE *script_out, *script_in;

static void give_back(void)
{
  if (!is_on || is_script)
    return;
  ssize_t ignored = write(STDOUT_FILENO, leave, strlen(leave));
  (void)ignored;
  tcsetattr(STDIN_FILENO, TCSANOW, &at_start);
}

static void on_crash(int signal_number)
{
  static const char line[] = "neggen: crashed; the workspace is safe, what was decided is kept\n";
  give_back();
  ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
  (void)ignored;
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static void catch_crashes(void)
{
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_RESETHAND | SA_NODEFER};
  for (size_t k = 0; k < COUNT_OF(signals); k++)
    sigaction(signals[k], &action, NULL);
  mem_on_exhaustion(give_back);
}

static void remember(const char *capability)
{
  char *text = tigetstr((char *)(size_t)capability);
  if (!text || text == (char *)-1)
    return;
  for (size_t used = strlen(leave); *text && used + 1 < sizeof leave; text++) {
    if (text[0] == '$' && text[1] == '<') { /* padding: no use here */
      const char *close = strchr(text, '>');
      if (!close)
        return;
      text += close - text;
      continue;
    }
    leave[used++] = *text;
    leave[used] = '\0';
  }
}

static void set_modes(void)
{
  raw();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  curs_set(0);
  set_escdelay(25);
  idlok(stdscr, TRUE);
  const char *no_colour = getenv("NO_COLOR");
  colour_start(!(no_colour && *no_colour));
  text_start();
}

int term_colours(void)
{
  int problem;
  if (setupterm(NULL, STDOUT_FILENO, &problem) != OK)
    return -2;
  int colours = tigetnum("colors");
  del_curterm(cur_term);
  return colours;
}

bool term_check(struct err *err)
{
  const char *name = getenv("TERM");
  struct winsize size = {0};
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    return err_set(err, EX_USAGE, "the interface needs a terminal; for scripts see neggen --help, or "
                                  "neggen open --script FILE");
  if (!name || !*name || !strcmp(name, "dumb") || !strcmp(name, "unknown"))
    return err_set(err, EX_CONFIG, "TERM=%s cannot move its cursor: set TERM to what your terminal is "
                                   "(xterm-256color, screen, linux, vt100)", name ? name : "");
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
      (size.ws_col < COLUMNS_LEAST || size.ws_row < ROWS_LEAST))
    return err_set(err, EX_CONFIG, "the terminal is %dx%d; the interface needs at least %dx%d",
                   size.ws_col, size.ws_row, COLUMNS_LEAST, ROWS_LEAST);
  int status;
  if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
    return err_set(err, EX_CONFIG, "no description of TERM=%s on this machine: install ncurses-term, or "
                                   "set TERM to xterm or vt100", name);
  const char *move = tigetstr((char *)(size_t)"cup");
  bool can_move = move && move != (const char *)-1;
  del_curterm(cur_term);
  if (!can_move)
    return err_set(err, EX_CONFIG, "TERM=%s cannot move its cursor", name);
  return true;
}

bool term_start(struct err *err)
{
  tcgetattr(STDIN_FILENO, &at_start);
  screen = newterm(NULL, stdout, stdin);
  if (!screen)
    return err_set(err, EX_CONFIG, "curses cannot start on TERM=%s", getenv("TERM"));
  set_term(screen);
  remember("sgr0");
  remember("rmkx");
  remember("cnorm");
  remember("rmcup");
  is_on = true;
  catch_crashes();
  set_modes();
  return true;
}

bool term_start_script(int columns, int rows, struct err *err)
{
  const char *name = getenv("NEGGEN_SCRIPT_TERM");
  char number[16];
  snprintf(number, sizeof number, "%d", columns);
  setenv("COLUMNS", number, 1);
  snprintf(number, sizeof number, "%d", rows);
  setenv("LINES", number, 1);
  script_out = fopen("/dev/null", "we");
  script_in = fopen("/dev/null", "re");
  screen = script_out && script_in
             ? newterm(name && *name ? name : "xterm-256color", script_out, script_in) : NULL;
  if (!screen)
    return err_set(err, EX_CONFIG, "curses cannot start for a script: is ncurses-term installed?");
  set_term(screen);
  is_on = is_script = true;
  resizeterm(rows, columns);
  set_modes();
  return true;
}

void term_stop(void)
{
  if (!is_on)
    return;
  endwin();
  is_on = false;
  delscreen(screen);
  if (!is_script)
    tcsetattr(STDIN_FILENO, TCSANOW, &at_start);
  if (script_out)
    fclose(script_out);
  if (script_in)
    fclose(script_in);
}

void term_suspend(void) { endwin(); }

void term_resume(void)
{
  reset_prog_mode();
  clearok(curscr, TRUE);
  refresh();
}

bool term_resize(void)
{
  struct winsize size = {0};
  if (is_script || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
    return true;
  resizeterm(size.ws_row, size.ws_col);
  clearok(curscr, TRUE);
  return size.ws_col >= COLUMNS_LEAST && size.ws_row >= ROWS_LEAST;
}

static int translated(int key)
{
  switch (key) {
  case KEY_UP: return K_UP;
  case KEY_DOWN: return K_DOWN;
  case KEY_LEFT: return K_LEFT;
  case KEY_RIGHT: return K_RIGHT;
  case KEY_HOME: return K_HOME;
  case KEY_END: return K_END;
  case KEY_PPAGE: return K_PAGE_UP;
  case KEY_NPAGE: return K_PAGE_DOWN;
  case KEY_ENTER: return K_ENTER;
  case KEY_BACKSPACE: return K_BACKSPACE;
  case KEY_DC: return K_DELETE;
  case KEY_F(1): return K_F1;
  case KEY_RESIZE: return K_RESIZE;
  default: return KEY_NONE;
  }
}

int term_key(void)
{
  wint_t key;
  for (int code;;) {
    int kind = get_wch(&key);
    if (kind == ERR)
      return KEY_NONE;
    if (kind == KEY_CODE_YES) {
      code = translated((int)key);
      if (code != KEY_NONE)
        return code;
      continue;
    }
    switch (key) {
    case 27:
      code = escape_read();
      if (code != KEY_NONE)
        return code;
      continue;
    case '\r':
    case '\n': return K_ENTER;
    case '\t': return K_TAB;
    case 8:
    case 127: return K_BACKSPACE;
    case 0: continue;
    default: return (int)key;
    }
  }
}
