/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unloading of modules.
 */
#ifndef _MM_KMEMLEAK_MODULES_H
#define _MM_KMEMLEAK_MODULES_H

#ifdef CONFIG_MODULES
void modules_teardown(void);
#else
static inline void modules_teardown(void)
{
}
#endif

#endif
