/* decode-main.c - neggen-decode: bytes of an image file in, pixels out, and nothing else
 *
 * It reads what strangers made, so it gives up everything first: no environment (from
 * its parent), no files, limits on memory and time, and a list of eight system calls,
 * reading from stdin and writing to stdout only. Anything else kills it, which costs
 * one picture. Started by decoder.c; not for people.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_GIF
#define STBI_ONLY_BMP
#define STBI_MAX_DIMENSIONS DECODE_PIXELS_MAX
#include "media/decode.h"
#include <stb/stb_image.h>

#include "media/container.h"

static void limit(int resource, rlim_t value)
{
  struct rlimit both = {value, value};
  setrlimit(resource, &both);
}

static void limit_resources(void)
{
#ifndef HAVE_SANITIZERS /* ASan maps terabytes that it never touches */
  limit(RLIMIT_AS, (rlim_t)2 << 30);
#endif
  limit(RLIMIT_CPU, DECODE_SECONDS_PROCESS + 2 * DECODE_SECONDS_MAX);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_NOFILE, 3);
  prctl(PR_SET_DUMPABLE, 0);
}

/* ASan and UBSan need more calls than are worth listing: their build runs under limits only. */
#if defined(HAVE_SECCOMP) && !defined(HAVE_SANITIZERS)
static bool enter_sandbox(void)
{
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (!filter)
    return false;
  int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1, SCMP_A0(SCMP_CMP_EQ, 0));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, 1));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(munmap), 0);
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mremap), 0);
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(brk), 0);
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(exit), 0);
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 0);
  failed |= seccomp_load(filter);
  seccomp_release(filter);
  return !failed;
}
#else
static bool enter_sandbox(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }
#endif

/* All of `size` bytes; false at the end of input. */
static bool read_all(void *data, size_t size)
{
  for (size_t done = 0; done < size;) {
    ssize_t n = read(STDIN_FILENO, (char *)data + done, size - done);
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

static void write_all(const void *data, size_t size)
{
  for (size_t done = 0; done < size;) {
    ssize_t n = write(STDOUT_FILENO, (const char *)data + done, size - done);
    if (n <= 0)
      _exit(EXIT_FAILURE);
    done += (size_t)n;
  }
}

static void refuse(const char *reason)
{
  struct decode_reply reply = {.size = (uint32_t)strlen(reason)};
  write_all(&reply, sizeof reply);
  write_all(reason, reply.size);
}

/* Transparent pixels over white, in place: [n][4] to [n][3]. */
static void flatten(uint8_t *pixels, size_t n)
{
  for (size_t k = 0; k < n; k++) {
    unsigned alpha = pixels[4 * k + 3];
    for (size_t c = 0; c < 3; c++)
      pixels[3 * k + c] = (uint8_t)((pixels[4 * k + c] * alpha + 255 * (255 - alpha) + 127) / 255);
  }
}

/* Upright pixels for an EXIF orientation 2..8, in new memory; *width and *height may swap. */
static uint8_t *turn(const uint8_t *pixels, int orientation, int *width, int *height)
{
  int w = *width, h = *height;
  bool is_swapped = orientation >= 5;
  bool flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  bool flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  *width = is_swapped ? h : w;
  *height = is_swapped ? w : h;
  uint8_t *out = malloc((size_t)w * (size_t)h * 3);
  if (!out)
    return NULL;
  for (int y = 0; y < *height; y++)
    for (int x = 0; x < *width; x++) {
      int from_x = is_swapped ? y : x, from_y = is_swapped ? x : y;
      from_x = flips_x ? w - 1 - from_x : from_x;
      from_y = flips_y ? h - 1 - from_y : from_y;
      memcpy(out + ((size_t)y * (size_t)*width + (size_t)x) * 3,
             pixels + ((size_t)from_y * (size_t)w + (size_t)from_x) * 3, 3);
    }
  return out;
}

static const char too_much_memory[] = "needs more memory than a picture may take";

/* NULL when the file may be decoded, else why not. */
static const char *objection(const uint8_t *bytes, size_t size, int *channels)
{
  static char text[120];
  enum container container = container_of(bytes, size);
  int64_t width, height;
  int w, h;
  if (container > CONTAINER_DECODED) {
    snprintf(text, sizeof text, "is %s, which we do not read; convert it to PNG or JPEG",
             container_name(container));
    return text;
  }
  if (container == CONTAINER_UNKNOWN)
    return "is not a picture we read (PNG, JPEG, GIF, BMP)";
  if (container_dimensions(container, bytes, size, &width, &height) &&
      (width > DECODE_PIXELS_MAX || height > DECODE_PIXELS_MAX ||
       width * height > DECODE_PIXELS_MAX)) {
    snprintf(text, sizeof text, "is %lldx%lld pixels, more than 50 million", (long long)width,
             (long long)height);
    return text;
  }
  if (!container_is_whole(container, bytes, size))
    return "is truncated";
  if (!stbi_info_from_memory(bytes, (int)size, &w, &h, channels)) {
    snprintf(text, sizeof text, "is a damaged %s, or of a kind we do not read",
             container_name(container));
    return text;
  }
  return NULL;
}

static void answer(const uint8_t *bytes, size_t size)
{
  int width, height, channels;
  const char *reason = objection(bytes, size, &channels);
  if (reason) {
    refuse(reason);
    return;
  }
  int wanted = channels == 2 || channels == 4 ? 4 : 3;
  uint8_t *pixels = stbi_load_from_memory(bytes, (int)size, &width, &height, &channels, wanted);
  if (!pixels) {
    char text[120];
    snprintf(text, sizeof text, "is a damaged picture (%s)", stbi_failure_reason());
    refuse(strcmp(stbi_failure_reason(), "outofmem") == 0 ? too_much_memory : text);
    return;
  }
  if (wanted == 4)
    flatten(pixels, (size_t)width * (size_t)height);
  int orientation = jpeg_orientation(bytes, size);
  if (container_of(bytes, size) == CONTAINER_JPEG && orientation > 1) {
    uint8_t *upright = turn(pixels, orientation, &width, &height);
    free(pixels);
    pixels = upright;
  }
  if (pixels) {
    struct decode_reply reply = {1, (uint32_t)width, (uint32_t)height,
                                 (uint32_t)width * (uint32_t)height * 3};
    write_all(&reply, sizeof reply);
    write_all(pixels, reply.size);
  } else {
    refuse(too_much_memory);
  }
  free(pixels);
}

int main(void)
{
  limit_resources();
  if (!enter_sandbox())
    return EXIT_FAILURE;
  uint64_t size;
  while (read_all(&size, sizeof size)) {
    uint8_t *bytes = size > 0 && size <= DECODE_BYTES_MAX ? malloc(size) : NULL;
    if (!bytes || !read_all(bytes, size))
      return EXIT_FAILURE;
    answer(bytes, size);
    free(bytes);
  }
  return EXIT_SUCCESS;
}
