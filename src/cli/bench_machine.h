/* bench_machine.h - what this machine can do at best: the limits that the others are held against
 * SPDX-License-Identifier: MIT */
#ifndef CLI_BENCH_MACHINE_H
#define CLI_BENCH_MACHINE_H

#define MACHINE_MEMORY ((double)(1 << 27)) /* bytes that are read from memory, once that is asked for */

struct machine;
struct machine *machine_new(void);
void machine_free(struct machine *machine); /* NULL is fine */
/* So many bytes read on all threads, from the second level of cache and from memory. */
void machine_read_cache(struct machine *machine, double bytes);
void machine_read_memory(struct machine *machine, double bytes);
/* So many flops by fused multiply-adds on numbers in registers, on all threads. */
void machine_compute(struct machine *machine, double flops);

#endif
