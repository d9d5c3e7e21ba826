/* decode.h - what the decoder and its process say to each other
 *
 * A request is its size and that many bytes of an image file. The answer is a struct
 * decode_reply and `size` bytes: pixels [height][width][3] when it is well, else the
 * reason. Both ends run on one machine: host byte order.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_DECODE_H
#define MEDIA_DECODE_H

#include <stdint.h>

enum {
  DECODE_BYTES_MAX = 64 << 20,      /* of an image file */
  DECODE_PIXELS_MAX = 50 * 1000000, /* width * height */
  DECODE_SECONDS_MAX = 10,          /* for one picture */
  DECODE_SECONDS_PROCESS = 60,      /* after that much work a process is replaced */
};

struct decode_reply {
  uint32_t is_well;
  uint32_t width, height;
  uint32_t size;
};

#endif
