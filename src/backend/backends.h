/* backends.h - the operations of each backend, for the table
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_BACKENDS_H
#define BACKEND_BACKENDS_H

#include "backend/backend.h"

extern const struct backend_ops batch_ops, offline_ops, openai_ops, replay_ops;

#endif
