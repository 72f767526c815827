/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The boot log: calls made before the detector can record them.
 */
#ifndef _MM_KMEMLEAK_STORE_EARLY_H
#define _MM_KMEMLEAK_STORE_EARLY_H

#include <linux/init.h>
#include <linux/types.h>

/* The calls that an entry of the boot log may stand for. */
enum early_op {
	EARLY_SLAB_NEW,
	EARLY_ALLOC,
	EARLY_ALLOC_SLAB,
	EARLY_ALLOC_PERCPU,
	EARLY_ALLOC_PHYS,
	EARLY_VMALLOC,
	EARLY_FREE,
	EARLY_FREE_PART,
	EARLY_FREE_PART_PHYS,
	EARLY_FREE_PERCPU,
	EARLY_FLAGS,
	EARLY_FLAGS_PHYS,
	EARLY_FLAGS_PERCPU,
	EARLY_SCAN_AREA,
};

/**
 * struct early_entry - one call made before the detector could record it
 * @op: type of the call
 * @flags: flags that the object got right after it was allocated
 * @arg: min_count or flags
 * @addr: address, in the call's own space
 * @size: bytes
 * @caller: address of the caller
 */
struct early_entry {
	u16 op;
	u16 flags;
	s32 arg;
	unsigned long addr;
	unsigned long size;
	unsigned long caller;
};

/**
 * struct early_log - calls in the order they were made
 * @entry: the entries
 * @size: number of entries that fit
 * @used: number of entries in use
 * @lost: number of calls that found the log full
 */
struct early_log {
	struct early_entry *entry;
	unsigned int size;
	unsigned int used;
	unsigned int lost;
};

bool early_log_append(struct early_log *log, const struct early_entry *entry);
void early_log_call(enum early_op op, unsigned long addr, unsigned long size,
		    s32 arg, unsigned long caller);
void __init early_replay(void (*apply)(const struct early_entry *entry));

#endif
