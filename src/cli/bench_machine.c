/* bench_machine.c - see bench_machine.h
 * SPDX-License-Identifier: MIT */
#include "cli/bench_machine.h"

#include <omp.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/bench.h"
#include "la/gemm.h"
#include "la/peak.h"
#include "la/vec.h"

enum { CACHE = 1 << 17, MEMORY = (int)(MACHINE_MEMORY / sizeof(float)) }; /* floats */
enum { ROUNDS = 4096 };

struct machine {
  int threads;
  float *cache;  /* [threads, CACHE] */
  float *memory; /* [MEMORY], when it is read first */
  float sink;    /* so that nothing is left out */
};

static float *ones(int64_t n)
{
  float *x = mem_aligned((size_t)n, sizeof *x);
  for (int64_t k = 0; k < n; k++)
    x[k] = 1;
  return x;
}

struct machine *machine_new(void)
{
  struct machine *machine = mem_zero(1, sizeof *machine);
  machine->threads = la_threads();
  machine->cache = ones((int64_t)machine->threads * CACHE);
  return machine;
}

void machine_free(struct machine *machine)
{
  if (machine) {
    free(machine->cache);
    free(machine->memory);
  }
  free(machine);
}

void machine_read_cache(struct machine *machine, double bytes)
{
  int64_t rounds = (int64_t)(bytes / (CACHE * sizeof(float))) + 1;
  float sink = 0;
#pragma omp parallel for schedule(static) reduction(+ : sink)
  for (int64_t k = 0; k < rounds; k++)
    sink += peak_read(machine->cache + (int64_t)omp_get_thread_num() * CACHE, CACHE);
  machine->sink += sink;
}

void machine_read_memory(struct machine *machine, double bytes)
{
  int64_t rounds = (int64_t)(bytes / (CACHE * sizeof(float))) + 1;
  float sink = 0;
  if (!machine->memory)
    machine->memory = ones(MEMORY);
#pragma omp parallel for schedule(static) reduction(+ : sink)
  for (int64_t k = 0; k < rounds; k++)
    sink += peak_read(machine->memory + k % (MEMORY / CACHE) * CACHE, CACHE);
  machine->sink += sink;
}

void machine_compute(struct machine *machine, double flops)
{
  int64_t pieces = (int64_t)(flops / (PEAK_FLOPS * ROUNDS)) + 1;
  float sink = 0;
#pragma omp parallel for schedule(static) reduction(+ : sink)
  for (int64_t k = 0; k < pieces; k++)
    sink += peak_multiply_add(ROUNDS);
  machine->sink += sink;
}

/* ---- as a bench of its own */

enum { BYTES = 1 << 30 };
#define FLOPS 3.2e10

static void *open_machine(const struct bench_request *request, struct bench_figures *figures,
                          struct err *err)
{
  if (!la_start(err))
    return NULL;
  figures->bytes = BYTES;
  (void)request;
  struct machine *machine = machine_new();
  machine_read_memory(machine, 1); /* so that it is there */
  return machine;
}

static bool run_memory(void *machine, struct err *err)
{
  (void)err;
  machine_read_memory(machine, BYTES);
  return true;
}

static bool run_cache(void *machine, struct err *err)
{
  (void)err;
  machine_read_cache(machine, BYTES);
  return true;
}

static bool run_compute(void *machine, struct err *err)
{
  (void)err;
  machine_compute(machine, FLOPS);
  return true;
}

static void close_machine(void *machine) { machine_free(machine); }

const struct bench bench_machine = {
  .name = "machine",
  .help = "1 GiB read from memory, on all threads",
  .limit_help = "the same read from the cache of a core",
  .twin_help = "3.2e10 flops by multiply-adds in registers",
  .open = open_machine,
  .run = run_memory,
  .twin = run_compute,
  .limit = run_cache,
  .close = close_machine,
};
