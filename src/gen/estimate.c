/* estimate.c - how many tokens an item may take, before it is asked about
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "gen/gen_private.h"
#include "store/request.h"

enum { ANSWERS_MIN = 3, BYTES_A_TOKEN = 4, PATCH = 28 };

static bool by_record(struct gen *gen, const char *template_name, struct gen_estimate *sum)
{
  int64_t count;
  double in, out;
  struct err ignored;
  if (!request_usage(gen->store, gen->model, template_name, &count, &in, &out, &ignored) ||
      count < ANSWERS_MIN)
    return false;
  sum->tokens_in += llround(in);
  sum->tokens_out += llround(out);
  return true;
}

bool gen_prompt_tokens(struct gen *gen, enum template_index index, const char *item, int64_t *tokens,
                       struct err *err)
{
  struct gen_view view;
  if (!gen_render(gen, index, item, &view, err))
    return false;
  *tokens = (int64_t)(strlen(view.system) + strlen(view.user)) / BYTES_A_TOKEN;
  if (view.has_picture) {
    struct picture small = picture_shrink(&view.picture, gen->picture_side);
    *tokens += (int64_t)small.width * small.height / (PATCH * PATCH);
    picture_free(&small);
  }
  gen_view_free(&view);
  return true;
}

static bool by_length(struct gen *gen, enum template_index index, const char *item,
                      struct gen_estimate *sum)
{
  int64_t tokens;
  struct err ignored;
  if (!gen_prompt_tokens(gen, index, item, &tokens, &ignored))
    return false;
  sum->tokens_in += tokens;
  sum->tokens_out += gen->prompts[index]->max_tokens;
  sum->is_measured = false;
  return true;
}

bool gen_estimate(struct gen *gen, const char *item, struct gen_estimate *sum)
{
  for (int t = gen->first; t <= gen->last; t++)
    if (!by_record(gen, template_names[t], sum) &&
        !by_length(gen, (enum template_index)t, item, sum))
      return false;
  return true;
}
