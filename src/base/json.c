/* json.c - see json.h
 *
 * A scanner of our own walks the text once before cJSON sees it: it finds what
 * cJSON would silently change, and knows the line and column of it.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 64 };

struct scan {
  const char *what, *text, *p, *end;
  struct err *err;
  int depth;
  int64_t line;               /* of the text in `what` */
  bool takes_any_number;      /* it stays text */
  struct json_spans *spans;   /* NULL, or where the children of the outermost value go */
};

static bool scan_value(struct scan *scan);

static bool refuse(struct scan *scan, const char *at, const char *message)
{
  long long line = scan->line, column = 1;
  for (const char *p = scan->text; p < at; p++) {
    column++;
    if (*p == '\n') {
      line++;
      column = 1;
    }
  }
  return err_set(scan->err, EX_DATAERR, "%s:%lld:%lld: %s", scan->what, line, column, message);
}

static void skip_blank(struct scan *scan)
{
  while (scan->p < scan->end && strchr(" \t\r\n", *scan->p) && *scan->p)
    scan->p++;
}

/* The value of four hexadecimal digits, or -1. */
static int hex4(const char *p, const char *end)
{
  int value = 0;
  for (int k = 0; k < 4; k++, p++) {
    if (p >= end || !isxdigit((unsigned char)*p))
      return -1;
    value = 16 * value + (isdigit((unsigned char)*p) ? *p - '0' : (*p | 0x20) - 'a' + 10);
  }
  return value;
}

/* The code point of \uXXXX, or of the two that make one, at p; *size gets its bytes. -1: it is none. */
static int unicode_escape(const char *p, const char *end, size_t *size)
{
  int high = hex4(p + 2, end);
  *size = 6;
  if (high < 0xd800 || high > 0xdfff)
    return high;
  int low = high < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, end) : -1;
  *size = 12;
  return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static bool scan_escape(struct scan *scan)
{
  size_t size = 2;
  if (scan->end - scan->p < 2 || !strchr("\"\\/bfnrtu", scan->p[1]) || !scan->p[1])
    return refuse(scan, scan->p, "no escape of JSON");
  if (scan->p[1] == 'u') {
    int code = unicode_escape(scan->p, scan->end, &size);
    if (code <= 0)
      return refuse(scan, scan->p, code ? "no character of Unicode" : "\\u0000 in a string");
  }
  scan->p += size;
  return true;
}

static bool scan_string(struct scan *scan)
{
  const char *open = scan->p++;
  while (scan->p < scan->end && *scan->p != '"') {
    if ((unsigned char)*scan->p < 0x20)
      return refuse(scan, scan->p, "a control character stands in a string");
    if (*scan->p != '\\')
      scan->p++;
    else if (!scan_escape(scan))
      return false;
  }
  if (scan->p >= scan->end)
    return refuse(scan, open, "this string has no end");
  scan->p++;
  return true;
}

static bool scan_digits(struct scan *scan)
{
  const char *start = scan->p;
  while (scan->p < scan->end && isdigit((unsigned char)*scan->p))
    scan->p++;
  return scan->p > start;
}

/* Past a number of JSON's grammar: false when there is none. */
static bool scan_digits_and_signs(struct scan *scan, bool *is_integer)
{
  scan->p += *scan->p == '-';
  const char *whole = scan->p;
  bool ok = scan_digits(scan) && (*whole != '0' || scan->p == whole + 1);
  *is_integer = true;
  if (ok && scan->p < scan->end && *scan->p == '.') {
    *is_integer = false;
    scan->p++;
    ok = scan_digits(scan);
  }
  if (ok && scan->p < scan->end && (*scan->p | 0x20) == 'e') {
    *is_integer = false;
    scan->p++;
    scan->p += scan->p < scan->end && (*scan->p == '+' || *scan->p == '-');
    ok = scan_digits(scan);
  }
  return ok;
}

static bool scan_number(struct scan *scan)
{
  const char *start = scan->p;
  bool is_integer;
  if (!scan_digits_and_signs(scan, &is_integer))
    return refuse(scan, start, "expected a JSON value");
  if (scan->takes_any_number)
    return true;
  double value = strtod(start, NULL);
  if (!isfinite(value))
    return refuse(scan, start, "this number is too large");
  if (is_integer && fabs(value) >= 9007199254740992.0)
    return refuse(scan, start, "this integer is beyond 2^53 and would be changed; write it as text");
  return true;
}

/* A value; when it is a child of the outermost one it is noted under its key. */
static bool scan_child(struct scan *scan, const char *key, size_t key_size)
{
  skip_blank(scan);
  const char *start = scan->p;
  bool is_noted = scan->spans && scan->depth == 1;
  if (!scan_value(scan))
    return false;
  if (is_noted)
    VEC_PUSH(scan->spans->at, scan->spans->count, scan->spans->room) =
      (struct json_span){key, key_size, start, (size_t)(scan->p - start)};
  return true;
}

/* The keys of an object, as spans of the text, to find equal ones. */
struct key_span {
  const char *start;
  size_t size;
};

static int compare_keys(const void *a, const void *b)
{
  const struct key_span *x = a, *y = b;
  size_t least = x->size < y->size ? x->size : y->size;
  int order = memcmp(x->start, y->start, least);
  return order ? order : (x->size > y->size) - (x->size < y->size);
}

static bool keys_differ(struct scan *scan, struct key_span *keys, size_t count)
{
  if (count < 2)
    return true;
  qsort(keys, count, sizeof *keys, compare_keys);
  for (size_t k = 1; k < count; k++)
    if (compare_keys(&keys[k - 1], &keys[k]) == 0)
      return refuse(scan, keys[k - 1].start > keys[k].start ? keys[k - 1].start : keys[k].start,
                    "the same key stands twice in one object");
  return true;
}

static bool scan_object(struct scan *scan)
{
  struct key_span *keys = NULL;
  size_t count = 0, room = 0;
  bool ok = false;
  scan->p++;
  skip_blank(scan);
  if (scan->p < scan->end && *scan->p == '}') {
    scan->p++;
    return true;
  }
  for (;;) {
    skip_blank(scan);
    if (scan->p >= scan->end || *scan->p != '"') {
      refuse(scan, scan->p, "expected a key in double quotes");
      break;
    }
    const char *start = scan->p;
    if (!scan_string(scan))
      break;
    VEC_PUSH(keys, count, room) = (struct key_span){start, (size_t)(scan->p - start)};
    skip_blank(scan);
    if (scan->p >= scan->end || *scan->p != ':') {
      refuse(scan, scan->p, "expected \":\" after the key");
      break;
    }
    scan->p++;
    if (!scan_child(scan, start + 1, keys[count - 1].size - 2))
      break;
    skip_blank(scan);
    if (scan->p < scan->end && *scan->p == ',') {
      scan->p++;
      continue;
    }
    if (scan->p < scan->end && *scan->p == '}') {
      scan->p++;
      ok = keys_differ(scan, keys, count);
    } else {
      refuse(scan, scan->p, "expected \",\" or \"}\"");
    }
    break;
  }
  free(keys);
  return ok;
}

static bool scan_array(struct scan *scan)
{
  scan->p++;
  skip_blank(scan);
  if (scan->p < scan->end && *scan->p == ']') {
    scan->p++;
    return true;
  }
  for (;;) {
    if (!scan_child(scan, NULL, 0))
      return false;
    skip_blank(scan);
    if (scan->p < scan->end && *scan->p == ',') {
      scan->p++;
      continue;
    }
    if (scan->p < scan->end && *scan->p == ']') {
      scan->p++;
      return true;
    }
    return refuse(scan, scan->p, "expected \",\" or \"]\"");
  }
}

static bool scan_word(struct scan *scan, const char *word)
{
  size_t size = strlen(word);
  if ((size_t)(scan->end - scan->p) < size || memcmp(scan->p, word, size))
    return refuse(scan, scan->p, "expected a JSON value");
  scan->p += size;
  return true;
}

static bool scan_value(struct scan *scan)
{
  skip_blank(scan);
  if (scan->p >= scan->end)
    return refuse(scan, scan->end, "the text ends where a JSON value was expected");
  if (scan->depth >= MAX_DEPTH)
    return refuse(scan, scan->p, "nested more than 64 deep");
  scan->depth++;
  bool ok;
  switch (*scan->p) {
  case '{': ok = scan_object(scan); break;
  case '[': ok = scan_array(scan); break;
  case '"': ok = scan_string(scan); break;
  case 't': ok = scan_word(scan, "true"); break;
  case 'f': ok = scan_word(scan, "false"); break;
  case 'n': ok = scan_word(scan, "null"); break;
  default: ok = scan_number(scan);
  }
  scan->depth--;
  return ok;
}

cJSON *json_parse(const char *text, size_t size, const char *what, struct err *err)
{
  char *copy = mem_strndup(text, size); /* strtod must meet a NUL */
  struct scan scan = {.what = what, .text = copy, .p = copy, .end = copy + size, .err = err,
                      .line = 1};
  cJSON *value = NULL;
  if (!utf8_is_valid(text, size)) {
    err_set(err, EX_DATAERR, "%s: the text is not valid UTF-8", what);
    goto out;
  }
  if (!scan_value(&scan))
    goto out;
  skip_blank(&scan);
  if (scan.p != scan.end) {
    refuse(&scan, scan.p, "text follows the JSON value");
    goto out;
  }
  const char *stop = NULL;
  value = cJSON_ParseWithLengthOpts(copy, size + 1, &stop, 1);
  if (!value)
    refuse(&scan, stop ? stop : copy, "not valid JSON");
out:
  free(copy);
  return value;
}

bool json_children(const char *text, size_t size, const char *what, int64_t line,
                   struct json_spans *out, struct err *err)
{
  struct scan scan = {.what = what, .text = text, .p = text, .end = text + size, .err = err,
                      .line = line, .takes_any_number = true, .spans = out};
  out->count = 0;
  if (!scan_value(&scan))
    return false;
  skip_blank(&scan);
  return scan.p == scan.end || refuse(&scan, scan.p, "text follows the JSON value");
}

size_t json_unquoted(const char *text, size_t size, char *out)
{
  static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
  const char *end = text + size;
  char *start = out;
  while (text < end) {
    const char *slash = memchr(text, '\\', (size_t)(end - text));
    size_t plain = (size_t)((slash ? slash : end) - text);
    memmove(out, text, plain);
    out += plain;
    text += plain;
    if (!slash)
      break;
    if (text[1] == 'u') {
      size_t escape;
      out += utf8_put(unicode_escape(text, end, &escape), out);
      text += escape;
    } else {
      const char *name = strchr(names, text[1]);
      *out++ = name ? values[name - names] : text[1];
      text += 2;
    }
  }
  return (size_t)(out - start);
}

cJSON *json_get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_str(const cJSON *object, const char *key)
{
  return cJSON_GetStringValue(json_get(object, key));
}

double json_num(const cJSON *object, const char *key, double fallback)
{
  cJSON *value = json_get(object, key);
  return cJSON_IsNumber(value) ? value->valuedouble : fallback;
}

bool json_bool(const cJSON *object, const char *key, bool fallback)
{
  cJSON *value = json_get(object, key);
  return cJSON_IsBool(value) ? cJSON_IsTrue(value) : fallback;
}

void json_add_str(cJSON *object, const char *key, const char *value)
{
  cJSON_AddItemToObject(object, key, value ? cJSON_CreateString(value) : cJSON_CreateNull());
}

void json_add_int(cJSON *object, const char *key, int64_t value)
{
  cJSON_AddItemToObject(object, key, cJSON_CreateNumber((double)value));
}

void json_add_num(cJSON *object, const char *key, double value)
{
  cJSON_AddItemToObject(object, key, isfinite(value) ? cJSON_CreateNumber(value)
                                                     : cJSON_CreateNull());
}

void json_add_bool(cJSON *object, const char *key, bool value)
{
  cJSON_AddItemToObject(object, key, cJSON_CreateBool(value));
}

cJSON *json_add_object(cJSON *object, const char *key)
{
  return cJSON_AddObjectToObject(object, key);
}

cJSON *json_add_array(cJSON *object, const char *key)
{
  return cJSON_AddArrayToObject(object, key);
}

char *json_line(const cJSON *value) { return cJSON_PrintUnformatted(value); }

char *json_pretty(const cJSON *value) { return cJSON_Print(value); }
