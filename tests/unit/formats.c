/* formats.c - what each format of tables takes, and how it refuses one bad row
 * SPDX-License-Identifier: MIT */
#include "source.h"

#include "data/format.h"

/* The rows that a folder holds, as "user item value time given\n". */
static char *interactions_of(struct source *source)
{
  struct source_interaction row;
  struct buf text = {0};
  source_rewind(source);
  while (source_next_interaction(source, &row))
    buf_printf(&text, "%s %s %g %lld %d\n", row.user, row.item, (double)row.value,
               (long long)row.time, row.given);
  return buf_take(&text);
}

/* The items, as "key{field=value;...}\n"; absent cells are not there. */
static char *items_of(struct source *source)
{
  char key[SOURCE_ID_MAX + 1];
  struct buf text = {0};
  source_rewind(source);
  while (source_next_item(source, key)) {
    buf_printf(&text, "%s{", key);
    for (int k = 0; k < source->field_count; k++) {
      const struct cell *cell = &source->items.cells[source->fields[k].column];
      if (cell->text)
        buf_printf(&text, "%s=%.*s;", source->items.columns[source->fields[k].column].key,
                   (int)cell->size, cell->text);
    }
    buf_str(&text, "}\n");
  }
  return buf_take(&text);
}

static void holds(char *text, const char *want)
{
  assert_string_equal(text, want);
  free(text);
}

/* What is read of the folder, and the names of its formats. */
static void reads(const char *formats_wanted, const char *interactions, const char *items)
{
  struct source source;
  open_source(&source, false);
  char *names = mem_printf("%s %s",
                           source.interactions_format ? source.interactions_format->name : "-",
                           source.items_format ? source.items_format->name : "-");
  holds(names, formats_wanted);
  if (interactions)
    holds(interactions_of(&source), interactions);
  if (items)
    holds(items_of(&source), items);
  source_close(&source);
}

/* A folder with one bad row: its message, and how many are left with --skip-bad. */
static void one_bad_row(const char *message, int64_t items, int64_t interactions)
{
  struct source source;
  refused(message);
  open_source(&source, true);
  assert_int_equal(source.bad_count, 1);
  assert_int_equal(source.item_rows, items);
  assert_int_equal(source.interaction_rows, interactions);
  source_close(&source);
}

static void csv_has_quotes_commas_and_line_ends_in_cells(void **state)
{
  (void)state;
  put("ratings.csv", "userId,movieId,rating,timestamp\r\n1,10,4.5,100\r\n\"2\",11,3,101\r\n");
  put("movies.csv", "movieId,title,genres\n"
                    "10,\"Heat, or\n\"\"cold\"\"\",Action|Crime\n"
                    "11,\"\",Action|Drama\n"
                    "12,\xc3\x9c" "ber \"us\",\"Crime\"");
  put("links.csv", "movieId,imdbId\n10,1\n");
  put("tags.csv", "userId,movieId,tag\n1,10,dark\n");
  reads("csv csv", "1 10 4.5 100 -1\n2 11 3 101 -1\n",
        "10{title=Heat, or\n\"cold\";genres=Action|Crime;}\n"
        "11{title=;genres=Action|Drama;}\n"
        "12{title=\xc3\x9c" "ber \"us\";genres=Crime;}\n");
}

static void bars_between_entries_become_commas_in_the_catalogue(void **state)
{
  (void)state;
  put("movies.csv", "movieId,title,genres\n10,Heat,Action|Crime\n11,Fargo,Crime|Drama\n"
                    "12,Babe,Drama\n");
  struct import_report report = import_with(plain_options());
  import_report_free(&report);
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  struct item *item = item_find(store, "10", &unit_err);
  WORKS(item);
  assert_string_equal(item->fields[1].value, "Action,Crime");
  assert_int_equal(item->fields[1].kind, FIELD_LIST);
  item_free(item);
  store_close(store);
}

static void a_bad_row_of_csv_is_told_with_its_place(void **state)
{
  (void)state;
  put("x.csv", "user_id,item_id,rating\n1,\"a\nb\nc\",2\n1,2,3\n1,3,4,\n1,4,5\n");
  refused("x.csv:2:4: expected an id for \"item_id\", found \"a b c\"");
  put("x.csv", "user_id,item_id,rating\n1,2,3\n1,3,4,\n1,4,5\n");
  one_bad_row("x.csv:3:7: expected 3 columns, found more", 0, 2);
  put("x.csv", "user_id,item_id,rating\n1,2,3\n1,\"3\"x,4\n1,4,5\n");
  one_bad_row("x.csv:3:6: expected \",\" or the end of the line after the quote", 0, 2);
  put("x.csv", "user_id,item_id,rating\n1,\"2,3\n1,3,4\n1,4,5\n");
  one_bad_row("x.csv:2:3: this quote has no end", 0, 2);
  put("x.csv", "user_id,item_id,rating\n1,2,3\n1,\"\xff\",4\n1,4,5\n");
  one_bad_row("x.csv:3:4: expected UTF-8, found the byte 0xff", 0, 2);
}

static void a_place_behind_line_ends_in_a_cell_is_counted_on(void **state)
{
  (void)state;
  put("x.csv", "item_id,title,year\n1,\"a\n\nb\",1990\n1,\"c\nd\",1991\n");
  one_bad_row("x.csv:5:1: the item \"1\" stands here a second time", 1, 0);
}

static void an_endless_quote_costs_one_row_and_bounded_memory(void **state)
{
  struct buf text = {0};
  (void)state;
  buf_str(&text, "item_id,title\n1,\"open\n");
  for (int k = 2; k < 200000; k++)
    buf_printf(&text, "%d,thing %d\n", k, k);
  put("x.csv", text.data);
  one_bad_row("x.csv:2:3: this quote has no end", 199998, 0);
  buf_free(&text);
}

static void tsv_has_quotes_and_recbole_has_none(void **state)
{
  (void)state;
  put("x.tsv", "user_id\titem_id\n\"1\"\ta\n");
  reads("tsv -", "1 a 1 0 -1\n", NULL);
  one_bad_row((put("x.tsv", "user_id\titem_id\n1\ta\n1\n2\tb\n"),
               "x.tsv:3:2: expected 2 columns, found 1"), 0, 2);
  struct source source;
  struct source_request request = request_of(false);
  put("x.tsv", "user_id\titem_id\n\"1\"\ta\n");
  char *path = path_join(folder, "x.tsv");
  const char *operands[] = {path};
  request.operands = operands;
  request.format = "recbole";
  WORKS(source_open(&source, &request, &unit_err));
  holds(interactions_of(&source), "\"1\" a 1 0 -1\n");
  source_close(&source);
  free(path);
}

#define FLAGS_COMEDY "0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0"
#define FLAGS_CRIME_WAR "0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0|1|0"

static void movielens_100k_is_read_in_latin_1(void **state)
{
  (void)state;
  put("u.data", "196\t242\t3\t881250949\n186\t302\t4\t891717742\n");
  put("ua.base", "1\t242\t3\t881250949\n");
  put("u.user", "1|24|M|technician|85711\n");
  put("u.item", "242|Kolya (1996)|24-Jan-1997||http://x/|" FLAGS_COMEDY "\n"
                "302|Mis\xe9rables, Les (1995)|01-Jan-1995||http://y/|" FLAGS_CRIME_WAR "\n"
                "303|unknown||||" FLAGS_COMEDY "\n");
  reads("movielens movielens", "196 242 3 881250949 -1\n186 302 4 891717742 -1\n",
        "242{title=Kolya;year=1996;genres=Comedy;release_date=24-Jan-1997;imdb_url=http://x/;}\n"
        "302{title=Mis\xc3\xa9rables, Les;year=1995;genres=Crime,War;release_date=01-Jan-1995;"
        "imdb_url=http://y/;}\n"
        "303{title=unknown;year=;genres=Comedy;release_date=;imdb_url=;}\n");
  put("u.data", "196\t242\t3\t881250949\n186\t302\tgood\t891717742\n");
  one_bad_row("u.data:2:9: expected a number for \"rating:float\", found \"good\"", 3, 1);
  put("u.data", "196\t242\t3\t881250949\n");
  put("u.item", "242|Kolya (1996)|24-Jan-1997||http://x/|" FLAGS_COMEDY "\n"
                "302|Mis\xe9rables|01-Jan-1995||http://y/|2" FLAGS_CRIME_WAR "\n");
  one_bad_row("u.item:2:39: expected 0 or 1 for the genre unknown", 1, 1);
}

static void movielens_1m_has_double_colons_in_either_encoding(void **state)
{
  (void)state;
  put("ratings.dat", "1::1193::5::978300760\r\n1::661::3::978302109\r\n");
  put("movies.dat", "661::Am\xe9lie (2001)::Comedy|Romance\n1193::Caf\xc3\xa9: The Movie::Drama\n");
  put("users.dat", "1::F::1::10::48067\n");
  reads("movielens movielens", "1 1193 5 978300760 -1\n1 661 3 978302109 -1\n",
        "661{title=Am\xc3\xa9lie;year=2001;genres=Comedy,Romance;}\n"
        "1193{title=Caf\xc3\xa9: The Movie;year=;genres=Drama;}\n");
  put("movies.dat", "1193::Caf\xc3\xa9::Drama\n661::Am\xe9lie (2001)\n");
  refused("movies.dat:2:19: expected 3 columns, found 2");
  put("movies.dat", "661::Am\xe9lie (2001)::Comedy\n1193::Caf\xc3\xa9::Drama\n");
  put("ratings.dat", "1::1193::5::978300760\n1::661::3\n1::661::3::978302109\n");
  one_bad_row("ratings.dat:2:10: expected 4 columns, found 3", 2, 2);
}

static void jsonl_takes_ids_as_text_and_keys_in_any_order(void **state)
{
  (void)state;
  put("x.jsonl", "{\"user_id\":9007199254740993,\"item_id\":\"a\",\"rating\":4.5}\n\n"
                 "{ \"item_id\" : \"b\\u00e9\\ud83d\\ude00\" , \"x\":[1,{}], \"rating\" : 1e0,"
                 "\"user_id\":\"u\\/\\\"\"}\n");
  reads("jsonl -", "9007199254740993 a 4.5 0 -1\nu/\" b\xc3\xa9\xf0\x9f\x98\x80 1 0 -1\n", NULL);
}

static void jsonl_keeps_what_is_in_strings_and_what_is_not_there(void **state)
{
  (void)state;
  put("items.json", "{\"item_id\":1,\"title\":\"tab\\there\\nline\",\"tags\":[\"a\",[\"b, c\",\"a\"],null]}\n"
                    "{\"item_id\":2,\"title\":null,\"n\":{\"k\":[1, 2]},\"tags\":[]}\n"
                    "{\"item_id\":3,\"text\":[\"One two three four five.\",\"Six seven eight nine ten.\"],"
                    "\"many\":[{\"url\":1}]}\n");
  reads("- jsonl", NULL,
        "1{title=tab\there\nline;tags=a,b; c;}\n"
        "2{tags=;n={\"k\":[1, 2]};}\n"
        "3{text=One two three four five. Six seven eight nine ten.;many=[{\"url\":1}];}\n");
}

static void a_bad_line_of_jsonl_is_told_with_its_place(void **state)
{
  static const struct {
    const char *line, *message;
  } cases[] = {
    {"{\"user_id\":1,\"item_id\":2,}", "26: expected a key in double quotes"},
    {"{\"user_id\":1,\"user_id\":1,\"item_id\":2}", "14: the same key stands twice in one object"},
    {"{\"user_id\":1,\"item_id\":\"a\\u0000b\"}", "26: \\u0000 in a string"},
    {"{\"user_id\":1,\"item_id\":\"\\ud800\"}", "25: no character of Unicode"},
    {"{\"user_id\":1,\"item_id\":\"\\q\"}", "25: no escape of JSON"},
    {"{\"user_id\":1,\"item_id\":01}", "24: expected a JSON value"},
    {"{\"user_id\":1,\"item_id\":2} x", "27: text follows the JSON value"},
    {"[1,2]", "1: expected a JSON object, a line each"},
    {"{\"user_id\":1}", "1: expected an id for \"item_id\", found nothing"},
    {"{\"user_id\":1,\"item_id\":[\"x\",", "29: the text ends where a JSON value was expected"},
    {"{\"user_id\":1,\"item_id\":\"x", "24: this string has no end"},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    char *text = mem_printf("{\"user_id\":1,\"item_id\":2}\n%s\n{\"user_id\":3,\"item_id\":2}\n",
                            cases[k].line);
    char *message = mem_printf("x.jsonl:2:%s", cases[k].message);
    put("x.jsonl", text);
    one_bad_row(message, 0, 2);
    free(text);
    free(message);
  }
}

static void a_huge_line_of_jsonl_is_passed_over(void **state)
{
  struct buf text = {0};
  (void)state;
  buf_str(&text, "{\"user_id\":1,\"item_id\":2}\n{\"user_id\":1,\"item_id\":2,\"text\":\"");
  for (int k = 0; k < 3 * LINE_MAX_BYTES; k++)
    buf_char(&text, 'x');
  buf_str(&text, "\"}\n{\"user_id\":3,\"item_id\":2}\n");
  put("x.jsonl", text.data);
  one_bad_row("x.jsonl:2:1048577: this line is longer than 1048576 bytes", 0, 2);
  buf_free(&text);
}

static void amazon_2014_is_known_by_its_names(void **state)
{
  (void)state;
  put("reviews.json", "{\"reviewerID\": \"A1\", \"asin\": \"B01\", \"helpful\": [0, 0], "
                      "\"reviewText\": \"Good \\\"one\\\"\", \"overall\": 5.0, \"summary\": \"Good\", "
                      "\"unixReviewTime\": 1372118400, \"reviewTime\": \"06 25, 2013\"}\n");
  put("meta.json", "{\"asin\": \"B01\", \"title\": \"Bottle\", \"price\": 9.5, "
                   "\"imUrl\": \"http://x/1.jpg\", \"related\": {\"also_bought\": [\"B02\"]}, "
                   "\"brand\": \"Avent\", \"description\": "
                   "\"A bottle.\", \"categories\": [[\"Baby\", \"Feeding\"], [\"Baby\"]]}\n");
  reads("jsonl jsonl", "A1 B01 5 1372118400 -1\n",
        "B01{title=Bottle;price=9.5;imurl=http://x/1.jpg;related={\"also_bought\": [\"B02\"]};"
        "brand=Avent;description=A bottle.;categories=Baby,Feeding;}\n");
}

static void amazon_2014_metadata_is_python(void **state)
{
  (void)state;
  put("meta.json",
      "{'asin': 'B01', 'title': \"Mother's \\\"own\\\"\", 'price': 9.5, 'brand': 'It\\'s \"A\" \\xe9', "
      "'new': True, 'old': None, 'categories': [['Baby', 'Feeding']]}\n"
      "{\"asin\": \"B02\", \"title\": \"JSON\"}\n");
  reads("- jsonl", NULL,
        "B01{title=Mother's \"own\";price=9.5;brand=It's \"A\" \xc3\xa9;new=true;"
        "categories=Baby,Feeding;}\nB02{title=JSON;}\n");
  put("meta.json", "{'asin': 'B01'}\n{'asin': 'B02}\n{'asin': 'B03'}\n");
  one_bad_row("meta.json:2:10: this string has no end", 2, 0);
}

static void amazon_2018_and_2023_are_known_by_their_names(void **state)
{
  struct source source;
  (void)state;
  put("reviews.jsonl", "{\"rating\": 5.0, \"title\": \"Wow\", \"text\": \"t\", \"images\": [], \"asin\": "
                       "\"B0V\", \"parent_asin\": \"B0P\", \"user_id\": \"AE\", \"timestamp\": "
                       "1588615855070, \"helpful_vote\": 0, \"verified_purchase\": true}\n");
  struct buf meta = {0};
  for (int k = 0; k < 30; k++)
    buf_printf(&meta, "{\"main_category\": \"Baby\", \"title\": \"Thing number %d\", "
               "\"average_rating\": 4.8, \"features\": [\"Soft and warm for small babies %d\"], "
               "\"description\": [\"It is a thing number %d of many.\", \"And it is good to have.\"], "
               "\"price\": \"$%d.99\", \"images\": [{\"large\": \"http://x/%d\"}], "
               "\"store\": \"Shop %d\", \"categories\": [\"Baby\", "
               "\"Kind %d\"], \"details\": {\"Color\": \"red\"}, \"parent_asin\": \"B%dP\"}\n",
               k, k, k, k, k, k % 3, k % 4, k);
  put("meta.jsonl", meta.data);
  open_source(&source, false);
  holds(interactions_of(&source), "AE B0P 5 1588615855070 -1\n");
  assert_int_equal(kind_in(&source, "title"), FIELD_TITLE);
  assert_int_equal(kind_in(&source, "store"), FIELD_VALUE);
  assert_int_equal(kind_in(&source, "price"), FIELD_VALUE);
  assert_int_equal(kind_in(&source, "categories"), FIELD_LIST);
  assert_int_equal(kind_in(&source, "description"), FIELD_PROSE);
  assert_int_equal(kind_in(&source, "images"), FIELD_OTHER);
  assert_int_equal(kind_in(&source, "details"), FIELD_OTHER);
  source_close(&source);
  buf_free(&meta);
}

static void of_two_tables_the_user_names_one(void **state)
{
  (void)state;
  put("a.csv", "user_id,item_id\n1,2\n");
  put("b.csv", "user_id,item_id\n1,3\n");
  char *message = mem_printf("a.csv and %s/b.csv are both tables of interactions: name the one to "
                             "import", folder);
  refused(message);
  free(message);
  put("b.csv", "user_id,item_id,rating\n1,3,4\n");
  reads("csv -", "1 3 4 0 -1\n", NULL);
}

static void a_file_is_known_by_its_content_whatever_its_name(void **state)
{
  struct source source;
  char *data = path_join(folder, "one"), *items = path_join(folder, "two.dat");
  const char *operands[] = {data, items};
  struct source_request request = {.operands = operands, .operand_count = 2};
  (void)state;
  put("one", "1\t2\t5\t100\n");
  put("two.dat", "{\"item_id\":2,\"title\":\"B\"}\n");
  WORKS(source_open(&source, &request, &unit_err));
  assert_string_equal(source.interactions_format->name, "movielens");
  assert_string_equal(source.items_format->name, "jsonl");
  source_close(&source);
  put("one", "\x1f\x8b\x08");
  assert_false(source_open(&source, &request, &unit_err));
  assert_non_null(strstr(unit_err.text, "one is packed: unpack it first"));
  put("one", "just words\n");
  assert_false(source_open(&source, &request, &unit_err));
  assert_non_null(strstr(unit_err.text, "one:1:1: this is of no format that is read"));
  assert_int_equal(unit_err.code, EX_DATAERR);
  free(data);
  free(items);
}

static void items_that_are_numbers_are_in_their_order_without_a_table(void **state)
{
  struct source source;
  (void)state;
  put("x.inter", "user_id\titem_id\nu\t2\nu\t0\nv\t1\n");
  open_source(&source, false);
  holds(items_of(&source), "0{}\n1{}\n2{}\n");
  source_close(&source);
  put("x.inter", "user_id\titem_id\nu\t2\nu\t0\nv\t3\n");
  open_source(&source, false);
  holds(items_of(&source), "2{}\n0{}\n3{}\n");
  source_close(&source);
}

static void a_file_that_changes_under_the_import_is_told(void **state)
{
  struct source source;
  struct import_report report;
  struct import_options options = plain_options();
  (void)state;
  put("x.csv", "user_id,item_id\n1,2\n1,3\n");
  open_source(&source, false);
  char *path = path_join(folder, "x.csv");
  FILE *stream = fopen(path, "w");
  fputs("user_id,item_id\n", stream);
  fclose(stream);
  assert_false(import_run(unit_workspace, &source, &options, &report, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "x.csv was changed while it was read"));
  assert_false(path_is_dir(unit_workspace));
  import_report_free(&report);
  source_close(&source);
  free(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(csv_has_quotes_commas_and_line_ends_in_cells),
    CASE(bars_between_entries_become_commas_in_the_catalogue),
    CASE(a_bad_row_of_csv_is_told_with_its_place),
    CASE(a_place_behind_line_ends_in_a_cell_is_counted_on),
    CASE(an_endless_quote_costs_one_row_and_bounded_memory),
    CASE(tsv_has_quotes_and_recbole_has_none),
    CASE(movielens_100k_is_read_in_latin_1),
    CASE(movielens_1m_has_double_colons_in_either_encoding),
    CASE(jsonl_takes_ids_as_text_and_keys_in_any_order),
    CASE(jsonl_keeps_what_is_in_strings_and_what_is_not_there),
    CASE(a_bad_line_of_jsonl_is_told_with_its_place),
    CASE(a_huge_line_of_jsonl_is_passed_over),
    CASE(amazon_2014_is_known_by_its_names),
    CASE(amazon_2014_metadata_is_python),
    CASE(amazon_2018_and_2023_are_known_by_their_names),
    CASE(of_two_tables_the_user_names_one),
    CASE(a_file_is_known_by_its_content_whatever_its_name),
    CASE(items_that_are_numbers_are_in_their_order_without_a_table),
    CASE(a_file_that_changes_under_the_import_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
