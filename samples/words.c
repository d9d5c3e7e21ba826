/* words.c - a title and a few sentences for every item
 *
 * The first sentence is about the kind of thing; the others are put together so that they
 * stay true and grammatical whatever value stands in them: "trimmed in cork", "made in
 * Ghent", "of the 1950s". A picture's attributes stay untold, but for the colour of one
 * item in four.
 * SPDX-License-Identifier: MIT */
#include "world.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

#define BIT(key) (1u << (key))

enum { NAMES = 40, OPENINGS = 5 };

static const char *const names[NAMES] = {
  "Harbour", "Meadow", "Ember",   "Tidewater", "Orchard", "Lighthouse", "Solstice", "Bramble",
  "Kestrel", "Pebble", "Dusk",    "Ferry",     "Clover",  "Thunder",    "Pilgrim",  "Drift",
  "Hazel",   "Monsoon", "Signal", "Plover",    "Marble",  "Canyon",     "Larch",    "Parade",
  "Echo",    "Summit", "Cobble",  "Magpie",    "Lagoon",  "Almond",     "Station",  "Voyager",
  "Tundra",  "Carousel", "Fern",  "Heron",     "Prairie", "Domino",     "Mistral",  "Comet",
};

static const char *const openings[KINDS][OPENINGS] = {
  {"A broad mug that keeps coffee warm to the last page", "A mug with a handle for a whole hand",
   "A sturdy mug for slow mornings", "A mug that sits well in both hands",
   "A generous mug for tea, soup or pencils"},
  {"A lamp that throws a soft circle of light", "A steady lamp for the end of a desk",
   "A lamp with a wide shade and a quiet glow", "A bedside lamp that dims to a whisper",
   "A lamp that makes a corner worth sitting in"},
  {"A shirt with room in the shoulders", "An easy shirt that dries overnight",
   "A shirt cut straight and sewn to last", "A light shirt for the first warm day",
   "A shirt that looks better creased"},
  {"A chair that invites a second cup", "A chair with a high back and a firm seat",
   "A light chair that one hand can carry", "A chair for long talks at the table",
   "A quiet chair that never wobbles"},
  {"A bag with room for a loaf and a book", "A bag that stands up by itself",
   "A roomy bag with one deep pocket", "A bag for the train and the market",
   "A bag that carries more than it shows"},
  {"A poster that fills a bare wall", "A poster printed on heavy paper",
   "A bold poster to be seen from across the room", "A framed poster for a narrow hallway",
   "A poster that goes well with rain outside"},
  {"A clock that is read at a glance", "A clock with a slow and even tick",
   "A wall clock that runs for years on one cell", "A clock that forgives a late start",
   "A clock with large hands and no numbers"},
  {"An umbrella that stands up to the wind", "An umbrella wide enough for two",
   "An umbrella with a curved handle", "A light umbrella for sudden showers",
   "An umbrella that opens with one push"},
  {"A vase for three stems at most", "A heavy vase that does not tip over",
   "A vase that looks finished without flowers", "A vase for branches and tall grass",
   "A small vase for the window sill"},
};

/* A sentence with {key} in it; it is said when its number is drawn. */
static const char *const of_material[] = {
  "It is trimmed in {material}.",
  "Its trim is {material}.",
  "It is finished with touches of {material}.",
};
static const char *const of_making[] = {
  "Made in {origin} by {maker}.",
  "{maker} has it made in {origin}.",
  "From the {style} range of {maker}.",
  "Crafted in {origin}, after a sketch of the {era}.",
  "{maker} found the pattern in a book of the {era}.",
  "The {style} lines go back to a sketch of the {era}.",
};
static const char *const of_use[] = {
  "For friends of {theme}.",
  "Drawn with {theme} in mind.",
  "Often given at {occasion}.",
  "A favourite at {occasion}.",
};
static const char *const of_color[] = {
  "It comes in {color}.",
  "This one is {color}.",
};

static const char *any(struct rng *rng, const char *const *lines, size_t count)
{
  return lines[rng_below(rng, count)];
}

static void add_value(struct buf *out, const struct item *item, enum key key)
{
  buf_str(out, key_rows[key].values[item->value[key]]);
  if (key == KEY_THEME && item->second_theme >= 0)
    buf_printf(out, " and %s", key_rows[key].values[item->second_theme]);
}

/* Add a sentence, its {key} filled in and noted. */
static void say(struct buf *out, struct item *item, const char *sentence)
{
  for (const char *p = sentence; *p;) {
    const char *end = *p == '{' ? strchr(p, '}') : NULL;
    if (!end) {
      buf_char(out, *p++);
      continue;
    }
    for (int key = 0; key < KEYS; key++)
      if (strlen(key_rows[key].name) == (size_t)(end - p - 1) &&
          strncmp(key_rows[key].name, p + 1, (size_t)(end - p - 1)) == 0) {
        add_value(out, item, (enum key)key);
        item->mentions |= BIT(key);
      }
    p = end + 1;
  }
}

static void write_title(struct item *item, const char *name, struct rng *rng)
{
  struct buf title = {0};
  buf_printf(&title, "%s %s", name, kind_names[item->kind]);
  if (rng_below(rng, 2))
    say(&title, item, " trimmed in {material}");
  item->title = buf_take(&title);
}

static void write_description(struct item *item, struct rng *rng)
{
  struct buf text = {0};
  buf_str(&text, any(rng, openings[item->kind], OPENINGS));
  if (item->mentions & BIT(KEY_MATERIAL) || rng_below(rng, 3))
    buf_char(&text, '.');
  else
    say(&text, item, ", trimmed in {material}.");
  if (!(item->mentions & BIT(KEY_MATERIAL))) {
    buf_char(&text, ' ');
    say(&text, item, any(rng, of_material, COUNT_OF(of_material)));
  }
  buf_char(&text, ' ');
  say(&text, item, any(rng, of_making, COUNT_OF(of_making)));
  if (item->value[KEY_COLOR] != MONOCHROME && rng_below(rng, 4) == 0) {
    buf_char(&text, ' ');
    say(&text, item, any(rng, of_color, COUNT_OF(of_color)));
  }
  if (rng_below(rng, 4)) {
    buf_char(&text, ' ');
    say(&text, item, any(rng, of_use, COUNT_OF(of_use)));
  }
  item->description = buf_take(&text);
}

void words_write(struct item items[ITEMS], uint64_t seed)
{
  for (int kind = 0; kind < KINDS; kind++) {
    struct rng rng = world_rng(seed, FOR_WORDS, kind);
    int order[NAMES];
    for (int k = 0; k < NAMES; k++)
      order[k] = k;
    world_shuffle(&rng, order, NAMES);
    for (int k = 0; k < PER_KIND; k++) {
      struct item *item = &items[kind * PER_KIND + k];
      write_title(item, names[order[k]], &rng);
      write_description(item, &rng);
    }
  }
}
