/* png.c - pixels as PNG: filtered rows, runs, Huffman codes
 *
 * Photographs hold next to no string of bytes twice, and searching for one takes most of
 * a PNG writer's time. What compresses them is the filter (a pixel minus its neighbours)
 * and a Huffman code of what is left; runs of equal bytes take care of flat colours. So
 * every match is a run: a length at distance 1 (RFC 1951, RFC 2083).
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/real.h"
#include "media/picture.h"

enum {
  SYMBOLS = 286,     /* literals, end of block, lengths */
  END = 256,         /* of a block */
  RUN = 256,         /* a token above it is a run of token - RUN bytes, 3..258 */
  RUN_MIN = 3,
  RUN_MAX = 258,
  DEPTH_MAX = 15,    /* of a Huffman code */
  BLOCK = 1 << 16,   /* bytes that share one code */
};

static uint32_t crc_table[256];
static uint8_t run_symbol[RUN_MAX + 1]; /* of a length: its symbol - 257 */
static uint16_t run_first[29];          /* the shortest run of each such symbol */
static uint8_t run_bits[29];            /* and the bits that tell its length */
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t crc = n;
    for (int k = 0; k < 8; k++)
      crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
    crc_table[n] = crc;
  }
  for (int s = 0, length = RUN_MIN; s < 28; s++) {
    run_bits[s] = (uint8_t)(s < 8 ? 0 : s / 4 - 1);
    run_first[s] = (uint16_t)length;
    for (int k = 0; k < 1 << run_bits[s] && length < RUN_MAX; k++)
      run_symbol[length++] = (uint8_t)s;
  }
  run_symbol[RUN_MAX] = 28; /* 258 has a symbol of its own */
  run_first[28] = RUN_MAX;
}

static void put_big32(struct buf *out, uint32_t value)
{
  const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                           (uint8_t)value};
  buf_add(out, bytes, sizeof bytes);
}

static void put_chunk(struct buf *out, const char *name, const void *data, size_t size)
{
  put_big32(out, (uint32_t)size);
  size_t start = out->size;
  buf_add(out, name, 4);
  buf_add(out, data, size);
  uint32_t crc = ~0u;
  for (size_t k = start; k < out->size; k++)
    crc = crc_table[(crc ^ (uint8_t)out->data[k]) & 255] ^ crc >> 8;
  put_big32(out, ~crc);
}

/* Bits, the lowest first. */
struct bits {
  struct buf *out;
  uint64_t held;
  int count;
};

static void put_bits(struct bits *bits, uint32_t value, int count)
{
  bits->held |= (uint64_t)value << bits->count;
  bits->count += count;
  if (bits->count < 32)
    return;
  const uint8_t bytes[] = {(uint8_t)bits->held, (uint8_t)(bits->held >> 8),
                           (uint8_t)(bits->held >> 16), (uint8_t)(bits->held >> 24)};
  buf_add(bits->out, bytes, sizeof bytes);
  bits->held >>= 32;
  bits->count -= 32;
}

/* What is left, to a whole byte. */
static void flush_bits(struct bits *bits)
{
  for (; bits->count > 0; bits->count -= 8, bits->held >>= 8)
    buf_char(bits->out, (char)bits->held);
}

/* Depths of a Huffman tree of these counts, 0 for what does not occur; at least one occurs. */
static int tree_depths(const uint32_t counts[SYMBOLS], uint8_t depths[SYMBOLS])
{
  uint32_t weight[2 * SYMBOLS];
  int16_t parent[2 * SYMBOLS], symbol[SYMBOLS];
  int leaves = 0, deepest = 0;
  for (int s = 0; s < SYMBOLS; s++)
    if (counts[s])
      symbol[leaves++] = (int16_t)s;
  for (int k = 1; k < leaves; k++) { /* by count; insertion, they are few */
    int16_t one = symbol[k];
    int at = k;
    for (; at > 0 && counts[symbol[at - 1]] > counts[one]; at--)
      symbol[at] = symbol[at - 1];
    symbol[at] = one;
  }
  for (int k = 0; k < leaves; k++)
    weight[k] = counts[symbol[k]];
  /* Two queues, both ascending: leaves not yet joined, and joined pairs. */
  int leaf = 0, pair = leaves, made = leaves;
  while (leaves - leaf + made - pair > 1) {
    int two[2];
    for (int k = 0; k < 2; k++) {
      bool takes_leaf = leaf < leaves && (pair == made || weight[leaf] <= weight[pair]);
      two[k] = takes_leaf ? leaf++ : pair++;
    }
    weight[made] = weight[two[0]] + weight[two[1]];
    parent[two[0]] = parent[two[1]] = (int16_t)made++;
  }
  uint8_t depth[2 * SYMBOLS] = {0};
  for (int k = made - 2; k >= 0; k--)
    depth[k] = (uint8_t)(depth[parent[k]] + 1);
  memset(depths, 0, SYMBOLS);
  for (int k = 0; k < leaves; k++) {
    depths[symbol[k]] = depth[k] ? depth[k] : 1;
    deepest = depth[k] > deepest ? depth[k] : deepest;
  }
  return deepest;
}

/* Canonical codes of these depths, their bits turned round. */
static void make_codes(const uint8_t depths[SYMBOLS], uint16_t codes[SYMBOLS])
{
  unsigned code = 0;
  for (int depth = 1; depth <= DEPTH_MAX; depth++, code <<= 1)
    for (int s = 0; s < SYMBOLS; s++)
      if (depths[s] == depth) {
        unsigned turned = 0;
        for (int k = 0; k < depth; k++)
          turned |= (code >> k & 1) << (depth - 1 - k);
        codes[s] = (uint16_t)turned;
        code++;
      }
}

/* Which code follows: every depth is told in four bits. */
static void put_header(struct bits *bits, bool is_last, const uint8_t depths[SYMBOLS])
{
  put_bits(bits, is_last, 1);
  put_bits(bits, 2, 2);             /* codes of its own */
  put_bits(bits, SYMBOLS - 257, 5); /* all lengths */
  put_bits(bits, 0, 5);             /* one distance */
  put_bits(bits, 19 - 4, 4);
  for (int k = 0; k < 19; k++) /* the code of depths: 0..15 in four bits, repeats (first) unused */
    put_bits(bits, k < 3 ? 0 : 4, 3);
  for (int s = 0; s <= SYMBOLS; s++) {
    unsigned depth = s < SYMBOLS ? depths[s] : 1;
    put_bits(bits, (depth & 1) << 3 | (depth & 2) << 1 | (depth & 4) >> 1 | (depth & 8) >> 3, 4);
  }
}

static int symbol_of(unsigned token)
{
  return token > RUN ? 257 + run_symbol[token - RUN] : (int)token;
}

/* Bytes of a block as literals and runs of the byte before; their number. */
static size_t tokens_of(const uint8_t *bytes, size_t size, bool is_first, uint16_t *tokens)
{
  size_t count = 0, k = 0;
  if (is_first)
    tokens[count++] = bytes[k++];
  while (k < size) {
    size_t run = 0;
    while (run < RUN_MAX && k + run < size && bytes[k + run] == (bytes + k)[-1])
      run++;
    tokens[count++] = run >= RUN_MIN ? (uint16_t)(RUN + run) : bytes[k];
    k += run >= RUN_MIN ? run : 1;
  }
  return count;
}

static void put_block(struct bits *bits, const uint8_t *bytes, size_t size, bool is_first,
                      bool is_last, uint16_t *tokens)
{
  uint32_t counts[SYMBOLS] = {[END] = 1};
  uint16_t codes[SYMBOLS] = {0};
  uint8_t depths[SYMBOLS];
  size_t count = tokens_of(bytes, size, is_first, tokens);
  for (size_t k = 0; k < count; k++)
    counts[symbol_of(tokens[k])]++;
  while (tree_depths(counts, depths) > DEPTH_MAX)
    for (int s = 0; s < SYMBOLS; s++) /* flatter, until it is shallow enough */
      counts[s] = (counts[s] + 1) / 2;
  make_codes(depths, codes);
  put_header(bits, is_last, depths);
  for (size_t k = 0; k < count; k++) {
    int symbol = symbol_of(tokens[k]);
    put_bits(bits, codes[symbol], depths[symbol]);
    if (symbol > END) {
      int s = symbol - 257;
      put_bits(bits, (uint32_t)(tokens[k] - RUN - run_first[s]), run_bits[s]);
      put_bits(bits, 0, 1); /* distance 1 */
    }
  }
  put_bits(bits, codes[END], depths[END]);
}

static uint32_t adler(const uint8_t *bytes, size_t size)
{
  uint32_t a = 1, b = 0;
  for (size_t k = 0; k < size;) {
    for (size_t end = size - k < 5552 ? size : k + 5552; k < end; k++) {
      a += bytes[k];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b << 16 | a;
}

static void put_zlib(struct buf *out, const uint8_t *bytes, size_t size)
{
  struct bits bits = {.out = out};
  uint16_t *tokens = mem_alloc(BLOCK * sizeof *tokens);
  buf_add(out, "\x78\x01", 2);
  for (size_t at = 0; at < size; at += BLOCK) {
    size_t n = size - at < BLOCK ? size - at : BLOCK;
    put_block(&bits, bytes + at, n, at == 0, at + n == size, tokens);
  }
  flush_bits(&bits);
  put_big32(out, adler(bytes, size));
  free(tokens);
}

/* One row under a filter: minus the pixel before (1), the one above (2), or what of both and the
 * one between is nearest to left + above - between (4, Paeth). Three zeros stand before row and
 * above. The sum of the absolute differences tells how well it goes. */
LA_CLONES static int filter_row(const uint8_t *row, const uint8_t *above, int size, int filter,
                                uint8_t *out)
{
  int sum = 0;
  if (filter < 4) {
    const uint8_t *guess = filter == 1 ? row - 3 : above;
#pragma omp simd
    for (int k = 0; k < size; k++)
      out[k] = (uint8_t)(row[k] - guess[k]);
  } else {
#pragma omp simd
    for (int k = 0; k < size; k++) {
      int16_t left = row[k - 3], up = above[k], corner = above[k - 3];
      int16_t a = (int16_t)(up - corner), b = (int16_t)(left - corner), c = (int16_t)(a + b);
      a = (int16_t)(a < 0 ? -a : a);
      b = (int16_t)(b < 0 ? -b : b);
      c = (int16_t)(c < 0 ? -c : c);
      int16_t nearer = b <= c ? up : corner;
      out[k] = (uint8_t)(row[k] - (a <= b && a <= c ? left : nearer));
    }
  }
#pragma omp simd reduction(+ : sum)
  for (int k = 0; k < size; k++)
    sum += out[k] < 128 ? out[k] : 256 - out[k];
  return sum;
}

/* All rows, each behind the number of the filter that suits it best. */
static uint8_t *filter_rows(const struct picture *picture, size_t *size)
{
  static const uint8_t filters[] = {1, 2, 4};
  size_t width = 3 * (size_t)picture->width;
  uint8_t *all = mem_alloc((width + 1) * (size_t)picture->height), *to = all;
  uint8_t *scratch = mem_zero(3 * (width + 3), 1);
  uint8_t *row = scratch + 3, *above = row + width + 3, *trial = above + width + 3;
  for (int y = 0; y < picture->height; y++, to += width + 1) {
    int best = -1;
    memcpy(row, picture->rgb + (size_t)y * width, width);
    for (size_t f = 0; f < COUNT_OF(filters); f++) {
      int sum = filter_row(row, above, (int)width, filters[f], trial);
      if (best < 0 || sum < best) {
        best = sum;
        to[0] = filters[f];
        memcpy(to + 1, trial, width);
      }
    }
    memcpy(above, row, width);
  }
  *size = (size_t)(to - all);
  free(scratch);
  return all;
}

void picture_png(const struct picture *picture, struct buf *out)
{
  struct buf header = {0}, data = {0};
  size_t size;
  pthread_once(&tables_once, make_tables);
  uint8_t *rows = filter_rows(picture, &size);
  put_big32(&header, (uint32_t)picture->width);
  put_big32(&header, (uint32_t)picture->height);
  buf_add(&header, "\x08\x02\0\0\0", 5); /* 8 bits, RGB */
  put_zlib(&data, rows, size);
  buf_add(out, "\x89PNG\r\n\x1a\n", 8);
  put_chunk(out, "IHDR", header.data, header.size);
  put_chunk(out, "IDAT", data.data, data.size);
  put_chunk(out, "IEND", NULL, 0);
  buf_free(&header);
  buf_free(&data);
  free(rows);
}
