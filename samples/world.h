/* world.h - the items of a made-up shop, and what is true of each
 *
 * Every attribute of an item is a value of a key; a key is seen in the picture only, or
 * told in the text only. Some values are causes (users like them, see taste.h), others
 * are decoys: planted so that they go along with a cause, and liked by nobody.
 * SPDX-License-Identifier: MIT */
#ifndef SAMPLES_WORLD_H
#define SAMPLES_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"
#include "canvas.h"

enum { KINDS = 9, PER_KIND = 32, ITEMS = KINDS * PER_KIND, VALUES_MAX = 12 };

enum key {
  KEY_COLOR, /* of the thing itself */
  KEY_TONE,
  KEY_PATTERN,
  KEY_BACKGROUND, /* how bright it is */
  KEY_TINT,       /* which way it leans */
  KEY_BACKDROP,   /* what stands behind the thing */
  KEY_MATERIAL,
  KEY_STYLE,
  KEY_ERA,
  KEY_THEME,
  KEY_MAKER,
  KEY_ORIGIN,
  KEY_OCCASION,
  KEYS
};

/* The colours are those that a measuring of pictures tells apart by hue. */
enum color { PINK, RED, ORANGE, YELLOW, GREEN, TEAL, AZURE, BLUE, PURPLE, MONOCHROME };
enum tone { VIVID, SOFT, DEEP };
enum background { BRIGHT, MEDIUM, DARK };
enum tint { WARM, COOL, OWN, OTHER };
enum backdrop { BARE, TABLE, DISC, SPLIT, ARCH };

struct key_row {
  const char *name, *modality;
  int count;
  const char *values[VALUES_MAX];
  unsigned liked; /* bits of the values that may be somebody's taste */
  int more;       /* the first value has so many shares more than any other */
};
extern const struct key_row key_rows[KEYS];
extern const char *const kind_names[KINDS];

struct pair {
  enum key key;
  int value;
};

struct decoy {
  struct pair decoy, partner;
};
enum { DECOYS = 9 };
extern const struct decoy decoys[DECOYS];

struct item {
  int kind, number; /* 1 .. PER_KIND */
  int value[KEYS];
  int second_theme; /* or -1 */
  char id[16];      /* "mug-07" */
  char *title, *description;
  unsigned mentions; /* bits of the keys that the title or description names */
};

enum purpose { FOR_DEALING = 1, FOR_WORDS, FOR_PICTURE, FOR_TASTE, FOR_VISITS, FOR_FAME };
/* An independent stream of random numbers. */
struct rng world_rng(uint64_t seed, enum purpose purpose, int block);
void world_shuffle(struct rng *rng, int *values, int count);

/* Deal all attributes, so that every decoy has phi >= .5 with its partner. */
void world_deal(struct item items[ITEMS], uint64_t seed);
bool item_has(const struct item *item, struct pair pair);
/* The phi coefficient of two attributes over the items. */
double world_phi(const struct item items[ITEMS], struct pair a, struct pair b);

/* Title and description of every item (words.c). */
void words_write(struct item items[ITEMS], uint64_t seed);
/* The picture of an item as PNG (draw.c). */
void draw_item(const struct item *item, uint64_t seed, struct buf *out);

#endif
