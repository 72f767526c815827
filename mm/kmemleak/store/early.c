// SPDX-License-Identifier: GPL-2.0
/*
 * The boot log: calls made before the detector can record them.
 *
 * Invariants:
 *
 * - Only the boot CPU runs until kmemleak_init(), with interrupts off, so that no lock
 *   is needed.
 * - The log is in init memory. It is not used once the state is no longer
 *   KMEMLEAK_EARLY.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "store/early.h"
#include "store/stats.h"

static struct early_entry entries[CONFIG_DEBUG_KMEMLEAK_EARLY_LOG_SIZE]
	__initdata;
static struct early_log boot_log = {
	.size = CONFIG_DEBUG_KMEMLEAK_EARLY_LOG_SIZE,
};

/*
 * Flags of the object that the last call allocated, such as a sheaf, which is ignored, need
 * no entry: large machines have thousands. Returns false if it is another object.
 */
static bool flags_merge(struct early_log *log, const struct early_entry *entry)
{
	struct early_entry *last;

	/* Once an entry is lost, the last one may be of an object that was freed. */
	if (entry->op != EARLY_FLAGS || !log->used || log->lost)
		return false;
	last = &log->entry[log->used - 1];
	if (last->addr != entry->addr ||
	    (last->op != EARLY_ALLOC && last->op != EARLY_ALLOC_SLAB))
		return false;
	last->flags |= entry->arg;
	return true;
}

/**
 * early_log_append() - add a call to a log
 * @log: the log
 * @entry: the call; copied
 *
 * Return: false if the log is full; the call is counted as lost.
 */
bool early_log_append(struct early_log *log, const struct early_entry *entry)
{
	if (flags_merge(log, entry))
		return true;
	if (log->used == log->size) {
		log->lost++;
		return false;
	}
	log->entry[log->used++] = *entry;
	return true;
}

/**
 * early_log_call() - add a call to the boot log
 * @op: type of the call
 * @addr: address, in the call's own space
 * @size: bytes
 * @arg: min_count or flags
 * @caller: address of the caller
 */
void __ref early_log_call(enum early_op op, unsigned long addr,
			  unsigned long size, s32 arg, unsigned long caller)
{
	struct early_entry entry = {
		.op = op,
		.arg = arg,
		.addr = addr,
		.size = size,
		.caller = caller,
	};

	boot_log.entry = entries;
	early_log_append(&boot_log, &entry);
}

/**
 * early_replay() - record the objects of the boot log
 * @apply: called for each entry, in order
 */
void __init early_replay(void (*apply)(const struct early_entry *entry))
{
	unsigned int i;

	stat_set(STAT_EARLY_USED, boot_log.used);
	stat_set(STAT_EARLY_LOST, boot_log.lost);
	stat_set(STAT_UNTRACKED_EARLY, boot_log.lost);
	for (i = 0; i < boot_log.used; i++)
		apply(&entries[i]);
	if (boot_log.lost)
		pr_warn("boot log too small: %u %s lost, scanned but not tracked; CONFIG_DEBUG_KMEMLEAK_EARLY_LOG_SIZE of %u would hold all\n",
			boot_log.lost, boot_log.lost == 1 ? "entry" : "entries",
			boot_log.used + boot_log.lost);
	boot_log.entry = NULL;
	/* Where init memory is not freed, as on um, words in it are roots. */
	memset(entries, 0, boot_log.used * sizeof(*entries));
}
