/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which functions are never to blame for a leak. The user's tool compiles this, too.
 */
#ifndef _MM_KMEMLEAK_TRACE_HELPERS_H
#define _MM_KMEMLEAK_TRACE_HELPERS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

bool function_is_helper(const char *name, bool builtin);
const char *function_plain(const char *name, size_t *length);

#endif
