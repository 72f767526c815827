/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of structures that are never read.
 */
#ifndef _MM_KMEMLEAK_STORE_HOLES_H
#define _MM_KMEMLEAK_STORE_HOLES_H

/**
 * struct hole - a part of a structure that is not read
 * @start: offset of its first byte
 * @end: offset of the first byte behind it; 0 ends a list
 */
struct hole {
	unsigned int start;
	unsigned int end;
};

extern struct hole dentry_holes[];

extern struct hole task_holes[];

extern struct hole timer_holes[];

unsigned int holes_sort(struct hole *holes, unsigned int nr);
void __init holes_init(void);

#endif
