/* image_encoder.c - see image_encoder.h: the rotation
 * SPDX-License-Identifier: MIT */
#include "encode/image_encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/blas.h"

enum { P = IMAGE_STATISTICS, ROWS = 8 };

static void fit_scale(const float *statistics, int64_t count, struct image_encoder *encoder)
{
  for (int c = 0; c < P; c++) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++)
      sum += statistics[i * P + c];
    double mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++)
      squares += (statistics[i * P + c] - mean) * (statistics[i * P + c] - mean);
    double sd = sqrt(squares / (double)count);
    encoder->mean[c] = (float)mean;
    encoder->scale[c] = sd < 1e-8 ? 0 : (float)(1 / sd);
  }
}

static void standardise(const struct image_encoder *encoder, const float *statistics, float *out)
{
  for (int c = 0; c < P; c++)
    out[c] = (statistics[c] - encoder->mean[c]) * encoder->scale[c];
}

/* out [P, P] = z^T z. Each thread owns rows of out and adds the pictures up in their order. */
static void products(const float *z, int64_t count, float *out)
{
#pragma omp parallel for schedule(dynamic, 1)
  for (int first = 0; first < P; first += ROWS)
    for (int64_t i = 0; i < count; i++) {
      const float *row = z + i * P;
      for (int r = first; r < first + ROWS && r < P; r++) {
        float *sums = out + (size_t)r * P, value = row[r];
#pragma omp simd
        for (int c = 0; c < P; c++)
          sums[c] += value * row[c];
      }
    }
}

/* Directions of most variance of z [count, P], into rows of rotation; the largest entry of each is
 * positive, so that equal catalogues have equal rotations. */
static bool fit_rotation(const float *z, int64_t count, int dim, float *rotation, struct err *err)
{
  float *covariance = mem_aligned(P * P, sizeof *covariance), values[P], work_wanted;
  int n = P, query = -1, iwork_wanted, info = 0;
  products(z, count, covariance);
  blas()->ssyevd_("V", "L", &n, covariance, &n, values, &work_wanted, &query, &iwork_wanted, &query, &info);
  int work_size = (int)work_wanted, iwork_size = iwork_wanted;
  float *work = mem_aligned((size_t)work_size, sizeof *work);
  int *iwork = mem_zero((size_t)iwork_size, sizeof *iwork);
#pragma omp parallel /* inside of a region OpenBLAS keeps to one thread, and to the same bits */
#pragma omp single
  blas()->ssyevd_("V", "L", &n, covariance, &n, values, work, &work_size, iwork, &iwork_size, &info);
  for (int k = 0; k < dim && info == 0; k++) {
    const float *vector = covariance + (size_t)(P - 1 - k) * P; /* columns of LAPACK are our rows */
    int largest = 0;
    for (int c = 1; c < P; c++)
      if (fabsf(vector[c]) > fabsf(vector[largest]))
        largest = c;
    for (int c = 0; c < P; c++)
      rotation[(size_t)k * P + (size_t)c] = vector[largest] < 0 ? -vector[c] : vector[c];
  }
  free(covariance);
  free(work);
  free(iwork);
  return info == 0 || err_set(err, EX_SOFTWARE, "the pictures' statistics have no principal axes");
}

bool image_encoder_fit(const float *statistics, int64_t count, struct image_encoder *out,
                       struct err *err)
{
  *out = (struct image_encoder){0};
  out->dim = count > IMAGE_DIM ? IMAGE_DIM : count > 1 ? (int)count - 1 : 1;
  out->rotation = mem_aligned((size_t)out->dim * P, sizeof *out->rotation);
  fit_scale(statistics, count, out);
  float *z = mem_aligned((size_t)count * P, sizeof *z);
  for (int64_t i = 0; i < count; i++)
    standardise(out, statistics + i * P, z + i * P);
  bool ok = fit_rotation(z, count, out->dim, out->rotation, err);
  free(z);
  if (!ok)
    image_encoder_free(out);
  return ok;
}

void image_encoder_free(struct image_encoder *encoder)
{
  free(encoder->rotation);
  *encoder = (struct image_encoder){0};
}

void image_encode(const struct image_encoder *encoder, const float *statistics, float *out)
{
  float z[P];
  standardise(encoder, statistics, z);
  for (int k = 0; k < encoder->dim; k++) {
    const float *direction = encoder->rotation + (size_t)k * P;
    float part[8] = {0}; /* eight sums, so that the loop vectorises in one fixed order */
    for (int c = 0; c < P; c += 8)
      for (int lane = 0; lane < 8; lane++)
        part[lane] += z[c + lane] * direction[c + lane];
    out[k] = ((part[0] + part[1]) + (part[2] + part[3])) +
             ((part[4] + part[5]) + (part[6] + part[7]));
  }
}
