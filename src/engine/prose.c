/* prose.c - see prose.h
 * SPDX-License-Identifier: MIT */
#include "engine/prose.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const struct {
  const char *key;
  enum prose_how how;
} rows[] = {
  {"color", PROSE_THING},        {"colour", PROSE_THING},       {"colors", PROSE_THING},
  {"colours", PROSE_THING},      {"material", PROSE_THING},     {"materials", PROSE_THING},
  {"fabric", PROSE_THING},       {"wood", PROSE_THING},         {"metal", PROSE_THING},
  {"shape", PROSE_THING},        {"kind", PROSE_THING},         {"pattern", PROSE_THING},
  {"print", PROSE_THING},        {"motif", PROSE_THING},        {"finish", PROSE_THING},
  {"ingredient", PROSE_THING},   {"ingredients", PROSE_THING},  {"main_ingredient", PROSE_THING},
  {"maker", PROSE_THING},        {"brand", PROSE_THING},        {"manufacturer", PROSE_THING},
  {"flavor", PROSE_THING},       {"flavour", PROSE_THING},      {"scent", PROSE_THING},
  {"director", PROSE_PERSON},    {"directors", PROSE_PERSON},   {"actor", PROSE_PERSON},
  {"actors", PROSE_PERSON},      {"actress", PROSE_PERSON},     {"cast", PROSE_PERSON},
  {"star", PROSE_PERSON},        {"stars", PROSE_PERSON},       {"author", PROSE_PERSON},
  {"authors", PROSE_PERSON},     {"writer", PROSE_PERSON},      {"writers", PROSE_PERSON},
  {"artist", PROSE_PERSON},      {"artists", PROSE_PERSON},     {"designer", PROSE_PERSON},
  {"singer", PROSE_PERSON},      {"composer", PROSE_PERSON},    {"narrator", PROSE_PERSON},
  {"illustrator", PROSE_PERSON}, {"producer", PROSE_PERSON},    {"performer", PROSE_PERSON},
  {"country", PROSE_NATION},     {"countries", PROSE_NATION},   {"language", PROSE_NATION},
  {"languages", PROSE_NATION},   {"origin", PROSE_NATION},      {"nationality", PROSE_NATION},
  {"genre", PROSE_NEVER},        {"genres", PROSE_NEVER},       {"tag", PROSE_NEVER},
  {"tags", PROSE_NEVER},         {"mood", PROSE_NEVER},
};

enum prose_how prose_how(const struct key *key)
{
  if (key->form == FORM_TERM)
    return PROSE_THING;
  if (key->modality == IMAGE) /* "It comes in red" */
    return key->prose_mentions ? PROSE_THING : PROSE_NEVER;
  if (key->form != FORM_WORDS)
    return PROSE_NEVER;
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    if (strcmp(rows[k].key, key->name) == 0)
      return rows[k].how == PROSE_NATION && key->prose_mentions ? PROSE_THING : rows[k].how;
  return key->prose_mentions ? PROSE_THING : PROSE_NEVER;
}

/* Is one of the space-separated words of `list` the word of `text` that starts at `at`? */
static bool word_is_of(const char *list, const char *text, size_t size)
{
  while (*list) {
    size_t length = strcspn(list, " ");
    if (length == size && strncasecmp(list, text, size) == 0)
      return true;
    list += length + (list[length] == ' ');
  }
  return false;
}

/* The word before byte `at`, parted from it by one blank. */
static struct span word_before(const char *text, size_t at)
{
  size_t end = at && text[at - 1] == ' ' ? at - 1 : at, start = end;
  while (at != end && start && (isalnum((unsigned char)text[start - 1]) ||
                                (unsigned char)text[start - 1] >= 0x80))
    start--;
  return (struct span){start, end - start};
}

static struct span word_after(const char *text, size_t at)
{
  size_t start = text[at] == ' ' ? at + 1 : at, end = start;
  while (at != start && (isalnum((unsigned char)text[end]) || (unsigned char)text[end] >= 0x80))
    end++;
  return (struct span){start, end - start};
}

/* "a French film", "French-speaking", "set in France", "made in Japan". */
static bool is_nation_context(const char *text, struct span mention)
{
  size_t end = mention.start + mention.size;
  struct span after = word_after(text, end), before = word_before(text, mention.start);
  if (strncasecmp(text + end, "-speaking", 9) == 0 || strncasecmp(text + end, "-language", 9) == 0)
    return true;
  if (after.size && word_is_of("film films movie movies cinema production productions novel "
                               "novels cuisine recipe recipes dish edition editions translation "
                               "subtitles dialogue", text + after.start, after.size)) {
    struct span next = word_after(text, after.start + after.size);
    return !next.size || word_is_of("about of that which who with in by from and is was set based",
                                    text + next.start, next.size); /* not "a French film critic" */
  }
  if (!before.size || strncasecmp(text + before.start, "in", before.size) != 0 || before.size != 2)
    return false;
  struct span verb = word_before(text, before.start);
  return verb.size && word_is_of("set filmed shot made produced printed published written "
                                 "manufactured handmade crafted subtitled dubbed",
                                 text + verb.start, verb.size);
}

static bool ends_with(const char *word, size_t size, const char *end)
{
  size_t tail = strlen(end);
  return size > tail && strncasecmp(word + size - tail, end, tail) == 0;
}

/* Do the two words before name a nation ("Italian director Jean-Luc Godard")? */
static bool is_of_a_nation(const char *text, size_t at)
{
  static const char *const ends[] = {"ian", "ish", "ese", "french", "german", "american", "korean", "dutch"};
  for (int back = 0; back < 2; back++) {
    size_t comma = at >= 2 && text[at - 1] == ' ' && text[at - 2] == ',' ? at - 2 : at;
    struct span word = word_before(text, comma);
    for (size_t k = 0; k < COUNT_OF(ends); k++)
      if (word.size && isupper((unsigned char)text[word.start]) &&
          (ends_with(text + word.start, word.size, ends[k]) ||
           word_is_of(ends[k], text + word.start, word.size)))
        return true;
    at = word.start;
  }
  return false;
}

bool prose_reads_well(enum prose_how how, const char *text, struct span mention)
{
  switch (how) {
  case PROSE_THING:
    return true;
  case PROSE_PERSON: /* a full name, written as one: "Prince" may be anybody */
    return !islower((unsigned char)text[mention.start]) &&
           memchr(text + mention.start, ' ', mention.size) != NULL &&
           !is_of_a_nation(text, mention.start);
  case PROSE_NATION:
    return is_nation_context(text, mention);
  case PROSE_NEVER:
    break;
  }
  return false;
}
