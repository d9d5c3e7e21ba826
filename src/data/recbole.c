/* recbole.c - tables of RecBole and MMRec: tabs, a header with types, nothing quoted
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "data/format.h"

static const struct dialect recbole = {.separator = "\t", .has_types = true};
const struct dialect recbole_escaped = {.separator = "\t", .has_types = true, .has_escapes = true};

static const struct dialect *takes(const struct sample *sample)
{
  const char *dot = strrchr(sample->name, '.');
  size_t line = sample_line(sample);
  bool has_bars = memchr(sample->head, '|', line) && !memchr(sample->head, '\t', line);
  if (dot && (!strcmp(dot, ".inter") || !strcmp(dot, ".item")) && !has_bars)
    return &recbole;
  return memmem(sample->head, line, ":token", 6) && !memchr(sample->head, ',', line) &&
             sample->head[0] != '{'
           ? &recbole
           : NULL;
}

static void put_cell(struct buf *out, const char *text, bool has_escapes)
{
  static const char special[] = "\t\n\r\\", names[] = "tnr\\";
  for (; has_escapes && *text; text++) {
    size_t plain = strcspn(text, special);
    buf_add(out, text, plain);
    text += plain;
    if (!*text)
      return;
    buf_char(out, '\\');
    buf_char(out, names[strchr(special, *text) - special]);
  }
  buf_str(out, text);
}

static void put_items_head(struct buf *out, const struct manifest *manifest)
{
  buf_str(out, "item_id:token");
  for (int k = 0; k < manifest->field_count; k++) {
    enum field_kind kind = manifest->kinds[k];
    bool is_one = kind == FIELD_VALUE || kind == FIELD_OTHER;
    buf_printf(out, "\t%s:%s", manifest->keys[k], is_one ? "token" : "token_seq");
  }
  buf_char(out, '\n');
}

static void put_item(struct buf *out, const struct item *item, const struct manifest *manifest)
{
  put_cell(out, item->key, manifest->has_escapes);
  for (int k = 0; k < manifest->field_count; k++) {
    int at = 0;
    while (at < item->field_count && strcmp(item->fields[at].key, manifest->keys[k]) != 0)
      at++;
    buf_char(out, '\t');
    if (at < item->field_count)
      put_cell(out, item->fields[at].value, manifest->has_escapes);
    else
      buf_str(out, "\\N");
  }
  buf_char(out, '\n');
}

static void put_interactions_head(struct buf *out, const struct export_row *like)
{
  buf_printf(out, "user_id:token\titem_id:token%s%s\tx_label:float\n",
             like->has_value ? "\trating:float" : "", like->has_time ? "\ttimestamp:float" : "");
}

static void put_interaction(struct buf *out, const struct export_row *row)
{
  put_cell(out, row->user, row->has_escapes);
  buf_char(out, '\t');
  put_cell(out, row->item, row->has_escapes);
  if (row->has_value)
    buf_printf(out, "\t%.9g", row->value);
  if (row->has_time)
    buf_printf(out, "\t%lld", (long long)row->time);
  if (row->label >= 0)
    buf_printf(out, "\t%d\n", row->label);
  else
    buf_str(out, "\t\n");
}

const struct writer recbole_writer = {
  .items = "catalogue.item",
  .interactions = "catalogue.inter",
  .items_head = put_items_head,
  .interactions_head = put_interactions_head,
  .item = put_item,
  .interaction = put_interaction,
};

const struct format format_recbole = {
  .name = "recbole",
  .tier = FORMAT_RECBOLE,
  .names = {".inter", ".item"},
  .takes = takes,
  .only = &recbole,
  .writer = &recbole_writer,
  .help = "RecBole's and MMRec's *.inter and *.item: tabs between cells, nothing quoted, a header of "
          "names, with types or without",
};
