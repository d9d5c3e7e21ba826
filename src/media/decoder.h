/* decoder.h - image files become pixels in a process that may do nothing else
 *
 * stb_image reads hostile bytes in `neggen-decode`, a tiny program under a strict
 * seccomp list and resource limits; it gets bytes through a pipe and answers with
 * pixels. It may die alone: the decoder starts another one for the next picture.
 * PNG, JPEG, GIF (first frame), BMP; EXIF rotation of JPEG applied; WebP and AVIF
 * are refused by name. A decoder belongs to one thread, in a process that ignores SIGPIPE.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_DECODER_H
#define MEDIA_DECODER_H

#include <stddef.h>

#include "media/picture.h"

struct decoder;

/* The program is started at the first picture. Never NULL. */
struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder); /* NULL is fine */
/* Decode bytes; `what` names them in errors. EX_DATAERR: "what: is truncated", "is not a picture we
 * read (PNG, JPEG, GIF, BMP)", "is 20000x20000 pixels, more than 50 million", ... */
bool decoder_read(struct decoder *decoder, const void *bytes, size_t size, const char *what,
                  struct picture *out, struct err *err);
/* The same from a file; hash_hex (65 bytes, or NULL) gets the SHA-256 of its bytes, size_bytes
 * (or NULL) their number, also when they cannot be decoded. EX_NOINPUT when the file cannot be
 * read. */
bool decoder_read_file(struct decoder *decoder, const char *path, struct picture *out,
                       char *hash_hex, int64_t *size_bytes, struct err *err);

#endif
