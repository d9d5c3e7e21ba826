/* export.h - the features of a catalogue as matrices that an import takes again
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_EXPORT_H
#define ENCODE_EXPORT_H

#include "base/intern.h"
#include "store/item.h"

struct features_report {
  int64_t rows[MODALITIES]; /* 0: no matrix, no item has that modality */
  int columns[MODALITIES];
  bool has_negatives[MODALITIES];
};

/* Write NAME.npy and NAME.ids for each modality that an item has, as the trainer takes them (divided by
 * their RMS), and NAME-negatives.npy when a negative moved; keys: of the items in their order. */
bool features_export(struct store *store, const char *folder, const struct intern *keys,
                     struct features_report *report, struct err *err);

#endif
