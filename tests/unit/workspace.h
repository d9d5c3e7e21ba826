/* workspace.h - a small workspace for tests: four films, three viewers
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_WORKSPACE_H
#define TESTS_WORKSPACE_H

#include "unit.h"

#include <string.h>

#include "base/path.h"
#include "store/catalogue.h"
#include "store/interaction.h"
#include "store/negative.h"
#include "store/store.h"

struct err unit_err;
char *unit_dir; /* of the test that runs: its workspace is unit_dir/ws */
char *unit_workspace;

/* Fail with the message that is in unit_err. */
#define WORKS(condition)                                 \
  do {                                                   \
    if (!(condition))                                    \
      fail_msg("%s: %s", #condition, unit_err.text);     \
  } while (0)

static int unit_setup(void **state)
{
  (void)state;
  unit_err = (struct err){0};
  unit_dir = path_temp_dir("neggen-unit", &unit_err);
  unit_workspace = path_join(unit_dir, "ws");
  return unit_dir ? 0 : -1;
}

static int unit_teardown(void **state)
{
  (void)state;
  path_remove_tree(unit_dir, &unit_err);
  free(unit_dir);
  free(unit_workspace);
  return 0;
}

static inline void unit_add_film(struct catalogue *catalogue, const char *key, const char *title,
                                 const char *genres, const char *plot)
{
  struct field fields[] = {
    {(char *)"genres", (char *)genres, FIELD_LIST},
    {(char *)"title", (char *)title, FIELD_TITLE},
    {(char *)"year", (char *)"1995", FIELD_VALUE},
    {(char *)"plot", (char *)plot, FIELD_PROSE},
    {(char *)"url", (char *)"http://x/", FIELD_OTHER},
  };
  WORKS(catalogue_item(catalogue, key, fields, 5, NULL, &unit_err));
}

static inline void unit_add_films(struct catalogue *catalogue)
{
  unit_add_film(catalogue, "t1", "Toy Story", "Animation,Children's,Comedy", "A cowboy doll.");
  unit_add_film(catalogue, "h2", "Heat", "Action, Crime", "Robbers feel the heat.");
  unit_add_film(catalogue, "f3", "Fargo", "Crime,Drama", "A pregnant policewoman.");
  unit_add_film(catalogue, "d4", "Der Himmel \xc3\xbc" "ber Berlin", "Drama", "Angels.");
}

static inline void unit_like(struct catalogue *catalogue, const char *user, const char *item,
                             float value, int64_t time)
{
  WORKS(catalogue_interaction(catalogue, user, item, value, time, -1, &unit_err));
}

static inline struct catalogue_report unit_commit(struct catalogue *catalogue)
{
  struct catalogue_report report;
  WORKS(catalogue_commit(catalogue, &report, &unit_err));
  return report;
}

/* Ada: t1 h2 f3; Bob: h2 f3; Eve: d4. */
static inline struct store *unit_films(void)
{
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(store);
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  WORKS(catalogue);
  unit_add_films(catalogue);
  unit_like(catalogue, "ada", "t1", 5, 100);
  unit_like(catalogue, "bob", "h2", 3, 50);
  unit_like(catalogue, "ada", "h2", 4, 90);
  unit_like(catalogue, "eve", "d4", 2, 70);
  unit_like(catalogue, "ada", "f3", 1, 110);
  unit_like(catalogue, "bob", "f3", 4, 60);
  unit_commit(catalogue);
  return store;
}

/* A finished, valid negative of an item. */
static inline int64_t unit_negative(struct store *store, const char *item)
{
  struct negative *negative = negative_new(item);
  negative->backend = mem_strdup("offline");
  negative->seed = 7;
  negative->is_draft = false;
  negative->is_valid = true;
  WORKS(negative_save(store, negative, NULL, &unit_err));
  int64_t id = negative->id;
  negative_free(negative);
  return id;
}

#endif
