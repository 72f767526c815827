// SPDX-License-Identifier: GPL-2.0
/*
 * The detector's life: from the boot log to recording, and to "off".
 *
 *	KMEMLEAK_EARLY ---- kmemleak_init() ----> KMEMLEAK_ON ---- life_end() ----+
 *	      |                                                                   |
 *	      +---- kmemleak=off ----> KMEMLEAK_OFF <-----------------------------+
 *
 * Invariant: KMEMLEAK_OFF is final. Once it is there and a grace period is over, no hook
 * adds a record; then all are freed. A hook that was late may still look for one.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/rcupdate.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "../slab.h"

#include "kmemleak.h"
#include "store/early.h"
#include "store/holes.h"
#include "store/lost.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "store/wipe.h"
#include "trace/comm.h"
#include "trace/trace.h"
#include "trace/walk.h"
#include "mark/roots.h"
#include "mark/unrecorded.h"
#include "report/graph.h"
#include "report/path.h"
#include "report/sites.h"
#include "record.h"
#include "life.h"
#include "modules.h"
#include "scan.h"
#include "suspect.h"
#include "thread.h"

enum kmemleak_state kmemleak_state __read_mostly;

static bool wanted __initdata = !IS_ENABLED(CONFIG_DEBUG_KMEMLEAK_DEFAULT_OFF);

static int __init kmemleak_param(char *text)
{
	if (!text)
		return -EINVAL;
	if (!strcmp(text, "off"))
		wanted = false;
	else if (!strcmp(text, "on"))
		wanted = true;
	else
		return -EINVAL;
	if (wanted)
		stack_depot_request_early_init();
	return 0;
}
early_param("kmemleak", kmemleak_param);

static void __init replay_slab_new(unsigned long addr)
{
	struct slab *slab = virt_to_slab((void *)addr);

	if (slab && slab_leak_traced(slab))
		slab_table_make(slab, stat_get(STAT_EARLY_LOST), GFP_NOWAIT);
}

static void __init replay_one(const struct early_entry *entry)
{
	struct slot slot = {
		.stack = stack_depot_save((unsigned long *)&entry->caller, 1,
					  GFP_NOWAIT),
		.birth = (u32)jiffies,
		.state = OBJ_LIVE,
	};

	switch (entry->op) {
	case EARLY_SLAB_NEW:
		replay_slab_new(entry->addr);
		break;
	case EARLY_ALLOC:
		record_alloc(entry->addr, entry->size, entry->arg, &slot,
			     GFP_NOWAIT);
		break;
	case EARLY_ALLOC_SLAB:
		if (virt_to_slab((void *)entry->addr))
			/* The object is in use, so its content must not be wiped. */
			record_slab_alloc(entry->addr, entry->size, entry->arg,
					  slot, GFP_NOWAIT | __GFP_ZERO);
		break;
	case EARLY_ALLOC_PERCPU:
		record_range(RANGE_PERCPU, entry->addr, entry->size,
			     entry->arg, &slot, GFP_NOWAIT);
		break;
	case EARLY_ALLOC_PHYS:
		record_range(RANGE_PHYS, entry->addr, entry->size, entry->arg,
			     &slot, GFP_NOWAIT);
		break;
	case EARLY_VMALLOC:
		record_vmalloc((void *)entry->addr, entry->size, &slot,
			       GFP_NOWAIT);
		break;
	case EARLY_FREE:
		record_free(entry->addr);
		break;
	case EARLY_FREE_PART:
		record_free_part(entry->addr, entry->size);
		break;
	case EARLY_FREE_PART_PHYS:
		range_cut(RANGE_PHYS, entry->addr, entry->size);
		break;
	case EARLY_FREE_PERCPU:
		range_remove(RANGE_PERCPU, entry->addr);
		break;
	case EARLY_FLAGS:
		record_flags(RANGE_VIRT, entry->addr, entry->arg);
		break;
	case EARLY_FLAGS_PHYS:
		record_flags(RANGE_PHYS, entry->addr, entry->arg);
		break;
	case EARLY_FLAGS_PERCPU:
		record_flags(RANGE_PERCPU, entry->addr, entry->arg);
		break;
	case EARLY_SCAN_AREA:
		record_scan_area(entry->addr, entry->size, GFP_NOWAIT);
		break;
	}
	if (entry->flags)
		record_flags(RANGE_VIRT, entry->addr, entry->flags);
}

/* Do not scan the detector's own memory: numbers in it may look like references. */
static void __init unread(const void *start, size_t size)
{
	data_unread(start, start + size);
}

/**
 * kmemleak_init() - start to record, beginning with the calls in the boot log
 *
 * Called once, when the slab allocator works, by the only CPU that runs.
 */
void __init kmemleak_init(void)
{
	/* Owners of caches give the lists, whether the detector is on or not. */
	holes_init();
	if (!wanted) {
		WRITE_ONCE(kmemleak_state, KMEMLEAK_OFF);
		static_branch_disable(&kmemleak_key);
		return;
	}
	wipe_init();
	/* Allocations of these functions are still logged. */
	slab_init();
	range_init();
	kmemleak_trace_init();

	WRITE_ONCE(kmemleak_state, KMEMLEAK_ON);
	early_replay(replay_one);
	roots_init();
	unread(lost_ranges, sizeof(lost_ranges));
	unread(comm_table, sizeof(comm_table));
	unread(known_stacks, sizeof(known_stacks));
#ifdef WALK_STEPS
	unread(walk_steps, sizeof(walk_steps));
#endif
}

/* Context: No scan runs, and none begins before it returns. */
static void teardown(void)
{
	if (!kmemleak_is_on())
		return;
	/*
	 * A free that finds the detector off waits for no reader. So what scans have read
	 * comes before this.
	 */
	smp_store_release(&kmemleak_state, KMEMLEAK_OFF);
	static_branch_disable(&kmemleak_key);
	/* Wait for hooks that saw the detector on. */
	synchronize_rcu();
	trace_teardown();
	suspects_forget();
	pr_info("switched off; it takes a reboot to switch it on\n");
	slab_teardown();
	range_teardown();
	graph_teardown();
	path_teardown();
	sites_teardown();
	modules_teardown();
}

/**
 * life_end() - stop all scanning and recording, and free the memory of both
 *
 * Context: Sleeps, for as long as the scan of a user takes.
 * Return: 0; -EPERM if the detector was off; -EINTR if a fatal signal arrived while it
 * waited for a scan: nothing has changed then, and the background thread goes on.
 */
int life_end(void)
{
	int err;

	if (!kmemleak_is_on())
		return -EPERM;
	err = scan_finally(teardown);
	if (err)
		return err;
	/* It scans no more. Nobody starts another one when the detector is off. */
	scan_thread_stop();
	return 0;
}
