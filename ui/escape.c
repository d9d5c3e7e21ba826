/* escape.c - see escape.h
 *
 * ECMA-48: a control sequence is Esc [, parameters (0x20..0x3f), a final byte (0x40..0x7e); a
 * string is Esc ] P X ^ or _, and ends with Esc \ or, as xterm has it, with BEL. Keypads send
 * Esc O and one byte.
 * SPDX-License-Identifier: MIT */
#include "escape.h"

#include <curses.h>
#include <stdbool.h>
#include <string.h>

#include "actions.h"
#include "base/mem.h"

enum { REST_MS = 25, PARAMETERS = 16, STRING_MOST = 4096 };

/* Keys that most terminals send alike, whatever TERM says. */
static const struct {
  const char *sequence;
  int key;
} known[] = {
  {"[A", K_UP},     {"[B", K_DOWN},      {"[C", K_RIGHT},  {"[D", K_LEFT},
  {"OA", K_UP},     {"OB", K_DOWN},      {"OC", K_RIGHT},  {"OD", K_LEFT},
  {"[H", K_HOME},   {"[F", K_END},       {"OH", K_HOME},   {"OF", K_END},
  {"[1~", K_HOME},  {"[4~", K_END},      {"[7~", K_HOME},  {"[8~", K_END},
  {"[5~", K_PAGE_UP}, {"[6~", K_PAGE_DOWN}, {"[3~", K_DELETE}, {"OM", K_ENTER},
  {"OP", K_F1},     {"[11~", K_F1},
};

/* The next byte; -1 when none comes soon, or a key that curses knows, which is left to it. */
static int next_byte(void)
{
  wint_t key;
  int kind = get_wch(&key);
  if (kind == KEY_CODE_YES)
    ungetch((int)key);
  return kind == OK ? (int)key : -1;
}

/* Up to its final byte; what does not fit into text is no known key. */
static void read_sequence(char text[PARAMETERS])
{
  int byte;
  size_t size = strlen(text);
  do {
    byte = next_byte();
    if (byte > 0 && size + 1 < PARAMETERS)
      text[size++] = (char)byte;
  } while (byte >= 0x20 && byte <= 0x3f);
  text[size] = '\0';
}

static void skip_string(void)
{
  for (int k = 0, byte = 0, before; k < STRING_MOST; k++) {
    before = byte;
    byte = next_byte();
    if (byte < 0 || byte == 7 || (before == 27 && byte == '\\'))
      return;
  }
}

static int key_of(const char *text)
{
  for (size_t k = 0; k < COUNT_OF(known); k++)
    if (!strcmp(known[k].sequence, text))
      return known[k].key;
  return KEY_NONE;
}

/* Nothing follows an Esc and a bracket that were typed. */
static int read_rest(int first)
{
  char text[PARAMETERS] = {(char)first};
  if (first != '[' && first != 'O') {
    skip_string();
    return KEY_NONE;
  }
  read_sequence(text);
  if (text[1])
    return key_of(text);
  unget_wch((wchar_t)first);
  return K_ESC;
}

/* Esc with another key held together, or typed after it, stays what it was: both. */
int escape_read(void)
{
  int first = next_byte();
  if (first < 0)
    return K_ESC;
  if (first > 0x7e || !strchr("[O]PX^_", first) || first == '\0') {
    unget_wch((wchar_t)first);
    return K_ESC;
  }
  timeout(REST_MS); /* the rest may be on its way */
  int key = read_rest(first);
  nodelay(stdscr, TRUE);
  return key;
}
