/* fixture.c - see fixture.h
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/path.h"
#include "fixture.h"

static cJSON *root;

const cJSON *fixture_get(const char *path)
{
  if (!root) {
    size_t size;
    struct err err = {0};
    char *text = path_read(SRCDIR "/tests/fixtures/reference.json", 0, &size, &err);
    root = text ? json_parse(text, size, "reference.json", &err) : NULL;
    if (!root)
      fail_msg("%s", err.text);
    free(text);
  }
  const cJSON *node = root;
  for (const char *p = path; *p;) {
    size_t length = strcspn(p, ".");
    char *key = mem_strndup(p, length);
    node = cJSON_IsArray(node) ? cJSON_GetArrayItem(node, atoi(key))
                               : cJSON_GetObjectItemCaseSensitive(node, key);
    free(key);
    if (!node)
      fail_msg("reference.json has no %s", path);
    p += length + (p[length] == '.');
  }
  return cJSON_IsNull(node) ? NULL : node;
}

double fixture_number(const char *path)
{
  const cJSON *node = fixture_get(path);
  assert_true(cJSON_IsNumber(node));
  return node->valuedouble;
}

static void flatten(const cJSON *node, double **numbers, size_t *count, size_t *room)
{
  if (cJSON_IsNumber(node)) {
    VEC_PUSH(*numbers, *count, *room) = node->valuedouble;
    return;
  }
  assert_true(cJSON_IsArray(node));
  for (const cJSON *child = node->child; child; child = child->next)
    flatten(child, numbers, count, room);
}

double *fixture_numbers(const char *path, size_t *count)
{
  double *numbers = NULL;
  size_t size = 0, room = 0;
  flatten(fixture_get(path), &numbers, &size, &room);
  if (count)
    *count = size;
  return numbers;
}

real *fixture_reals(const char *path, size_t *count)
{
  size_t size;
  double *numbers = fixture_numbers(path, &size);
  real *out = mem_aligned(size + 1, sizeof *out);
  for (size_t k = 0; k < size; k++)
    out[k] = (real)numbers[k];
  free(numbers);
  if (count)
    *count = size;
  return out;
}

int32_t *fixture_ints(const char *path, size_t *count)
{
  size_t size;
  double *numbers = fixture_numbers(path, &size);
  int32_t *out = mem_zero(size + 1, sizeof *out);
  for (size_t k = 0; k < size; k++)
    out[k] = (int32_t)numbers[k];
  free(numbers);
  if (count)
    *count = size;
  return out;
}

static void compare(const char *path, const double *want, const real *got, size_t count)
{
  double most = 0, error = 0;
  for (size_t k = 0; k < count; k++) {
    most = fmax(most, fabs(want[k]));
    error = fmax(error, fabs((double)got[k] - want[k]));
    if (!isfinite((double)got[k]))
      fail_msg("%s[%zu] is not finite", path, k);
  }
  error /= most < 1e-6 ? 1 : most;
  if (!(error <= FIXTURE_TOLERANCE))
    fail_msg("%s is off by %g", path, error);
}

void fixture_near(const char *path, const real *got, size_t count)
{
  size_t size;
  double *want = fixture_numbers(path, &size);
  assert_int_equal(size, count);
  compare(path, want, got, count);
  free(want);
}

void fixture_near_number(const char *path, double got)
{
  double want = fixture_number(path);
  real value = (real)got;
  compare(path, &want, &value, 1);
}

void fixture_close(void)
{
  cJSON_Delete(root);
  root = NULL;
}
