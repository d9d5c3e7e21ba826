/* edit.c - see edit.h
 *
 * An edit turns five knobs (canvas.h), one for each scalar, and for a colour the hue before
 * them. Levels of L are solved from its histogram; the other three knobs by Broyden's
 * method: each moves mostly its own scalar, which gives the first Jacobian, and what the
 * measures then say improves it. A scalar that may follow the change has no target, and
 * its knob rests. An edit that nobody would see goes deeper.
 * SPDX-License-Identifier: MIT */
#include "media/edit.h"

#include <math.h>
#include <string.h>

#include "media/hue.h"

enum { N = IMAGE_SCALARS, ROUNDS = 12, ROUNDS_WHOLE = 3 };

/* As far as a knob goes in all, and in one round (levels: see canvas.c). */
static const double knob_limit[N] = {0, 0, 4, 2.5, 3};
static const double knob_step[N] = {0, 0, 0.6, 0.5, 0.9};
static const double sigma_first = 2.2, sigma_most = 8;

/* A scalar on the scale on which its knob moves it evenly. */
static double knob_scale(int scalar, double value)
{
  return scalar == IMAGE_WARMTH ? value : log(fmax(value, 1e-3));
}

/* How deep into the class: `strength` of the way to its far side. An outer class counts as wide as
 * the middle one, and goes on behind that, but keeps off what no picture can have. */
static double class_target(const struct edit_goal *goal)
{
  enum image_key key = goal->key;
  double low = goal->borders.low[key], high = goal->borders.high[key], width = high - low;
  double depth = 0.05 + 0.9 * goal->strength;
  if (goal->to_class == 1) {
    depth = fmin(depth, 0.95);
    return goal->before.scalar[key] < low ? low + depth * width : high - depth * width;
  }
  if (key == IMAGE_WARMTH)
    return goal->to_class == 0 ? fmax(low - depth * width, -0.97)
                               : fmin(high + depth * width, 0.97);
  if (goal->to_class == 0)
    return fmax(low - depth * width, 0.3 * low);
  return high + depth * width;
}

static void goal_set(struct edit_goal *goal)
{
  for (int s = 0; s < N; s++) {
    double low = goal->borders.low[s], high = goal->borders.high[s], margin = 0.04 * (high - low);
    int class = measure_class(&goal->before, &goal->borders, (enum image_key)s);
    goal->target[s] = goal->before.scalar[s];
    if (class < 2) /* off the borders, so that a small error changes no class */
      goal->target[s] = fmin(goal->target[s], (class == 0 ? low : high) - margin);
    if (class > 0)
      goal->target[s] = fmax(goal->target[s], (class == 1 ? low : high) + margin);
    if (image_keys[goal->key].entails & (1u << s))
      goal->target[s] = NAN;
  }
  if ((int)goal->key < N)
    goal->target[goal->key] = class_target(goal);
}

/* What a measure is worth to a goal. */
static void judge(const struct edit_goal *goal, struct edit_result *out)
{
  out->moved = 0;
  for (int key = 0; key < IMAGE_KEYS; key++)
    if (measure_class(&out->measure, &goal->borders, (enum image_key)key) !=
        measure_class(&goal->before, &goal->borders, (enum image_key)key))
      out->moved |= 1u << key;
  out->is_reached = measure_class(&out->measure, &goal->borders, goal->key) == goal->to_class;
  unsigned free_to_move = image_keys[goal->key].entails | 1u << goal->key;
  out->is_rest_kept = !(out->moved & ~free_to_move);
}

/* Measure the planes of a small canvas: what may follow, and composition, only when `is_last`. */
static void measure_small(struct canvas *canvas, const struct edit_goal *goal, bool is_last,
                          struct edit_result *out)
{
  lab_clip(&canvas->edited);
  if (is_last) {
    out->measure = measure_lab(&canvas->edited);
  } else {
    out->measure = goal->before;
    measure_scalars(&canvas->edited, out->measure.scalar);
    if (!(image_keys[goal->key].entails & (1u << IMAGE_COLOR)))
      measure_color(&canvas->edited, &out->measure);
  }
  out->difference = lab_difference(&canvas->original, &canvas->edited);
  judge(goal, out);
}

/* Measure the edited planes: of a small canvas as they are; of the whole one as 8-bit pixels, which
 * are the result. */
static void result_of(struct canvas *canvas, const struct edit_goal *goal, bool is_small,
                      struct edit_result *out)
{
  if (is_small) {
    measure_small(canvas, goal, false, out);
    return;
  }
  if (!out->picture.rgb)
    out->picture = picture_new(canvas->width, canvas->height);
  out->measure = canvas_finish(canvas, &out->picture);
  judge(goal, out);
}

/* How far a result is from the goal: near 0 it is there; from 1 on a class is wrong. */
static double miss(const struct edit_result *result, const struct edit_goal *goal)
{
  double wrong = (result->is_reached ? 0 : 2) + (result->is_rest_kept ? 0 : 1), error = 0;
  for (int s = 0; s < N; s++)
    if (!isnan(goal->target[s])) {
      double width = fmax(goal->borders.high[s] - goal->borders.low[s], 1e-6);
      error = fmax(error, fabs(result->measure.scalar[s] - goal->target[s]) / width);
    }
  return wrong + error / (1 + error);
}

/* Good Broyden: a step moved the measures to `now`. */
static void solver_learn(struct edit_solver *solver, const double now[N])
{
  double predicted[N] = {0}, left[N] = {0}, product = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      predicted[i] += solver->inverse[i][j] * (now[j] - solver->last[j]);
      left[i] += solver->step[j] * solver->inverse[j][i];
    }
  for (int i = 0; i < N; i++)
    product += solver->step[i] * predicted[i];
  if (fabs(product) < 1e-9)
    return;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      solver->inverse[i][j] += (solver->step[i] - predicted[i]) * left[j] / product;
}

/* Turn the knobs that are not levels towards the goal. */
static void turn_knobs(struct edit_solver *solver, const struct edit_goal *goal, const double now[N],
                       struct knobs *knobs)
{
  for (int s = IMAGE_WARMTH; s < N; s++) {
    double step = 0;
    for (int j = IMAGE_WARMTH; j < N; j++)
      if (!isnan(goal->target[j]))
        step += solver->inverse[s][j] * (knob_scale(j, goal->target[j]) - now[j]);
    step = fmin(fmax(step, -knob_step[s]), knob_step[s]);
    double to = fmin(fmax(knobs->at[s] + step, -knob_limit[s]), knob_limit[s]);
    solver->step[s] = to - knobs->at[s];
    knobs->at[s] = to;
  }
  memcpy(solver->last, now, sizeof solver->last);
  if (knobs->at[IMAGE_TEXTURE] <= -knob_limit[IMAGE_TEXTURE]) /* finer detail is gone already */
    knobs->sigma = fmin(knobs->sigma * 1.4, sigma_most);
}

/* Where the levels aim, so that after clipping and resizing they measure as wanted. */
struct aim {
  double mean, spread;
};

/* As the canvas differs from what was measured, so will the edit. */
static struct aim aim_first(const struct canvas *canvas, const struct edit_goal *goal)
{
  double mean, spread;
  canvas_levels(canvas, &mean, &spread);
  double measured = fmax(goal->before.scalar[IMAGE_CONTRAST], 0.1);
  mean -= goal->before.scalar[IMAGE_BRIGHTNESS];
  return (struct aim){goal->target[IMAGE_BRIGHTNESS] + mean,
                      goal->target[IMAGE_CONTRAST] * fmin(fmax(spread / measured, 0.8), 1.25)};
}

static void aim_correct(struct aim *aim, const struct edit_goal *goal, const struct measure *measure)
{
  double spread = fmax(measure->scalar[IMAGE_CONTRAST], 0.1);
  aim->mean += goal->target[IMAGE_BRIGHTNESS] - measure->scalar[IMAGE_BRIGHTNESS];
  aim->mean = fmin(fmax(aim->mean, 1), 99);
  aim->spread *= fmin(fmax(goal->target[IMAGE_CONTRAST] / spread, 0.7), 1.4);
}

/* An edit that passes but that nobody would see: aim deeper, or at coarser detail. */
static void deepen(struct edit_goal *goal, struct knobs *knobs)
{
  goal->strength += goal->key == IMAGE_TEXTURE ? 0.15 : 0.35;
  if (goal->key == IMAGE_TEXTURE)
    knobs->sigma = fmin(knobs->sigma * 1.8, sigma_most);
  goal_set(goal);
}

static void solver_start(struct edit_solver *solver, const struct edit_goal *goal)
{
  double chroma = fmax(goal->before.scalar[IMAGE_SATURATION], 2);
  const double first[N] = {0, 0, chroma / KNOB_SHIFT, 1, 1.25};
  *solver = (struct edit_solver){.knobs.sigma = sigma_first};
  for (int s = IMAGE_WARMTH; s < N; s++)
    solver->inverse[s][s] = isnan(goal->target[s]) ? 0 : first[s];
}

/* Turn the knobs until a canvas measures as the goal says; solver->knobs and out keep the best. */
static void solve(struct edit_solver *solver, struct canvas *canvas, struct edit_goal *goal, bool is_small,
                  struct edit_result *out)
{
  struct knobs knobs = solver->knobs;
  struct edit_result trial = {0};
  double best = INFINITY, now[N] = {0};
  int deeper = is_small && goal->key != IMAGE_COLOR ? 3 : 0;
  canvas_detail(canvas, &(struct knobs){.sigma = knobs.sigma});
  struct aim aim = aim_first(canvas, goal);
  for (int round = 0; round < (is_small ? ROUNDS : ROUNDS_WHOLE); round++) {
    canvas_detail(canvas, &knobs);
    canvas_level(canvas, aim.mean, aim.spread, &knobs);
    canvas_apply(canvas, &knobs);
    result_of(canvas, goal, is_small, &trial);
    double score = miss(&trial, goal);
    for (int s = IMAGE_WARMTH; s < N; s++)
      now[s] = isnan(goal->target[s]) ? 0 : knob_scale(s, trial.measure.scalar[s]);
    if (round > 0)
      solver_learn(solver, now);
    if (score < best) {
      struct edit_result worse = *out;
      *out = trial;
      trial = worse;
      best = score;
      solver->knobs = knobs;
    }
    if (score < 0.05 && (out->difference > 6.4 || deeper-- <= 0))
      break;
    if (score < 0.05) {
      deepen(goal, &knobs);
      aim = aim_first(canvas, goal);
      best = INFINITY;
    } else {
      aim_correct(&aim, goal, &out->measure);
    }
    turn_knobs(solver, goal, now, &knobs);
  }
  edit_free(&trial);
}

/* Widen the turn of hue until the small canvas measures as the new colour, or all of it turned;
 * then go deeper, and stronger, until it is seen. */
static void find_recolor(struct canvas *canvas, const struct edit_goal *goal, struct recolor *recolor)
{
  struct edit_result trial = {0};
  size_t size = canvas->base.n * sizeof(float);
  *recolor = (struct recolor){goal->before.color, goal->to_class, fmin(goal->strength, 1), 12, 1};
  for (;;) {
    canvas_recolor(canvas, recolor);
    memcpy(canvas->edited.L, canvas->base.L, size);
    memcpy(canvas->edited.a, canvas->base.a, size);
    memcpy(canvas->edited.b, canvas->base.b, size);
    result_of(canvas, goal, true, &trial);
    if (!trial.is_reached && recolor->reach < 200)
      recolor->reach *= 2.5;
    else if (!trial.is_reached || trial.difference > 6.4 || recolor->boost > 2)
      return;
    else if (recolor->depth < 1)
      recolor->depth = fmin(1, recolor->depth + 0.5);
    else
      recolor->boost += 0.4;
  }
}

bool edit_is_possible(const struct measure *before, const struct borders *borders,
                      enum image_key key, int to_class)
{
  return image_keys[key].can_edit && measure_class(before, borders, key) != to_class;
}

void edit_sketch(struct canvas *small, const struct measure *before, const struct borders *borders,
                 enum image_key key, int to_class, double strength, struct edit *out)
{
  *out = (struct edit){.key = key, .to_class = to_class, .strength = strength, .note = NAN};
  struct edit_goal *goal = &out->goal;
  *goal = (struct edit_goal){key, to_class, *before, *borders, strength, {0}};
  out->recolor = (struct recolor){.from = before->color, .to = before->color};
  canvas_begin(small, key == IMAGE_TEXTURE);
  goal_set(goal);
  solver_start(&out->solver, goal);
  if (key == IMAGE_COLOR)
    find_recolor(small, goal, &out->recolor);
  solve(&out->solver, small, goal, true, &out->sketch);
  canvas_detail(small, &out->solver.knobs);
  canvas_apply(small, &out->solver.knobs);
  measure_small(small, goal, true, &out->sketch);
}

void edit_finish(struct canvas *whole, struct edit *edit)
{
  canvas_begin(whole, edit->key == IMAGE_TEXTURE);
  canvas_recolor(whole, &edit->recolor);
  solve(&edit->solver, whole, &edit->goal, false, &edit->result);
  lab_fill(&whole->edited, edit->result.picture.rgb);
  edit->result.difference = lab_difference(&whole->original, &whole->edited);
  edit->is_finished = true;
}

bool picture_edit(const struct picture *original, const struct measure *before,
                  const struct borders *borders, enum image_key key, int to_class, double strength,
                  struct edit_result *out)
{
  struct edit edit;
  *out = (struct edit_result){0};
  if (!edit_is_possible(before, borders, key, to_class))
    return false;
  struct canvas small = canvas_small(original), whole = canvas_new(original);
  edit_sketch(&small, before, borders, key, to_class, strength, &edit);
  edit_finish(&whole, &edit);
  *out = edit.result;
  canvas_free(&small);
  canvas_free(&whole);
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
