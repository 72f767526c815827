/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/export.h>. */
#ifndef _HARNESS_LINUX_EXPORT_H
#define _HARNESS_LINUX_EXPORT_H

/* There are no modules here. */
#define EXPORT_SYMBOL(symbol)		_Static_assert(1, #symbol)
#define EXPORT_SYMBOL_GPL(symbol)	_Static_assert(1, #symbol)

#endif /* _HARNESS_LINUX_EXPORT_H */
