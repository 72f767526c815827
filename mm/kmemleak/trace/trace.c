// SPDX-License-Identifier: GPL-2.0
/*
 * Stack capture: turn the frames of an allocation into a handle of the stack depot,
 * which usually has the stack already.
 *
 *	are the addresses where they were seen before? -> handle    trace.h
 *	    | no
 *	    v
 *	walk -> hash of the addresses -> known_stacks[] -> handle, note where they are
 *	                                    | not there
 *	                                    v
 *	                     unwind, store in the depot, note in known_stacks[]
 *
 * walk_stack() reads the return addresses as they lie on the stack, without asking what
 * they are. The unwinder knows more: it continues past an interrupt, and restores
 * addresses that a tracer has replaced. A stack is therefore noted only if both saw the
 * same addresses. Where the unwinder sees something else, it does so each time: the
 * words that misled the walk are part of the hash.
 *
 * Invariants:
 *
 * - An entry of known_stacks[] is one word that holds the handle and check bits of the
 *   hash. It is written and read at once, so that no reader sees half of one. Any CPU
 *   may overwrite any entry; the stack that was there is then just unknown again. Two
 *   stacks are taken for the same one if 48 bits of their hashes are equal.
 * - The location of a stack is noted in seen_stacks[] only if the stack is known.
 * - The depot never drops a stack, so handles stay valid.
 * - Nothing here prints or sleeps.
 */
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/randomize_kstack.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#include "kmemleak.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/trace.h"
#include "trace/walk.h"

/* Maximum number of frames above the hook's caller: our own and the unwinder's. */
#define STACK_OWN	10

unsigned int verify_stacks __read_mostly;
module_param(verify_stacks, uint, 0644);
MODULE_PARM_DESC(verify_stacks, "unwind every Nth stack that is known, too, and compare; 0 for never");

/* ---- Stacks that are known ---- */

/* Bits of a handle; the depot leaves the other bits to its users. */
#define KNOWN_HANDLE	(32 - STACK_DEPOT_EXTRA_BITS)

u64 known_stacks[KNOWN_SETS][KNOWN_WAYS];

static u64 *known_set(u64 hash)
{
	return known_stacks[hash & (KNOWN_SETS - 1)];
}

static depot_stack_handle_t known_find(u64 hash)
{
	const u64 *set = known_set(hash);
	unsigned int i;

	for (i = 0; i < KNOWN_WAYS; i++) {
		u64 entry = READ_ONCE(set[i]);

		if (entry >> KNOWN_HANDLE == hash >> KNOWN_HANDLE)
			return entry & (BIT(KNOWN_HANDLE) - 1);
	}
	return 0;
}

static void known_add(u64 hash, depot_stack_handle_t handle)
{
	static unsigned int turn;
	u64 *set = known_set(hash);
	unsigned int i;

	if (handle >> KNOWN_HANDLE)
		return;
	for (i = 0; i < KNOWN_WAYS && READ_ONCE(set[i]); i++)
		;
	/* The set is full: overwrite any of its entries. */
	if (i == KNOWN_WAYS)
		i = turn++ % KNOWN_WAYS;
	WRITE_ONCE(set[i], (hash >> KNOWN_HANDLE << KNOWN_HANDLE) | handle);
}

/* ---- Stacks that were seen ---- */

/* Once in so many times, a stack in a full set is replaced. */
#define SEEN_PATIENCE	8

struct seen *seen_stacks[BIT(SEEN_SETS_BITS)][SEEN_WAYS];
static struct kmem_cache *seen_cache;

static void seen_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(seen_cache, container_of(rcu, struct seen, rcu));
}

/*
 * Bit 0 is set while a CPU writes to seen_stacks[]. Only trace_teardown() waits for it;
 * others skip their update.
 */
static unsigned long seen_busy;

static bool seen_trylock(void)
{
	return !test_and_set_bit_lock(0, &seen_busy);
}

static void seen_unlock(void)
{
	clear_bit_unlock(0, &seen_busy);
}

/* Replace an entry by @new. Context: seen_trylock() succeeded. */
static void seen_put(struct seen **entry, struct seen *new)
{
	struct seen *old = *entry;

	/* Pairs with the address dependencies in trace_seen() and trace_at_hand(). */
	smp_store_release(entry, new);
	if (old)
		call_rcu(&old->rcu, seen_free_rcu);
}

/* Once in so many times, a stack found behind others is moved to the front. */
#define SEEN_OFTEN	64

/*
 * A stack was found behind others of its set. Stacks that are met most often get to the
 * front sooner or later. During the swap, a stack may be seen twice or not at all,
 * which costs a walk.
 */
static void seen_often(struct seen **set, unsigned int way)
{
	static DEFINE_PER_CPU(unsigned int, turn);
	struct seen *first;

	if (this_cpu_inc_return(turn) % SEEN_OFTEN || !seen_trylock())
		return;
	first = set[0];
	/* Both pair with the dependencies in trace_seen() and trace_at_hand(). */
	smp_store_release(&set[0], set[way]);
	/* See above. */
	smp_store_release(&set[way], first);
	seen_unlock();
}

/* Do stacks begin at another offset with each system call? */
static bool stack_wanders(void)
{
#ifdef CONFIG_RANDOMIZE_KSTACK_OFFSET
	return static_branch_maybe(CONFIG_RANDOMIZE_KSTACK_OFFSET_DEFAULT,
				   &randomize_kstack_offset) &&
	       !(current->flags & PF_KTHREAD);
#else
	return false;
#endif
}

/**
 * struct seen_turn - which stacks may be noted
 * @turn: number of stacks that found their set full
 * @busy: an entry is being allocated; that allocation may want to note a stack, too
 */
struct seen_turn {
	unsigned int turn;
	bool busy;
};

static void seen_note(struct seen **set, const struct walk *walk,
		      depot_stack_handle_t handle, gfp_t gfp)
{
	static DEFINE_PER_CPU(struct seen_turn, turns);
	/* The turn of any CPU will do, even if the task migrates. */
	struct seen_turn *turn = raw_cpu_ptr(&turns);
	unsigned int way, i;
	struct seen *new;

	if (!WALK_SAME || !walk->fixed || stack_wanders())
		return;
	for (way = 0; way < SEEN_WAYS && READ_ONCE(set[way]); way++)
		;
	/* More stacks than there is room for must not evict each other all the time. */
	if (way == SEEN_WAYS) {
		if (turn->turn++ % SEEN_PATIENCE)
			return;
		way = turn->turn / SEEN_PATIENCE % SEEN_WAYS;
	}
	if (xchg(&turn->busy, true))
		return;
	new = kmem_cache_alloc(seen_cache, gfp);
	WRITE_ONCE(turn->busy, false);
	if (!new)
		return;
	new->walk = *walk;
	for (i = walk->nr; i < STACK_FRAMES; i++)
		new->walk.step[i] = walk->step[walk->nr - 1];
	new->handle = handle;
	/* trace_teardown() spins until this is over. */
	preempt_disable();
	if (seen_trylock()) {
		/* The teardown takes the bit later, or has been here and switched off. */
		if (kmemleak_is_on()) {
			seen_put(&set[way], new);
			new = NULL;
		}
		seen_unlock();
	}
	preempt_enable();
	if (new)
		kmem_cache_free(seen_cache, new);
}

/* ---- Capture ---- */

/* Get the addresses from the hook's caller on. Returns their number. */
static unsigned int unwind(struct trace_here here, unsigned long *addresses)
{
	unsigned long all[STACK_OWN + STACK_FRAMES];
	unsigned int nr, own;

	nr = stack_trace_save(all, ARRAY_SIZE(all), 0);
	for (own = 0; own < min(nr, STACK_OWN) && all[own] != here.caller; own++)
		;
	/* If the unwinder does not see the caller, drop no frame. */
	if (own == nr || all[own] != here.caller)
		own = 0;
	nr = min(nr - own, STACK_FRAMES);
	memcpy(addresses, all + own, nr * sizeof(*addresses));
	return nr;
}

/* Did the walk see what the unwinder saw, as far as the unwinder went? */
static bool walk_agrees(const struct walk *walk, const unsigned long *addresses,
			unsigned int nr)
{
	unsigned int i;

	if (walk->nr < nr)
		return false;
	for (i = 0; i < nr; i++)
		if ((unsigned long)walk->step[i].address != addresses[i])
			return false;
	return true;
}

/* Capture a stack that is not known or that cannot be. */
static noinline depot_stack_handle_t learn(struct trace_here here, gfp_t gfp)
{
	unsigned long addresses[STACK_FRAMES];
	depot_stack_handle_t handle;
	struct walk walk = {};
	unsigned int nr;
	u64 hash;

	stat_inc(STAT_STACK_UNWOUND);
	walk_learn(here);
	hash = walk_stack(here, &walk);
	nr = unwind(here, addresses);
	handle = nr ? stack_depot_save(addresses, nr, gfp) : 0;
	if (!handle)
		stat_inc(STAT_STACK_NOMEM);
	else if (hash && walk_agrees(&walk, addresses, nr))
		known_add(hash, handle);
	return handle;
}

/* Now and then, check a known stack against the unwinder. */
static noinline void trace_verify(struct trace_here here,
				  depot_stack_handle_t handle)
{
	static DEFINE_PER_CPU(unsigned int, turn);
	unsigned long addresses[STACK_FRAMES];
	unsigned int every = READ_ONCE(verify_stacks);
	unsigned long *stored;
	unsigned int nr;

	if (!every || this_cpu_inc_return(turn) % every)
		return;
	nr = unwind(here, addresses);
	stat_inc(STAT_STACK_VERIFIED);
	if (stack_depot_fetch(handle, &stored) != nr ||
	    memcmp(stored, addresses, nr * sizeof(*stored)))
		stat_inc(STAT_STACK_MISMATCHES);
}

/**
 * trace_stack() - store the stack from a caller on
 * @here: where the hook was called
 * @what: a number that distinguishes calls of the hook, such as the size; it should
 *	mostly be the same for the same stack
 * @gfp: flags of the allocation; this function never waits for memory
 *
 * Context: Any but NMI.
 * Return: its handle in the stack depot, 0 if there is no memory for it.
 */
noinline depot_stack_handle_t trace_stack(struct trace_here here, u32 what,
					  gfp_t gfp)
{
	depot_stack_handle_t handle;
	struct walk walk;
	u64 hash;

	gfp = metadata_gfp(gfp) & ~__GFP_DIRECT_RECLAIM;
	hash = walk_stack(here, &walk);
	handle = hash ? known_find(hash) : 0;
	if (!handle)
		return learn(here, gfp);
	seen_note(seen_set(here, what), &walk, handle, gfp);
	if (unlikely(READ_ONCE(verify_stacks)))
		trace_verify(here, handle);
	return handle;
}

/**
 * trace_seen() - get the handle of the stack from a caller on
 * @here: where the hook was called
 * @what: as for trace_stack()
 * @gfp: as for trace_stack()
 *
 * Context: Any but NMI, preemption off. Preemption is enabled meanwhile if the stack
 * was not seen before.
 * Return: see trace_stack().
 */
depot_stack_handle_t trace_seen(struct trace_here here, u32 what, gfp_t gfp)
{
	struct seen **set = seen_set(here, what);
	depot_stack_handle_t handle;
	unsigned int i;

	for (i = 0; i < SEEN_WAYS; i++) {
		const struct seen *seen = READ_ONCE(set[i]);

		if (!seen)
			break;
		if (!walk_same(&seen->walk, here))
			continue;
		handle = seen->handle;
		if (i)
			seen_often(set, i);
		if (READ_ONCE(verify_stacks))
			trace_verify(here, handle);
		return handle;
	}
	preempt_enable();
	handle = trace_stack(here, what, gfp);
	preempt_disable();
	return handle;
}

/**
 * trace_slot() - fill in a slot for an object that is allocated now, but for the task
 * @flags: OBJ_* to start with, including %OBJ_LIVE
 * @here: as for trace_stack()
 * @gfp: as for trace_stack()
 *
 * Context: Any but NMI.
 * Return: the slot.
 */
struct slot trace_slot(u32 flags, struct trace_here here, gfp_t gfp)
{
	struct slot slot = { .birth = (u32)jiffies, .state = flags };

	preempt_disable();
	slot.stack = trace_seen(here, 0, gfp);
	preempt_enable();
	return slot;
}

/**
 * kmemleak_trace_init() - initialize the stack depot and create a cache
 */
void __init kmemleak_trace_init(void)
{
	stack_depot_init();
	seen_cache = KMEM_CACHE(seen, SLAB_NOLEAKTRACE | SLAB_PANIC);
}

/**
 * trace_teardown() - free what was noted about stacks
 *
 * The stacks in the stack depot stay.
 *
 * Context: Sleeps. The hooks are off.
 */
void trace_teardown(void)
{
	struct seen **entry = &seen_stacks[0][0];
	unsigned int i;

	/* A hook that saw the detector on may still hold it. */
	while (!seen_trylock())
		cond_resched();
	for (i = 0; i < BIT(SEEN_SETS_BITS) * SEEN_WAYS; i++)
		seen_put(&entry[i], NULL);
	seen_unlock();
}
