/* doctor.c - is everything here that is needed, and what can the server really do?
 *
 * Each finding is a line: + good, ? worth knowing, - bad; and below it what to do.
 * SPDX-License-Identifier: MIT */
#include "cli/doctor.h"

#include <langinfo.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utf8proc.h>

#include "backend/curl.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "la/gemm.h"
#include "media/decoder.h"
#include "prompt/lint.h"
#include "prompt/template.h"
#include "store/store.h"

void doctor_say(struct doctor *doctor, enum health health, const char *name, const char *advice,
                const char *format, ...)
{
  static const char marks[] = "+?-";
  static const char *const words[] = {"good", "note", "bad"};
  char text[1000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  char *clean = utf8_clean(text, false);
  cJSON *finding = cJSON_CreateObject();
  json_add_str(finding, "name", name);
  json_add_str(finding, "health", words[health]);
  json_add_str(finding, "text", clean);
  json_add_str(finding, "advice", advice);
  cJSON_AddItemToArray(doctor->findings, finding);
  doctor->bad += health == HEALTH_BAD;
  if (!doctor->cli->is_json) {
    printf("%c %-10s %s\n", marks[health], name, clean);
    if (advice)
      printf("%13s%s\n", "", advice);
    fflush(stdout);
  }
  free(clean);
}

/* ---- here */

static void look_at_terminal(struct doctor *doctor)
{
  const char *term = getenv("TERM"), *colorterm = getenv("COLORTERM");
  int colours = doctor->cli->front && doctor->cli->front->colours ? doctor->cli->front->colours() : -1;
  struct winsize size;
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
    doctor_say(doctor, HEALTH_NOTE, "terminal", NULL, "output is none, so it was not looked at");
    return;
  }
  bool is_small = size.ws_col < 40 || size.ws_row < 10, is_dumb = colours == -2;
  doctor_say(doctor, is_small || is_dumb ? HEALTH_BAD : HEALTH_GOOD, "terminal",
             is_small ? "make it at least 40x10; 80x24 is comfortable"
             : is_dumb ? "set TERM to what the terminal is; ncurses-term has more descriptions" : NULL,
             "%s, %dx%d", term ? term : "TERM is not set", size.ws_col, size.ws_row);
  doctor_say(doctor, colours >= 256 ? HEALTH_GOOD : HEALTH_NOTE, "colours",
             colours >= 256 ? NULL : "pictures are drawn in shades of characters; TERM=xterm-256color "
             "where the terminal can do it", "%d%s%s%s", colours > 0 ? colours : 0,
             colorterm ? ", COLORTERM=" : "", colorterm ? colorterm : "",
             getenv("NO_COLOR") ? ", off by NO_COLOR" : "");
}

static void look_at_locale(struct doctor *doctor)
{
  const char *charset = nl_langinfo(CODESET);
  bool is_utf8 = !strcmp(charset, "UTF-8");
  doctor_say(doctor, is_utf8 ? HEALTH_GOOD : HEALTH_BAD, "locale",
             is_utf8 ? NULL : "titles need UTF-8: export LC_ALL=C.UTF-8", "%s", charset);
}

static void look_at_blas(struct doctor *doctor)
{
  struct err err;
  if (la_start(&err))
    doctor_say(doctor, HEALTH_GOOD, "blas", NULL, "%s%s, %d threads of %d processors", la_blas_name(),
               narrow_is_here() ? "; what models multiply, in AVX-512" : "",
               omp_get_max_threads(), omp_get_num_procs());
  else
    doctor_say(doctor, HEALTH_BAD, "blas", "training would be thirty times slower", "%s", err.text);
}

static void look_at_libraries(struct doctor *doctor)
{
  doctor_say(doctor, HEALTH_GOOD, "libraries", NULL, "SQLite %s, utf8proc %s, cJSON %s, %s",
             store_library(), utf8proc_version(), cJSON_Version(), curl_version());
}

/* A picture through the sandbox and back. */
static void look_at_decoder(struct doctor *doctor)
{
  struct picture picture = picture_new(8, 8), back = {0};
  struct decoder *decoder = decoder_new();
  struct buf png = {0};
  struct err err = {0};
  memset(picture.rgb, 200, 8 * 8 * 3);
  picture_png(&picture, &png);
  bool ok = decoder_read(decoder, png.data, png.size, "a picture", &back, &err);
  doctor_say(doctor, ok ? HEALTH_GOOD : HEALTH_BAD, "pictures",
             ok ? NULL : "neggen-decode must be beside neggen, or installed", "%s",
             ok ? "decoded in a process of their own" : err.text);
  picture_free(&picture);
  picture_free(&back);
  buf_free(&png);
  decoder_free(decoder);
}

static void look_at_prompts(struct doctor *doctor, const char *workspace)
{
  for (int t = 0; t < TEMPLATE_COUNT; t++) {
    struct finding *findings;
    int count = template_lint(workspace, template_names[t], &findings);
    for (int k = 0; k < count; k++)
      doctor_say(doctor, HEALTH_BAD, "prompts", "neggen prompts lint tells more", "%s", findings[k].text);
    findings_free(findings, count);
    if (!count)
      doctor_say(doctor, HEALTH_GOOD, "prompts", NULL, "%s can be used", template_names[t]);
  }
}

static void look_at_workspace(struct doctor *doctor, const char *workspace)
{
  struct err err;
  struct store_counts counts;
  struct statvfs disk;
  struct store *store = store_open(workspace, STORE_READ, &err);
  if (!store) {
    doctor_say(doctor, HEALTH_BAD, "workspace", "neggen import makes one", "%s", err.text);
    return;
  }
  bool ok = store_is_whole(store, &err) && store_count(store, &counts, &err);
  if (ok)
    doctor_say(doctor, HEALTH_GOOD, "workspace", NULL, "sound; %lld items, %lld negatives, %lld of them stale",
               (long long)counts.items, (long long)counts.negatives, (long long)counts.stale);
  else
    doctor_say(doctor, HEALTH_BAD, "workspace", "take the last backup; neggen import makes the catalogue again",
               "%s", err.text);
  store_close(store);
  if (statvfs(workspace, &disk) == 0) {
    double free_mb = (double)disk.f_bavail * (double)disk.f_frsize / 1e6;
    doctor_say(doctor, free_mb < 200 ? HEALTH_BAD : HEALTH_GOOD, "disk",
               free_mb < 200 ? "make room: what cannot be written ends a job" : NULL, "%.0f MB free",
               free_mb);
  }
}

/* ---- */

static int run(struct cli *cli)
{
  struct doctor doctor = {.cli = cli};
  struct server server;
  struct err err;
  const char *workspace = cli_text(cli, "workspace");
  cli_catch_interrupt();
  if (!server_read_unchecked(cli, &server, &err))
    return cli_fail(&err);
  doctor.findings = cJSON_CreateArray();
  look_at_terminal(&doctor);
  look_at_locale(&doctor);
  look_at_blas(&doctor);
  look_at_libraries(&doctor);
  look_at_decoder(&doctor);
  look_at_prompts(&doctor, workspace);
  if (workspace)
    look_at_workspace(&doctor, workspace);
  int bad_here = doctor.bad;
  if (server.options.api_base && *server.options.api_base)
    doctor_server(&doctor, &server);
  else
    doctor_say(&doctor, HEALTH_NOTE, "server", "--api-base URL [--model NAME] looks at a model's",
               "none is named; the offline engine needs none");
  server_forget(&server);
  int status = cli_interrupted() ? EX_INTERRUPT : bad_here ? EX_CONFIG : doctor.bad ? EX_UNAVAILABLE : 0;
  cJSON *json = cJSON_CreateObject();
  json_add_int(json, "bad", doctor.bad);
  cJSON_AddItemToObject(json, "findings", doctor.findings);
  if (cli->is_json)
    cli_print_json(json);
  else
    cJSON_Delete(json);
  return cli_finish(status);
}

static const struct option_row options[] = {
  {"workspace", 0, OPTION_TEXT, "WS", NULL, 0, 0, "look at this workspace, too"},
  SERVER_OPTIONS,
  {0},
};

const struct command_row command_doctor = {
  .name = "doctor",
  .usage = "",
  .help = "look whether all is well here, and what a server can really do",
  .min_operands = 0,
  .max_operands = 0,
  .options = options,
  .run = run,
};
