/* item_json.c - an item as `show --json` prints it
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/item.h"

static void add_attribute(cJSON *object, const struct attribute *attribute, bool is_list)
{
  cJSON *there = json_get(object, attribute->key);
  if (!is_list)
    json_add_str(object, attribute->key, attribute->value);
  else
    cJSON_AddItemToArray(there ? there : json_add_array(object, attribute->key),
                         cJSON_CreateString(attribute->value));
}

cJSON *item_json(const struct item *item)
{
  cJSON *json = cJSON_CreateObject(), *sides[MODALITIES];
  json_add_str(json, "key", item->key);
  json_add_str(json, "title", item->title);
  cJSON *attributes = json_add_object(json, "attributes");
  for (int m = 0; m < MODALITIES; m++)
    sides[m] = json_add_object(attributes, modality_names[m]);
  for (int k = 0; k < item->attribute_count; k++) {
    const struct attribute *attribute = &item->attributes[k];
    bool is_list = attribute->modality == TEXT &&
                   item_field_kind(item, attribute->key) == FIELD_LIST;
    add_attribute(sides[attribute->modality], attribute, is_list);
  }
  struct buf document = {0};
  item_document(item, &document);
  char *text = buf_take(&document);
  json_add_str(json_add_object(json, "texts"), modality_names[TEXT], text);
  free(text);
  cJSON *fields = json_add_object(json, "fields");
  for (int k = 0; k < item->field_count; k++)
    json_add_str(fields, item->fields[k].key, item->fields[k].value);
  cJSON *picture = json_add_object(json, "picture");
  json_add_str(picture, "path", item->picture_path);
  json_add_str(picture, "sha256", item->picture_hash);
  json_add_str(picture, "error", item->picture_error);
  return json;
}
