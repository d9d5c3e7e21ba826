/* workbench.c - where a reply is at fault, and templates while they are edited
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>

#include "prompt/draft.h"
#include "prompt/faults.h"
#include "store/template_version.h"
#include "store/trial.h"

#define SCHEMA                                                                                     \
  "{\"type\":\"object\",\"required\":[\"list\",\"text\"],\"properties\":{"                         \
  "\"text\":{\"type\":[\"string\",\"null\"],\"minLength\":2},\"list\":{\"type\":\"array\",\"maxItems\":2," \
  "\"items\":{\"type\":\"object\",\"required\":[\"key\"],\"properties\":{"                         \
  "\"key\":{\"type\":\"string\",\"pattern\":\"^[a-z]+$\"},\"kind\":{\"enum\":[\"a\",1]}}}}}}"

/* The faults of a reply as "line:column what" lines. */
static void finds(const char *reply, const char *reason, const char *wanted)
{
  struct reply_fault *faults;
  struct buf all = {0};
  int count = reply_faults(SCHEMA, reply, reason, &faults);
  buf_str(&all, "");
  for (int k = 0; k < count; k++) {
    buf_printf(&all, "%d:%d %s\n", faults[k].line, faults[k].column, faults[k].what);
    assert_true(faults[k].at <= strlen(reply));
  }
  assert_string_equal(all.data, wanted);
  reply_faults_free(faults, count);
  buf_free(&all);
}

static void a_reply_that_holds_has_no_fault(void **state)
{
  (void)state;
  finds("{\"text\":null,\"list\":[{\"key\":\"a\",\"kind\":1}],\"more\":7}", NULL, "");
  finds("Sure:\n```json\n{\"text\":\"\\u00e4\\u00e4\",\"list\":[]}\n```", NULL, "");
}

static void a_fault_has_its_place_in_the_whole_reply(void **state)
{
  (void)state;
  finds("Sure:\n {\"text\": 7}", NULL,
        "2:2 \"list\" is missing here\n2:11 expected string, found number\n");
  finds("{\"text\":\"x\",\n \"list\":[{\"key\":\"A1\",\"kind\":\"b\"},{},{}]}", NULL,
        "1:9 has 1 characters, at least 2 are needed\n"
        "2:9 has 3 entries, at most 2 are allowed\n"
        "2:17 is not of the form ^[a-z]+$\n"
        "2:29 not one of the values that the schema allows\n"
        "2:34 \"key\" is missing here\n2:37 \"key\" is missing here\n");
}

static void a_reply_that_is_no_json_breaks_somewhere(void **state)
{
  (void)state;
  finds("Sure:\n {\"text\": oops}", NULL, "2:11 expected a JSON value\n");
  finds("{\"a\":1,\n\"a\":2}", NULL, "2:1 the same key stands twice in one object\n");
  finds("no", NULL, "1:1 the reply holds no JSON object: \"no\"\n");
  finds("", NULL, "1:1 the reply is empty\n");
}

static void a_reason_points_at_the_member_that_it_names(void **state)
{
  static const char reply[] = "{\"list\":[],\n\"text\":\"abc\"}";
  (void)state;
  finds(reply, "text: changed", "2:8 text: changed\n");
  finds(reply, "\"list\" is short", "1:9 \"list\" is short\n");
  finds(reply, "it is no good", "1:1 it is no good\n");
}

/* ---- drafts */

static struct store *open_store(void)
{
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(store);
  return store;
}

static char *read_prompt(const char *file)
{
  char *path = mem_printf("%s/prompts/%s", unit_workspace, file);
  char *text = path_read(path, 0, NULL, &unit_err);
  free(path);
  return text;
}

static char *installed(void)
{
  char *path = path_data_file("prompts/mask.prompt", &unit_err);
  char *text = path_read(path, 0, NULL, &unit_err);
  free(path);
  return text;
}

static void write_draft(const char *text)
{
  char *path = template_draft(unit_workspace, "mask", &unit_err);
  WORKS(path && path_write(path, text, strlen(text), &unit_err));
  free(path);
}

static void a_draft_that_parses_takes_the_place(void **state)
{
  (void)state;
  struct store *store = open_store();
  bool is_new = true;
  char *text = installed(), *more = mem_printf("%s\nBe brief.\n", text);
  free(template_draft(unit_workspace, "mask", &unit_err));
  WORKS(template_adopt(store, "mask", &is_new, &unit_err));
  assert_false(is_new); /* nothing was changed: the installed one stays in use */
  assert_null(read_prompt("mask.prompt"));
  write_draft(more);
  WORKS(template_adopt(store, "mask", &is_new, &unit_err));
  assert_true(is_new);
  char *adopted = read_prompt("mask.prompt");
  assert_string_equal(adopted, more);
  assert_null(read_prompt("mask.draft.prompt"));
  struct template_version **versions;
  int count;
  WORKS(template_versions_of(store, "mask", &versions, &count, &unit_err));
  assert_int_equal(count, 2); /* the former one is not lost */
  assert_string_equal(versions[0]->text, more);
  assert_string_equal(versions[1]->text, text);
  char beginning[9] = "";
  memcpy(beginning, versions[1]->hash, 8);
  struct template_version *found = template_version_find(store, "mask", beginning, &unit_err);
  assert_string_equal(found->text, text);
  assert_null(template_version_find(store, "mask", "", &unit_err));
  assert_int_equal(unit_err.code, EX_USAGE);
  assert_null(template_version_find(store, "mask", "x", &unit_err));
  assert_int_equal(unit_err.code, EX_NOINPUT);
  template_version_free(found);
  template_versions_free(versions, count);
  free(adopted);
  free(more);
  free(text);
  store_close(store);
}

static void a_draft_that_does_not_parse_stays(void **state)
{
  (void)state;
  struct store *store = open_store();
  bool is_new;
  write_draft("---\nname: mask\nschema: mask.schema.json\n---\nuser:\nMask {{documents}}.\n");
  assert_false(template_adopt(store, "mask", &is_new, &unit_err));
  assert_non_null(strstr(unit_err.text, "prompts/mask.draft.prompt:6:6: no field documents"));
  char *path = template_draft(unit_workspace, "mask", &unit_err), *left = read_prompt("mask.draft.prompt");
  assert_non_null(strstr(left, "{{documents}}")); /* the next edit begins with it */
  assert_null(read_prompt("mask.prompt"));
  free(path);
  free(left);
  store_close(store);
}

static void a_trial_is_read_as_it_was_kept(void **state)
{
  (void)state;
  struct store *store = open_store();
  struct trial trial = {.item = (char *)"i", .template_name = (char *)"mask", .version = (char *)"ab",
                        .backend = (char *)"openai", .model = (char *)"m", .seed = 7,
                        .messages = (char *)"{}", .rounds = (char *)"[]", .balance = NAN,
                        .tokens_in = 3, .tokens_out = -1, .first_seconds = 0.5, .seconds = NAN,
                        .comparison = 4, .side = 1};
  struct trial **all;
  int count;
  for (int k = 0; k < 3; k++)
    WORKS(trial_save(store, &trial, &unit_err));
  WORKS(trials_of(store, "i", "mask", 2, &all, &count, &unit_err));
  assert_int_equal(count, 2);
  assert_int_equal(all[0]->id, trial.id); /* newest first */
  trials_free(all, count);
  WORKS(trials_compared(store, 4, &all, &count, &unit_err));
  assert_int_equal(count, 3);
  assert_null(all[0]->messages);
  trials_free(all, count);
  struct trial *again = trial_load(store, trial.id, &unit_err);
  assert_string_equal(again->messages, "{}");
  assert_true(isnan(again->balance) && isnan(again->seconds) && again->first_seconds == 0.5);
  assert_int_equal(again->tokens_out, -1);
  assert_int_equal(again->side, 1);
  assert_null(again->server);
  trial_free(again);
  store_close(store);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_reply_that_holds_has_no_fault),
    cmocka_unit_test(a_fault_has_its_place_in_the_whole_reply),
    cmocka_unit_test(a_reply_that_is_no_json_breaks_somewhere),
    cmocka_unit_test(a_reason_points_at_the_member_that_it_names),
    cmocka_unit_test_setup_teardown(a_draft_that_parses_takes_the_place, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_draft_that_does_not_parse_stays, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_trial_is_read_as_it_was_kept, unit_setup, unit_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
