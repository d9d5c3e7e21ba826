/* colour_words.c - see colour_words.h
 * SPDX-License-Identifier: MIT */
#include "gen/colour_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "media/hue.h"
#include "media/lab.h"
#include "media/measure.h"
#include "text/mention.h"

enum { CHROMA_MIN = 12 };

static const struct {
  const char *name;
  uint8_t rgb[3];
} colours[] = {
  {"black", {0, 0, 0}},          {"white", {255, 255, 255}},   {"grey", {128, 128, 128}},
  {"gray", {128, 128, 128}},     {"silver", {192, 192, 192}},  {"charcoal", {54, 69, 79}},
  {"red", {220, 20, 30}},        {"crimson", {165, 15, 50}},   {"scarlet", {255, 36, 0}},
  {"maroon", {115, 0, 20}},      {"burgundy", {110, 10, 40}},  {"pink", {255, 150, 185}},
  {"rose", {235, 80, 120}},      {"magenta", {230, 0, 180}},   {"orange", {255, 140, 0}},
  {"coral", {255, 127, 80}},     {"amber", {255, 180, 0}},     {"brown", {120, 72, 30}},
  {"tan", {210, 180, 140}},      {"beige", {235, 225, 195}},   {"cream", {255, 250, 215}},
  {"ivory", {255, 255, 235}},    {"gold", {225, 180, 30}},     {"golden", {225, 180, 30}},
  {"yellow", {255, 230, 0}},     {"olive", {110, 115, 20}},    {"lime", {150, 230, 30}},
  {"green", {0, 140, 40}},       {"emerald", {20, 160, 90}},   {"mint", {150, 240, 190}},
  {"teal", {0, 128, 128}},       {"turquoise", {50, 205, 195}}, {"cyan", {0, 220, 230}},
  {"azure", {20, 140, 230}},     {"sky", {125, 190, 240}},     {"blue", {20, 60, 210}},
  {"navy", {10, 20, 90}},        {"indigo", {70, 20, 140}},    {"violet", {140, 60, 210}},
  {"purple", {120, 20, 140}},    {"lavender", {200, 180, 240}}, {"lilac", {200, 160, 210}},
};

/* The colour that a phrase names last ("navy blue" is blue's shade navy: the first name tells more). */
static int colour_named(const char *phrase)
{
  for (int k = 0; k < (int)COUNT_OF(colours); k++) {
    char *folded = utf8_norm(phrase);
    bool is_it = !strcmp(folded, colours[k].name);
    free(folded);
    if (is_it)
      return k;
  }
  int found = -1;
  size_t first = (size_t)-1;
  for (int k = 0; k < (int)COUNT_OF(colours); k++) {
    size_t count;
    struct span *spans = text_mentions(phrase, colours[k].name, &count);
    if (count && spans[0].start < first) {
      first = spans[0].start;
      found = k;
    }
    free(spans);
  }
  return found;
}

static void lab_of_colour(int colour, float out[3])
{
  struct lab lab = lab_new(1);
  lab_fill(&lab, colours[colour].rgb);
  out[0] = lab.L[0];
  out[1] = lab.a[0];
  out[2] = lab.b[0];
  lab_free(&lab);
}

double colour_distance(const char *a, const char *b)
{
  int i = colour_named(a), j = colour_named(b);
  if (i < 0 || j < 0)
    return -1;
  float x[3], y[3];
  lab_of_colour(i, x);
  lab_of_colour(j, y);
  return sqrt((x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]) +
              (x[2] - y[2]) * (x[2] - y[2]));
}

int colour_class(const char *phrase)
{
  int direct = image_class_named(IMAGE_COLOR, phrase), colour = colour_named(phrase);
  if (direct >= 0 || colour < 0)
    return direct;
  float lab[3];
  lab_of_colour(colour, lab);
  bool has_hue = hypotf(lab[1], lab[2]) >= CHROMA_MIN && lab[0] < 95; /* navy is blue, though dark */
  return has_hue ? hue_family(hue_angle(lab[1], lab[2])) : HUE_MONOCHROME;
}
