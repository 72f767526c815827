// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are left alone for one scan, as kmemleak_transient_leak() says.
 */
#include <linux/bitops.h>

#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "transient.h"

/*
 * Objects that are to be left alone for one scan: the scan takes note of them
 * before it begins, and when it has ended those that it took note of are
 * objects like any other.
 */
struct transience {
	bool ended;
	unsigned long nr;	/* of such objects */
};

static void transience_step(struct slot *slot, struct transience *transience)
{
	u32 state = slot_state(slot);

	if (!(state & OBJ_TRANSIENT))
		return;
	transience->nr++;
	if (!transience->ended)
		slot_change(slot, OBJ_TRANSIENT_SEEN, 0);
	else if (state & OBJ_TRANSIENT_SEEN)
		slot_change(slot, 0, OBJ_TRANSIENT | OBJ_TRANSIENT_SEEN);
}

static void transience_table(struct slab_table *table, void *transience)
{
	unsigned int i;

	if (!test_bit(TABLE_SPECIAL, &table->flags))
		return;
	for (i = 0; i < table->count; i++)
		transience_step(&table->slots[i], transience);
}

static void transience_range(struct tracked_range *range, void *transience)
{
	transience_step(&range->slot, transience);
}

/**
 * transience() - look at the objects that are left alone for one scan
 * @ended: a scan has ended: those that its beginning took note of are objects like any
 *	other now; else one begins, and takes note of them
 *
 * Context: Sleeps; under scan_mutex.
 */
void transience(bool ended)
{
	struct transience transience = { .ended = ended };
	unsigned long pos = 0;

	if (!walk_wanted(WALK_TRANSIENT))
		return;
	clear_bit(WALK_TRANSIENT, &walks_wanted);
	/* Who makes one now changes its slot first: one of the two is seen. */
	smp_mb__after_atomic();
	while (slab_walk(&pos, transience_table, &transience))
		;
	range_walk(transience_range, &transience);
	if (transience.nr)
		walk_want(WALK_TRANSIENT);
}
