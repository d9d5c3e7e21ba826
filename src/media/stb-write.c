/* stb-write.c - the implementation of stb_image_write, compiled by itself
 *
 * PNG is deflated by zlib, which looks for runs only: photographs hold next to no string of
 * bytes twice, and searching for one takes most of a writer's time (stb's own search: three
 * times as long, for a file no smaller). All memory is there or the process ends, so that nothing
 * here can fail.
 *
 * Its JPEG writer shifts bits into the sign of an int, which gcc defines and UBSan
 * reports; so it is built without that check, in an archive of its own.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

static void *take(void *user, unsigned count, unsigned size)
{
  (void)user;
  return mem_grow(NULL, count, size);
}

static void give(void *user, void *memory)
{
  (void)user;
  free(memory);
}

/* In place of stb's compressor; stb frees what is returned. */
static unsigned char *deflate_runs(unsigned char *data, int size, int *out_size, int quality)
{
  z_stream stream = {.next_in = data, .avail_in = (uInt)size, .zalloc = take, .zfree = give};
  (void)quality; /* there is not much to choose */
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS, MAX_MEM_LEVEL, Z_RLE);
  uLong room = deflateBound(&stream, (uLong)size);
  unsigned char *out = mem_alloc(room);
  stream.next_out = out;
  stream.avail_out = (uInt)room;
  deflate(&stream, Z_FINISH);
  *out_size = (int)stream.total_out;
  deflateEnd(&stream);
  return out;
}

#define STBIW_ZLIB_COMPRESS deflate_runs
#define STBIW_MALLOC(size) mem_alloc(size)
#define STBIW_REALLOC(memory, size) mem_grow(memory, size, 1)
#define STBIW_FREE(memory) free(memory)
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>
