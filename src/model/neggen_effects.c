/* neggen_effects.c - what NegGen's module makes of all items: vectors to rank by, and their parts
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "la/vec.h"
#include "model/neggen_private.h"

enum { AT_ONCE = 2048 }; /* items that go through the module together when there is no batch */

void neggen_embed_base(struct model *model, struct embedding *out)
{
  struct neggen *neggen = model->state;
  pairwise_embed(&neggen->base, model, out);
}

/* Add to c, of the items that were taken, their effects by the negatives at this place; is_less: less
 * what their negatives have in its place. */
static void add_effects(struct model *model, struct neggen *neggen, int32_t place, int32_t passes,
                        bool is_less)
{
  const struct gather *gather = &neggen->base.gather;
  int64_t dim = neggen->base.dim;
  struct causal_input features = neggen_module_input(model, neggen);
  causal_forward(&neggen->causal, &neggen->shape, &neggen->w, &features);
  for (int32_t k = 0; k < gather->count; k++) {
    int32_t item = gather_item(gather, k), count = opposites_count(&neggen->opposites, item);
    count = count < 1 ? 1 : count < passes ? count : passes;
    if (place >= count)
      continue;
    real *c = neggen->c + item * dim, *y = neggen->causal.y;
    vec_axpy(c, (real)(1.0 / count), y + k * dim, dim);
    if (is_less)
      vec_axpy(c, (real)(-1.0 / count), y + (features.n + k) * dim, dim);
  }
}

/* Of all items, the mean over the negatives of each: c, or what the intervention does to it. They are
 * the same, but for c made from what the item is: then that is c of the item less that of its negative. */
static void all_effects(struct model *model, struct neggen *neggen, bool is_effect)
{
  struct gather *gather = &neggen->base.gather;
  int32_t items = model->data->items, most = gather->room < AT_ONCE ? gather->room : AT_ONCE;
  bool is_less = is_effect && neggen->shape.is_content;
  int32_t passes = neggen->shape.is_content && !is_less ? 1 : neggen->most; /* c knows no negative */
  la_zero(neggen->c, (int64_t)items * neggen->base.dim);
  for (int32_t place = 0; place < passes; place++) {
    opposites_fix(&neggen->opposites, place);
    for (int32_t first = 0; first < items; first += most) {
      gather_range(gather, first, items - first < most ? items - first : most);
      add_effects(model, neggen, place, passes, is_less);
    }
  }
}

void neggen_embed(struct model *model, int stage, struct embedding *out)
{
  struct neggen *neggen = model->state;
  neggen_embed_base(model, out);
  if (neggen_is_base_only(stage))
    return;
  int64_t size = (int64_t)model->data->items * out->dim;
  all_effects(model, neggen, false);
  memcpy(neggen->v, out->items, (size_t)size * sizeof(real));
  vec_axpy(neggen->v, (real)neggen->hyper.lambda, neggen->c, size);
  out->items = neggen->v;
}

/* lambda times what all_effects finds, to *room, made when there is none. */
static const real *scaled_effects(struct model *model, struct neggen *neggen, bool is_effect,
                                  real **room)
{
  int64_t size = (int64_t)model->data->items * neggen->base.dim;
  if (!*room)
    *room = mem_aligned((size_t)size, sizeof(real));
  all_effects(model, neggen, is_effect);
  la_zero(*room, size);
  vec_axpy(*room, (real)neggen->hyper.lambda, neggen->c, size);
  return *room;
}

bool neggen_effects(struct model *model, struct effects *out)
{
  struct neggen *neggen = model->state;
  int64_t size = (int64_t)model->data->items * neggen->base.dim;
  *out = (struct effects){0};
  out->caused = scaled_effects(model, neggen, true, &neggen->caused);
  for (int m = 0; m < MODALITIES; m++) {
    neggen->opposites.put_back = m;
    scaled_effects(model, neggen, true, &neggen->moved[m]);
    for (int64_t k = 0; k < size; k++)
      neggen->moved[m][k] = neggen->caused[k] - neggen->moved[m][k];
    out->moved[m] = neggen->moved[m];
  }
  neggen->opposites.put_back = -1;
  out->whole = scaled_effects(model, neggen, false, &neggen->whole);
  return true;
}

void neggen_diagnose(struct model *model, cJSON *out)
{
  const struct neggen *neggen = model->state;
  struct embedding base;
  neggen_embed_base(model, &base);
  double share = 0;
  int64_t counted = 0;
  for (int64_t i = 0; i < model->data->items; i++) {
    double c = sqrt(vec_square(neggen->c + i * base.dim, base.dim));
    double own = sqrt(vec_square(base.items + i * base.dim, base.dim));
    if (own < REAL_TINY)
      continue; /* never trained: nothing to compare with */
    share += neggen->hyper.lambda * c / own;
    counted++;
  }
  json_add_num(out, "lambda_c_over_i", counted ? share / (double)counted : NAN);
}
