/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal contracts of the leak detector: what an object is, which colour it
 * has, and who may call whom. Calls run downwards only:
 *
 *	hooks, debugfs -> scan, events, report -> mark, roots -> early, slab,
 *	range, trace
 *
 * Life of an object: empty -> live -> empty. A live object is white unless its
 * owner said otherwise (OBJ_GREY: a root; OBJ_IGNORE: neither scanned nor
 * reported); the marks of a scan live beside the objects, not in them.
 */
#ifndef _MM_KMEMLEAK_H
#define _MM_KMEMLEAK_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kmemleak.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/prio_search_tree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/stackdepot.h>
#include <linux/types.h>

/* ---- Life cycle (hooks.c) ---- */

/**
 * enum kmemleak_state - where the detector is in its life
 * @KMEMLEAK_EARLY: hooks append to the boot log
 * @KMEMLEAK_ON: hooks record, scans run
 * @KMEMLEAK_OFF: nothing is recorded; final
 */
enum kmemleak_state {
	KMEMLEAK_EARLY,
	KMEMLEAK_ON,
	KMEMLEAK_OFF,
};

extern enum kmemleak_state kmemleak_state;

static inline bool kmemleak_is_on(void)
{
	return READ_ONCE(kmemleak_state) == KMEMLEAK_ON;
}

void kmemleak_switch_off(void);

/* ---- Counters (stats.c) ---- */

/*
 * Events worth a number in kmemleak_stats; stats.c holds the name of each.
 * Causes for which memory is not tracked come first, then calls that make no
 * sense, then the last scan.
 */
enum kmemleak_stat {
	STAT_UNTRACKED_SLAB_NOMEM,
	STAT_UNTRACKED_SLAB_FAR,
	STAT_UNTRACKED_RANGE_NOMEM,
	STAT_UNTRACKED_UNKNOWN,
	STAT_UNTRACKED_AREA_NOMEM,
	STAT_UNTRACKED_EARLY,
	STAT_STACK_NOMEM,
	STAT_STACK_UNWOUND,
	STAT_STACK_VERIFIED,
	STAT_STACK_MISMATCHES,
	STAT_COMM_FULL,
	STAT_MODULE_NAMES_LOST,
	STAT_INDIRECT_LOST,
	STAT_EARLY_USED,
	STAT_EARLY_LOST,
	STAT_BAD_FREE,
	STAT_BAD_DOUBLE,
	STAT_BAD_OVERLAP,
	STAT_BAD_FREE_PART,
	STAT_BAD_OBJECT,
	STAT_SCANS,
	STAT_SCAN_DURATION_US,
	STAT_SCAN_WORDS,
	STAT_SCAN_POINTERS,
	STAT_SCAN_OVERFLOWS,
	STAT_SCAN_OBJECTS,
	STAT_SCAN_SUSPECTS,
	STAT_SCAN_VERIFIED,
	STAT_SCAN_UNKNOWN_PAGES,
	STAT_NR,
};

extern atomic_long_t kmemleak_stats[STAT_NR];

static inline void stat_inc(enum kmemleak_stat stat)
{
	atomic_long_inc(&kmemleak_stats[stat]);
}

static inline void stat_set(enum kmemleak_stat stat, long value)
{
	atomic_long_set(&kmemleak_stats[stat], value);
}

static inline long stat_get(enum kmemleak_stat stat)
{
	return atomic_long_read(&kmemleak_stats[stat]);
}

void kmemleak_complain(enum kmemleak_stat stat, unsigned long addr);
struct seq_file;
int kmemleak_stats_show(struct seq_file *m, void *unused);

/* ---- Who allocated (trace.c) ---- */

#define OBJ_LIVE	BIT(0)	/* allocated and not yet freed */
#define OBJ_GREY	BIT(1)	/* a root: never a leak */
#define OBJ_IGNORE	BIT(2)	/* neither scanned nor reported */
#define OBJ_NO_SCAN	BIT(3)	/* holds no references */
#define OBJ_AREAS	BIT(4)	/* only its scan areas hold references */
#define OBJ_TRANSIENT	BIT(5)	/* grey until the next scan has ended */
#define OBJ_REPORTED	BIT(6)	/* is in the report */
#define OBJ_VM_STRUCT	BIT(7)	/* references to it count for its area */
#define OBJ_SCAN_ALL	BIT(8)	/* an area could not be recorded */
#define OBJ_TRANSIENT_SEEN BIT(9) /* ... and that scan has begun */
#define OBJ_INDIRECT	BIT(10)	/* reported; another leak leads to it */
#define OBJ_SEEN	BIT(11)	/* reported; seen by graph.c, not yet settled */
#define OBJ_FLAGS_MASK	GENMASK(15, 0)
#define OBJ_COMM_SHIFT	16

/**
 * struct slot - what is known of one object
 * @stack: stack depot handle of the allocation, 0 if it was not captured
 * @pid: process that allocated
 * @birth: low half of jiffies at the allocation
 * @state: OBJ_* flags below, index of the command's name above
 *	%OBJ_COMM_SHIFT; 0 is an empty slot
 *
 * Between alloc and free the slot belongs to the object's owner. @birth and
 * @state are one word and stored last: who sees %OBJ_LIVE sees whose birth that
 * is. @stack and @pid follow from an RCU grace period later on at the latest: a
 * suspect for which they were still those of the object before differs from
 * itself when it is verified. Flags change by compare-and-exchange, so that
 * neither a free nor another flag is lost.
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
	 * What is read after it is at least as new. Without 64-bit words this
	 * pairs with the release in slot_fill().
	 */
	return smp_load_acquire(&slot->state);
}

/* The same for who looks at nothing but the flags. */
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

bool slot_change(struct slot *slot, u32 set, u32 clear);

/* The same object as when @then was copied, not a later one in its place. */
static inline bool slot_same(const struct slot *now, const struct slot *then)
{
	return (slot_state(now) & OBJ_LIVE) &&
	       now->birth == then->birth && now->stack == then->stack &&
	       now->pid == then->pid;
}

/* Birth and flags of one and the same object. */
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

/* How old an object is, in jiffies; wraps at the range of a u32. */
static inline u32 slot_age(const struct slot *slot)
{
	return (u32)jiffies - slot->birth;
}

/* When an object was born: the same for each @now, which has 64 bits. */
static inline u64 slot_born(const struct slot *slot, u64 now)
{
	return now - ((u32)now - slot->birth);
}

/*
 * Was an object born at or after a stamp of the present scan? The window is
 * longer than any scan and short against the range: an object that is old
 * enough for its birth to wrap is seldom, and never for long, taken for new.
 */
static inline bool birth_since(u32 birth, u32 stamp)
{
	return birth - stamp < BIT(24);
}

static inline bool born_since(const struct slot *slot, u32 stamp)
{
	return birth_since(slot->birth, stamp);
}

/**
 * struct trace_here - where a hook was called
 * @caller: return address in the function that called the hook
 * @frame: the hook's frame, with frame pointers: the caller's frame pointer,
 *	then the return address
 */
struct trace_here {
	unsigned long caller;
	const unsigned long *frame;
};

/* For the function that an allocator calls, and no other. */
#define TRACE_HERE ((struct trace_here) {				\
	.caller = _RET_IP_,						\
	.frame = __builtin_frame_address(0),				\
})

struct slot trace_slot(u32 flags, struct trace_here here, gfp_t gfp);
depot_stack_handle_t trace_stack(struct trace_here here, u32 what, gfp_t gfp);
void __init kmemleak_trace_init(void);
void trace_teardown(void);
void __init trace_unread(void);

/* ---- Names of commands (comm.c) ---- */

const char *comm_name(u32 state);
void __init comm_unread(void);

/* ---- Objects, wherever they are ---- */

struct hole;
struct kmem_cache;
struct slab_table;
struct tracked_range;

/**
 * struct object_ref - an object found by its address
 * @start: first byte
 * @size: in bytes
 * @slot: what is known of it
 * @table: its slab's table, %NULL for a range
 * @range: its range, %NULL for a slab object
 *
 * Valid inside the RCU read-side section that found it.
 */
struct object_ref {
	unsigned long start;
	size_t size;
	struct slot *slot;
	struct slab_table *table;
	struct tracked_range *range;
};

/* ---- Slab objects (slab.c) ---- */

#define TABLE_PARTIAL	0	/* objects may be older than the table */
#define TABLE_SPECIAL	1	/* some slot is or was grey or transient */
#define TABLE_RANGES	2	/* registered sub-objects lie inside */
#define TABLE_REPORTED	3	/* some slot is or was reported */
#define TABLE_DEAD	4	/* the slab is going: do not read its memory */
#define TABLE_VM_STRUCTS 5	/* some slot is or was that of a vm_struct */
#define TABLE_DENTRIES	6	/* all slots are those of dentries */
#define TABLE_TASKS	7	/* those of tasks */
#define TABLE_LEFT	8	/* marked objects were left over by the marker */

/**
 * enum slab_wipe - what of an object is zeroed when it is handed out
 * @WIPE_ALL: all, as the owner before may have left references anywhere
 * @WIPE_POINTER: the word where the allocator linked it to other free objects
 * @WIPE_NOTHING: the allocator has overwritten it, or nobody keeps references
 * @WIPE_BY_OWNER: whoever takes one writes all of it at once
 */
enum slab_wipe {
	WIPE_ALL,
	WIPE_POINTER,
	WIPE_NOTHING,
	WIPE_BY_OWNER,
};

/**
 * struct slab_table - side table of one slab
 * @base: address of the first object
 * @recip: reciprocal of @stride, see slab_recip()
 * @stride: distance of objects in bytes
 * @object_size: usable bytes of an object
 * @count: objects in the slab
 * @order: pages of the slab, as a power of two
 * @wipe: an enum slab_wipe
 * @pointer: where the pointer to the next free object is, in words
 * @flags: TABLE_*, changed by atomic bit operations
 * @marks: what slab_marks() is, where one word will do
 * @left: what slab_left() is, likewise
 * @slab: address of the slab's first byte
 * @holders: one for each object, see holders.c; may be %NULL
 * @rcu: for the deferred free
 * @slots: one for each object; two bitmaps may follow, see slab_marks()
 *
 * What a marker wants to know of an address is in the first cache line.
 */
struct slab_table {
	unsigned long base;
	u64 recip;
	u32 stride;
	u32 object_size;
	u16 count;
	u8 order;
	u8 wipe;
	u32 pointer;
	unsigned long flags;
	unsigned long marks;
	unsigned long left;
	unsigned long slab;
	u64 *holders;
	struct rcu_head rcu;
	struct slot slots[];
};

/*
 * The page directory: page number of a virtual address -> table, in three levels.
 * It begins at the lowest slab and ends at the highest, wherever the architecture
 * maps memory: nothing here depends on PAGE_OFFSET or on a physical address.
 *
 * Lower levels are added and never removed, entries change by single stores, and
 * a directory that is too small is replaced by one that has the same lower levels
 * and never freed: lookups take no lock.
 */
#define DIR_LEAF_BITS	(PAGE_SHIFT - 3)
#define DIR_MID_BITS	9
/* Pages that an entry of the top level stands for: 1 GB of them if they have 4 KB. */
#define DIR_TOP_PAGES	BIT(DIR_MID_BITS + DIR_LEAF_BITS)

struct dir_leaf {
	struct slab_table *table[BIT(DIR_LEAF_BITS)];
};

struct dir_mid {
	struct dir_leaf *leaf[BIT(DIR_MID_BITS)];
};

/**
 * struct dir_span - the pages that a directory covers
 * @first: number of the first page, a multiple of %DIR_TOP_PAGES
 * @pages: how many, a multiple of %DIR_TOP_PAGES
 */
struct dir_span {
	unsigned long first;
	unsigned long pages;
};

/**
 * struct slab_dir - the top level of the directory
 * @span: what it covers; does not change
 * @mid: one for each %DIR_TOP_PAGES of @span; %NULL where there are no slabs
 */
struct slab_dir {
	struct dir_span span;
	struct dir_mid *mid[];
};

extern struct slab_dir *slab_dir;

/* The top level is one allocation of the page allocator: 511 TB with 4 KB pages. */
#define DIR_TOP_MAX	((MAX_ORDER_NR_PAGES * PAGE_SIZE - sizeof(struct slab_dir)) / \
			 sizeof(struct dir_mid *))

bool dir_widen(const struct dir_span *old, unsigned long page, struct dir_span *new);

/* Index of an address' page; not below @span->pages for an address on either side. */
static inline unsigned long dir_index(const struct dir_span *span, unsigned long addr)
{
	return (addr >> PAGE_SHIFT) - span->first;
}

/*
 * slab_table_of() - table of the slab that an address lies in
 * @addr: any value at all
 *
 * Context: RCU reader, or owner of an object of that slab.
 * Return: %NULL if the address is in no slab that has a table.
 */
static inline struct slab_table *slab_table_of(unsigned long addr)
{
	/* Pairs with dir_grow(), by the dependency. */
	const struct slab_dir *dir = READ_ONCE(slab_dir);
	unsigned long page = dir_index(&dir->span, addr);
	struct dir_mid *mid;
	struct dir_leaf *leaf;

	if (page >= dir->span.pages)
		return NULL;
	mid = READ_ONCE(dir->mid[page >> (DIR_MID_BITS + DIR_LEAF_BITS)]);
	if (!mid)
		return NULL;
	leaf = READ_ONCE(mid->leaf[(page >> DIR_LEAF_BITS) &
				   (BIT(DIR_MID_BITS) - 1)]);
	if (!leaf)
		return NULL;
	return READ_ONCE(leaf->table[page & (BIT(DIR_LEAF_BITS) - 1)]);
}

/*
 * An offset in a slab becomes an index by a multiplication. The reciprocal is
 * rounded up by less than the stride's part of 2^RECIP_SHIFT, so the product is
 * too large by less than the product of two numbers below 2^SLAB_SHIFT_MAX: not
 * enough to reach the next index. Nor does it overflow, at 8 bytes an object.
 */
#define SLAB_SHIFT_MAX	22
#define RECIP_SHIFT	44

static inline u64 slab_recip(u32 stride)
{
	return div_u64(BIT_ULL(RECIP_SHIFT) + stride - 1, stride);
}

/* Index of the object that holds @addr, for who knows that one does. */
static __always_inline unsigned long
slab_index_owned(const struct slab_table *table, unsigned long addr)
{
	return (u64)(addr - table->base) * table->recip >> RECIP_SHIFT;
}

/* Index of the object that holds @addr, or of the gap behind it; may be out of
 * bounds for any other address.
 */
static inline unsigned long slab_index(const struct slab_table *table,
				       unsigned long addr)
{
	if (addr - table->base >= BIT(SLAB_SHIFT_MAX))
		return ~0UL;
	return slab_index_owned(table, addr);
}

static inline unsigned long slab_object(const struct slab_table *table,
					unsigned int index)
{
	return table->base + (unsigned long)index * table->stride;
}

/* Slot of the object that begins at, or holds, @addr; %NULL if none does. */
static inline struct slot *slab_slot_of(struct slab_table *table,
					unsigned long addr)
{
	unsigned long i = slab_index(table, addr);

	return i < table->count ? &table->slots[i] : NULL;
}

/* A bit for each object that the present pass, or the last, has reached. */
static inline unsigned long *slab_marks(struct slab_table *table)
{
	return table->count <= BITS_PER_LONG ? &table->marks :
	       (unsigned long *)&table->slots[table->count];
}

/* A bit for each marked object that the marker has still to read. */
static inline unsigned long *slab_left(struct slab_table *table)
{
	return table->count <= BITS_PER_LONG ? &table->left :
	       slab_marks(table) + BITS_TO_LONGS(table->count);
}

/* Objects up to this size, in bytes, are zeroed without a call. */
#define WIPE_INLINE	256

/*
 * Zero the words of an object. What lies behind the last whole one is no
 * reference; it may be a red zone.
 */
static __always_inline void wipe_words(unsigned long addr, size_t size)
{
	unsigned long *word = (unsigned long *)addr;
	unsigned long *fours = word + size / sizeof(long) / 4 * 4;

	if (unlikely(size > WIPE_INLINE)) {
		memset(word, 0, size / sizeof(long) * sizeof(long));
		return;
	}
	for (; word < fours; word += 4) {
		WRITE_ONCE(word[0], 0);
		WRITE_ONCE(word[1], 0);
		WRITE_ONCE(word[2], 0);
		WRITE_ONCE(word[3], 0);
	}
	if (size & 2 * sizeof(long)) {
		WRITE_ONCE(word[0], 0);
		WRITE_ONCE(word[1], 0);
		word += 2;
	}
	if (size & sizeof(long))
		WRITE_ONCE(word[0], 0);
}

/**
 * slab_wipe() - zero what an object holds of the time before it was allocated
 * @table: the slab's table
 * @addr: the object's first byte
 * @size: bytes that the allocator gave
 * @gfp: of the allocation
 */
static __always_inline void slab_wipe(const struct slab_table *table,
				      unsigned long addr, size_t size,
				      gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		return;
	if (likely(table->wipe == WIPE_ALL))
		wipe_words(addr, size);
	else if (table->wipe == WIPE_POINTER)
		((unsigned long *)addr)[table->pointer] = 0;
}

/**
 * slab_fill() - the plain case of slab_alloc()
 * @table: the slab's table
 * @addr: first byte of an object that the caller owns
 * @size: bytes that the allocator gave
 * @slot: who got it; no flags but %OBJ_LIVE
 *
 * One line of the table is written, and another one read.
 *
 * Context: Any. Inside an RCU read-side section, or with preemption off.
 * Return: false, and nothing changed, if there is more to it.
 */
static __always_inline bool slab_fill(struct slab_table *table,
				      unsigned long addr, size_t size,
				      const struct slot *slot)
{
	struct slot *own = &table->slots[slab_index_owned(table, addr)];

	if (unlikely(READ_ONCE(own->state)) ||
	    unlikely(size > READ_ONCE(table->object_size)))
		return false;
	slot_fill(own, slot);
	return true;
}

/**
 * slab_empty() - the plain case of slab_free()
 * @table: the slab's table
 * @addr: first byte of an object that the caller owns
 *
 * Context: Any. Inside an RCU read-side section, or with preemption off.
 * Return: false, and nothing changed, if there is more to it.
 */
static __always_inline bool slab_empty(struct slab_table *table,
				       unsigned long addr)
{
	struct slot *own = &table->slots[slab_index_owned(table, addr)];

	if (unlikely((READ_ONCE(own->state) & (OBJ_LIVE | OBJ_AREAS)) != OBJ_LIVE))
		return false;
	slot_empty(own);
	return true;
}

void __init slab_init(void);
enum slab_wipe slab_wipe_kind(const struct kmem_cache *cache);
void slab_wipe_untracked(unsigned long addr, size_t size, gfp_t gfp);
struct slab_table *slab_table_make(struct slab *slab, bool partial, gfp_t gfp);
void slab_table_drop(unsigned long addr);
bool slab_alloc(struct slab_table *table, unsigned long addr,
		const struct slot *slot);
bool slab_free(struct slab_table *table, unsigned long addr);
const struct hole *slab_kfence_holes(unsigned long start, size_t size);
bool slab_leak_traced(const struct slab *slab);
struct slab_table *slab_next_table(unsigned long *page);
void slab_span(unsigned long *start, unsigned long *end);
bool slab_walk(unsigned long *pos,
	       void (*visit)(struct slab_table *table, void *arg), void *arg);
bool slab_next_part(unsigned long *part);
bool slab_walk_part(unsigned long part, unsigned long *pos,
		    void (*visit)(struct slab_table *table, void *arg),
		    void *arg);
long slab_metadata_bytes(void);
long slab_directory_bytes(void);
void slab_teardown(void);

/* ---- Everything else (range.c) ---- */

/**
 * enum range_space - which kind of number a range's address is
 * @RANGE_VIRT: kernel virtual address
 * @RANGE_PHYS: physical address
 * @RANGE_PERCPU: per-CPU pointer
 * @RANGE_NR_SPACES: how many there are
 */
enum range_space {
	RANGE_VIRT,
	RANGE_PHYS,
	RANGE_PERCPU,
	RANGE_NR_SPACES,
};

/**
 * struct tracked_range - an object that is in no slab
 * @node: place in the tree of its space; guarded by range_lock
 * @slot: what is known of it
 * @min_count: references that keep it from being a leak
 * @count: references seen by the last scan
 * @space: what its address means
 * @dead: freed: its memory must not be read any more
 * @holder: see holders.c
 * @ref: one for the tree, one for each snapshot
 * @rcu: for the deferred free
 */
struct tracked_range {
	struct pst_node node;
	struct slot slot;
	unsigned int min_count;
	unsigned int count;
	enum range_space space;
	bool dead;
	u64 holder;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct lost_range - where an object is that could not be recorded
 * @start: first byte
 * @last: last byte
 * @space: what these mean
 */
struct lost_range {
	unsigned long start;
	unsigned long last;
	enum range_space space;
};

static inline size_t range_size(const struct tracked_range *range)
{
	return range->node.last - range->node.start + 1;
}

/* Is it so large that numbers look like addresses in it? */
static inline bool range_is_huge(unsigned long start, unsigned long last)
{
	return last - start >= SZ_1M;
}

/**
 * struct range_view - a range in a scan's snapshot
 * @start: first address as words in memory hold it
 * @last: last address
 * @max_last: largest @last of this and all earlier entries
 * @range: the range itself, with a reference held
 * @chunks: how many chunks of it workers have taken to read
 * @count: references seen by this pass; may be less once it is grey
 * @queued: it is, or was, grey
 */
struct range_view {
	unsigned long start;
	unsigned long last;
	unsigned long max_last;
	struct tracked_range *range;
	atomic_t chunks;
	atomic_t count;
	int queued;
};

static inline bool view_reached(const struct range_view *view)
{
	return atomic_read(&view->count) >= view->range->min_count;
}

/**
 * struct view_list - the views of one kind of address
 * @view: sorted by start, of equal starts the longest first
 * @nr: how many
 */
struct view_list {
	struct range_view *view;
	unsigned int nr;
};

/**
 * struct area_view - a scan area in a scan's snapshot
 * @start: first byte
 * @last: last byte
 */
struct area_view {
	unsigned long start;
	unsigned long last;
};

/**
 * struct range_snapshot - the ranges and scan areas at the start of a pass
 * @virt: ranges of virtual and physical addresses
 * @percpu: ranges of per-CPU pointers
 * @areas: sorted by start
 * @room: room in @virt and in @percpu
 * @nr_areas: entries of @areas
 * @areas_room: room in @areas
 */
struct range_snapshot {
	struct view_list virt;
	struct view_list percpu;
	struct area_view *areas;
	unsigned int room;
	unsigned int nr_areas;
	unsigned int areas_room;
};

void __init range_init(void);
void __init range_unread(void);
bool range_insert(enum range_space space, unsigned long start, size_t size,
		  unsigned int min_count, const struct slot *slot, gfp_t gfp);
bool range_remove(enum range_space space, unsigned long start);
bool range_cut(enum range_space space, unsigned long start, size_t size);
bool range_covers(enum range_space space, unsigned long start, size_t size);
void range_drop_inside(unsigned long start, unsigned long last);
struct tracked_range *range_find(enum range_space space, unsigned long addr);
struct tracked_range *range_get_next(enum range_space space,
				     unsigned long *addr);
void range_put(struct tracked_range *range);
void range_walk(void (*visit)(struct tracked_range *range, void *arg),
		void *arg);
unsigned long space_address(enum range_space space, unsigned long start,
			    unsigned long last);
unsigned long range_address(const struct tracked_range *range);
bool range_referred(unsigned long start, unsigned long last, unsigned long addr);
bool range_area_add(const struct object_ref *ref, unsigned long start,
		    unsigned long last, gfp_t gfp);
void range_areas_drop(unsigned long start, unsigned long last);
bool range_lost(void);
bool range_lost_unknown(void);
bool range_lost_before(unsigned int *nr, struct lost_range *copy);
bool range_lost_in(enum range_space space, unsigned long start, unsigned long last);
/*
 * What a section announces that reads a lost object, of which there is no record: all
 * of them in one. Who frees one waits for it.
 */
static inline const void *lost_target(void)
{
	return range_lost_in;
}

bool range_area_next(unsigned long *addr, struct area_view *area);
void range_might_lock(void);
int range_snapshot_take(struct range_snapshot *snapshot);
void range_snapshot_drop(struct range_snapshot *snapshot);
unsigned int views_up_to(const struct view_list *list, unsigned long addr);
long range_metadata_bytes(void);
void range_teardown(void);

bool object_find(enum range_space space, unsigned long addr,
		 struct object_ref *ref);
bool object_set_flags(enum range_space space, unsigned long addr, u32 set);

/*
 * Objects that are few, if any, and that only a walk over all objects finds:
 * whoever makes one says so, and where nobody did there is no walk.
 */
#define WALK_REPORTED	0	/* some object is or was reported */
#define WALK_TRANSIENT	1	/* some object is or was transient */

extern unsigned long walks_wanted;

static inline void walk_want(unsigned int walk)
{
	set_bit(walk, &walks_wanted);
}

static inline bool walk_wanted(unsigned int walk)
{
	return test_bit(walk, &walks_wanted);
}

/* ---- The detector's own memory (memory.c) ---- */

gfp_t metadata_gfp(gfp_t gfp);
bool is_scan_page(const struct page *page);
void *scan_page_get(void);
void scan_page_put(void *memory);
void *scan_memory_get(size_t size);
void scan_memory_put(void *memory, size_t size);
long scan_memory_bytes(void);
void *report_memory_get(size_t size);
void report_memory_put(void *memory, size_t size);
long report_memory_bytes(void);

/* ---- Boot log (early.c) ---- */

/* What a boot log entry says. */
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
 * @op: which
 * @arg: min_count or flags
 * @addr: address, in the call's own space
 * @size: bytes
 * @caller: who called
 */
struct early_entry {
	u32 op;
	s32 arg;
	unsigned long addr;
	unsigned long size;
	unsigned long caller;
};

/**
 * struct early_log - calls in the order they were made
 * @entry: the entries
 * @size: room
 * @used: entries taken
 * @lost: calls that found no room
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

/* ---- Marking (mark.c) ---- */

/* More would wait for each other rather than for memory. */
#define MARK_WORKERS_MAX	16

/* Words, and bytes, read in one go with interrupts off, or inside one RCU section. */
#define CHUNK_WORDS	256
#define CHUNK_BYTES	(CHUNK_WORDS * sizeof(long))

struct grey_pool;
struct mark_worker;

/**
 * struct marker - state of one marking pass
 * @scanner: the task that scans
 * @scanner_sp: its stack is a root from here up
 * @called_off: is the scan to end early?
 * @pace: rests now and then; may be %NULL
 * @stop: the pass is to end early
 * @again: roots are read a second time
 * @overflow: an object was marked that found no room on a grey stack
 * @shared: more than one worker marks now
 * @stamp: jiffies when the pass began
 * @lo: no tracked virtual address is below
 * @span: and none at or beyond @lo + @span
 * @pcpu_lo: the same for per-CPU pointers
 * @pcpu_span: the same for per-CPU pointers
 * @snapshot: ranges of this pass
 * @pool: grey objects on their way from worker to worker
 * @step: what workers do
 * @part: does a part of a walk over memory, see mark_part()
 * @visit: sees the tables of that part, where it is one of them
 * @nr_workers: how many there are
 * @worker: the workers; the first is the scanning task
 * @words: words read by all passes that have ended
 * @pointers: words that led to an object, likewise
 * @objects: live slab objects that sweeps saw, likewise
 * @holder_scan: of holders that are noted, see holders.c; 0 if none are
 */
struct marker {
	struct task_struct *scanner;
	unsigned long scanner_sp;
	bool (*called_off)(struct task_struct *scanner);
	void (*pace)(struct marker *m);
	bool stop;
	bool again;
	bool overflow;
	bool shared;
	u32 stamp;
	unsigned long lo;
	unsigned long span;
	unsigned long pcpu_lo;
	unsigned long pcpu_span;
	struct range_snapshot snapshot;
	struct grey_pool *pool;
	void (*step)(struct mark_worker *w);
	void (*part)(struct mark_worker *w, unsigned long part);
	void (*visit)(struct slab_table *table, void *worker);
	unsigned int nr_workers;
	struct mark_worker *worker[MARK_WORKERS_MAX];
	unsigned long words;
	unsigned long pointers;
	unsigned long objects;
	u64 holder_scan;
};

int mark_open(struct marker *m, unsigned int workers);
int mark_begin(struct marker *m, u32 stamp);
void mark_end(struct marker *m);
void mark_close(struct marker *m);
struct marker *mark_of(struct mark_worker *w);
unsigned int mark_worker_nr(const struct mark_worker *w);
void mark_begin_words(struct mark_worker *w);
void mark_words(struct mark_worker *w, const unsigned long *word,
		unsigned int nr);
void mark_end_words(struct mark_worker *w);
void mark_memory(struct marker *m, const void *start, size_t size);
void mark_copied_memory(struct marker *m, const void *start, size_t size,
			unsigned long from);
void mark_fleeting_memory(struct mark_worker *w, const void *start,
			  size_t size);
void mark_lost_chunk(struct mark_worker *w, enum range_space space, unsigned long at,
		     unsigned long start, size_t size);
void mark_part(struct marker *m,
	       void (*part_fn)(struct mark_worker *w, unsigned long part),
	       unsigned long part);
void mark_tables(struct marker *m,
		 void (*visit)(struct slab_table *table, void *worker));
void mark_grey(struct marker *m, bool verify);
void mark_seen(struct mark_worker *w, unsigned int objects);
void mark_newborn_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i);
void mark_newborn(struct marker *m);
void mark_again(struct marker *m);
void mark_drain(struct marker *m);
bool mark_should_stop(struct marker *m);
void mark_pause(struct marker *m);

/* ---- Reading what may be freed (pin.c) ---- */

bool mark_peek(const struct object_ref *ref, size_t offset, void *buffer,
	       size_t size);
void pin_wait(const void *target);

/* ---- What holds no reference (holes.c) ---- */

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

/* ---- Roots (roots.c) ---- */

extern bool roots_scan_stacks;

/*
 * Where the live part of the running function's stack begins, at the latest.
 * Architectures that do not tell the stack pointer tell the frame's address,
 * above which the caller's frame lies; the function's own goes unseen.
 */
static __always_inline unsigned long own_frame(void)
{
#ifdef CONFIG_ARCH_HAS_CURRENT_STACK_POINTER
	return current_stack_pointer;
#else
	return (unsigned long)__builtin_frame_address(0);
#endif
}

void __init roots_init(void);
void roots_mark_pages(struct marker *m);
unsigned long unknown_skip(const struct page *page, unsigned long pfn);
int roots_mark(struct marker *m);

/* ---- What frames are called (frames.c) ---- */

/* The token of a frame whose name found no room. */
#define FRAME_UNNAMED	1

/* Room for a name, with the offset, the size and the module. */
#define FRAME_TEXT	192

unsigned long frame_keep_name(unsigned long frame, bool loaded);
unsigned long frame_plain(unsigned long frame);
bool frame_of_allocator(unsigned long frame);
bool frame_of_loaded(unsigned long frame, const char *module);
unsigned long frame_of_stack(u32 stack);
const char *frame_text(unsigned long frame, char *text, size_t size);
void frames_print(struct seq_file *m, u32 stack);
long frames_memory_bytes(void);
void frames_teardown(void);

/* ---- Who referred to it (holders.c) ---- */

#define HOLDER_SCAN	54

/* Room for what holder_text() says. */
#define HOLDER_TEXT	(FRAME_TEXT + 128)

/* Remember the pointer at @where as the first one to an object. */
static inline void holder_note(u64 *holder, u64 scan, unsigned long where)
{
	WRITE_ONCE(*holder, scan | ((where >> 3) & GENMASK_ULL(HOLDER_SCAN - 1, 0)));
}

u64 holders_begin(bool asked);
void holders_end(void);
void holders_free(u64 *array, unsigned int count);
long holders_memory_bytes(void);
unsigned long holder_of(const struct object_ref *ref, u32 *age);
unsigned long holder_now(const struct object_ref *ref);
bool holder_object(unsigned long where, struct object_ref *ref);
bool holder_is_root(unsigned long where, const struct object_ref *ref);
void holder_text(unsigned long where, char *text, size_t size);

/* ---- Chains of pointers (path.c) ---- */

int path_make(enum range_space space, unsigned long hidden);
int kmemleak_path_show(struct seq_file *m, void *unused);
void path_teardown(void);

/* ---- Modules that go (modules.c) ---- */

#ifdef CONFIG_MODULES
void modules_teardown(void);
#else
static inline void modules_teardown(void)
{
}
#endif

/* ---- Scanning (scan.c) ---- */

/**
 * enum scan_kind - who asked for a scan
 * @SCAN_EXPLICIT: a user, who waits for it
 * @SCAN_AUTO: the background thread
 */
enum scan_kind {
	SCAN_EXPLICIT,
	SCAN_AUTO,
};

int kmemleak_scan(enum scan_kind kind);
int scan_set_period(unsigned int seconds);
int scan_thread_start(void);
int scan_thread_stop(void);
int scan_clear(void);
int scan_switch_off(void);
int scan_exclusive(void (*run)(void));
int scan_path(unsigned long hidden);

/* ---- Reports (report.c) ---- */

/**
 * struct report_cursor - how far a walk over all leaks got; zeroed to begin with
 * @pos: number of the leak it is at
 * @done: all leaks were shown
 * @in_ranges: all slab objects were shown
 * @space: kind of address of the leak it is at
 * @shown: its address
 * @addr: the next leak is not below
 */
struct report_cursor {
	loff_t pos;
	bool done;
	bool in_ranges;
	enum range_space space;
	unsigned long shown;
	unsigned long addr;
};

extern bool kmemleak_verbose;
extern const struct seq_operations report_seq_ops;

struct file;
struct inode;

int report_open(struct file *file, const struct seq_operations *ops, size_t size);
int report_release(struct inode *inode, struct file *file, size_t size);
bool report_next_leak(struct report_cursor *cursor);
u32 report_crc(const struct object_ref *ref);
void report_log(const struct object_ref *ref);
int report_dump(unsigned long addr);

/* ---- Direct and indirect leaks (graph.c) ---- */

void graph_update(struct marker *m);
unsigned long graph_indirect(enum range_space space, unsigned long start,
			     unsigned long *bytes);
void graph_teardown(void);

/* ---- Leaks by stack (summary.c) ---- */

int summary_open(struct inode *inode, struct file *file);
int summary_release(struct inode *inode, struct file *file);

/* ---- Objects by allocation site (sites.c) ---- */

void sites_update(struct marker *m);
void sites_rename(unsigned long (*rename)(unsigned long frame, void *arg),
		  void *arg);
void sites_teardown(void);
int sites_open(struct inode *inode, struct file *file);
int sites_release(struct inode *inode, struct file *file);

/* ---- Who is told (events.c) ---- */

/**
 * struct scan_result - what a scan did
 * @duration_us: how long it took
 * @objects: slab objects that it looked at
 * @suspects: objects that its first pass did not reach
 * @leaks: those of them that are new in the report
 * @err: 0, or the negative errno that it ended early with
 */
struct scan_result {
	u64 duration_us;
	unsigned long objects;
	unsigned long suspects;
	unsigned long leaks;
	int err;
};

struct poll_table_struct;

void events_scan_begin(bool automatic);
void events_leak(const struct object_ref *ref);
bool events_print_leaks(bool automatic);
void events_scan_end(const struct scan_result *result);
unsigned int events_leaks_ever(void);
u64 events_last_scan(u64 *age);
__poll_t events_poll(struct file *file, struct poll_table_struct *wait,
		     unsigned int seen);

/* ---- Control files (debugfs.c) ---- */

/* What a write to the control file asks for. */
enum control_verb {
	CONTROL_SCAN,
	CONTROL_SCAN_ON,
	CONTROL_SCAN_OFF,
	CONTROL_SCAN_PERIOD,
	CONTROL_STACK_ON,
	CONTROL_STACK_OFF,
	CONTROL_CLEAR,
	CONTROL_OFF,
	CONTROL_DUMP,
	CONTROL_PATH,
};

int control_parse(char *text, enum control_verb *verb, unsigned long *value);

#endif /* _MM_KMEMLEAK_H */
