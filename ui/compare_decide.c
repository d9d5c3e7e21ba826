/* compare_decide.c - accept, reject, take back, and go to what waits
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "compare.h"

static struct compare *state_of(const struct ui *ui) { return ui_state(ui, &compare_view); }

struct decision_task {
  struct task task;
  int64_t negative; /* 0: undo */
  enum decision decision;
  char *curator;
  bool ok;
  int64_t undone, next;
  char *next_item;
  struct err err;
};

static void decision_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct decision_task *decide = (struct decision_task *)(void *)task;
  (void)decoder;
  if (!decide->negative) {
    decide->ok = verdict_undo(store, decide->curator, &decide->undone, &decide->err);
    struct negative *negative =
      decide->ok && decide->undone ? negative_load(store, decide->undone, &decide->err) : NULL;
    if (negative) {
      decide->next = decide->undone;
      decide->next_item = mem_strdup(negative->item);
    }
    negative_free(negative);
    return;
  }
  decide->ok = verdict_add(store, decide->negative, decide->curator, decide->decision, NULL, NULL,
                           &decide->err);
  if (decide->ok)
    decide->next = negative_waiting(store, decide->negative, 1, &decide->next_item, &decide->err);
}

static void decision_free_task(struct task *task)
{
  struct decision_task *decide = (struct decision_task *)(void *)task;
  free(decide->curator);
  free(decide->next_item);
  free(decide);
}

static void decision_done(struct task *task, struct ui *ui)
{
  struct decision_task *decide = (struct decision_task *)(void *)task;
  struct compare *compare = state_of(ui);
  compare->is_deciding = false;
  if (!decide->ok) {
    ui_complain(ui, "%s", decide->err.text);
    return;
  }
  ui_load_counts(ui);
  if (!decide->negative && !decide->undone) {
    ui_say(ui, "%s has nothing to take back", decide->curator);
    return;
  }
  ui->has_worked = true;
  if (decide->negative)
    ui_say(ui, "%s%s", decision_names[decide->decision],
           decide->next ? "" : "; no other negative waits after this one");
  else
    ui_say(ui, "taken back");
  if (decide->next)
    compare_show(ui, decide->next_item, decide->next);
  else
    compare_load(ui, compare, 0);
}

void compare_decide(struct ui *ui, struct compare *compare, enum decision decision)
{
  const struct negative *negative = compare_candidate(compare);
  if (compare->is_deciding)
    return; /* the one before is not written yet */
  struct decision_task *task = mem_zero(1, sizeof *task);
  task->task = (struct task){.work = decision_work, .done = decision_done,
                             .free_it = decision_free_task};
  task->negative = decision == DECISION_NONE ? 0 : negative->id;
  task->decision = decision;
  task->curator = mem_strdup(ui->cli->curator);
  compare->is_deciding = true;
  worker_write(ui->worker, &task->task);
}

struct waiting_task {
  struct task task;
  int64_t from, found;
  int direction;
  char *item;
  struct err err;
};

static void waiting_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct waiting_task *waiting = (struct waiting_task *)(void *)task;
  (void)decoder;
  waiting->found = negative_waiting(store, waiting->from, waiting->direction, &waiting->item,
                                    &waiting->err);
}

static void waiting_free_task(struct task *task)
{
  struct waiting_task *waiting = (struct waiting_task *)(void *)task;
  free(waiting->item);
  free(waiting);
}

static void waiting_done(struct task *task, struct ui *ui)
{
  struct waiting_task *waiting = (struct waiting_task *)(void *)task;
  if (waiting->found)
    compare_show(ui, waiting->item, waiting->found);
  else
    ui_say(ui, waiting->direction > 0 ? "no negative waits after this one"
                                      : "no negative waits before this one");
}

void compare_find_waiting(struct ui *ui, const struct compare *compare, int direction)
{
  const struct negative *negative = compare_candidate(compare);
  struct waiting_task *waiting = mem_zero(1, sizeof *waiting);
  waiting->task = (struct task){.work = waiting_work, .done = waiting_done,
                                .free_it = waiting_free_task};
  waiting->from = negative ? negative->id : 0;
  waiting->direction = direction;
  worker_read(ui->worker, &waiting->task);
}
