/* narrow.c - see narrow.h
 * SPDX-License-Identifier: MIT */
#include "la/narrow.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define INLINE static inline __attribute__((always_inline)) AVX512
#define UNROLL _Pragma("GCC unroll 8")

#ifdef REAL_DOUBLE
typedef __m512d vector;
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define SPREAD _mm512_set1_pd
#define ZERO _mm512_setzero_pd
#define MULTIPLY_ADD _mm512_fmadd_pd
#else
typedef __m512 vector;
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define SPREAD _mm512_set1_ps
#define ZERO _mm512_setzero_ps
#define MULTIPLY_ADD _mm512_fmadd_ps
#endif

enum {
  LANES = 64 / sizeof(real),
  VECTORS = 4,
  PANEL = VECTORS * LANES, /* columns of C at a time */
  ROWS = 6,                /* rows of C at a time: 24 of 32 registers */
  COLUMNS = 8 * ROWS,      /* of A, for its transpose */
  DEPTH = 128,             /* of the inner dimension: a panel of B takes 32 KiB */
};

static bool has_registers(void)
{
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

/* C [rows, PANEL] (+)= sum over p < k of a[r][p step] b[p]; b [k, PANEL]. */
INLINE void block(int rows, int64_t k, const real *const *a, int64_t step, const real *b, bool is_more,
                  real *c, int64_t ldc)
{
  vector sum[ROWS][VECTORS];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < VECTORS; v++)
      sum[r][v] = is_more ? LOAD(c + r * ldc + v * LANES) : ZERO();
  for (int64_t p = 0; p < k; p++) {
    vector row[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++)
      row[v] = LOAD(b + p * PANEL + v * LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      vector factor = SPREAD(a[r][p * step]);
      UNROLL for (int v = 0; v < VECTORS; v++)
        sum[r][v] = MULTIPLY_ADD(factor, row[v], sum[r][v]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < VECTORS; v++)
      STORE(c + r * ldc + v * LANES, sum[r][v]);
}

AVX512 static void whole_block(int rows, int64_t k, const real *const *a, int64_t step, const real *b,
                               bool is_more, real *c, int64_t ldc)
{
  switch (rows) {
  case 1: block(1, k, a, step, b, is_more, c, ldc); break;
  case 2: block(2, k, a, step, b, is_more, c, ldc); break;
  case 3: block(3, k, a, step, b, is_more, c, ldc); break;
  case 4: block(4, k, a, step, b, is_more, c, ldc); break;
  case 5: block(5, k, a, step, b, is_more, c, ldc); break;
  default: block(ROWS, k, a, step, b, is_more, c, ldc);
  }
}

/* The same, of which C has the first `width` columns only. */
static void any_block(int rows, int64_t width, int64_t k, const real *const *a, int64_t step,
                      const real *b, bool is_more, real *c, int64_t ldc)
{
  real part[ROWS * PANEL];
  if (width == PANEL) {
    whole_block(rows, k, a, step, b, is_more, c, ldc);
    return;
  }
  whole_block(rows, k, a, step, b, false, part, PANEL);
  for (int r = 0; r < rows; r++)
    for (int64_t e = 0; e < width; e++)
      c[r * ldc + e] = (is_more ? c[r * ldc + e] : 0) + part[r * PANEL + e];
}

/* B [k, width] as [k, PANEL]: where it is, or copied to `to`. */
static const real *take_panel(int64_t k, int64_t width, const real *b, int64_t ldb, bool is_turned,
                              real *to)
{
  if (ldb == PANEL && width == PANEL && !is_turned)
    return b;
  for (int64_t p = 0; p < k && !is_turned; p++) {
    memcpy(to + p * PANEL, b + p * ldb, (size_t)width * sizeof *to);
    memset(to + p * PANEL + width, 0, (size_t)(PANEL - width) * sizeof *to);
  }
  for (int64_t e = 0; e < PANEL && is_turned; e++)
    for (int64_t p = 0; p < k; p++)
      to[p * PANEL + e] = e < width ? b[e * ldb + p] : 0;
  return to;
}

static int64_t at_most(int64_t n, int64_t most) { return n < most ? n : most; }

struct product {
  int64_t m, n, k;
  const struct la_rows *a;
  const real *b;
  int64_t ldb;
  bool is_turned; /* b */
  real *c;
  int64_t ldc;
};

/* A piece of the inner dimension, and of the columns of C. */
struct piece {
  int64_t first, depth, column, width;
  const real *panel; /* of B */
  bool is_more;      /* C is added to */
};

/* C (+)= A B of a piece. */
static void product_rows(const struct product *x, const struct piece *piece)
{
  for (int64_t r = 0; r < x->m; r += ROWS) {
    const real *row[ROWS];
    int rows = (int)at_most(x->m - r, ROWS);
    for (int q = 0; q < rows; q++)
      row[q] = la_row(x->a, r + q) + piece->first;
    any_block(rows, piece->width, piece->depth, row, 1, piece->panel, piece->is_more,
              x->c + r * x->ldc + piece->column, x->ldc);
  }
}

/* C (+)= A^T B of a piece: some columns of A at a time, copied together. */
static void gradient_rows(const struct product *x, const struct piece *piece)
{
  _Alignas(64) real columns[DEPTH * COLUMNS];
  for (int64_t r = 0; r < x->m; r += COLUMNS) {
    int64_t count = at_most(x->m - r, COLUMNS);
    for (int64_t p = 0; p < piece->depth; p++) { /* the next ones are asked for: they are on as many pages */
      const real *from = la_row(x->a, piece->first + p) + r;
      memcpy(columns + p * COLUMNS, from, (size_t)count * sizeof *columns);
      for (int64_t e = COLUMNS; e < 2 * COLUMNS; e += LANES)
        __builtin_prefetch(from + e);
    }
    for (int64_t s = 0; s < count; s += ROWS) {
      const real *row[ROWS];
      int rows = (int)at_most(count - s, ROWS);
      for (int q = 0; q < rows; q++)
        row[q] = columns + s + q;
      any_block(rows, piece->width, piece->depth, row, COLUMNS, piece->panel, piece->is_more,
                x->c + (r + s) * x->ldc + piece->column, x->ldc);
    }
  }
}

static void scale(const struct product *x, real beta)
{
  for (int64_t r = 0; r < x->m; r++)
    for (int64_t e = 0; e < x->n; e++)
      x->c[r * x->ldc + e] = beta == 0 ? 0 : beta * x->c[r * x->ldc + e];
}

static void multiply(const struct product *x, real beta,
                     void (*rows)(const struct product *x, const struct piece *piece))
{
  _Alignas(64) real copy[DEPTH * PANEL];
  if ((beta != 0 && beta != 1) || (beta == 0 && !x->k))
    scale(x, beta);
  for (int64_t p = 0; p < x->k; p += DEPTH)
    for (int64_t e = 0; e < x->n; e += PANEL) {
      struct piece piece = {.first = p, .depth = at_most(x->k - p, DEPTH), .column = e,
                            .width = at_most(x->n - e, PANEL), .is_more = p > 0 || beta != 0};
      const real *from = x->is_turned ? x->b + e * x->ldb + p : x->b + p * x->ldb + e;
      piece.panel = take_panel(piece.depth, piece.width, from, x->ldb, x->is_turned, copy);
      rows(x, &piece);
    }
}

void narrow_product(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                    bool is_turned, real beta, real *c, int64_t ldc)
{
  struct product x = {m, n, k, a, b, ldb, is_turned, c, ldc};
  multiply(&x, beta, product_rows);
}

void narrow_gradient(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                     real beta, real *c, int64_t ldc)
{
  struct product x = {m, n, k, a, b, ldb, false, c, ldc};
  multiply(&x, beta, gradient_rows);
}
#else
static bool has_registers(void) { return false; }

void narrow_product(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                    bool is_turned, real beta, real *c, int64_t ldc)
{
  (void)m, (void)n, (void)k, (void)a, (void)b, (void)ldb, (void)is_turned, (void)beta, (void)c, (void)ldc;
}

void narrow_gradient(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                     real beta, real *c, int64_t ldc)
{
  (void)m, (void)n, (void)k, (void)a, (void)b, (void)ldb, (void)beta, (void)c, (void)ldc;
}
#endif

static bool is_off;

void narrow_forbid(bool is_forbidden) { is_off = is_forbidden; }
bool narrow_is_here(void) { return !is_off && has_registers(); }
