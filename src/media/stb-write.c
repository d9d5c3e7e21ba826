/* stb-write.c - the implementation of stb_image_write, compiled by itself
 *
 * Its JPEG writer shifts bits into the sign of an int, which gcc defines and UBSan
 * reports; so it is built without that check, in an archive of its own.
 * SPDX-License-Identifier: MIT */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>
