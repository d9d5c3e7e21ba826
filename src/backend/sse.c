/* sse.c - see sse.h
 * SPDX-License-Identifier: MIT */
#include "backend/sse.h"

#include <string.h>

static void end_event(struct sse *sse)
{
  if (sse->has_data)
    sse->listener(sse->user, sse->data.data ? sse->data.data : "", sse->data.size);
  buf_clear(&sse->data);
  sse->has_data = false;
}

static void end_line(struct sse *sse)
{
  const char *line = sse->line.data ? sse->line.data : "";
  size_t size = sse->line.size;
  if (!sse->is_begun && size >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) {
    line += 3;
    size -= 3;
  }
  sse->is_begun = true;
  if (!size) {
    end_event(sse);
  } else if (size >= 4 && !memcmp(line, "data", 4) && (size == 4 || line[4] == ':')) {
    size_t skip = size == 4 ? 4 : size > 5 && line[5] == ' ' ? 6 : 5;
    if (sse->has_data)
      buf_char(&sse->data, '\n');
    buf_add(&sse->data, line + skip, size - skip);
    sse->has_data = true;
  }
  buf_clear(&sse->line);
}

void sse_feed(struct sse *sse, const char *bytes, size_t size)
{
  for (size_t at = 0; at < size;) {
    if (sse->was_cr && bytes[at] == '\n') {
      sse->was_cr = false;
      at++;
      continue;
    }
    sse->was_cr = false;
    size_t end = at;
    while (end < size && bytes[end] != '\n' && bytes[end] != '\r')
      end++;
    buf_add(&sse->line, bytes + at, end - at);
    if (end == size)
      return;
    sse->was_cr = bytes[end] == '\r';
    end_line(sse);
    at = end + 1;
  }
}

void sse_free(struct sse *sse)
{
  buf_free(&sse->line);
  buf_free(&sse->data);
}
