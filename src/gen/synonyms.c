/* synonyms.c - see synonyms.h
 * SPDX-License-Identifier: MIT */
#include "gen/synonyms.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/mention.h"

/* A set a row, its members between bars. */
static const char *const sets[] = {
  "|dark|dim|gloomy|shadowy|low-key|",
  "|bright|light|luminous|brilliant|high-key|",
  "|flat|low contrast|",
  "|strong|high contrast|stark|",
  "|vivid|saturated|intense|colourful|colorful|",
  "|muted|dull|desaturated|subdued|faded|pale|",
  "|warm|hot|",
  "|cool|cold|chilly|icy|",
  "|smooth|soft|sleek|",
  "|rough|coarse|grainy|",
  "|crisp|sharp|",
  "|blurred|blurry|out of focus|",
  "|grey|gray|",
  "|monochrome|black and white|grayscale|greyscale|",
  "|big|large|huge|oversized|",
  "|small|little|tiny|mini|",
  "|round|circular|",
  "|square|quadratic|",
  "|striped|with stripes|stripy|",
  "|checked|checkered|chequered|plaid|tartan|",
  "|dotted|spotted|polka dot|polka dots|",
  "|plain|solid|unpatterned|",
  "|centered|centred|central|in the middle|",
  "|old|antique|vintage|",
  "|new|modern|contemporary|",
  "|cheap|inexpensive|affordable|",
  "|expensive|costly|premium|luxury|",
  "|film|movie|motion picture|",
  "|comedy|funny|humorous|",
  "|scary|horror|frightening|",
  "|sci-fi|science fiction|",
  "|romance|romantic|love story|",
  "|children|children's|kids|for children|for kids|",
  "|man|men|male|",
  "|woman|women|female|",
  "|wood|wooden|",
  "|wool|woollen|woolen|",
  "|silk|silken|",
  "|metal|metallic|",
  "|gold|golden|",
  "|silver|silvery|",
  "|usa|us|united states|american|",
  "|uk|united kingdom|great britain|british|",
};

static bool is_in(const char *set, const char *value)
{
  char *member = mem_printf("|%s|", value);
  bool is = strstr(set, member) != NULL;
  free(member);
  return is;
}

bool are_synonyms(const char *a, const char *b)
{
  char *x = utf8_norm(a), *y = utf8_norm(b);
  bool are = !strcmp(x, y);
  for (size_t k = 0; k < COUNT_OF(sets) && !are; k++)
    are = is_in(sets[k], x) && is_in(sets[k], y);
  free(x);
  free(y);
  return are;
}

static bool is_mentioned(const char *text, const char *value)
{
  size_t count;
  free(text_mentions(text, value, &count));
  return count > 0;
}

bool mentions_value(const char *text, const char *value)
{
  if (is_mentioned(text, value))
    return true;
  char *norm = utf8_norm(value);
  bool is = false;
  for (size_t k = 0; k < COUNT_OF(sets) && !is; k++) {
    if (!is_in(sets[k], norm))
      continue;
    for (const char *p = sets[k] + 1; *p && !is; p += strcspn(p, "|") + 1) {
      char *member = mem_strndup(p, strcspn(p, "|"));
      is = is_mentioned(text, member);
      free(member);
    }
  }
  free(norm);
  return is;
}
