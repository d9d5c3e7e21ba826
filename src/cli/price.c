/* price.c - see price.h
 * SPDX-License-Identifier: MIT */
#include "cli/price.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *price_section(const char *section)
{
  static const char word[] = "price ";
  if (strncmp(section, word, sizeof word - 1) != 0)
    return NULL;
  return section + sizeof word - 1 + strspn(section + sizeof word - 1, " ");
}

static struct price *find(const struct prices *prices, const char *model)
{
  for (int k = 0; k < prices->count; k++)
    if (!strcmp(prices->rows[k].model, model))
      return &prices->rows[k];
  return NULL;
}

bool price_set(struct prices *prices, const char *model, const char *key, const char *value,
               struct err *err)
{
  char *end;
  double number = strtod(value, &end);
  bool is_input = !strcmp(key, "input");
  if (!is_input && strcmp(key, "output") != 0)
    return err_set(err, EX_CONFIG, "a price has \"input\" and \"output\", not \"%s\"", key);
  if (end == value || *end || !isfinite(number) || number < 0)
    return err_set(err, EX_CONFIG, "a price is a number, for a million tokens, not \"%s\"", value);
  struct price *price = find(prices, model);
  if (!price) {
    VEC_PUSH(prices->rows, prices->count, prices->room) = (struct price){.model = mem_strdup(model)};
    price = &prices->rows[prices->count - 1];
  }
  *(is_input ? &price->input : &price->output) = number;
  return true;
}

const struct price *price_of(const struct prices *prices, const char *model)
{
  return find(prices, model);
}

void prices_free(struct prices *prices)
{
  for (int k = 0; k < prices->count; k++)
    free(prices->rows[k].model);
  free(prices->rows);
  *prices = (struct prices){0};
}
