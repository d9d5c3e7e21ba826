/* neggen_loss.c - see neggen_loss.h
 * SPDX-License-Identifier: MIT */
#include "model/neggen_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/scalar.h"
#include "la/vec.h"

#define BLOCK 256
enum { PARTS = sizeof(struct neggen_parts) / sizeof(double) };

void neggen_loss_init(struct neggen_loss *loss, int dim, int32_t items, int32_t room,
                      bool with_infonce)
{
  size_t r = (size_t)room, d = (size_t)dim;
  *loss = (struct neggen_loss){.room = room, .dim = dim};
  loss->rows = mem_aligned(3 * r * d, sizeof(real));
  loss->index = mem_zero(3 * r + 1, sizeof *loss->index);
  loss->part = mem_zero((r / BLOCK + 2) * PARTS, sizeof *loss->part);
  scatter_init(&loss->scatter, 2 * items, 3 * room);
  if (with_infonce)
    infonce_init(&loss->infonce, dim, room);
}

void neggen_loss_free(struct neggen_loss *loss)
{
  infonce_free(&loss->infonce);
  free(loss->rows);
  free(loss->index);
  free(loss->part);
  scatter_free(&loss->scatter);
  *loss = (struct neggen_loss){0};
}

/* The vectors of one pair, and where their gradients go. */
struct pair {
  const real *u, *i, *j, *c, *cj, *n;
  real *du, *di, *dj, *dc, *dcj, *dn;
};

/* All products of one pair's vectors that its terms need. */
struct products {
  double ui, uj, uc, ucj, un, cc, nn, ii, ci, ni;
};

LA_CLONES static struct products multiply(int dim, const struct pair *p)
{
  const real *restrict u = p->u, *restrict i = p->i, *restrict j = p->j, *restrict c = p->c,
             *restrict cj = p->cj, *restrict n = p->n;
  real ui = 0, uj = 0, uc = 0, ucj = 0, un = 0, cc = 0, nn = 0, ii = 0, ci = 0, ni = 0;
#pragma omp simd reduction(+ : ui, uj, uc, ucj, un, cc, nn, ii, ci, ni)
  for (int k = 0; k < dim; k++) {
    ui += u[k] * i[k];
    uj += u[k] * j[k];
    uc += u[k] * c[k];
    ucj += u[k] * cj[k];
    un += u[k] * n[k];
    cc += c[k] * c[k];
    nn += n[k] * n[k];
    ii += i[k] * i[k];
    ci += c[k] * i[k];
    ni += n[k] * i[k];
  }
  return (struct products){(double)ui, (double)uj, (double)uc, (double)ucj, (double)un,
                           (double)cc, (double)nn, (double)ii, (double)ci, (double)ni};
}

/* The cosine of two vectors from their product and squares; a dead row has cosine 0 (METHOD 0.3). */
static double cosine(double ab, double aa, double bb)
{
  double a = sqrt(aa), b = sqrt(bb);
  return a < REAL_TINY || b < REAL_TINY ? 0 : ab / (a * b);
}

/* The gradient of alignment: of c, cross_c i - own_c c; of n, cross_n i - own_n n; of i,
 * cross_c c + cross_n n - own_i i. */
struct pull_of_align {
  double cross_c, cross_n, own_c, own_n, own_i;
};

/* With weight g, that of cos(a, i), whose square is aa: a dead row has none. */
static void add_cosine(double g, double cos, double aa, double ii, double *cross, double *own, double *own_i)
{
  double a = sqrt(aa), i = sqrt(ii);
  if (a < REAL_TINY || i < REAL_TINY)
    return;
  *cross = g / (a * i);
  *own = g * cos / aa;
  *own_i += g * cos / ii;
}

LA_CLONES static void add_align(int dim, const struct pull_of_align *pull, const struct pair *p)
{
  real cross_c = (real)pull->cross_c, cross_n = (real)pull->cross_n, own_c = (real)pull->own_c,
       own_n = (real)pull->own_n, own_i = (real)pull->own_i;
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    p->dc[k] += cross_c * p->i[k] - own_c * p->c[k];
    p->dn[k] += cross_n * p->i[k] - own_n * p->n[k];
    p->di[k] += cross_c * p->c[k] + cross_n * p->n[k] - own_i * p->i[k];
  }
}

/* L_align of one pair; its gradients, times alpha, are added. */
static void align_pair(int dim, int32_t n, const struct neggen_hyper *hyper, const struct products *of,
                       const struct pair *p, struct neggen_parts *sum)
{
  double cos_c = cosine(of->ci, of->cc, of->ii), cos_n = cosine(of->ni, of->nn, of->ii);
  double q = hyper->alpha / (n * hyper->tau), sigmoid;
  struct pull_of_align pull = {.cross_c = -q, .cross_n = q};
  sum->cos_c += cos_c;
  sum->cos_n += cos_n;
  if (hyper->align == ALIGN_INFONCE)
    return;
  if (hyper->align == ALIGN_LINEAR) {
    sum->align += (of->ni - of->ci) / hyper->tau;
  } else {
    sum->align += scalar_softplus((cos_n - cos_c) / hyper->tau, &sigmoid);
    pull = (struct pull_of_align){0};
    add_cosine(-q * sigmoid, cos_c, of->cc, of->ii, &pull.cross_c, &pull.own_c, &pull.own_i);
    add_cosine(q * sigmoid, cos_n, of->nn, of->ii, &pull.cross_n, &pull.own_n, &pull.own_i);
  }
  add_align(dim, &pull, p);
}

/* Both ranking terms of one pair: the gradients are written. pull is t, times w. */
LA_CLONES static void rank_pair(int dim, int32_t n, double pull, const struct neggen_hyper *hyper,
                                const struct products *of, const struct pair *p, struct neggen_parts *sum)
{
  bool is_shared = hyper->gen == GEN_SHARED;
  real lambda = (real)hyper->lambda, lambda_j = hyper->is_real_full ? lambda : 0;
  real lambda_n = is_shared ? lambda : 1;
  double own = of->ui + hyper->lambda * of->uc, other = of->uj + (double)lambda_j * of->ucj;
  double generated = (is_shared ? of->ui : 0) + (double)lambda_n * of->un;
  double sign = pull < 0 ? -1 : 1, weight = fabs(pull), sigmoid_gen, sigmoid_real;
  sum->gen += weight * scalar_softplus(sign * (generated - own), &sigmoid_gen);
  sum->real += scalar_softplus(other - own, &sigmoid_real);
  sum->harder += weight > 0 && generated > own;
  real gg = (real)(-hyper->gamma / n * pull * sigmoid_gen);
  real gr = (real)(-hyper->eta / n * sigmoid_real), gs = gg + gr;
  real gi = is_shared ? gr : gs; /* i is in both scores of the generated term */
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    real u = p->u[k];
    p->du[k] = gi * p->i[k] + gs * lambda * p->c[k] - gg * lambda_n * p->n[k] -
               gr * (p->j[k] + lambda_j * p->cj[k]);
    p->di[k] = gi * u;
    p->dj[k] = -gr * u;
    p->dc[k] = lambda * gs * u;
    p->dcj[k] = -lambda_j * gr * u;
    p->dn[k] = -lambda_n * gg * u;
  }
}

/* L_content of one pair; its gradients are added. */
LA_CLONES static void content_pair(int dim, int32_t n, const struct neggen_hyper *hyper,
                                   const struct products *of, const struct pair *p,
                                   struct neggen_parts *sum)
{
  double l2 = hyper->content_l2, lambda = hyper->lambda;
  double sigmoid, loss = scalar_softplus(lambda * (of->ucj - of->uc), &sigmoid);
  sum->content += hyper->content * loss + l2 / 2 * (of->cc + vec_square(p->cj, dim));
  real g = (real)(hyper->content / n * lambda * sigmoid), keep = (real)(l2 / n);
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    p->du[k] += g * (p->cj[k] - p->c[k]);
    p->dc[k] += keep * p->c[k] - g * p->u[k];
    p->dcj[k] += keep * p->cj[k] + g * p->u[k];
  }
}

static struct pair pair_at(const struct neggen_loss *loss, const struct bpr *bpr,
                           const struct neggen_input *in, int64_t n, int64_t b)
{
  int64_t dim = loss->dim;
  return (struct pair){
    .u = in->e + bpr->index[b] * dim,
    .i = in->e + bpr->index[n + b] * dim,
    .j = in->e + bpr->index[2 * n + b] * dim,
    .c = in->y + loss->index[b] * dim,
    .cj = in->y + loss->index[n + b] * dim,
    .n = in->y + loss->index[2 * n + b] * dim,
    .du = bpr->rows + b * dim,
    .di = bpr->rows + (n + b) * dim,
    .dj = bpr->rows + (2 * n + b) * dim,
    .dc = loss->rows + b * dim,
    .dcj = loss->rows + (n + b) * dim,
    .dn = loss->rows + (2 * n + b) * dim,
  };
}

static void add_parts(double *to, const double *from)
{
  for (int k = 0; k < PARTS; k++)
    to[k] += from[k];
}

/* The terms that see one pair at a time. */
static void all_pairs(struct neggen_loss *loss, struct bpr *bpr, const struct batch *batch,
                      const struct neggen_hyper *hyper, const struct neggen_input *in,
                      struct neggen_parts *parts)
{
  int32_t n = batch->size, blocks = (n + BLOCK - 1) / BLOCK;
#pragma omp parallel for schedule(dynamic, 1)
  for (int32_t block = 0; block < blocks; block++) {
    struct neggen_parts sum = {0};
    for (int32_t b = block * BLOCK; b < n && b < (block + 1) * BLOCK; b++) {
      struct pair pair = pair_at(loss, bpr, in, n, b);
      struct products of = multiply(loss->dim, &pair);
      bool has = in->has_negative[batch->item[b]];
      rank_pair(loss->dim, n, !has ? 0 : in->pull ? (double)in->pull[b] : 1, hyper, &of, &pair, &sum);
      if (hyper->content > 0 || hyper->content_l2 > 0)
        content_pair(loss->dim, n, hyper, &of, &pair, &sum);
      sum.weighted += has;
      if (has)
        align_pair(loss->dim, n, hyper, &of, &pair, &sum);
    }
    memcpy(loss->part + (size_t)block * PARTS, &sum, sizeof sum);
  }
  *parts = (struct neggen_parts){0};
  for (int32_t block = 0; block < blocks; block++)
    add_parts((double *)parts, loss->part + (size_t)block * PARTS);
}

void neggen_loss_step(struct neggen_loss *loss, struct bpr *bpr, const struct batch *batch,
                      const struct neggen_hyper *hyper, const struct neggen_input *in, real *de,
                      real *dy, struct neggen_parts *parts)
{
  int32_t n = batch->size;
  for (int32_t b = 0; b < n; b++) {
    loss->index[b] = in->place[batch->item[b]];
    loss->index[n + b] = in->place[batch->other[b]];
    loss->index[2 * n + b] = in->count + in->place[batch->item[b]];
  }
  all_pairs(loss, bpr, batch, hyper, in, parts);
  if (hyper->align == ALIGN_INFONCE) {
    struct infonce_input block = {
      .count = n, .items = batch->item, .has_negative = in->has_negative,
      .e = in->e, .y = in->y, .node = bpr->index + n, .row = loss->index,
      .negative_row = loss->index + 2 * n,
    };
    parts->align = n * infonce_step(&loss->infonce, &block, hyper->tau, hyper->alpha,
                                    bpr->rows + (int64_t)n * loss->dim, loss->rows,
                                    loss->rows + 2 * (int64_t)n * loss->dim);
  }
  parts->gen /= n;
  parts->real /= n;
  parts->align /= n;
  parts->content /= n;
  scatter_add(&bpr->scatter, bpr->dim, bpr->rows, de);
  scatter_sort(&loss->scatter, loss->index, 3 * n);
  scatter_add(&loss->scatter, loss->dim, loss->rows, dy);
}
