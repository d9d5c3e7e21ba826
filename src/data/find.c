/* find.c - which files of a request are what
 *
 * A file named on the command line is known by its content, wherever it is; of a folder
 * the files that are called as a format expects are looked at. Of two tables of the same
 * thing the one is taken that says more (ratings rather than tags); when neither does,
 * the user is asked.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "data/format.h"

enum { SAMPLE = 1 << 16 };

static bool ends_with(const char *name, const char *end)
{
  size_t size = strlen(name), tail = strlen(end);
  return size > tail && !strcmp(name + size - tail, end);
}

/* The caller frees sample->head; a byte order mark is passed over. */
static bool take_sample(struct sample *sample, const char *path, char **head, struct err *err)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  *head = mem_alloc(SAMPLE);
  ssize_t size = fd < 0 ? -1 : read(fd, *head, SAMPLE);
  if (fd >= 0)
    close(fd);
  if (size < 0)
    return err_errno(err, EX_NOINPUT, "cannot read %s", path);
  bool has_mark = size >= 3 && !memcmp(*head, "\xef\xbb\xbf", 3);
  *sample = (struct sample){path, path_base(path), *head + 3 * has_mark,
                            (size_t)size - 3 * has_mark};
  return true;
}

static const struct format *format_named(const char *name)
{
  const struct format *const *format = formats;
  while (*format && strcmp((*format)->name, name) != 0)
    format++;
  return *format;
}

/* How a sample is written if it is of this format; one that is forced takes what it can. */
static const struct dialect *dialect_of(const struct sample *sample, const struct format *format,
                                        bool is_forced)
{
  const struct dialect *dialect = format->takes(sample);
  return dialect || !is_forced ? dialect : format->only;
}

/* Roles that a table has: what it is for, and how much it says of it. */
static bool is_of_interactions(const struct table *table)
{
  const char *dot = strrchr(table->lines.path, '.');
  if (dot && (!strcmp(dot, ".inter") || !strcmp(dot, ".item")))
    return !strcmp(dot, ".inter");
  return column_with_role(table, ROLE_USER, false) >= 0;
}

static bool has_ids(const struct table *table, bool is_interactions, struct err *err)
{
  for (int role = ROLE_USER; role <= ROLE_ITEM; role++)
    if ((role == ROLE_ITEM || is_interactions) &&
        column_with_role(table, (enum column_role)role, !is_interactions) < 0)
      return err_set(err, EX_DATAERR, "%s:1:1: expected a column %s, found %s, ...",
                     table->lines.path, column_role_names((enum column_role)role),
                     table->columns[0].label);
  return true;
}

static int says_how_much(const struct table *table, bool is_interactions)
{
  int says = 0;
  for (int k = 0; k < table->column_count; k++)
    says += !is_interactions && column_is_titled(&table->columns[k]);
  for (int role = ROLE_RATING; role <= ROLE_LABEL && is_interactions; role++)
    says += column_with_role(table, (enum column_role)role, false) >= 0;
  return says;
}

/* A table into its place in the source, or closed when there is a better one. */
static bool put_table(struct source *source, struct table *table, const struct format *format,
                      bool is_interactions, bool is_named, struct err *err)
{
  bool *is_taken = is_interactions ? &source->has_interactions : &source->has_items;
  struct table *place = is_interactions ? &source->interactions : &source->items;
  int here = says_how_much(table, is_interactions);
  int there = *is_taken ? says_how_much(place, is_interactions) : -1;
  if (*is_taken && (is_named || here == there || format->tier == FORMAT_RECBOLE)) {
    err_set(err, EX_DATAERR, "%s and %s are both tables of %s: name the one to import",
            place->lines.path, table->lines.path, is_interactions ? "interactions" : "items");
    table_close(table);
    return false;
  }
  if (here < there) {
    table_close(table);
    return true;
  }
  table_close(place);
  *place = *table;
  *is_taken = true;
  *(is_interactions ? &source->interactions_format : &source->items_format) = format;
  return true;
}

static bool take_file(struct source *source, const char *path, const struct format *format,
                      const struct dialect *dialect, bool is_named, struct err *err)
{
  struct table table;
  if (format->tier == FORMAT_MATRIX && !is_named && matrix_modality(path_base(path)) < 0)
    return true;
  if (format->tier == FORMAT_MATRIX) {
    size_t count = (size_t)source->matrix_count + 1;
    source->matrices = mem_grow(source->matrices, count, sizeof *source->matrices);
    source->matrices[source->matrix_count++] = mem_strdup(path);
    return true;
  }
  if (format->tier == FORMAT_RECBOLE && source->manifest.has_escapes)
    dialect = &recbole_escaped;
  if (!table_open(&table, path, dialect, err))
    return false;
  bool is_interactions = is_of_interactions(&table);
  bool must_have_ids = is_named || format->tier == FORMAT_RECBOLE;
  if (!has_ids(&table, is_interactions, must_have_ids ? err : NULL)) {
    table_close(&table);
    return !must_have_ids;
  }
  return put_table(source, &table, format, is_interactions, is_named, err);
}

static bool take_named(struct source *source, const char *path, const struct format *forced,
                       struct err *err)
{
  struct sample sample;
  const struct format *format = NULL;
  char *head;
  bool ok = take_sample(&sample, path, &head, err);
  const struct dialect *dialect = NULL;
  for (const struct format *const *row = formats; ok && *row && !dialect; row++)
    if (!forced || *row == forced)
      dialect = dialect_of(&sample, format = *row, forced != NULL);
  if (ok && !dialect && sample.size > 1 &&
      (!memcmp(head, "\x1f\x8b", 2) || !memcmp(head, "PK", 2)))
    ok = err_set(err, EX_DATAERR, "%s is packed: unpack it first", path);
  else if (ok && !dialect && forced)
    ok = err_set(err, EX_DATAERR, "%s:1:1: this is no file of the format %s", path, forced->name);
  else if (ok && !dialect)
    ok = err_set(err, EX_DATAERR, "%s:1:1: this is of no format that is read; --format takes it for "
                 "one", path);
  ok = ok && take_file(source, path, format, dialect, true, err);
  free(head);
  return ok;
}

static bool is_called_so(const struct format *format, const char *name)
{
  for (const char *const *known = format->names; *known; known++)
    if (**known == '.' ? ends_with(name, *known) : !strcmp(name, *known))
      return true;
  return false;
}

/* The format of a file in a folder, by its name and content; NULL: none. */
static const struct format *format_in_folder(const char *path, const struct format *forced,
                                             const struct dialect **dialect)
{
  struct sample sample = {0};
  const struct format *found = NULL;
  char *head = NULL;
  const char *name = path_base(path);
  if (!strcmp(name, MANIFEST_NAME) || !path_is_file(path))
    return NULL;
  for (const struct format *const *row = formats; *row && !found; row++) {
    if ((forced && *row != forced) || !is_called_so(*row, name))
      continue;
    if (!head && !take_sample(&sample, path, &head, NULL))
      break;
    *dialect = dialect_of(&sample, *row, forced != NULL);
    found = *dialect ? *row : NULL;
  }
  free(head);
  return found;
}

/* A file of a folder that could be taken. */
struct candidate {
  char *path;
  const struct format *format;
  const struct dialect *dialect;
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

/* All files of a folder that some format takes; and images/. */
static bool look_into(struct source *source, const char *folder, const struct format *forced,
                      struct candidate **candidates, int *count, struct err *err)
{
  struct dirent **entries;
  int room = 0, entry_count = scandir(folder, &entries, NULL, by_name);
  if (entry_count < 0)
    return err_errno(err, EX_NOINPUT, "cannot read %s", folder);
  for (int k = 0; k < entry_count; k++) {
    struct candidate candidate = {.path = path_join(folder, entries[k]->d_name)};
    candidate.format = format_in_folder(candidate.path, forced, &candidate.dialect);
    if (!strcmp(entries[k]->d_name, "images") && path_is_dir(candidate.path) && !source->images)
      source->images = mem_strdup(candidate.path);
    if (candidate.format)
      VEC_PUSH(*candidates, *count, room) = candidate;
    else
      free(candidate.path);
    free(entries[k]);
  }
  free(entries);
  return true;
}

static bool take_folder(struct source *source, const char *folder, const struct format *forced,
                        struct err *err)
{
  struct candidate *candidates = NULL;
  int count = 0;
  enum format_tier tier = FORMAT_MATRIX;
  char *manifest = path_join(folder, MANIFEST_NAME);
  bool ok = (source->manifest.is_there || manifest_read(&source->manifest, manifest, err)) &&
            look_into(source, folder, forced, &candidates, &count, err);
  for (int k = 0; k < count; k++)
    if (candidates[k].format->tier < tier)
      tier = candidates[k].format->tier;
  for (int k = 0; k < count; k++) {
    const struct candidate *candidate = &candidates[k];
    if (ok && (candidate->format->tier == tier || candidate->format->tier == FORMAT_MATRIX))
      ok = take_file(source, candidate->path, candidate->format, candidate->dialect, false, err);
    free(candidates[k].path);
  }
  free(candidates);
  free(manifest);
  return ok;
}

static bool take_operand(struct source *source, const char *path, const struct format *forced,
                         struct err *err)
{
  if (path_is_dir(path))
    return take_folder(source, path, forced, err);
  if (path_is_file(path))
    return take_named(source, path, forced, err);
  errno = ENOENT;
  return err_errno(err, EX_NOINPUT, "cannot read %s", path);
}

/* "nothing to import in FOLDER: looked for *.inter, ..." */
static bool refuse_nothing(const char *folder, const struct format *forced, struct err *err)
{
  struct buf names = {0};
  for (const struct format *const *row = formats; *row; row++)
    for (const char *const *name = (*row)->names; *name && (!forced || *row == forced); name++)
      if (!names.data || !strstr(names.data, *name))
        buf_printf(&names, "%s%s%s", names.size ? ", " : "", **name == '.' ? "*" : "", *name);
  err_set(err, EX_NOINPUT, "nothing to import in %s: looked for tables called %s", folder,
          names.data);
  buf_free(&names);
  return false;
}

bool source_find(struct source *source, const struct source_request *request, struct err *err)
{
  const struct format *forced = request->format ? format_named(request->format) : NULL;
  if (request->format && !forced)
    return err_set(err, EX_USAGE, "no format \"%s\"", request->format);
  if (request->images && !path_is_dir(request->images))
    return err_set(err, EX_NOINPUT, "%s is no folder of pictures", request->images);
  for (int k = 0; k < request->operand_count; k++)
    if (!take_operand(source, request->operands[k], forced, err))
      return false;
  if (request->images) {
    free(source->images);
    source->images = mem_strdup(request->images);
  }
  if (source->has_items || source->has_interactions || source->matrix_count)
    return true;
  return refuse_nothing(request->operands[0], forced, err);
}
