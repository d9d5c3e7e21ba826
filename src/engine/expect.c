/* expect.c - see expect.h
 * SPDX-License-Identifier: MIT */
#include "engine/expect.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "encode/displacement.h"

/* Calibrated displacements of edited pictures, as often the one as the other. */
static const double usual[] = {.08, .18, .35};
static const double GAIN_MIN = .02; /* of balance, for one key more */

/* Calibrated displacement of the text without the values of its first `count` choices. */
static double moved_by(const struct asked *asked, const struct choice *text, int count)
{
  const struct encoders *encoders = asked->engine->encoders;
  struct masked masked[MASKED_MAX];
  const char *values[MASKED_MAX], *blank[TEXT_KEYS_MAX];
  struct displacement displacement;
  for (int k = 0; k < count; k++)
    blank[k] = "";
  masked_in_text(asked->engine, text, count, blank, NULL, NULL, masked, values);
  struct document document = document_find(asked->item, masked, count);
  char *filled = document_filled(&document, masked, values, false);
  float *row = mem_zero((size_t)encoders_dim(encoders, TEXT) + 1, sizeof *row);
  const float *negative[MODALITIES] = {row, NULL};
  encoders_text(encoders, filled, row);
  encoders_displacement(encoders, asked->item->id, negative, &displacement);
  free(row);
  free(filled);
  document_free(&document);
  return displacement.calibrated[TEXT];
}

static double usual_balance(double text)
{
  double sum = 0;
  for (size_t k = 0; k < COUNT_OF(usual); k++) {
    const double both[MODALITIES] = {text, usual[k]};
    double balance = displacement_balance(both, MODALITIES);
    sum += isnan(balance) ? 0 : balance;
  }
  return sum / (double)COUNT_OF(usual);
}

int expected_count(const struct asked *asked, const struct choice *text, int count)
{
  int expected = 1;
  double most = -1;
  if (!asked->engine->look.has_picture)
    return 1;
  for (int k = 1; k <= count; k++) {
    double balance = usual_balance(moved_by(asked, text, k));
    if (balance > most + (k > 1 ? GAIN_MIN : 0)) {
      most = balance;
      expected = k;
    }
  }
  return expected;
}
