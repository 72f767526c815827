// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that kmemleak_transient_leak() exempts from one scan.
 */
#include <linux/bitops.h>

#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "transient.h"

/*
 * A walk over objects that are exempt from one scan. A scan marks them as seen before
 * it begins. When it has ended, those that were seen become ordinary objects.
 */
struct transience {
	bool ended;
	unsigned long nr;	/* number of such objects */
};

static void transience_step(struct slot *slot, struct transience *transience)
{
	u32 state = slot_state(slot);

	if (!(state & OBJ_TRANSIENT))
		return;
	transience->nr++;
	/* Leave an object alone that takes its place meanwhile and is transient itself. */
	if (!transience->ended)
		slot_change_if(slot, OBJ_TRANSIENT, OBJ_TRANSIENT_SEEN, 0);
	else
		slot_change_if(slot, OBJ_TRANSIENT | OBJ_TRANSIENT_SEEN, 0,
			       OBJ_TRANSIENT | OBJ_TRANSIENT_SEEN);
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
 * transience() - process the objects that are exempt from one scan
 * @ended: a scan has ended, so the objects seen at its beginning become ordinary;
 *	otherwise a scan begins, and the objects are marked as seen
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
	/*
	 * Pairs with object_set_flags(), which changes the slot and then sets the bit:
	 * either the walk sees the slot, or the bit stays set.
	 */
	smp_mb__after_atomic();
	while (slab_walk(&pos, transience_table, &transience))
		;
	range_walk(transience_range, &transience);
	if (transience.nr)
		walk_want(WALK_TRANSIENT);
}
