/* opposites.c - see opposites.h
 * SPDX-License-Identifier: MIT */
#include "model/opposites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "la/vec.h"

void opposites_init(struct opposites *opposites, const struct features *features)
{
  *opposites = (struct opposites){.features = features, .put_back = -1};
  opposites->which = mem_zero((size_t)features->item_count + 1, sizeof *opposites->which);
}

static void forget(struct opposites *opposites)
{
  free(opposites->donor);
  opposites->donor = NULL;
  for (int m = 0; m < MODALITIES; m++) {
    free(opposites->noise[m]);
    free(opposites->noise_more[m]);
    free(opposites->shift[m]);
    opposites->noise[m] = opposites->noise_more[m] = opposites->shift[m] = NULL;
  }
}

void opposites_free(struct opposites *opposites)
{
  forget(opposites);
  free(opposites->which);
  for (int m = 0; m < MODALITIES; m++) {
    free(opposites->row[m]);
    free(opposites->moved[m]);
  }
  *opposites = (struct opposites){0};
}

int32_t opposites_count(const struct opposites *opposites, int32_t item)
{
  const struct features *f = opposites->features;
  int32_t from = opposites->donor ? opposites->donor[item] : item;
  return f->has_negative[from] ? 1 + (int32_t)(f->more_start[from + 1] - f->more_start[from]) : 0;
}

/* ---- the rows */

static const real *own_row(const struct features *f, int m, int32_t item, int32_t place)
{
  return place == 0 ? f->x_neg[m] + (int64_t)item * f->dim[m]
                    : f->more[m] + (f->more_start[item] + place - 1) * f->dim[m];
}

static bool is_put_back(const struct opposites *opposites, int m)
{
  return opposites->put_back == m || (opposites->kind == OPPOSITES_TEXT_ONLY && m == IMAGE) ||
         (opposites->kind == OPPOSITES_IMAGE_ONLY && m == TEXT);
}

/* The row of the negative at this place of the item. */
static const real *row_of(const struct opposites *opposites, int m, int32_t item, int32_t place)
{
  const struct features *f = opposites->features;
  const real *x = f->x[m] + (int64_t)item * f->dim[m];
  if (is_put_back(opposites, m) || !f->has_negative[item])
    return x;
  if (opposites->kind == OPPOSITES_NOISE)
    return place == 0 ? opposites->noise[m] + (int64_t)item * f->dim[m]
                      : opposites->noise_more[m] +
                          (f->more_start[item] + place - 1) * f->dim[m];
  if (opposites->kind != OPPOSITES_SWAPPED)
    return own_row(f, m, item, place);
  int32_t donor = opposites->donor[item];
  return f->present[m][item] && f->present[m][donor] ? own_row(f, m, donor, place) : x;
}

static void make_room(struct opposites *opposites, int64_t rows)
{
  if (rows <= opposites->room)
    return;
  opposites->room = rows;
  for (int m = 0; m < MODALITIES; m++) {
    free(opposites->row[m]);
    free(opposites->moved[m]);
    opposites->row[m] = mem_zero((size_t)rows + 1, sizeof *opposites->row[m]);
    opposites->moved[m] = NULL;
  }
}

/* The rows less their shift, where there is one. */
static void shift_rows(struct opposites *opposites, const struct gather *gather, int m)
{
  const struct features *f = opposites->features;
  int64_t width = f->dim[m];
  if (!opposites->moved[m])
    opposites->moved[m] = mem_aligned((size_t)(opposites->room * width) + 1, sizeof(real));
#pragma omp parallel for schedule(static)
  for (int32_t k = 0; k < gather->count; k++) {
    int32_t item = gather_item(gather, k);
    real *to = opposites->moved[m] + k * width;
    if (!f->has_negative[item] || !f->present[m][item])
      continue;
    memcpy(to, opposites->row[m][k], (size_t)width * sizeof *to);
    vec_axpy(to, -1, opposites->shift[m], width);
    opposites->row[m][k] = to;
  }
}

void opposites_take(struct opposites *opposites, const struct gather *gather,
                    struct rows x_neg[MODALITIES])
{
  make_room(opposites, gather->count > gather->room ? gather->count : gather->room);
  for (int m = 0; m < MODALITIES; m++) {
    for (int32_t k = 0; k < gather->count; k++) {
      int32_t item = gather_item(gather, k);
      opposites->row[m][k] = row_of(opposites, m, item, opposites->which[item]);
    }
    if (opposites->shift[m])
      shift_rows(opposites, gather, m);
    x_neg[m] = (struct rows){.row = opposites->row[m]};
  }
}

/* ---- which of them */

int32_t opposites_seen(const struct opposites *opposites, int32_t item, int32_t *place)
{
  *place = opposites->which[item];
  return opposites->donor ? opposites->donor[item] : item;
}

unsigned opposites_moved(const struct opposites *opposites)
{
  unsigned moved = 0;
  for (int m = 0; m < MODALITIES; m++)
    moved |= is_put_back(opposites, m) ? 0 : 1u << m;
  return moved;
}

void opposites_draw(struct opposites *opposites, uint64_t seed)
{
  if (!opposites->features->more_start[opposites->features->item_count])
    return; /* there is nothing to choose from */
  for (int32_t i = 0; i < opposites->features->item_count; i++) {
    int32_t count = opposites_count(opposites, i);
    struct rng rng = {rng_mix64(seed ^ rng_mix64((uint64_t)i))};
    opposites->which[i] = count > 1 ? (int32_t)rng_below(&rng, (uint64_t)count) : 0;
  }
}

void opposites_fix(struct opposites *opposites, int32_t place)
{
  for (int32_t i = 0; i < opposites->features->item_count; i++) {
    int32_t count = opposites_count(opposites, i);
    opposites->which[i] = place < count ? place : count ? count - 1 : 0;
  }
}

/* ---- controls */

/* Every item that has negatives takes those of the next one in a random order. */
static void swap(struct opposites *opposites, struct rng *rng)
{
  const struct features *f = opposites->features;
  int32_t count = 0, *order = mem_zero((size_t)f->item_count + 1, sizeof *order);
  opposites->donor = mem_zero((size_t)f->item_count + 1, sizeof *opposites->donor);
  for (int32_t i = 0; i < f->item_count; i++) {
    opposites->donor[i] = i;
    if (f->has_negative[i])
      order[count++] = i;
  }
  for (int32_t k = count - 1; k > 0; k--) {
    int32_t other = (int32_t)rng_below(rng, (uint64_t)k + 1), kept = order[k];
    order[k] = order[other];
    order[other] = kept;
  }
  for (int32_t k = 0; k < count; k++)
    opposites->donor[order[k]] = order[(k + 1) % count];
  free(order);
}

/* out := x + noise, as far from x as the negative is, in a random direction. */
static void noise_row(int width, const real *x, const real *negative, struct rng *rng, real *noise,
                      real *out)
{
  double moved = 0;
  for (int k = 0; k < width; k++) {
    moved += ((double)negative[k] - (double)x[k]) * ((double)negative[k] - (double)x[k]);
    noise[k] = (real)rng_gauss(rng);
  }
  real scale = (real)sqrt(moved / vec_square(noise, width));
  for (int k = 0; k < width; k++)
    out[k] = x[k] + scale * noise[k];
}

static void make_noise(struct opposites *opposites, struct rng *rng)
{
  const struct features *f = opposites->features;
  for (int m = 0; m < MODALITIES; m++) {
    int width = f->dim[m];
    real *noise = mem_aligned((size_t)width + 1, sizeof *noise);
    opposites->noise[m] = mem_aligned((size_t)(f->item_count * width) + 1, sizeof *noise);
    opposites->noise_more[m] =
      mem_aligned((size_t)(f->more_start[f->item_count] * width) + 1, sizeof *noise);
    for (int32_t i = 0; i < f->item_count; i++) {
      const real *x = f->x[m] + (int64_t)i * width;
      noise_row(width, x, own_row(f, m, i, 0), rng, noise,
                opposites->noise[m] + (int64_t)i * width);
      for (int64_t k = f->more_start[i]; k < f->more_start[i + 1]; k++)
        noise_row(width, x, f->more[m] + k * width, rng, noise,
                  opposites->noise_more[m] + k * width);
    }
    free(noise);
  }
}

void opposites_choose(struct opposites *opposites, enum opposites_kind kind, uint64_t seed)
{
  struct rng rng = rng_stream(seed, RNG_ABLATION, kind);
  forget(opposites);
  opposites->kind = kind;
  if (kind == OPPOSITES_SWAPPED)
    swap(opposites, &rng);
  else if (kind == OPPOSITES_NOISE)
    make_noise(opposites, &rng);
  opposites_fix(opposites, 0);
}

void opposites_centre(struct opposites *opposites, const int32_t *item_count)
{
  const struct features *f = opposites->features;
  for (int m = 0; m < MODALITIES; m++) {
    int width = f->dim[m];
    double *sum = mem_zero((size_t)width + 1, sizeof *sum), weight = 0;
    for (int32_t i = 0; i < f->item_count; i++) {
      int32_t count = opposites_count(opposites, i);
      if (!f->present[m][i])
        continue;
      for (int32_t place = 0; place < count; place++) {
        const real *x = f->x[m] + (int64_t)i * width, *row = row_of(opposites, m, i, place);
        for (int k = 0; k < width; k++)
          sum[k] += (double)item_count[i] / count * ((double)row[k] - (double)x[k]);
      }
      weight += count ? item_count[i] : 0;
    }
    opposites->shift[m] = mem_aligned((size_t)width + 1, sizeof(real));
    for (int k = 0; k < width; k++)
      opposites->shift[m][k] = (real)(weight > 0 ? sum[k] / weight : 0);
    free(sum);
  }
}
