/* source.h - a folder to import from, and its import, for tests
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SOURCE_H
#define TESTS_SOURCE_H

#include "workspace.h"

#include <math.h>

#include "data/import.h"

static char *folder; /* unit_dir/source */

static int setup(void **state)
{
  int failed = unit_setup(state);
  folder = path_join(unit_dir, "source");
  return failed || !path_make_dirs(folder, &unit_err);
}

static int teardown(void **state)
{
  free(folder);
  return unit_teardown(state);
}

static inline void put_bytes(const char *name, const char *text, size_t size)
{
  char *path = path_join(folder, name);
  WORKS(path_write(path, text, size, &unit_err));
  free(path);
}

static inline void put(const char *name, const char *text) { put_bytes(name, text, strlen(text)); }

static inline struct source_request request_of(bool skips_bad)
{
  return (struct source_request){.operands = (const char *const *)&folder, .operand_count = 1,
                                 .skips_bad = skips_bad};
}

/* The folder is refused, with FOLDER/ before the message. */
static inline void refused(const char *message)
{
  struct source source;
  struct source_request request = request_of(false);
  unit_err = (struct err){0};
  assert_false(source_open(&source, &request, &unit_err));
  char *want = mem_printf("%s/%s", folder, message);
  assert_string_equal(unit_err.text, want);
  assert_int_equal(unit_err.code, EX_DATAERR);
  free(want);
}

static inline void open_source(struct source *source, bool skips_bad)
{
  struct source_request request = request_of(skips_bad);
  WORKS(source_open(source, &request, &unit_err));
}

static inline enum field_kind kind_in(const struct source *source, const char *key)
{
  for (int k = 0; k < source->field_count; k++)
    if (!strcmp(source->items.columns[source->fields[k].column].key, key))
      return source->fields[k].kind;
  fail_msg("no field %s", key);
  return FIELD_OTHER;
}

static inline struct import_options plain_options(void)
{
  return (struct import_options){.min_rating = NAN, .k_core = -1, .seed = -1,
                                 .progress = PROGRESS_NEVER};
}

static inline struct import_report import_with(struct import_options options)
{
  struct source source;
  struct import_report report;
  open_source(&source, false);
  WORKS(import_run(unit_workspace, &source, &options, &report, &unit_err));
  source_close(&source);
  return report;
}

#endif
