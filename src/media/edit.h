/* edit.h - change one attribute of a picture, and nothing else (METHOD 2.5, Pixels)
 *
 * An edit is compensated: the parameters of all five scalars are iterated until the
 * changed measure is inside its new class and the unmasked ones are back at their old
 * values. What is entailed by the change may follow. An edit that nobody would see goes
 * deeper into its class than it was asked to. Who edits one picture several ways uses an easel.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_EDIT_H
#define MEDIA_EDIT_H

#include "media/canvas.h"

struct edit_result {
  struct picture picture;     /* same size as the original; owned */
  struct measure measure;     /* measured again on these 8-bit pixels */
  bool is_reached;            /* the key has its intended class */
  bool is_rest_kept;          /* what is neither changed nor entailed kept its class */
  unsigned moved;             /* bits of keys whose class changed */
  double difference;          /* mean CIE76 to the original */
};

/* What an edit is after. */
struct edit_goal {
  enum image_key key;
  int to_class;
  struct measure before;
  struct borders borders;
  double strength;              /* as deep as it must go to be seen */
  double target[IMAGE_SCALARS]; /* NAN: may follow */
};

/* The inverse Jacobian of knobs by measures, as it is known so far, and the best knobs. */
struct edit_solver {
  double inverse[IMAGE_SCALARS][IMAGE_SCALARS];
  double last[IMAGE_SCALARS], step[IMAGE_SCALARS]; /* measures before, and the knobs' step since */
  struct knobs knobs;
};

/* An edit: sketched on the planes that are measured, then finished on all pixels. */
struct edit {
  enum image_key key;
  int to_class;
  double strength;           /* in (0, 1]: how deep into the class (1: its far side) */
  struct edit_result sketch; /* without a picture */
  struct edit_result result; /* once it is finished */
  bool is_finished;
  double note;               /* of who asked for the sketch; NAN at first */
  struct edit_goal goal;
  struct edit_solver solver;
  struct recolor recolor;
};

/* False when the key cannot be edited (composition) or the class is the one it has. */
bool edit_is_possible(const struct measure *before, const struct borders *borders,
                      enum image_key key, int to_class);
/* Find how, on a small canvas (canvas.h); its edited planes are the sketch. Both results are filled
 * in any case, so that a caller can tell why they do not pass. */
void edit_sketch(struct canvas *small, const struct measure *before, const struct borders *borders,
                 enum image_key key, int to_class, double strength, struct edit *out);
/* Do it on the whole canvas of the same picture. */
void edit_finish(struct canvas *whole, struct edit *edit);
/* Both at once, of a picture that is edited once. False when it is not possible. */
bool picture_edit(const struct picture *original, const struct measure *before,
                  const struct borders *borders, enum image_key key, int to_class, double strength,
                  struct edit_result *out);
/* METHOD C9: reached, rest kept, difference >= 6. */
bool edit_passes(const struct edit_result *result);
void edit_free(struct edit_result *result);

#endif
