/* curl.h - libcurl, loaded at its first use (base/library.h)
 *
 * Include this in place of <curl/curl.h>: the functions are called as ever. One that is used
 * and is not in the list fails to link.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_CURL_H
#define BACKEND_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#undef curl_easy_setopt /* they are macros that call themselves */
#undef curl_easy_getinfo

#define CURL_FUNCTIONS(_)                                                                \
  _(curl_easy_cleanup) _(curl_easy_getinfo) _(curl_easy_init) _(curl_easy_setopt)        \
  _(curl_easy_strerror) _(curl_free) _(curl_getdate) _(curl_global_cleanup)              \
  _(curl_global_init) _(curl_multi_add_handle) _(curl_multi_cleanup)                     \
  _(curl_multi_info_read) _(curl_multi_init) _(curl_multi_perform) _(curl_multi_poll)    \
  _(curl_multi_remove_handle) _(curl_slist_append) _(curl_slist_free_all) _(curl_url)    \
  _(curl_url_cleanup) _(curl_url_get) _(curl_url_set) _(curl_version)

struct curl_functions {
#define CURL_MEMBER(name) __typeof__(name) *name;
  CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};
/* They, loaded at the first call, from any thread; a failure ends the process. */
const struct curl_functions *curl_library(void);

#define curl_easy_cleanup curl_library()->curl_easy_cleanup
#define curl_easy_getinfo curl_library()->curl_easy_getinfo
#define curl_easy_init curl_library()->curl_easy_init
#define curl_easy_setopt curl_library()->curl_easy_setopt
#define curl_easy_strerror curl_library()->curl_easy_strerror
#define curl_free curl_library()->curl_free
#define curl_getdate curl_library()->curl_getdate
#define curl_global_cleanup curl_library()->curl_global_cleanup
#define curl_global_init curl_library()->curl_global_init
#define curl_multi_add_handle curl_library()->curl_multi_add_handle
#define curl_multi_cleanup curl_library()->curl_multi_cleanup
#define curl_multi_info_read curl_library()->curl_multi_info_read
#define curl_multi_init curl_library()->curl_multi_init
#define curl_multi_perform curl_library()->curl_multi_perform
#define curl_multi_poll curl_library()->curl_multi_poll
#define curl_multi_remove_handle curl_library()->curl_multi_remove_handle
#define curl_slist_append curl_library()->curl_slist_append
#define curl_slist_free_all curl_library()->curl_slist_free_all
#define curl_url curl_library()->curl_url
#define curl_url_cleanup curl_library()->curl_url_cleanup
#define curl_url_get curl_library()->curl_url_get
#define curl_url_set curl_library()->curl_url_set
#define curl_version curl_library()->curl_version

#endif
