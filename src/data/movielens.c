/* movielens.c - the files of MovieLens as GroupLens gives them
 *
 * ml-100k has u.data (tabs) and u.item (bars, a flag for each of 19 genres); ml-1m and
 * ml-10m ratings.dat and movies.dat ("::", genres with bars). None has a header; most are
 * in Latin-1. The year that ends a title becomes a field of its own, genres become a list.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "data/format.h"

#define RATINGS "user_id:token\titem_id:token\trating:float\ttimestamp:float"

static const char *const genres[] = {
  "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
  "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller",
  "War", "Western",
};
enum { ITEM_ID, ITEM_TITLE, ITEM_RELEASE, ITEM_VIDEO, ITEM_URL, ITEM_GENRES };
enum { GENRES_ROOM = 256 };

/* "Heat (1995)" into "Heat" and "1995"; without a year the second is empty. */
static void split_title(const struct cell *raw, struct cell *title, struct cell *year)
{
  const char *end = raw->text + raw->size, *open = end - 6;
  *title = *raw;
  *year = (struct cell){end, 0, raw->at};
  if (raw->size < 8 || open[0] != '(' || end[-1] != ')')
    return;
  for (int k = 1; k <= 4; k++)
    if (!isdigit((unsigned char)open[k]))
      return;
  *year = (struct cell){open + 1, 4, raw->at + raw->size - 5};
  title->size = raw->size - 6;
  while (title->size && title->text[title->size - 1] == ' ')
    title->size--;
}

static bool take_flags(struct table *table, const struct cell *raw, struct cell *out,
                       struct err *err)
{
  char *text = table_scratch(table, GENRES_ROOM);
  *out = (struct cell){text, 0, raw->at};
  for (size_t k = 0; k < COUNT_OF(genres); k++) {
    if (raw[k].size != 1 || !strchr("01", raw[k].text[0])) {
      return table_refuse(table, &raw[k], err, "expected 0 or 1 for the genre %s", genres[k]);
    }
    if (raw[k].text[0] == '0')
      continue;
    if (out->size)
      text[out->size++] = ',';
    memcpy(text + out->size, genres[k], strlen(genres[k]));
    out->size += strlen(genres[k]);
  }
  return true;
}

static bool reshape_item(struct table *table, const struct cell *raw, struct err *err)
{
  struct cell *cells = table->cells;
  cells[0] = raw[ITEM_ID];
  split_title(&raw[ITEM_TITLE], &cells[1], &cells[2]);
  cells[4] = raw[ITEM_RELEASE];
  cells[5] = raw[ITEM_URL];
  return take_flags(table, raw + ITEM_GENRES, &cells[3], err);
}

static bool reshape_movie(struct table *table, const struct cell *raw, struct err *err)
{
  struct cell *cells = table->cells;
  (void)err;
  cells[0] = raw[0];
  split_title(&raw[1], &cells[1], &cells[2]);
  char *text = table_scratch(table, raw[2].size);
  for (size_t k = 0; k < raw[2].size; k++)
    text[k] = raw[2].text[k] == '|' ? ',' : raw[2].text[k];
  cells[3] = (struct cell){text, raw[2].size, raw[2].at};
  return true;
}

static const struct dialect u_data = {.separator = "\t", .columns = RATINGS};
static const struct dialect ratings_dat = {.separator = "::", .columns = RATINGS};
static const struct dialect u_item = {
  .separator = "|",
  .columns = "item_id:token\ttitle:token_seq\tyear:token\tgenres:token_seq\trelease_date:token\t"
             "imdb_url:token",
  .raw_columns = ITEM_GENRES + (int)COUNT_OF(genres),
  .reshape = reshape_item,
  .may_be_latin1 = true,
};
static const struct dialect movies_dat = {
  .separator = "::",
  .columns = "item_id:token\ttitle:token_seq\tyear:token\tgenres:token_seq",
  .raw_columns = 3,
  .reshape = reshape_movie,
  .may_be_latin1 = true,
};

/* Cells of the first line by a separator, if it begins with a number; else 0. */
static int count_cells(const struct sample *sample, const char *separator)
{
  const char *p = sample->head, *end = p + sample_line(sample);
  int cells = p < end && isdigit((unsigned char)*p);
  for (; cells && (p = memmem(p, (size_t)(end - p), separator, strlen(separator)));
       p += strlen(separator))
    cells++;
  return cells;
}

static const struct dialect *takes(const struct sample *sample)
{
  if (count_cells(sample, "\t") == 4)
    return &u_data;
  if (count_cells(sample, "|") == u_item.raw_columns)
    return &u_item;
  int cells = count_cells(sample, "::");
  return cells == 4 ? &ratings_dat : cells == 3 ? &movies_dat : NULL;
}

const struct format format_movielens = {
  .name = "movielens",
  .tier = FORMAT_NAMED,
  .names = {"u.data", "u.item", "ratings.dat", "movies.dat"},
  .takes = takes,
  .help = "MovieLens' own u.data and u.item, or ratings.dat and movies.dat, in Latin-1 or UTF-8; the year "
          "is taken off the title",
};
