/* pictures.c - see pictures.h
 *
 * Pictures go through in blocks: read and hashed, decoded by as many children as there
 * are threads, measured and shrunk; then written in the order of the items, so that the
 * catalogue does not depend on who was faster.
 * SPDX-License-Identifier: MIT */
#include "data/pictures.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "media/decoder.h"

enum { BLOCK = 256, THUMBNAIL_SIDE = 128, THUMBNAIL_QUALITY = 85, FILE_MAX = 64 << 20 };

static const char *const endings[] = {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".avif",
                                      ".tif", ".tiff"};

static size_t stem_size(const char *name)
{
  const char *dot = strrchr(name, '.');
  for (size_t k = 0; dot && dot > name && k < COUNT_OF(endings); k++)
    if (!strcasecmp(dot, endings[k]))
      return (size_t)(dot - name);
  return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

bool picture_files_open(struct picture_files *files, const char *folder, struct err *err)
{
  struct dirent **entries;
  *files = (struct picture_files){.folder = realpath(folder, NULL)};
  int room = 0, count = files->folder ? scandir(folder, &entries, NULL, by_name) : -1;
  if (count < 0) {
    free(files->folder);
    return err_errno(err, EX_NOINPUT, "cannot read %s", folder);
  }
  for (int k = 0; k < count; k++) {
    size_t size = stem_size(entries[k]->d_name);
    int32_t before = files->stems.count;
    if (size && intern_add(&files->stems, entries[k]->d_name, size) == before)
      VEC_PUSH(files->names, before, room) = mem_strdup(entries[k]->d_name);
    free(entries[k]);
  }
  free(entries);
  files->is_used = mem_zero((size_t)files->stems.count + 1, sizeof *files->is_used);
  return true;
}

void picture_files_close(struct picture_files *files)
{
  for (int32_t k = 0; k < files->stems.count; k++)
    free(files->names[k]);
  free(files->names);
  free(files->is_used);
  free(files->folder);
  intern_free(&files->stems);
  *files = (struct picture_files){0};
}

char *picture_files_find(struct picture_files *files, const char *key)
{
  int32_t found = intern_find(&files->stems, key, strlen(key));
  if (found < 0)
    return NULL;
  files->is_used[found] = true;
  return path_join(files->folder, files->names[found]);
}

/* One picture on its way through. */
struct job {
  const char *key;
  char *path, *old_hash;
  char hash[SHA256_HEX];
  size_t bytes;
  int width, height;
  bool is_missing, is_same;
  struct measure measure;
  struct buf thumbnail;
  struct err err; /* code 0: all went well */
};

static void take_picture(struct job *job, struct decoder *decoder)
{
  struct picture picture = {0};
  const char *slash = strrchr(job->path, '/'), *what = slash + 1;
  while (slash > job->path && slash[-1] != '/')
    slash--; /* "images/12.jpg" */
  what = slash > job->path ? slash : what;
  struct stat st;
  if (stat(job->path, &st) != 0) {
    err_errno(&job->err, EX_NOINPUT, "cannot read %s", what);
    return;
  }
  if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
    err_set(&job->err, EX_DATAERR, "%s: is %s", what,
            S_ISREG(st.st_mode) ? "larger than 64 MB" : "no file");
    return;
  }
  char *data = path_read(job->path, FILE_MAX, &job->bytes, &job->err);
  if (!data)
    return;
  hash_sha256(data, job->bytes, job->hash);
  job->is_same = job->old_hash && !strcmp(job->old_hash, job->hash);
  if (!job->is_same && decoder_read(decoder, data, job->bytes, what, &picture, &job->err)) {
    struct picture small = picture_shrink(&picture, THUMBNAIL_SIDE);
    job->measure = measure_picture(&picture);
    job->width = picture.width;
    job->height = picture.height;
    picture_jpeg(&small, THUMBNAIL_QUALITY, &job->thumbnail);
    picture_free(&small);
    picture_free(&picture);
  }
  free(data);
}

static void take_block(struct job *jobs, int count)
{
#pragma omp parallel
  {
    struct decoder *decoder = decoder_new();
#pragma omp for schedule(dynamic, 4)
    for (int k = 0; k < count; k++)
      if (!jobs[k].is_missing)
        take_picture(&jobs[k], decoder);
    decoder_free(decoder);
  }
}

static void count_job(const struct job *job, struct picture_report *report)
{
  int64_t shown = report->missing + report->failed;
  if (job->is_missing)
    report->missing++;
  else if (job->err.code)
    report->failed++;
  else if (job->is_same)
    report->same++;
  else
    report->read++;
  if (job->err.code && shown < BAD_ROWS_SHOWN)
    report->reasons[shown] = mem_strdup(job->err.text);
}

static bool write_job(struct catalogue *catalogue, const struct job *job, struct err *err)
{
  if (job->is_same)
    return true;
  return catalogue_picture(catalogue, job->key, *job->hash ? job->hash : NULL, (int64_t)job->bytes,
                           job->width, job->height, &job->measure, &job->thumbnail,
                           job->err.code ? job->err.text : NULL, err);
}

static void prepare_job(struct job *job, struct catalogue *catalogue, const char *key,
                        struct picture_files *files)
{
  *job = (struct job){.key = key, .path = picture_files_find(files, key)};
  job->is_missing = !job->path;
  if (job->is_missing)
    err_set(&job->err, EX_NOINPUT, "no picture of item \"%s\" in %s", key, files->folder);
  else
    job->old_hash = catalogue_picture_hash(catalogue, key);
}

static void free_job(struct job *job)
{
  free(job->path);
  free(job->old_hash);
  buf_free(&job->thumbnail);
}

bool pictures_import(struct catalogue *catalogue, const struct intern *keys,
                     struct picture_files *files, const struct import_options *options,
                     struct picture_report *report, struct err *err)
{
  struct job *jobs = mem_zero(BLOCK, sizeof *jobs);
  struct progress progress;
  bool ok = true;
  progress_start(&progress, options->progress, "reading", "pictures", keys->count);
  for (int32_t start = 0; start < keys->count && ok; start += BLOCK) {
    int count = keys->count - start < BLOCK ? keys->count - start : BLOCK;
    for (int k = 0; k < count; k++)
      prepare_job(&jobs[k], catalogue, intern_text(keys, start + k), files);
    take_block(jobs, count);
    for (int k = 0; k < count; k++) {
      count_job(&jobs[k], report);
      ok = ok && write_job(catalogue, &jobs[k], err);
      free_job(&jobs[k]);
    }
    progress_show(&progress, start + count, NULL);
    if (ok && options->is_cancelled && options->is_cancelled())
      ok = err_set(err, EX_INTERRUPT, "import: interrupted; the workspace is as it was");
  }
  progress_end(&progress);
  free(jobs);
  for (int32_t k = 0; k < files->stems.count; k++)
    report->unused += !files->is_used[k];
  return ok;
}
