/* keys.c - see keys.h
 * SPDX-License-Identifier: MIT */
#include "prompt/keys.h"

#include "base/json.h"
#include "base/mem.h"

/* {"type":"object","properties":{KEY:VALUE...},"required":[KEY...],"additionalProperties":false}; VALUE is
 * what the schema says of any value. */
static cJSON *object_of(const struct reply_mask *mask, const cJSON *value)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, "type", "object");
  cJSON *properties = json_add_object(object, "properties"), *required = json_add_array(object, "required");
  for (int k = 0; k < mask->key_count; k++) {
    cJSON_AddItemToObject(properties, mask->keys[k].key, cJSON_Duplicate(value, 1));
    cJSON_AddItemToArray(required, cJSON_CreateString(mask->keys[k].key));
  }
  json_add_bool(object, "additionalProperties", false);
  return object;
}

char *schema_with_keys(const char *schema, const struct reply_mask *mask)
{
  cJSON *json = schema ? cJSON_Parse(schema) : NULL;
  cJSON *members = json_get(json, "properties"), *values = json_get(members, "values");
  const cJSON *value = json_get(values, "additionalProperties");
  char *text = NULL;
  if (mask->key_count && cJSON_IsObject(value)) {
    cJSON *object = object_of(mask, value);
    cJSON_ReplaceItemInObjectCaseSensitive(members, "values", object);
    text = json_line(json);
  }
  cJSON_Delete(json);
  return text ? text : mem_strdup(schema);
}
