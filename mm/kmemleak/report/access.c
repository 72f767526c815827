// SPDX-License-Identifier: GPL-2.0
/*
 * Who may read reports: addresses of objects help to attack a kernel, and objects
 * contain passwords and keys.
 *
 * Invariants:
 *
 * - A file with addresses is opened through report_may_open(). Its mode allows more, as
 *   existing programs expect, and debugfs may be mounted for everybody.
 * - The content of an object is printed, to a file or to the kernel log, only if
 *   report_shows_content() has said so. It asks each time, because a kernel may be
 *   locked down while a file is open.
 */
#include <kunit/static_stub.h>
#include <linux/capability.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/security.h>

#include "report/access.h"

bool report_hex_dump = true;
module_param_named(hex_dump, report_hex_dump, bool, 0644);
MODULE_PARM_DESC(hex_dump, "show the content of leaks in reports");

/**
 * report_locked_down() - is this kernel locked down?
 *
 * debugfs asks the same for a file that can be written to, but lets everybody open one
 * that cannot. Tests replace this function.
 *
 * Context: Any but NMI.
 * Return: 0, or -EPERM if it is.
 */
int report_locked_down(void)
{
	KUNIT_STATIC_STUB_REDIRECT(report_locked_down);
	return security_locked_down(LOCKDOWN_DEBUGFS);
}

/**
 * report_may_open() - may the current task open a file with addresses of objects?
 *
 * What it opens, it may pass on to others.
 *
 * Return: 0, or -EPERM if it may not.
 */
int report_may_open(void)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return report_locked_down();
}

/**
 * report_shows_content() - may a report show what objects contain?
 *
 * Context: Any but NMI.
 * Return: true if it may.
 */
bool report_shows_content(void)
{
	return READ_ONCE(report_hex_dump) && !report_locked_down();
}
