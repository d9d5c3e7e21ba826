/* edit.c - see edit.h
 *
 * An edit turns five knobs (canvas.h), one for each scalar, and for a colour the hue before
 * them. The knobs are solved by Broyden's method: each moves mostly its own scalar, which
 * gives the first Jacobian; what the measures then say improves it. A scalar that may
 * follow the change has no target, and its knob rests.
 * SPDX-License-Identifier: MIT */
#include "media/edit.h"

#include <math.h>
#include <string.h>

#include "media/canvas.h"
#include "media/hue.h"

enum { N = IMAGE_SCALARS, ROUNDS = 8, ROUNDS_LARGE = 2, SOLVE_SIDE = 160 };

/* As far as a knob goes in all, and in one round. */
static const double knob_limit[N] = {1.8, 2.0, 4, 2.5, 2.8};
static const double knob_step[N] = {0.9, 0.5, 0.6, 0.5, 0.9};

/* What the solver is after. */
struct goal {
  enum image_key key;
  int to_class;
  const struct measure *before;
  const struct borders *borders;
  double target[N]; /* NAN: may follow */
};

/* A scalar on the scale on which its knob moves it evenly. */
static double knob_scale(int scalar, double value)
{
  if (scalar == IMAGE_BRIGHTNESS)
    return log(-log(fmin(fmax(value, 0.5), 99.5) / 100));
  return scalar == IMAGE_WARMTH ? value : log(fmax(value, 1e-3));
}

/* How deep into the class: `strength` of the way to its far side. An outer class counts as wide as
 * the middle one, but keeps off what no picture can have. */
static double class_target(const struct goal *goal, double strength)
{
  enum image_key key = goal->key;
  double low = goal->borders->low[key], high = goal->borders->high[key], width = high - low;
  double depth = 0.05 + 0.9 * strength;
  if (goal->to_class == 1)
    return goal->before->scalar[key] < low ? low + depth * width : high - depth * width;
  if (key == IMAGE_WARMTH)
    return goal->to_class == 0 ? fmax(low - depth * width, -0.97)
                               : fmin(high + depth * width, 0.97);
  if (goal->to_class == 0)
    return low - depth * fmin(width, 0.7 * low);
  return high + depth * width;
}

static void goal_set(struct goal *goal, double strength)
{
  for (int s = 0; s < N; s++) {
    double low = goal->borders->low[s], high = goal->borders->high[s], margin = 0.04 * (high - low);
    int class = measure_class(goal->before, goal->borders, (enum image_key)s);
    goal->target[s] = goal->before->scalar[s];
    if (class < 2) /* off the borders, so that a small error changes no class */
      goal->target[s] = fmin(goal->target[s], (class == 0 ? low : high) - margin);
    if (class > 0)
      goal->target[s] = fmax(goal->target[s], (class == 1 ? low : high) + margin);
    if (image_keys[goal->key].entails & (1u << s))
      goal->target[s] = NAN;
  }
  if ((int)goal->key < N)
    goal->target[goal->key] = class_target(goal, strength);
}

/* Fill a result from what the canvas holds. */
static void result_of(const struct canvas *canvas, const struct goal *goal, struct edit_result *out)
{
  if (!out->picture.rgb)
    out->picture = picture_new(canvas->width, canvas->height);
  lab_to_rgb(&canvas->edited, out->picture.rgb);
  out->measure = measure_picture(&out->picture);
  out->moved = 0;
  for (int key = 0; key < IMAGE_KEYS; key++)
    if (measure_class(&out->measure, goal->borders, (enum image_key)key) !=
        measure_class(goal->before, goal->borders, (enum image_key)key))
      out->moved |= 1u << key;
  out->is_reached = measure_class(&out->measure, goal->borders, goal->key) == goal->to_class;
  out->is_rest_kept = !(out->moved & ~image_keys[goal->key].entails & ~(1u << goal->key));
}

/* How far a result is from the goal: near 0 it is there; from 1 on a class is wrong. */
static double miss(const struct edit_result *result, const struct goal *goal)
{
  double wrong = (result->is_reached ? 0 : 2) + (result->is_rest_kept ? 0 : 1), error = 0;
  for (int s = 0; s < N; s++)
    if (!isnan(goal->target[s])) {
      double width = fmax(goal->borders->high[s] - goal->borders->low[s], 1e-6);
      error = fmax(error, fabs(result->measure.scalar[s] - goal->target[s]) / width);
    }
  return wrong + error / (1 + error);
}

/* The inverse Jacobian of knobs by measures, as it is known so far. */
struct jacobian {
  double inverse[N][N];
  double last[N], step[N]; /* measures before, and the step of the knobs since */
};

/* Good Broyden: a step moved the measures to `now`. */
static void jacobian_learn(struct jacobian *jacobian, const double now[N])
{
  double predicted[N] = {0}, left[N] = {0}, product = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      predicted[i] += jacobian->inverse[i][j] * (now[j] - jacobian->last[j]);
      left[i] += jacobian->step[j] * jacobian->inverse[j][i];
    }
  for (int i = 0; i < N; i++)
    product += jacobian->step[i] * predicted[i];
  if (fabs(product) < 1e-9)
    return;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      jacobian->inverse[i][j] += (jacobian->step[i] - predicted[i]) * left[j] / product;
}

/* Turn the knobs towards the goal. */
static void turn_knobs(struct jacobian *jacobian, const struct goal *goal, const double now[N],
                       struct knobs *knobs)
{
  for (int s = 0; s < N; s++) {
    double step = 0;
    for (int j = 0; j < N; j++)
      if (!isnan(goal->target[j]))
        step += jacobian->inverse[s][j] * (knob_scale(j, goal->target[j]) - now[j]);
    step = fmin(fmax(step, -knob_step[s]), knob_step[s]);
    double to = fmin(fmax(knobs->at[s] + step, -knob_limit[s]), knob_limit[s]);
    jacobian->step[s] = to - knobs->at[s];
    knobs->at[s] = to;
  }
  memcpy(jacobian->last, now, sizeof jacobian->last);
  if (knobs->at[IMAGE_TEXTURE] <= -knob_limit[IMAGE_TEXTURE]) /* finer detail is gone already */
    knobs->sigma = fmin(knobs->sigma * 1.4, 4);
}

/* Solve for the knobs on this canvas, from where they are; out and knobs keep the best. */
static void solve(struct canvas *canvas, const struct goal *goal, int rounds, struct knobs *knobs,
                  struct edit_result *out)
{
  double chroma = fmax(goal->before->scalar[IMAGE_SATURATION], 2);
  const double first[N] = {1, 1, chroma / KNOB_SHIFT, 1, 1.25};
  struct jacobian jacobian = {0};
  struct knobs now_knobs = *knobs;
  struct edit_result trial = {0};
  double best = INFINITY, now[N];
  for (int s = 0; s < N; s++)
    jacobian.inverse[s][s] = isnan(goal->target[s]) ? 0 : first[s];
  for (int round = 0; round < rounds && best > 0.03; round++) {
    canvas_apply(canvas, &now_knobs);
    result_of(canvas, goal, &trial);
    for (int s = 0; s < N; s++)
      now[s] = isnan(goal->target[s]) ? 0 : knob_scale(s, trial.measure.scalar[s]);
    double score = miss(&trial, goal);
    if (score < best) {
      struct edit_result worse = *out;
      *out = trial;
      trial = worse;
      best = score;
      *knobs = now_knobs;
    }
    if (round > 0)
      jacobian_learn(&jacobian, now);
    turn_knobs(&jacobian, goal, now, &now_knobs);
  }
  edit_free(&trial);
}

/* Widen the turn of hue until the picture measures as the new colour, or all of it turned. */
static void find_reach(struct canvas *canvas, const struct goal *goal, struct recolor *recolor,
                       struct edit_result *out)
{
  const struct knobs rest = {.sigma = 1.2};
  for (recolor->reach = 12; recolor->reach < 200; recolor->reach *= 2) {
    canvas_recolor(canvas, recolor);
    canvas_apply(canvas, &rest);
    result_of(canvas, goal, out);
    if (out->is_reached)
      return;
  }
}

bool picture_edit(const struct picture *original, const struct measure *before,
                  const struct borders *borders, enum image_key key, int to_class, double strength,
                  struct edit_result *out)
{
  *out = (struct edit_result){0};
  if (!image_keys[key].can_edit || measure_class(before, borders, key) == to_class)
    return false;
  struct goal goal = {.key = key, .to_class = to_class, .before = before, .borders = borders};
  struct knobs knobs = {.sigma = 1.2};
  struct recolor recolor = {before->color, before->color, strength, 0};
  goal_set(&goal, strength);
  struct picture small = picture_shrink(original, SOLVE_SIDE);
  struct canvas canvas = canvas_new(&small);
  if (key == IMAGE_COLOR) {
    recolor.to = to_class;
    find_reach(&canvas, &goal, &recolor, out);
  }
  solve(&canvas, &goal, ROUNDS, &knobs, out);
  canvas_free(&canvas);
  if (small.width != original->width || small.height != original->height) {
    edit_free(out);
    canvas = canvas_new(original);
    canvas_recolor(&canvas, &recolor);
    solve(&canvas, &goal, ROUNDS_LARGE, &knobs, out);
    canvas_free(&canvas);
  }
  picture_free(&small);
  out->difference = picture_difference(original, &out->picture);
  return true;
}

bool edit_passes(const struct edit_result *result)
{
  return result->is_reached && result->is_rest_kept && result->difference >= 6;
}

void edit_free(struct edit_result *result)
{
  picture_free(&result->picture);
}
