/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/export.h>. */
#ifndef _HARNESS_LINUX_EXPORT_H
#define _HARNESS_LINUX_EXPORT_H

/* There are no modules here; the prototype only takes the semicolon. */
#define EXPORT_SYMBOL_GPL(symbol)	extern typeof(symbol) symbol

#endif /* _HARNESS_LINUX_EXPORT_H */
