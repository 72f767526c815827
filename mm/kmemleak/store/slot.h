/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The description of one object, in 16 bytes, whoever allocated it and wherever it is.
 *
 * Life of an object: empty -> live -> empty. A live object is white unless its owner
 * said otherwise (OBJ_GREY: a root; OBJ_IGNORE: neither scanned nor reported). The
 * marks of a scan are kept beside the slots, not in them.
 */
#ifndef _MM_KMEMLEAK_STORE_SLOT_H
#define _MM_KMEMLEAK_STORE_SLOT_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/gfp_types.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define OBJ_LIVE	BIT(0)	/* allocated and not yet freed */
#define OBJ_GREY	BIT(1)	/* a root: never a leak */
#define OBJ_IGNORE	BIT(2)	/* neither scanned nor reported */
#define OBJ_NO_SCAN	BIT(3)	/* holds no references */
#define OBJ_AREAS	BIT(4)	/* only its scan areas hold references */
#define OBJ_TRANSIENT	BIT(5)	/* grey until the next scan has ended */
#define OBJ_REPORTED	BIT(6)	/* in the report */
#define OBJ_VM_STRUCT	BIT(7)	/* a reference to it counts for its area */
#define OBJ_SCAN_ALL	BIT(8)	/* an area could not be recorded */
#define OBJ_TRANSIENT_SEEN BIT(9) /* ... and that scan has begun */
#define OBJ_INDIRECT	BIT(10)	/* reported; another leak leads to it */
#define OBJ_SEEN	BIT(11)	/* reported; seen by graph.c, not yet settled */
#define OBJ_RETRACED	BIT(12)	/* its stack may be younger than the object */
#define OBJ_FLAGS_MASK	GENMASK(15, 0)
#define OBJ_COMM_SHIFT	16

/**
 * struct slot - the description of one object
 * @stack: stack depot handle of the allocation, 0 if it was not captured
 * @pid: process that allocated
 * @birth: low half of jiffies at the allocation
 * @state: OBJ_* flags in the low bits, index of the command's name above
 *	%OBJ_COMM_SHIFT; 0 is an empty slot
 *
 * Between alloc and free, the object's owner owns the slot. @birth and @state form one
 * word, which is stored last: a reader that sees %OBJ_LIVE sees the matching birth.
 * @stack and @pid become visible an RCU grace period later at the latest. A suspect
 * that was copied with the @pid of the previous object no longer matches its slot when it
 * is verified. Flags change by compare-and-exchange, so that neither a
 * free nor another flag is lost.
 */
struct slot {
	u32 stack;
	u32 pid;
	u32 birth;
	u32 state;
} __aligned(2 * sizeof(u64));

static inline u32 slot_state(const struct slot *slot)
{
	/*
	 * Order later reads after this one. Without 64-bit words, this pairs with the
	 * release in slot_fill().
	 */
	return smp_load_acquire(&slot->state);
}

/* The same without ordering, for callers that only look at the flags. */
static inline u32 slot_flags(const struct slot *slot)
{
	return READ_ONCE(slot->state);
}

static __always_inline void slot_fill(struct slot *slot,
				      const struct slot *what)
{
	WRITE_ONCE(slot->stack, what->stack);
	WRITE_ONCE(slot->pid, what->pid);
	if (IS_ENABLED(CONFIG_64BIT)) {
		u64 low = what->birth, high = what->state;

		if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN))
			swap(low, high);
		WRITE_ONCE(*(u64 *)&slot->birth, high << 32 | low);
	} else {
		WRITE_ONCE(slot->birth, what->birth);
		/* Pairs with the acquire in slot_state(). */
		smp_store_release(&slot->state, what->state);
	}
}

static __always_inline void slot_empty(struct slot *slot)
{
	WRITE_ONCE(slot->state, 0);
}

/*
 * Is it still the object that @then was copied from, not a later one in its place? Its
 * stack may have got names meanwhile.
 */
static inline bool slot_same(const struct slot *now, const struct slot *then)
{
	return (slot_state(now) & OBJ_LIVE) &&
	       READ_ONCE(now->birth) == then->birth &&
	       READ_ONCE(now->pid) == then->pid;
}

/* Get birth and flags of one and the same object. */
static __always_inline void slot_look(const struct slot *slot, u32 *birth,
				      u32 *state)
{
	if (IS_ENABLED(CONFIG_64BIT)) {
		u64 word = READ_ONCE(*(const u64 *)&slot->birth);

		if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN))
			word = word >> 32 | word << 32;
		*birth = word;
		*state = word >> 32;
	} else {
		*state = slot_state(slot);
		*birth = READ_ONCE(slot->birth);
	}
}

/* A copy, of which @stack and @pid may be those of another object, see struct slot. */
static inline struct slot slot_copy(const struct slot *slot)
{
	struct slot copy = {
		.stack = READ_ONCE(slot->stack),
		.pid = READ_ONCE(slot->pid),
	};

	slot_look(slot, &copy.birth, &copy.state);
	return copy;
}

/* Age of an object in jiffies; wraps around like a u32. */
static inline u32 slot_age(const struct slot *slot)
{
	return (u32)jiffies - READ_ONCE(slot->birth);
}

/* Birth of an object in 64-bit jiffies; the same for each @now. */
static inline u64 slot_born(const struct slot *slot, u64 now)
{
	return now - ((u32)now - READ_ONCE(slot->birth));
}

/*
 * Was an object born at or after a stamp of the present scan? The window is longer than
 * any scan, and short compared with the range of a u32: an object old enough for its
 * birth to wrap around is rarely taken for a new one, and never for long.
 */
static inline bool birth_since(u32 birth, u32 stamp)
{
	return birth - stamp < BIT(24);
}

static inline bool born_since(const struct slot *slot, u32 stamp)
{
	return birth_since(READ_ONCE(slot->birth), stamp);
}

bool slot_change_if(struct slot *slot, u32 need, u32 set, u32 clear);
/* For how long objects may go on to be born, in jiffies, once a window was computed. */
#define BIRTH_SLACK	(600U * HZ)

/* The births from @began on, in 64-bit jiffies, as a number of jiffies; all of them at most. */
static inline u32 birth_window(u64 began, u64 now)
{
	return min_t(u64, now - began + BIRTH_SLACK, ~0U);
}

/*
 * May the stack of a live object have been captured in a window that begins at the low half
 * of jiffies @began? An object so old that its birth has wrapped around may be taken for
 * one of the window, and never the other way round.
 */
static inline bool traced_since(const struct slot *slot, u32 began, u32 window)
{
	u32 birth, state;

	slot_look(slot, &birth, &state);
	if (!(state & OBJ_LIVE))
		return false;
	return birth - began <= window || (state & OBJ_RETRACED);
}

bool slot_change(struct slot *slot, u32 set, u32 clear);
gfp_t metadata_gfp(gfp_t gfp);

#endif
