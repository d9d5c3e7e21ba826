/* couple.c - adjusted mutual information, and what follows from a change
 *
 * Mutual information grows with the number of labels even for unrelated keys; the
 * adjusted form takes off what shuffled labels would give (the hypergeometric
 * expectation of Vinh, Epps and Bailey, 2010). A list counts with its first entry.
 * SPDX-License-Identifier: MIT */
#include "engine/couple.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { VALUES_MAX = 100, THINGS_MAX = 5000 };
static const double AMI_MIN = .2;

/* E[MI] contribution of one pair of marginals a, b among n. */
static double expected_cell(int64_t a, int64_t b, int64_t n, const double *log_factorial)
{
  double sum = 0;
  int64_t low = a + b - n > 1 ? a + b - n : 1, high = a < b ? a : b;
  double fixed = log_factorial[a] + log_factorial[b] + log_factorial[n - a] + log_factorial[n - b] -
                 log_factorial[n];
  for (int64_t k = low; k <= high; k++) {
    double p = exp(fixed - log_factorial[k] - log_factorial[a - k] - log_factorial[b - k] -
                   log_factorial[n - a - b + k]);
    sum += (double)k / (double)n * log((double)n * (double)k / ((double)a * (double)b)) * p;
  }
  return sum;
}

static double entropy_of(const int64_t *counts, int count, int64_t n)
{
  double sum = 0;
  for (int k = 0; k < count; k++)
    if (counts[k])
      sum -= (double)counts[k] / (double)n * log((double)counts[k] / (double)n);
  return sum;
}

/* Both terms of the numerator from the table and its margins. */
static double adjusted_from(const int64_t *cells, const int64_t *rows, const int64_t *columns,
                            int row_count, int column_count, int64_t n)
{
  double mutual = 0, expected = 0;
  double *log_factorial = mem_zero((size_t)n + 1, sizeof *log_factorial);
  for (int64_t k = 2; k <= n; k++)
    log_factorial[k] = log_factorial[k - 1] + log((double)k);
  for (int r = 0; r < row_count; r++)
    for (int c = 0; c < column_count; c++) {
      double both = (double)cells[r * column_count + c];
      if (both > 0)
        mutual += both / (double)n *
                  log((double)n * both / ((double)rows[r] * (double)columns[c]));
      if (rows[r] && columns[c])
        expected += expected_cell(rows[r], columns[c], n, log_factorial);
    }
  free(log_factorial);
  double most = (entropy_of(rows, row_count, n) + entropy_of(columns, column_count, n)) / 2;
  return most - expected > 1e-12 ? (mutual - expected) / (most - expected) : 0;
}

double adjusted_mutual_information(const int32_t *a, const int32_t *b, int64_t n, int a_count,
                                   int b_count)
{
  int64_t *rows = mem_zero((size_t)a_count + 1, sizeof *rows), total = 0;
  int64_t *columns = mem_zero((size_t)b_count + 1, sizeof *columns);
  int64_t *cells = mem_zero((size_t)a_count * (size_t)b_count + 1, sizeof *cells);
  for (int64_t k = 0; k < n; k++)
    if (a[k] >= 0 && b[k] >= 0) {
      rows[a[k]]++;
      columns[b[k]]++;
      cells[a[k] * b_count + b[k]]++;
      total++;
    }
  double out = total ? adjusted_from(cells, rows, columns, a_count, b_count, total) : 0;
  free(rows);
  free(columns);
  free(cells);
  return out;
}

/* The first entry of a key on each of `count` items, step apart; -1 where it has none. */
static int32_t *first_entries(const struct statistics *s, int key, int64_t count, int64_t step)
{
  int32_t *out = mem_alloc((size_t)count * sizeof *out);
  for (int64_t k = 0; k < count; k++) {
    int64_t e = s->item_values[k * step], end = s->item_values[k * step + 1];
    while (e < end && s->values[s->entries[e]].key != key)
      e++;
    out[k] = e < end ? s->entries[e] - s->keys[key].first : -1;
  }
  return out;
}

static bool can_couple(const struct key *key)
{
  return key->modality == TEXT && key->form == FORM_WORDS && key->count >= 2 &&
         key->count <= VALUES_MAX;
}

void couples_find(struct statistics *s)
{
  int64_t step = 1 + s->item_count / THINGS_MAX, count = (s->item_count + step - 1) / step, room = 0;
  for (int a = 0; a < s->key_count; a++) {
    if (!can_couple(&s->keys[a]))
      continue;
    int32_t *labels = first_entries(s, a, count, step);
    for (int b = 0; b < a; b++) {
      if (!can_couple(&s->keys[b]))
        continue;
      int32_t *others = first_entries(s, b, count, step);
      double ami = adjusted_mutual_information(labels, others, count, s->keys[a].count,
                                               s->keys[b].count);
      free(others);
      if (ami < AMI_MIN)
        continue;
      VEC_PUSH(s->couples, s->couple_count, room) = (struct couple){a, b, (float)ami};
      VEC_PUSH(s->couples, s->couple_count, room) = (struct couple){b, a, (float)ami};
    }
    free(labels);
  }
}

bool couples_has(const struct statistics *s, int from, int to)
{
  for (int64_t c = 0; c < s->couple_count; c++)
    if (s->couples[c].from == from && s->couples[c].to == to)
      return true;
  return false;
}

double couple_share(const struct statistics *s, int32_t a, int32_t b)
{
  int64_t both = 0;
  for (int64_t h = s->value_items[a]; h < s->value_items[a + 1]; h++)
    both += statistics_item_has(s, s->holders[h], b);
  return s->values[a].df ? (double)both / s->values[a].df : 0;
}

/* Count the first values of `to` on items that have `a`: all of them, or those that it leads. */
static int32_t most_frequent(const struct statistics *s, int32_t a, int to, bool is_leading)
{
  const struct key *key = &s->keys[to];
  int32_t *counts = mem_zero((size_t)key->count + 1, sizeof *counts), best = -1;
  for (int64_t h = s->value_items[a]; h < s->value_items[a + 1]; h++) {
    int32_t item = s->holders[h], first = statistics_first(s, item, to);
    if (first >= 0 && (!is_leading || statistics_first(s, item, s->values[a].key) == a))
      counts[first - key->first]++;
  }
  for (int32_t v = 0; v < key->count; v++)
    if (counts[v] > 0 && (best < 0 || counts[v] > counts[best]))
      best = v;
  free(counts);
  return best < 0 ? -1 : key->first + best;
}

int32_t couple_follower(const struct statistics *s, int32_t a, int to)
{
  int32_t value = most_frequent(s, a, to, true);
  return value >= 0 ? value : most_frequent(s, a, to, false);
}
