/* cache.c - see cache.h
 *
 * WS/features/statistics.bin: a header with the hash of the inputs and the counts, then
 * each array of the table below at a multiple of 64 bytes. The file is of this machine's
 * byte order and of this layout only; anything else is counted anew. The catalogue is a
 * file that is only ever replaced, so its identity, size and time stand for its content.
 * SPDX-License-Identifier: MIT */
#include "engine/cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"

/* Array, and how many elements it has. */
#define ARRAYS(_)                              \
  _(keys, s->key_count)                        \
  _(values, s->value_count)                    \
  _(couples, s->couple_count)                  \
  _(item_values, s->item_count + 1)            \
  _(entries, s->entry_count)                   \
  _(value_items, s->value_count + 1)           \
  _(holders, s->entry_count)                   \
  _(item_users, s->item_count + 1)             \
  _(users, s->pair_count)                      \
  _(user_items, s->user_count + 1)             \
  _(items, s->pair_count)                      \
  _(profiles, s->value_count * PROFILE_DIM)    \
  _(near, s->near_count)                       \
  _(member_texts, s->member_count)             \
  _(slots, s->slot_count)                      \
  _(pool, s->pool_size)

enum { LAYOUT = 4, ALIGN = 64 };

struct header {
  char magic[8]; /* "neggenst" */
  uint32_t layout, size;
  char inputs[SHA256_HEX];
  struct statistics counts; /* pointers are zero */
};

static char *cache_path(struct store *store)
{
  char *dir = path_join(store_dir(store), "features");
  char *path = path_join(dir, "statistics.bin");
  free(dir);
  return path;
}

void cache_inputs(struct store *store, char hex[SHA256_HEX])
{
  char *path = path_join(store_dir(store), "catalogue.db");
  struct stat info = {0};
  if (stat(path, &info) != 0)
    info = (struct stat){0};
  char *text = mem_printf("%ju %ju %jd %jd.%09ld", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino,
                          (intmax_t)info.st_size, (intmax_t)info.st_mtim.tv_sec,
                          info.st_mtim.tv_nsec);
  hash_sha256(text, strlen(text), hex);
  free(text);
  free(path);
}

static size_t aligned(size_t size) { return (size + ALIGN - 1) / ALIGN * ALIGN; }

static size_t file_size(const struct statistics *s)
{
  size_t size = aligned(sizeof(struct header));
#define ADD(array, count) size += aligned((size_t)(count) * sizeof *s->array);
  ARRAYS(ADD)
#undef ADD
  return size;
}

/* No count of a foreign file may be negative or huge. */
static bool is_sane(const struct statistics *s, size_t size)
{
  const int64_t counts[] = {s->item_count,   s->user_count,  s->pair_count,  s->key_count,
                            s->value_count,  s->couple_count, s->entry_count, s->pool_size,
                            s->member_count, s->slot_count,  s->near_count};
  for (size_t k = 0; k < COUNT_OF(counts); k++)
    if (counts[k] < 0 || (uint64_t)counts[k] > size)
      return false;
  return s->key_count <= KEYS_MAX && file_size(s) == size;
}

static struct statistics *statistics_at(char *mapped, size_t size, const char *inputs)
{
  struct header header;
  memcpy(&header, mapped, sizeof header);
  if (memcmp(header.magic, "neggenst", 8) != 0 || header.layout != LAYOUT ||
      header.size != sizeof header || strcmp(header.inputs, inputs) != 0 ||
      !is_sane(&header.counts, size))
    return NULL;
  struct statistics *s = mem_zero(1, sizeof *s);
  *s = header.counts;
  size_t at = aligned(sizeof header);
#define TAKE(array, count)                                   \
  s->array = (void *)(mapped + at);                          \
  at += aligned((size_t)(count) * sizeof *s->array);
  ARRAYS(TAKE)
#undef TAKE
  s->mapped = mapped;
  s->mapped_size = size;
  return s;
}

struct statistics *cache_load(struct store *store, const char *inputs)
{
  char *path = cache_path(store);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  struct statistics *s = NULL;
  free(path);
  if (fd < 0)
    return NULL;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
      info.st_size >= (off_t)sizeof(struct header)) {
    size_t size = (size_t)info.st_size;
    char *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped != MAP_FAILED && !(s = statistics_at(mapped, size, inputs)))
      munmap(mapped, size);
  }
  close(fd);
  return s;
}

static void write_array(FILE *stream, const void *data, size_t size)
{
  static const char zeros[ALIGN];
  if (size)
    fwrite(data, 1, size, stream);
  fwrite(zeros, 1, aligned(size) - size, stream);
}

bool cache_save(struct store *store, const char *inputs, const struct statistics *s,
                struct err *err)
{
  char *path = cache_path(store), *dir = path_join(store_dir(store), "features");
  struct path_new file;
  struct header header;
  memset(&header, 0, sizeof header);
  memcpy(header.magic, "neggenst", 8);
  header.layout = LAYOUT;
  header.size = sizeof header;
  memcpy(header.inputs, inputs, SHA256_HEX);
#define COPY(field) header.counts.field = s->field;
  COPY(item_count) COPY(user_count) COPY(pair_count) COPY(key_count) COPY(value_count)
  COPY(couple_count) COPY(entry_count) COPY(pool_size) COPY(member_count) COPY(slot_count)
  COPY(near_count)
#undef COPY
  bool ok = path_keep_dirs(dir, err) && path_new_open(&file, path, err);
  if (ok) {
    write_array(file.stream, &header, sizeof header);
#define WRITE(array, count) write_array(file.stream, s->array, (size_t)(count) * sizeof *s->array);
    ARRAYS(WRITE)
#undef WRITE
    ok = path_new_commit(&file, err);
  }
  free(path);
  free(dir);
  return ok;
}
