/* edit.h - change one attribute of a picture, and nothing else (METHOD 2.5, Pixels)
 *
 * An edit is compensated: the parameters of all five scalars are iterated until the
 * changed measure is inside its new class and the unmasked ones are back at their old
 * values. What is entailed by the change may follow. An edit that nobody would see goes
 * deeper into its class than it was asked to.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_EDIT_H
#define MEDIA_EDIT_H

#include "media/measure.h"

struct edit_result {
  struct picture picture;     /* same size as the original; owned */
  struct measure measure;     /* measured again on these 8-bit pixels */
  bool is_reached;            /* the key has its intended class */
  bool is_rest_kept;          /* what is neither changed nor entailed kept its class; composition
                                 is told in `moved`, but not counted: nothing edits it */
  unsigned moved;             /* bits of keys whose class changed */
  double difference;          /* mean CIE76 to the original */
};

/* Edit towards a class; strength in (0, 1]: how deep into it (1: its far side). The result is
 * filled in any case, so that a caller can tell why it does not pass. False when the key cannot be
 * edited (composition) or the class is the one it has. */
bool picture_edit(const struct picture *original, const struct measure *before,
                  const struct borders *borders, enum image_key key, int to_class, double strength,
                  struct edit_result *out);
/* METHOD C9: reached, rest kept, difference >= 6. */
bool edit_passes(const struct edit_result *result);
void edit_free(struct edit_result *result);

#endif
