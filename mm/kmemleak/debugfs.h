/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of the control file.
 */
#ifndef _MM_KMEMLEAK_DEBUGFS_H
#define _MM_KMEMLEAK_DEBUGFS_H

/* What a write to the control file requests. */
enum control_verb {
	CONTROL_SCAN,
	CONTROL_SCAN_ON,
	CONTROL_SCAN_OFF,
	CONTROL_SCAN_PERIOD,
	CONTROL_STACK_ON,
	CONTROL_STACK_OFF,
	CONTROL_CLEAR,
	CONTROL_OFF,
	CONTROL_DUMP,
	CONTROL_PATH,
};

int control_parse(char *text, enum control_verb *verb, unsigned long *value);

#endif
