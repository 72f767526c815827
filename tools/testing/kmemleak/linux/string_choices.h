/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/string_choices.h>. */
#ifndef _HARNESS_LINUX_STRING_CHOICES_H
#define _HARNESS_LINUX_STRING_CHOICES_H

#include <linux/types.h>

static inline const char *str_on_off(bool on)
{
	return on ? "on" : "off";
}

static inline const char *str_plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

#endif /* _HARNESS_LINUX_STRING_CHOICES_H */
