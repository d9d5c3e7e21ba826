/* profile.h - where a value stands in the space of users
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_PROFILE_H
#define ENGINE_PROFILE_H

#include "engine/statistics.h"

/* The items' vectors: [items, PROFILE_DIM], the left singular vectors 2 .. 65 of the
 * degree-normalised training incidence. Fewer where the rank is less: the rest is 0. The caller
 * frees. */
float *item_vectors(const struct statistics *statistics);
/* The mean of a value's items' vectors, brought to length 1: [values, PROFILE_DIM]. The caller
 * frees. */
float *profiles_of_values(const struct statistics *statistics);

#endif
