/* record.h - answers out of the record of exchanges
 *
 * An exchange is kept as it was received, a stream as a stream: what it is good for is
 * judged anew each time it is read, by the same words as when it arrived.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_RECORD_H
#define BACKEND_RECORD_H

#include "backend/chat.h"
#include "backend/completion.h"

/* What has arrived is all: its end becomes the answer's. */
void record_judge(struct completion *completion, int max_tokens, struct answer *answer);
/* Another status than 200, and what it says. The sentence has no address. */
void record_refusal(int status, const char *body, struct answer *answer);
/* A body of status 200, at once; what is there already of the answer is kept. */
void record_body(const char *body, int max_tokens, struct answer *answer);
/* The same as the answer to a question; false when it is none: not ok, and not by the
 * model's fault. */
bool record_read(const char *reply, const struct chat *chat, struct answer *answer);
/* The newest useful answer that the workspace has to a question. */
bool record_find(struct store *store, const struct chat *chat, struct answer *answer);

#endif
