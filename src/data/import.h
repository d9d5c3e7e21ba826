/* import.h - a source becomes the catalogue of a workspace
 *
 * Everything is read and checked before the workspace is touched, and becomes visible at
 * once at the end; a failure leaves all as it was. Settings of the split and the filters
 * are kept with the catalogue and hold for the next import unless it says otherwise.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_IMPORT_H
#define DATA_IMPORT_H

#include "base/progress.h"
#include "data/source.h"
#include "store/catalogue.h"
#include "store/interaction.h"

enum { IMPORT_SEED = 42 };

struct import_options {
  struct source_request source;
  bool is_replacing, is_dry_run;
  double min_rating; /* NAN: as before */
  int k_core;        /* -1: as before */
  const char *split; /* random, time, given; NULL: given where there are labels, else as before */
  int64_t seed;      /* of the random split; -1: as before */
  enum progress_mode progress;
  bool (*is_cancelled)(void);
};

/* How reading the pictures went. */
struct picture_report {
  int64_t read, same; /* decoded now; unchanged since the last import */
  int64_t missing, failed;
  int64_t unused; /* files that belong to no item */
  char *reasons[BAD_ROWS_SHOWN];
};

struct import_report {
  struct catalogue_report catalogue;
  struct picture_report pictures;
  struct store_counts counts; /* afterwards */
  int64_t phases[PHASES], dropped;
  int64_t unlabelled; /* with a given split: rows without a label, trained on */
  char *split;
  int64_t seed;
  double min_rating;
  int k_core;
  bool ignores_labels; /* the source has x_label, and another split was asked for */
  double seconds;
};

/* Import an open source. The report is to be freed in any case. */
bool import_run(const char *workspace, struct source *source, const struct import_options *options,
                struct import_report *report, struct err *err);
void import_report_free(struct import_report *report);

#endif
