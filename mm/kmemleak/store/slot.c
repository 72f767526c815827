// SPDX-License-Identifier: GPL-2.0
/*
 * Flags of objects, and how metadata is allocated on behalf of an allocation.
 *
 * Invariant: an empty slot stays as it is. A flag set while its object is freed is
 * lost, or hits the next object in the slot, and does no harm there (slot.h).
 */
#include <linux/atomic.h>
#include <linux/gfp.h>

#include "store/slot.h"

/**
 * slot_change() - change the flags of a live object
 * @slot: its slot
 * @set: OBJ_* to set
 * @clear: OBJ_* to clear
 *
 * Context: Any.
 * Return: false, and nothing changed, if the slot is empty.
 */
bool slot_change(struct slot *slot, u32 set, u32 clear)
{
	u32 old = READ_ONCE(slot->state);

	do {
		if (!(old & OBJ_LIVE))
			return false;
	} while (!try_cmpxchg(&slot->state, &old, (old & ~clear) | set));
	return true;
}

/**
 * metadata_gfp() - how to allocate metadata on behalf of an allocation
 * @gfp: flags of the allocation
 *
 * Everything that allocates inside a hook asks this. What of @gfp says how memory
 * may be reclaimed stays, and so does __GFP_NOLOCKDEP: whoever knows that reclaim is
 * safe under its locks knows it for the metadata, too. What says where the object
 * lies, what it holds and who pays for it goes. Task scopes, as of
 * memalloc_nofs_save(), hold by themselves.
 *
 * Return: flags that wait where the allocation may wait, dig into no reserves,
 * never insist and stay silent: a failure is handled.
 */
gfp_t metadata_gfp(gfp_t gfp)
{
	return gfp_nested_mask(gfp) & ~__GFP_HIGH;
}
