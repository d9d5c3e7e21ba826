/* activity.h - what is under way in the workspace, in a few words for the header
 * SPDX-License-Identifier: MIT */
#ifndef UI_ACTIVITY_H
#define UI_ACTIVITY_H

struct loop;

enum { ACTIVITY_MOST = 6 };

struct activity {
  char *text; /* "generating 59 of 288, run 7 epoch 41 R@20 .2315"; NULL: nothing runs */
  char *dirs[ACTIVITY_MOST];
  int dir_count;
};

/* Look at a workspace; reads a few small files. */
void activity_look(struct activity *activity, const char *workspace);
/* Be told of what those at work write, and of new ones. */
void activity_watch(const struct activity *activity, struct loop *loop, const char *workspace);
void activity_free(struct activity *activity);

#endif
