/* model.h - what can be trained: one table of models, one file a model
 *
 * A model is a few tensors and the code that makes, from a batch of (user, item, other),
 * their gradients. It ends as a vector for every user and item, whose inner product ranks.
 * The trainer knows no model by name: it walks through the model's stages (a stage has its
 * own settings and may start from the best of an earlier one), and hands the tensors to the
 * optimiser and to checkpoints as they are.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/setting.h"
#include "data/dataset.h"
#include "encode/features.h"
#include "engine/pull.h"
#include "eval/influence.h"
#include "eval/rank.h"
#include "la/lazy_adam.h"
#include "model/bpr.h"

#define MODELS(_) \
  _(popular)      \
  _(mf)           \
  _(lightgcn)     \
  _(vbpr)         \
  _(neggen)

enum { TENSORS_MAX = 24, PARTS_MAX = 12, STAGES_MAX = 8 };

/* value, gradient, and the moments of Adam; best: the value after the stage's best epoch. kept: the
 * best of the stage that later ones start from; NULL for tensors that no later stage takes over. */
struct tensor {
  const char *name;
  int64_t rows, cols;
  real *value, *grad, *first, *second, *best, *kept;
  /* Of a table of which some steps use few rows; else NULL. moved: the step up to which each row has
   * moved; touched: the rows that the last step used and has gradients of (NULL: all). */
  int32_t *moved;
  const struct scatter *touched;
  bool has_moved; /* in the step under way, by the model */
  bool moves_itself; /* by the model's own steps, not by Adam; `second` may be anything then */
};

enum model_needs {
  NEEDS_NOTHING,
  NEEDS_FEATURES = 1,  /* of items */
  NEEDS_NEGATIVES = 2, /* and those of their negatives */
};

/* A part of the loss, or a number that is watched. */
struct part_row {
  const char *name; /* NULL: none, or an inner sum that is not shown */
  int per;          /* index of the part it is divided by; -1: the number of pairs */
};

enum stage_flags {
  STAGE_FROM_KEPT = 1, /* start from `kept` instead of new tables */
  STAGE_CONTROL = 2,   /* trained for comparison; is not the model */
  STAGE_AS_LONG = 4,   /* as many epochs as the model's own stage took */
  STAGE_BASE_ONLY = 8,      /* trains the base's tensors only */
};

struct stage_row {
  const char *name, *help;
  const char *lr, *epochs, *patience; /* names of settings */
  unsigned flags;
  const char *keep; /* a setting best|last: which epoch is kept; NULL: the best by Recall@20 on validation */
};

struct model;

struct model_ops {
  const char *name, *help;
  unsigned needs;
  const struct setting_row *settings;
  const struct stage_row *stages; /* ends with a row whose name is NULL */
  const struct part_row *parts;   /* [PARTS_MAX] of every step */
  /* Settings that were not given and follow from others; may be NULL. */
  void (*follow)(struct settings *settings);
  /* Allocate; the tensors' values are set by begin. */
  bool (*open)(struct model *model, struct err *err);
  void (*close)(struct model *model);
  /* Make ready for a stage, at its start and when it is resumed; touches no tensor. May be NULL. */
  void (*prepare)(struct model *model, int stage);
  /* At its start: values of the tensors that begin anew, from the model's seed. */
  void (*begin)(struct model *model, int stage);
  /* Gradients of the mean loss; the loss. Sums over the batch are added to parts. */
  double (*step)(struct model *model, int stage, const struct batch *batch, double *parts);
  /* Vectors by the present values; valid until the next call of any op. */
  void (*embed)(struct model *model, int stage, struct embedding *out);
  /* The same without what the model adds to its base; NULL: it adds nothing. */
  void (*embed_base)(struct model *model, struct embedding *out);
  /* After embed, whose vectors stay: the parts of the item side that its module makes. False, or NULL:
   * it tells no modalities apart. */
  bool (*effects)(struct model *model, struct effects *out);
  /* Numbers of its own about the trained model, after embed; may be NULL. */
  void (*diagnose)(struct model *model, cJSON *out);
};

struct model {
  const struct model_ops *ops;
  const struct dataset *data;
  const struct features *features; /* NULL unless needed */
  const struct pulls *pulls;       /* NULL unless model_pulls */
  const struct settings *settings;
  uint64_t seed;
  double lr;    /* of the step under way, and its number in the stage, from 1: for tensors */
  int64_t step; /* that are moved late */
  int tensor_count, base_tensors; /* the first so many belong to the base */
  struct tensor tensors[TENSORS_MAX];
  void *state;
};

#define MODEL_DECLARE(name) extern const struct model_ops model_##name;
MODELS(MODEL_DECLARE)
extern const struct model_ops *const models[]; /* ends with NULL */
#define MODEL_BAR_NAME(name) "|" #name
#define MODEL_NAMES ((MODELS(MODEL_BAR_NAME)) + 1) /* "popular|mf|..." */

const struct model_ops *model_named(const char *name); /* NULL when there is none */
/* Does a model with these settings ask which way a negative pulls a user? */
bool model_pulls(const struct settings *settings);
/* data, features, pulls and settings must outlive the model. */
bool model_open(struct model *model, const struct model_ops *ops, const struct dataset *data,
                const struct features *features, const struct pulls *pulls,
                const struct settings *settings, uint64_t seed, struct err *err);
void model_close(struct model *model);

/* For the models. A tensor is zero until it is filled. */
struct tensor *model_tensor(struct model *model, const char *name, int64_t rows, int64_t cols);
void model_keeps(struct tensor *tensor); /* has a `kept` */
void model_moves_late(struct tensor *tensor); /* has a `moved` */
/* For a step that uses these rows only: they stand where the step before left them, and their gradients
 * are 0 (without is_adding: anything). `rows` must last until the next step. */
void tensor_touch(const struct model *model, struct tensor *tensor, const struct scatter *rows,
                  bool is_adding);
/* Every row stands where the step left it. */
void tensor_settle(const struct model *model, struct tensor *tensor);
/* The step under way moves the tensor by its gradient, unless it has moved. */
void tensor_move(const struct model *model, struct tensor *tensor);
/* The tensor, of which a step uses few rows, for the optimiser. */
struct lazy_table tensor_lazily(const struct tensor *tensor);
/* Rows first .. first + rows - 1 from uniform(-bound, bound), or from N(0, sd^2). Each tensor has a
 * stream of its own; `part` tells parts of one tensor apart. */
void tensor_uniform(const struct model *model, struct tensor *tensor, int part, int64_t first,
                    int64_t rows, double bound);
void tensor_normal(const struct model *model, struct tensor *tensor, int part, int64_t first,
                   int64_t rows, double sd);

/* Settings that several models have. */
#define SETTING_DIM {"dim", SETTING_INT, "64", 4, 512, NULL, "length of the vectors of users and items"}
#define SETTING_BATCH {"batch", SETTING_INT, "2048", 1, 65536, NULL, "training pairs in a step"}
#define SETTING_LR(value) {"lr", SETTING_REAL, value, 1e-6, 1, NULL, "step length of Adam"}
#define SETTING_RHO(value) {"rho", SETTING_REAL, value, 0, 10, NULL, "weight of the L2 of a batch's vectors"}
#define SETTING_L2 {"l2", SETTING_CHOICE, "sq", 0, 0, "fro|sq", \
  "squared norms (sq), or norms as MMRec has them (fro); rho means another thing with each"}
#define SETTING_EPOCHS {"epochs", SETTING_INT, "1000", 1, 100000, NULL, "stop after so many epochs"}
#define SETTING_PATIENCE {"patience", SETTING_INT, "20", 1, 100000, NULL, \
  "stop when so many epochs brought no better Recall@20 on validation"}
#define SETTING_LAYERS {"layers", SETTING_INT, "2", 1, 8, NULL, "hops of propagation over the graph"}

#endif
