// SPDX-License-Identifier: GPL-2.0
/*
 * Flags of objects, and flags for the allocation of metadata.
 *
 * Invariant: an empty slot does not change. A flag that slot_change() sets while its object
 * is freed is lost or ends up on the next object in the slot. Where that does harm, the
 * caller names a flag that the next object cannot have yet (slot_change_if()).
 */
#include <linux/atomic.h>
#include <linux/gfp.h>

#include "store/slot.h"

/**
 * slot_change_if() - change the flags of an object that has certain others
 * @slot: its slot
 * @need: OBJ_* that it must have, all at once, at the time of the change
 * @set: OBJ_* to set
 * @clear: OBJ_* to clear
 *
 * Context: Any.
 * Return: false if the object, or the one that is in the slot by now, lacks one of them;
 * nothing changes then.
 */
bool slot_change_if(struct slot *slot, u32 need, u32 set, u32 clear)
{
	u32 old = READ_ONCE(slot->state);

	do {
		if ((old & need) != need)
			return false;
	} while (!try_cmpxchg(&slot->state, &old, (old & ~clear) | set));
	return true;
}

/**
 * slot_change() - change the flags of a live object
 * @slot: its slot
 * @set: OBJ_* to set
 * @clear: OBJ_* to clear
 *
 * Context: Any.
 * Return: false if the slot is empty; nothing changes then.
 */
bool slot_change(struct slot *slot, u32 set, u32 clear)
{
	return slot_change_if(slot, OBJ_LIVE, set, clear);
}

/**
 * metadata_gfp() - get the flags to allocate metadata during an allocation
 * @gfp: flags of the allocation
 *
 * All code that allocates inside a hook uses this. The flags that say how memory may be
 * reclaimed stay, and so does __GFP_NOLOCKDEP: a caller that knows that reclaim is safe
 * under its locks knows it for the metadata, too. The flags that say where the object
 * lies, what it holds and who is charged for it are removed. Task scopes, such as
 * memalloc_nofs_save(), apply by themselves.
 *
 * Return: flags that may wait if the allocation may wait, use no reserves, do not retry
 * hard and do not warn: failure is handled.
 */
gfp_t metadata_gfp(gfp_t gfp)
{
	return gfp_nested_mask(gfp) & ~__GFP_HIGH;
}
