/* mem.h - memory that is there or the process ends cleanly
 *
 * Running out of memory is nothing a caller could mend: the process says so and
 * exits with EX_OSERR. The interface registers a hook that puts the terminal back.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *mem_alloc(size_t size);                    /* never NULL; size 0 gives one byte */
void *mem_zero(size_t count, size_t size);       /* zeroed, overflow checked */
void *mem_grow(void *p, size_t count, size_t size); /* realloc(count * size), overflow checked */
char *mem_strdup(const char *text);              /* NULL stays NULL */
char *mem_strndup(const char *text, size_t size);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
/* 64-byte aligned, zeroed; release with free(). For the kernels' matrices. */
void *mem_aligned(size_t count, size_t size);
void mem_on_exhaustion(void (*hook)(void));

/* Make room for one more in a growing array: VEC_PUSH(items, count, room) = item; */
#define VEC_ROOM(array, count, room)                                                     \
  ((count) < (room) ? (void)0                                                            \
                    : (void)((room) = (room) ? 2 * (room) : 8,                           \
                             (array) = mem_grow((array), (size_t)(room), sizeof *(array))))
#define VEC_PUSH(array, count, room) (VEC_ROOM(array, count, room), &(array)[(count)++])[0]

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#endif
