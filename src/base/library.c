/* library.c - see library.h
 * SPDX-License-Identifier: MIT */
#include "base/library.h"

#include <dlfcn.h>
#include <stddef.h>

bool library_load(const char *soname, const char *const names[], void **functions,
                  struct err *err)
{
  void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
  bool ok = library != NULL;
  for (int k = 0; ok && names[k]; k++)
    ok = (functions[k] = dlsym(library, names[k])) != NULL;
  return ok || err_set(err, EX_OSFILE, "%s is not what neggen was built with: %s", soname, dlerror());
}
