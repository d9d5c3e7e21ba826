/* neggen_settings.h - what can be asked of NegGen
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_NEGGEN_SETTINGS_H
#define MODEL_NEGGEN_SETTINGS_H

#include "model/model.h"

/* In the order of the choices of gen_loss (METHOD 5.10). */
enum gen_loss { GEN_LOSS_FREE, GEN_LOSS_SHARED, GEN_LOSS_SIGNED, GEN_LOSS_GROUNDED };

extern const struct setting_row neggen_settings[]; /* ends with a row whose name is NULL */
/* What was not given for the base is what its own model recommends; and the release is several
 * settings at once: its loss ranks against the generated negative alone, is unbounded, and its
 * sequences have length one. */
void neggen_follow(struct settings *settings);

#endif
