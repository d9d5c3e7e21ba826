/* easel.h - one picture at work: measured once, its edits remembered
 *
 * The templates, the drawing and the checks ask about one picture in a row, and an edit costs
 * milliseconds. Sketches are cheaper than edits of all pixels: many are made to choose from, and
 * what was chosen is finished.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_EASEL_H
#define MEDIA_EASEL_H

#include "media/edit.h"

struct easel;

/* borders may be NULL: then it is only measured. The picture stays the caller's, and unchanged. */
struct easel *easel_new(const struct picture *picture, const struct borders *borders);
void easel_free(struct easel *easel); /* NULL is fine */
const struct picture *easel_picture(const struct easel *easel);
const struct measure *easel_measure(struct easel *easel);

/* The sketch of an edit, made now or before; NULL when it is not possible (edit.h). The easel keeps it.
 * A new one has no note yet, and easel_planes are its: who asks may note what they say. */
struct edit *easel_sketch(struct easel *easel, enum image_key key, int to_class, double strength);
/* The 128 x 128 planes of the newest sketch. */
const struct lab *easel_planes(const struct easel *easel);
/* The same with its result on all pixels. */
const struct edit *easel_edit(struct easel *easel, enum image_key key, int to_class,
                              double strength);

#endif
