/* lines.h - a text file line by line, through a window
 *
 * However large a file is, only a window of it is in memory: a quarter of a megabyte, or
 * the longest line. Lines are checked to be text. A byte order mark, CRLF, blank lines and
 * a missing last line feed are no errors. A file is read several times, which costs a
 * rewind; lines_is_same tells at the end whether it stayed what it was.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_LINES_H
#define DATA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

enum { LINE_MAX_BYTES = 1 << 20 }; /* of a line, or of a record that spans several */

struct lines {
  char *path; /* as messages name it */
  bool may_be_latin1; /* a line that is no UTF-8 is taken for Latin-1 */
  const char *text;   /* of the line read last, without its end, in UTF-8; not terminated */
  size_t size;
  int64_t number;     /* of its first line, from 1 */
  int64_t latin1_count; /* lines that were Latin-1, since the last rewind */
  /* private */
  int fd;
  off_t bytes;
  struct timespec changed;
  char *window;
  size_t room, used; /* bytes of the window; those of them that hold something */
  size_t start, next; /* of the line read last; of the one behind it */
  size_t first_end;   /* from start: where its first line ends */
  size_t checked;     /* bytes of it that are known to be text */
  int64_t next_number;
  bool has_end;       /* of the file in the window */
  bool is_latin1;     /* the line read last */
  struct buf converted;
};

/* EX_NOINPUT when there is no such file. */
bool lines_open(struct lines *lines, const char *path, struct err *err);
void lines_close(struct lines *lines);
void lines_rewind(struct lines *lines);
/* 1: a line is in text; 0: no more; -1: it is refused (EX_DATAERR), the next call goes on behind it;
 * or it could not be read (EX_IOERR), and there are no more. */
int lines_next(struct lines *lines, struct err *err);
/* Make the next line part of this one, the line feed between them; text may move. As lines_next, but
 * that this one stays as it was with 0 (there is none) and, if they are too long together, -1. */
int lines_extend(struct lines *lines, struct err *err);
/* Undo every lines_extend since lines_next, for what stands behind the first line. */
void lines_retract(struct lines *lines);
/* "path:line:column: message" about byte `at` of the text. Returns false. */
bool lines_refuse(const struct lines *lines, size_t at, struct err *err, const char *format, ...)
  __attribute__((format(printf, 4, 5)));
/* EX_DATAERR when the file is not the one that was opened any more. */
bool lines_is_same(const struct lines *lines, struct err *err);

#endif
