/* utf8.h - text from outside, made safe and measured (utf8proc)
 *
 * Item text, model output and server messages are hostile: no control byte, no
 * bidi override and no invalid sequence may reach a terminal. Everything shown
 * passes utf8_clean once.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text, size_t size);
/* Where the first byte stands that belongs to no character; size when there is none. */
size_t utf8_valid_size(const char *text, size_t size);
/* The bytes of a character, into out [4]: their number. */
size_t utf8_put(int character, char *out);
/* A copy fit for a terminal or a prompt: valid UTF-8, NFC; tab and line feed become a blank (or
 * stay when keep_lines), other control characters, bidi and tag characters are dropped, bad bytes become
 * U+FFFD, at most three combining marks follow one character. The caller frees. */
char *utf8_clean(const char *text, bool keep_lines);
/* Columns of a clean text. */
int utf8_width(const char *text);
/* Bytes of the longest prefix of clean text that ends at a grapheme border within columns;
 * *used (may be NULL) gets its width. */
size_t utf8_fit(const char *text, int columns, int *used);
/* The next grapheme: its bytes; *width (may be NULL) its columns. 0 at the end. */
size_t utf8_next(const char *text, int *width);
/* Case-folded NFKC copy, for comparison. The caller frees. */
char *utf8_fold(const char *text);
/* METHOD 2.2 norm(): fold, Unicode spaces to one blank, trim, no final punctuation. Caller frees. */
char *utf8_norm(const char *text);

#endif
