/* bench_catalogue.h - something to train on: of a workspace, or made up
 * SPDX-License-Identifier: MIT */
#ifndef CLI_BENCH_CATALOGUE_H
#define CLI_BENCH_CATALOGUE_H

#include "cli/bench.h"
#include "data/dataset.h"
#include "encode/features.h"

/* Made up: few of the items are popular, one pair in ten is held out beside those to train on. */
bool bench_catalogue(const struct bench_request *request, struct dataset *data, struct err *err);
/* Vectors of the widths asked for, random, every item with a negative. features_free. */
void bench_features(const struct bench_request *request, const struct dataset *data,
                    struct features *features);

#endif
