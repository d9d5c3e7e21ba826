/* library.h - libraries that are loaded when they are needed
 *
 * OpenBLAS and libcurl bring thirty-five others, which cost every start 30 ms, and most commands,
 * the interface first, multiply no matrices and ask no server. So these two are opened at
 * their first use, and libchafa with its glib at the first picture.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>

#include "base/err.h"

/* Find functions of a library by name, NULL after the last: functions[k] is that of names[k].
 * EX_OSFILE when the library that neggen was built with is gone, or is another one. */
bool library_load(const char *soname, const char *const names[], void **functions,
                  struct err *err);

#endif
