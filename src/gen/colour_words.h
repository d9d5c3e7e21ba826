/* colour_words.h - colours by name: how far two are apart, and which hue family they are of
 * SPDX-License-Identifier: MIT */
#ifndef GEN_COLOUR_WORDS_H
#define GEN_COLOUR_WORDS_H

/* CIE76 distance of two named colours; -1 when one is no colour name. */
double colour_distance(const char *a, const char *b);
/* The class of IMAGE_COLOR that a phrase such as "deep navy blue" means; -1 when it names none. */
int colour_class(const char *phrase);

#endif
