/* worker.c - see worker.h
 * SPDX-License-Identifier: MIT */
#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct queue {
  struct task *first, *last;
};

struct lane {
  struct worker *worker;
  pthread_t thread;
  struct store *store;
  struct queue waiting;
  struct task *running;
};

struct worker {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  struct lane lanes[2]; /* reading, writing */
  struct queue finished;
  int event;
  bool is_stopping;
};

static void push(struct queue *queue, struct task *task)
{
  task->next = NULL;
  if (queue->last)
    queue->last->next = task;
  else
    queue->first = task;
  queue->last = task;
}

static struct task *pop(struct queue *queue)
{
  struct task *task = queue->first;
  if (task) {
    queue->first = task->next;
    if (!queue->first)
      queue->last = NULL;
  }
  return task;
}

static void free_task(struct task *task)
{
  if (task->free_it)
    task->free_it(task);
  else
    free(task);
}

static void *run_lane(void *argument)
{
  struct lane *lane = argument;
  struct worker *worker = lane->worker;
  struct decoder *decoder = decoder_new();
  pthread_mutex_lock(&worker->lock);
  for (;;) {
    while (!lane->waiting.first && !worker->is_stopping)
      pthread_cond_wait(&worker->wake, &worker->lock);
    if (!lane->waiting.first)
      break;
    struct task *task = lane->running = pop(&lane->waiting);
    pthread_mutex_unlock(&worker->lock);
    store_refresh(lane->store, NULL);
    task->work(task, lane->store, decoder);
    pthread_mutex_lock(&worker->lock);
    lane->running = NULL;
    push(&worker->finished, task);
    uint64_t one = 1;
    ssize_t ignored = write(worker->event, &one, sizeof one);
    (void)ignored;
  }
  pthread_mutex_unlock(&worker->lock);
  decoder_free(decoder);
  return NULL;
}

struct worker *worker_start(const char *workspace, struct err *err)
{
  struct worker *worker = mem_zero(1, sizeof *worker);
  pthread_mutex_init(&worker->lock, NULL);
  pthread_cond_init(&worker->wake, NULL);
  worker->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  worker->lanes[0].store = store_open(workspace, STORE_READ, err);
  worker->lanes[1].store = worker->lanes[0].store ? store_open(workspace, STORE_WRITE, err) : NULL;
  if (!worker->lanes[1].store) {
    store_close(worker->lanes[0].store);
    close(worker->event);
    free(worker);
    return NULL;
  }
  sigset_t all, old; /* signals are the terminal thread's */
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  for (int k = 0; k < 2; k++) {
    worker->lanes[k].worker = worker;
    pthread_create(&worker->lanes[k].thread, NULL, run_lane, &worker->lanes[k]);
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return worker;
}

void worker_stop(struct worker *worker)
{
  if (!worker)
    return;
  worker_cancel_reads(worker);
  pthread_mutex_lock(&worker->lock);
  worker->is_stopping = true;
  pthread_cond_broadcast(&worker->wake);
  pthread_mutex_unlock(&worker->lock);
  for (int k = 0; k < 2; k++) {
    pthread_join(worker->lanes[k].thread, NULL);
    store_close(worker->lanes[k].store);
  }
  for (struct task *task; (task = pop(&worker->finished)) != NULL;)
    free_task(task);
  close(worker->event);
  pthread_mutex_destroy(&worker->lock);
  pthread_cond_destroy(&worker->wake);
  free(worker);
}

int worker_fd(const struct worker *worker) { return worker->event; }

static void enqueue(struct worker *worker, int lane, struct task *task)
{
  pthread_mutex_lock(&worker->lock);
  push(&worker->lanes[lane].waiting, task);
  pthread_cond_broadcast(&worker->wake);
  pthread_mutex_unlock(&worker->lock);
}

void worker_read(struct worker *worker, struct task *task) { enqueue(worker, 0, task); }
void worker_write(struct worker *worker, struct task *task) { enqueue(worker, 1, task); }

void worker_cancel_reads(struct worker *worker)
{
  struct queue dropped;
  pthread_mutex_lock(&worker->lock);
  dropped = worker->lanes[0].waiting;
  worker->lanes[0].waiting = (struct queue){0};
  if (worker->lanes[0].running)
    store_interrupt(worker->lanes[0].store);
  pthread_mutex_unlock(&worker->lock);
  for (struct task *task; (task = pop(&dropped)) != NULL;)
    free_task(task);
}

void worker_collect(struct worker *worker, struct ui *ui)
{
  uint64_t count;
  ssize_t ignored = read(worker->event, &count, sizeof count);
  (void)ignored;
  pthread_mutex_lock(&worker->lock);
  struct queue finished = worker->finished;
  worker->finished = (struct queue){0};
  pthread_mutex_unlock(&worker->lock);
  for (struct task *task; (task = pop(&finished)) != NULL;) {
    task->done(task, ui);
    free_task(task);
  }
}

bool worker_is_idle(struct worker *worker)
{
  pthread_mutex_lock(&worker->lock);
  bool is_idle = !worker->finished.first;
  for (int k = 0; k < 2; k++)
    is_idle = is_idle && !worker->lanes[k].waiting.first && !worker->lanes[k].running;
  pthread_mutex_unlock(&worker->lock);
  return is_idle;
}
