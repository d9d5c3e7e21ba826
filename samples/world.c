/* world.c - see world.h
 * SPDX-License-Identifier: MIT */
#include "world.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"

#define BIT(value) (1u << (value))
#define ALL(count) (BIT(count) - 1)

const char *const kind_names[KINDS] = {"mug",    "lamp",  "shirt",    "chair", "bag",
                                       "poster", "clock", "umbrella", "vase"};

/* Every value of the text can be said of every kind: nothing is absurd when one is changed. */
const struct key_row key_rows[KEYS] = {
  [KEY_COLOR] = {"color", "image", 10,
                 {"pink", "red", "orange", "yellow", "green", "teal", "azure", "blue", "purple",
                  "monochrome"},
                 BIT(RED) | BIT(YELLOW) | BIT(GREEN) | BIT(TEAL) | BIT(BLUE) | BIT(PURPLE)},
  [KEY_TONE] = {"tone", "image", 3, {"vivid", "soft", "deep"}, BIT(VIVID) | BIT(SOFT)},
  [KEY_PATTERN] = {"pattern", "image", 5, {"plain", "stripes", "dots", "checks", "zigzag"},
                   BIT(STRIPES) | BIT(DOTS) | BIT(CHECKS) | BIT(ZIGZAG), 2},
  [KEY_BACKGROUND] = {"background", "image", 3, {"bright", "medium", "dark"},
                      BIT(BRIGHT) | BIT(DARK)},
  [KEY_TINT] = {"tint", "image", 4, {"warm", "cool", "own", "other"}, 0},
  [KEY_BACKDROP] = {"backdrop", "image", 5, {"bare", "table", "disc", "split", "arch"}, 0},
  [KEY_MATERIAL] = {"material", "text", 12,
                    {"brass", "copper", "cork", "felt", "leather", "linen", "oak", "walnut",
                     "bamboo", "porcelain", "silver", "rope"},
                    ALL(12)},
  [KEY_STYLE] = {"style", "text", 8,
                 {"nordic", "rustic", "industrial", "bohemian", "nautical", "minimal", "playful",
                  "classic"},
                 ALL(8)},
  [KEY_ERA] = {"era", "text", 7, {"1920s", "1930s", "1940s", "1950s", "1960s", "1970s", "1980s"},
               ALL(7)},
  [KEY_THEME] = {"theme", "text", 10,
                 {"sailing", "gardening", "astronomy", "jazz", "cycling", "baking", "birdwatching",
                  "chess", "poetry", "hiking"},
                 ALL(10)},
  [KEY_MAKER] = {"maker", "text", 12,
                 {"Alder & Finch", "Quay Street Works", "Brightwater", "Northlight",
                  "Juniper House", "Harrow Lane", "Fieldfare", "Marlow Brothers",
                  "Stone & Thistle", "Wren Workshop", "Osier Mill", "Saltmarsh"},
                 0},
  [KEY_ORIGIN] = {"origin", "text", 10,
                  {"Lisbon", "Kyoto", "Bergen", "Ghent", "Turin", "Oaxaca", "Jaipur", "Galway",
                   "Tartu", "Fez"},
                  0},
  [KEY_OCCASION] = {"occasion", "text", 8,
                    {"birthdays", "weddings", "housewarmings", "graduations", "anniversaries",
                     "farewells", "retirements", "christenings"},
                    0},
};

/* In the order in which they are dealt: a partner before its decoy. Across the modalities both
 * ways, and within the text. */
const struct decoy decoys[DECOYS] = {
  {{KEY_COLOR, ORANGE}, {KEY_MATERIAL, 1 /* copper */}},
  {{KEY_COLOR, PINK}, {KEY_THEME, 5 /* baking */}},
  {{KEY_COLOR, MONOCHROME}, {KEY_STYLE, 2 /* industrial */}},
  {{KEY_BACKDROP, DISC}, {KEY_THEME, 2 /* astronomy */}},
  {{KEY_MAKER, 2 /* Brightwater */}, {KEY_COLOR, TEAL}},
  {{KEY_MAKER, 1 /* Quay Street Works */}, {KEY_ERA, 5 /* 1970s */}},
  {{KEY_ORIGIN, 2 /* Bergen */}, {KEY_PATTERN, STRIPES}},
  {{KEY_ORIGIN, 6 /* Jaipur */}, {KEY_COLOR, PURPLE}},
  {{KEY_OCCASION, 6 /* retirements */}, {KEY_MATERIAL, 4 /* leather */}},
};

struct rng world_rng(uint64_t seed, enum purpose purpose, int block)
{
  return rng_stream(rng_mix64(seed ^ 0x53414d504c4553), (enum rng_purpose)purpose,
                    (uint64_t)block);
}

void world_shuffle(struct rng *rng, int *values, int count)
{
  for (int k = count - 1; k > 0; k--) {
    int other = (int)rng_below(rng, (uint64_t)k + 1), kept = values[k];
    values[k] = values[other];
    values[other] = kept;
  }
}

bool item_has(const struct item *item, struct pair pair)
{
  return item->value[pair.key] == pair.value ||
         (pair.key == KEY_THEME && item->second_theme == pair.value);
}

double world_phi(const struct item items[ITEMS], struct pair a, struct pair b)
{
  double both = 0, only_a = 0, only_b = 0, none = 0;
  for (int i = 0; i < ITEMS; i++) {
    bool has_a = item_has(&items[i], a), has_b = item_has(&items[i], b);
    *(has_a && has_b ? &both : has_a ? &only_a : has_b ? &only_b : &none) += 1;
  }
  double product = (both + only_a) * (only_b + none) * (both + only_b) * (only_a + none);
  return product > 0 ? (both * none - only_a * only_b) / sqrt(product) : 0;
}

static bool chance(struct rng *rng, int percent) { return rng_below(rng, 100) < (uint64_t)percent; }

/* As many of each value as of any other, but for the first, in a random order. */
static void deal_key(struct item items[ITEMS], enum key key, struct rng *rng)
{
  int deck[ITEMS], count = key_rows[key].count;
  for (int i = 0; i < ITEMS; i++) {
    int share = i % (count + key_rows[key].more);
    deck[i] = share < count ? share : 0;
  }
  world_shuffle(rng, deck, ITEMS);
  for (int i = 0; i < ITEMS; i++)
    items[i].value[key] = deck[i];
}

static bool is_decoy(struct pair pair)
{
  for (int d = 0; d < DECOYS; d++)
    if (decoys[d].decoy.key == pair.key && decoys[d].decoy.value == pair.value)
      return true;
  return false;
}

/* A key with decoys: items with a partner get its decoy, 3 in 4; others have it rarely. */
static void plant_key(struct item *item, enum key key, struct rng *rng)
{
  struct pair dealt = {key, item->value[key]};
  while (is_decoy(dealt) && !chance(rng, 20))
    dealt.value = (int)rng_below(rng, (uint64_t)key_rows[key].count);
  item->value[key] = dealt.value;
  for (int d = 0; d < DECOYS; d++)
    if (decoys[d].decoy.key == key && item_has(item, decoys[d].partner) && chance(rng, 75))
      item->value[key] = decoys[d].decoy.value;
}

static bool is_planted(const struct item items[ITEMS])
{
  for (int d = 0; d < DECOYS; d++)
    if (world_phi(items, decoys[d].decoy, decoys[d].partner) < 0.5)
      return false;
  for (int key = 0; key < KEYS; key++)
    for (int value = 0; value < key_rows[key].count; value++) {
      int count = 0;
      for (int i = 0; i < ITEMS; i++)
        count += item_has(&items[i], (struct pair){(enum key)key, value});
      if (count < 8)
        return false;
    }
  return true;
}

/* The thing must stand out from its background, and lend the picture its colour. */
static void set_off(struct item *item, struct rng *rng)
{
  int *tone = &item->value[KEY_TONE], background = item->value[KEY_BACKGROUND];
  if (background == DARK && *tone == DEEP)
    *tone = chance(rng, 50) ? VIVID : SOFT;
  if (item->value[KEY_COLOR] == MONOCHROME && background == BRIGHT)
    *tone = DEEP;
  if (item->value[KEY_TINT] == OTHER &&
      (*tone != VIVID || item->value[KEY_PATTERN] != PLAIN || item->value[KEY_COLOR] == MONOCHROME))
    item->value[KEY_TINT] = (int)rng_below(rng, OTHER);
}

static void deal(struct item items[ITEMS], struct rng *rng)
{
  for (int key = 0; key < KEYS; key++)
    deal_key(items, (enum key)key, rng);
  for (int i = 0; i < ITEMS; i++) {
    struct item *item = &items[i];
    int second = (int)rng_below(rng, (uint64_t)key_rows[KEY_THEME].count);
    item->second_theme = chance(rng, 40) && second != item->value[KEY_THEME] ? second : -1;
    plant_key(item, KEY_COLOR, rng);
    set_off(item, rng);
    plant_key(item, KEY_BACKDROP, rng);
    plant_key(item, KEY_MAKER, rng);
    plant_key(item, KEY_ORIGIN, rng);
    plant_key(item, KEY_OCCASION, rng);
  }
}

void world_deal(struct item items[ITEMS], uint64_t seed)
{
  for (int i = 0; i < ITEMS; i++) {
    items[i] = (struct item){.kind = i / PER_KIND, .number = i % PER_KIND + 1};
    snprintf(items[i].id, sizeof items[i].id, "%s-%02d", kind_names[items[i].kind],
             items[i].number);
  }
  for (int attempt = 0;; attempt++) {
    struct rng rng = world_rng(seed, FOR_DEALING, attempt);
    deal(items, &rng);
    if (is_planted(items))
      return;
  }
}
