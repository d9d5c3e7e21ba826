/* checkpoint.c - see checkpoint.h
 * SPDX-License-Identifier: MIT */
#include "train/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"

#define MAGIC "NEGGENCK"
#define HEADER_LIMIT (1u << 24)
#define SIDE_LIMIT ((int64_t)1 << 40)

struct prefix {
  char magic[8];
  uint32_t version, header_size;
};

/* Eight bytes at a time; a rest is filled up with zeros. */
static uint64_t add_bytes(uint64_t sum, const void *data, size_t size)
{
  const char *p = data;
  for (; size; p += 8) {
    uint64_t word = 0;
    size_t n = size < 8 ? size : 8;
    memcpy(&word, p, n);
    sum = rng_mix64(sum ^ word);
    size -= n;
  }
  return sum;
}

static size_t block_bytes(const struct block *block)
{
  return (size_t)block->rows * (size_t)block->cols * sizeof *block->data;
}

static void put(FILE *stream, uint64_t *sum, const void *data, size_t size)
{
  fwrite(data, 1, size, stream);
  *sum = add_bytes(*sum, data, size);
}

static char *header_text(cJSON *header, const struct block *blocks, int count, size_t *size)
{
  cJSON_DeleteItemFromObject(header, "blocks");
  cJSON *list = json_add_array(header, "blocks");
  for (int k = 0; k < count; k++) {
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "name", blocks[k].name);
    json_add_int(one, "rows", blocks[k].rows);
    json_add_int(one, "cols", blocks[k].cols);
    cJSON_AddItemToArray(list, one);
  }
  char *text = json_line(header), *padded;
  *size = (strlen(text) + 7) / 8 * 8;
  padded = mem_printf("%-*s", (int)*size, text);
  free(text);
  return padded;
}

static void keep_old(const char *path)
{
  char *old = mem_printf("%s.old", path);
  if (rename(path, old) != 0 && errno != ENOENT)
    unlink(old); /* then there is none: better than a wrong one */
  free(old);
}

bool checkpoint_write(const char *path, cJSON *header, const struct block *blocks, int count,
                      bool with_old, struct err *err)
{
  struct path_new file;
  struct prefix prefix = {MAGIC, CHECKPOINT_VERSION, 0};
  uint64_t sum = 0;
  size_t size;
  if (!path_new_open(&file, path, err))
    return false;
  char *text = header_text(header, blocks, count, &size);
  prefix.header_size = (uint32_t)size;
  put(file.stream, &sum, &prefix, sizeof prefix);
  put(file.stream, &sum, text, size);
  for (int k = 0; k < count; k++)
    put(file.stream, &sum, blocks[k].data, block_bytes(&blocks[k]));
  fwrite(&sum, 1, sizeof sum, file.stream);
  free(text);
  if (fflush(file.stream) != 0 || ferror(file.stream)) {
    err_errno(err, EX_IOERR, "cannot write %s", path);
    path_new_abandon(&file);
    return false;
  }
  if (with_old)
    keep_old(path);
  return path_new_commit(&file, err);
}

static bool get(FILE *stream, uint64_t *sum, void *data, size_t size)
{
  if (fread(data, 1, size, stream) != size)
    return false;
  *sum = add_bytes(*sum, data, size);
  return true;
}

/* A block that nobody wants still counts in the checksum. */
static bool pass_over(FILE *stream, uint64_t *sum, size_t size)
{
  char piece[8192]; /* a multiple of 8: the sum does not see the pieces */
  for (; size; size -= size < sizeof piece ? size : sizeof piece)
    if (!get(stream, sum, piece, size < sizeof piece ? size : sizeof piece))
      return false;
  return true;
}

static cJSON *read_header(FILE *stream, const char *path, uint64_t *sum, struct err *err)
{
  struct prefix prefix;
  if (!get(stream, sum, &prefix, sizeof prefix) || memcmp(prefix.magic, MAGIC, 8) ||
      prefix.header_size > HEADER_LIMIT) {
    err_set(err, EX_DATAERR, "%s is damaged: no such header", path);
    return NULL;
  }
  if (prefix.version > CHECKPOINT_VERSION) {
    err_set(err, EX_DATAERR, "%s was written by a newer neggen (version %u, this one reads %d)",
            path, prefix.version, CHECKPOINT_VERSION);
    return NULL;
  }
  char *text = mem_zero((size_t)prefix.header_size + 1, 1);
  cJSON *header = NULL;
  if (!get(stream, sum, text, prefix.header_size))
    err_set(err, EX_DATAERR, "%s is cut short", path);
  else if (!(header = json_parse(text, prefix.header_size, path, NULL)))
    err_set(err, EX_DATAERR, "%s is damaged: its header cannot be read", path);
  free(text);
  return header;
}

/* Read one block of the file into that of the caller, or pass it over. */
static bool read_block(FILE *stream, const char *path, const cJSON *row, struct block *blocks,
                       int count, bool *is_found, uint64_t *sum, struct err *err)
{
  const char *name = json_str(row, "name");
  double rows = json_num(row, "rows", -1), cols = json_num(row, "cols", -1);
  if (!name || rows < 0 || cols < 0 || rows * cols > (double)SIDE_LIMIT)
    return err_set(err, EX_DATAERR, "%s is damaged: a block has no shape", path);
  struct block stored = {.rows = (int64_t)rows, .cols = (int64_t)cols};
  size_t size = block_bytes(&stored);
  struct stat st;
  bool ok = true;
  int k = 0;
  if (fstat(fileno(stream), &st) != 0 || size > (size_t)st.st_size)
    return err_set(err, EX_DATAERR, "%s is cut short", path);
  while (k < count && strcmp(blocks[k].name, name))
    k++;
  if (k == count) {
    ok = pass_over(stream, sum, size);
  } else if (blocks[k].data && (blocks[k].rows != stored.rows || blocks[k].cols != stored.cols)) {
    return err_set(err, EX_DATAERR, "%s has %s of %lld x %lld, wanted %lld x %lld", path, name,
                   (long long)stored.rows, (long long)stored.cols, (long long)blocks[k].rows,
                   (long long)blocks[k].cols);
  } else {
    blocks[k].rows = stored.rows;
    blocks[k].cols = stored.cols;
    if (!blocks[k].data)
      blocks[k].data = mem_aligned((size_t)stored.rows * (size_t)stored.cols, sizeof(float));
    is_found[k] = true;
    ok = get(stream, sum, blocks[k].data, size);
  }
  return ok || err_set(err, EX_DATAERR, "%s is cut short", path);
}

static bool read_blocks(FILE *stream, const char *path, const cJSON *header, struct block *blocks,
                        int count, uint64_t sum, struct err *err)
{
  bool *is_found = mem_zero((size_t)count + 1, sizeof *is_found), ok = true;
  const cJSON *row, *list = json_get(header, "blocks");
  uint64_t stored;
  cJSON_ArrayForEach(row, list)
    if (ok)
      ok = read_block(stream, path, row, blocks, count, is_found, &sum, err);
  for (int k = 0; ok && k < count; k++)
    if (!is_found[k])
      ok = err_set(err, EX_DATAERR, "%s has no %s", path, blocks[k].name);
  if (ok && (fread(&stored, 1, sizeof stored, stream) != sizeof stored || stored != sum))
    ok = err_set(err, EX_DATAERR, "%s is damaged: its checksum is another one", path);
  free(is_found);
  return ok;
}

cJSON *checkpoint_read(const char *path, struct block *blocks, int count, struct err *err)
{
  FILE *stream = fopen(path, "re");
  uint64_t sum = 0;
  if (!stream) {
    err_errno(err, EX_NOINPUT, "cannot read %s", path);
    return NULL;
  }
  cJSON *header = read_header(stream, path, &sum, err);
  if (header && !read_blocks(stream, path, header, blocks, count, sum, err)) {
    cJSON_Delete(header);
    header = NULL;
  }
  fclose(stream);
  return header;
}
