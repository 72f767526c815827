// SPDX-License-Identifier: GPL-2.0
/*
 * Holders: where a scan found the first pointer to each object. The holder of a leak
 * tells who lost it.
 *
 * A holder is one word, with the address of the pointer, which is a multiple of the
 * word size, and the number of the scan.
 *
 *	63        54 53                                              0
 *	+-----------+-------------------------------------------------+
 *	|   scan    |         address without its lowest 3 bits       |
 *	+-----------+-------------------------------------------------+
 *
 * Holders are stored in arrays next to the tables of slabs, and in ranges.
 *
 * Invariants:
 *
 * - Arrays are created and freed under scan_mutex, or freed with their tables. Readers
 *   check holders_kept inside the RCU read-side section in which they read one; nothing
 *   is freed before the readers that saw it set have left.
 * - Only the worker that turns an object from white to marked writes its holder.
 * - A holder belongs to the object that is in a slot now if the scan that noted it
 *   began after the object was born. Allocation and free need not touch holders.
 * - Scans have SCAN_NUMBERS different numbers. Holders are forgotten before the number
 *   of their scan is used for another one.
 */
#include <linux/jiffies.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "store/directory.h"
#include "store/holder.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/frames.h"
#include "report/holders.h"

/* Number of scan numbers; 0 stands for no scan. */
#define SCAN_NUMBERS	BIT(10)
/* Number of scans after which holders that were not noted again are forgotten. */
#define SCANS_KEPT	(SCAN_NUMBERS / 2)

bool holders_wanted;
/* Arrays may exist. */
static bool holders_kept;

/* When the scan with each number began, in jiffies like those of slots. */
static u32 scan_began[SCAN_NUMBERS];
static unsigned int scan_number;

/* ---- The word ---- */

static unsigned long holder_where(u64 holder)
{
	return (s64)(holder << (64 - HOLDER_SCAN)) >> (64 - HOLDER_SCAN - 3);
}

static unsigned int holder_scan(u64 holder)
{
	return holder >> HOLDER_SCAN;
}

/* Scan numbers wrap from the last one to 1. */
static unsigned int scans_since(unsigned int scan)
{
	return (scan_number + SCAN_NUMBERS - 1 - scan) % (SCAN_NUMBERS - 1);
}

static void holder_age(u64 *holder)
{
	unsigned int scan = holder_scan(*holder);

	if (scan && scans_since(scan) >= SCANS_KEPT)
		WRITE_ONCE(*holder, 0);
}

/* ---- Arrays ---- */

static void table_prepare(struct slab_table *table, void *age)
{
	unsigned int i;

	if (!table->holders) {
		WRITE_ONCE(table->holders, holder_array_get(table->count));
		if (!table->holders)
			stat_inc(STAT_HOLDERS_LOST);
		return;
	}
	for (i = 0; *(bool *)age && i < table->count; i++)
		holder_age(&table->holders[i]);
}

static void range_prepare(struct tracked_range *range, void *age)
{
	if (*(bool *)age)
		holder_age(&range->holder);
}

/**
 * holders_begin() - prepare to note holders, if they are wanted, before a scan marks
 * @asked: they are wanted, whatever kmemleak.holders says
 *
 * If memory is short, some tables have no holders. They are counted.
 *
 * Context: Sleeps; under scan_mutex.
 * Return: the value for the marker's holder_scan.
 */
u64 holders_begin(bool asked)
{
	unsigned long pos = 0;
	bool age;

	if (!asked && !READ_ONCE(holders_wanted))
		return 0;
	if (!holder_caches_make()) {
		stat_inc(STAT_HOLDERS_LOST);
		return 0;
	}
	WRITE_ONCE(holders_kept, true);
	scan_number = scan_number % (SCAN_NUMBERS - 1) + 1;
	age = !(scan_number % (SCANS_KEPT / 2));
	while (slab_walk(&pos, table_prepare, &age))
		;
	range_walk(range_prepare, &age);
	WRITE_ONCE(scan_began[scan_number], (u32)get_jiffies_64());
	return (u64)scan_number << HOLDER_SCAN;
}

static void table_forget(struct slab_table *table, void *unused)
{
	holders_free(xchg(&table->holders, NULL), table->count);
}

static void range_forget(struct tracked_range *range, void *unused)
{
	WRITE_ONCE(range->holder, 0);
}

/**
 * holders_end() - free the arrays unless kmemleak.holders is set
 *
 * Context: Sleeps; under scan_mutex.
 */
void holders_end(void)
{
	unsigned long pos = 0;

	if (READ_ONCE(holders_wanted) || !holders_kept)
		return;
	WRITE_ONCE(holders_kept, false);
	synchronize_rcu();
	while (slab_walk(&pos, table_forget, NULL))
		;
	range_walk(range_forget, NULL);
}

/* ---- Reading them ---- */

/* Context: RCU reader. */
static u64 holder_get(const struct object_ref *ref)
{
	const u64 *array;

	if (!READ_ONCE(holders_kept))
		return 0;
	if (ref->range)
		return READ_ONCE(ref->range->holder);
	array = READ_ONCE(ref->table->holders);
	return array ? READ_ONCE(array[ref->slot - ref->table->slots]) : 0;
}

/**
 * holder_of() - find where an object was referred to when it was last reached
 * @ref: the object
 * @age: filled in: how long ago the scan that reached it began, in jiffies
 *
 * Context: Inside the RCU read-side section that found @ref.
 * Return: the address of the pointer, 0 if it is not known.
 */
unsigned long holder_of(const struct object_ref *ref, u32 *age)
{
	u64 holder = holder_get(ref);
	u32 began;

	if (!holder)
		return 0;
	began = READ_ONCE(scan_began[holder_scan(holder)]);
	*age = (u32)jiffies - began;
	/* An older one belongs to the previous object in that place. */
	return *age < slot_age(ref->slot) ? holder_where(holder) : 0;
}

/**
 * holder_now() - find where the last scan saw the first pointer to an object
 * @ref: the object
 *
 * Context: Inside the RCU read-side section that found @ref; under scan_mutex, and at
 * most one scan was made since holders_begin().
 * Return: the address of the pointer, 0 if that scan saw none.
 */
unsigned long holder_now(const struct object_ref *ref)
{
	u64 holder = holder_get(ref);

	return holder_scan(holder) == scan_number ? holder_where(holder) : 0;
}

/* If an address is in the stack of a task, describe it as text. */
static bool stack_text(const struct task_struct *task, unsigned long where,
		       char *text, size_t size)
{
	unsigned long stack = (unsigned long)READ_ONCE(task->stack);

	if (!stack || where - stack >= THREAD_SIZE)
		return false;
	snprintf(text, size, "stack of %s/%d", task->comm, task->pid);
	return true;
}

/* Find the task whose stack contains an address, and describe it as text. */
static bool task_text(unsigned long where, char *text, size_t size)
{
	struct task_struct *process, *task;
	int cpu;

	for_each_process_thread(process, task)
		if (stack_text(task, where, text, size))
			return true;
	/* Idle tasks are not in the list of processes. */
	for_each_possible_cpu(cpu) {
		task = idle_task(cpu);
		if (task && stack_text(task, where, text, size))
			return true;
	}
	return false;
}

static bool symbol_text(unsigned long where, char *text, size_t size)
{
	snprintf(text, size, "%pS", (void *)where);
	return strncmp(text, "0x", 2);
}

/* Find the struct page that contains an address, if all of them are in one array. */
static bool page_text(unsigned long where, char *text, size_t size)
{
#if defined(CONFIG_FLATMEM) || defined(CONFIG_SPARSEMEM_VMEMMAP)
	unsigned long offset = where - (unsigned long)pfn_to_page(0);
	unsigned long pfn = offset / sizeof(struct page);

	if (!pfn_valid(pfn))
		return false;
	snprintf(text, size, "struct page of 0x%08lx +0x%zx",
		 (unsigned long)page_address(pfn_to_page(pfn)),
		 offset % sizeof(struct page));
	return true;
#else
	return false;
#endif
}

/* Find the per-CPU object that has a copy which contains an address. */
static bool find_percpu(unsigned long where, struct object_ref *ref)
{
	const void __percpu *ptr = (void __percpu __force *)where;
	unsigned long offset;
	int cpu;

	for_each_possible_cpu(cpu) {
		offset = (unsigned long)per_cpu_ptr(ptr, cpu) - where;
		if (object_find(RANGE_PERCPU, where - offset, ref))
			return true;
	}
	return false;
}

/**
 * holder_object() - find the object that contains a pointer
 * @where: the pointer's address
 * @ref: filled in; for per-CPU memory, it stands for all copies
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: false if no object contains the pointer.
 */
bool holder_object(unsigned long where, struct object_ref *ref)
{
	return object_find(RANGE_VIRT, where, ref) || find_percpu(where, ref);
}

/**
 * holder_is_root() - is the object that contains a pointer a root?
 * @where: the pointer's address
 * @ref: the object that contains it
 *
 * Variables of the kernel and of modules are roots, and so are stacks.
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: true if so.
 */
bool holder_is_root(unsigned long where, const struct object_ref *ref)
{
	char text[FRAME_TEXT];

	return !ref->table && (symbol_text(where, text, sizeof(text)) ||
			       task_text(where, text, sizeof(text)));
}

/* The function that allocated an object, with the offset of the call. */
static void site_text(const struct slot *slot, char text[FRAME_TEXT])
{
	frame_text(frame_of_stack(READ_ONCE(slot->stack)), text, FRAME_TEXT);
	text[strcspn(text, "/")] = '\0';
}

static void object_text(unsigned long where, const struct object_ref *ref,
			char *text, size_t size)
{
	char site[FRAME_TEXT];
	unsigned long offset = where - ref->start;

	site_text(ref->slot, site);
	if (ref->range && ref->range->space == RANGE_PERCPU)
		snprintf(text, size, "per-CPU object 0x%08lx (size %zu, allocated by %s)",
			 ref->start, ref->size, site);
	else
		snprintf(text, size, "object 0x%08lx +0x%lx (size %zu, allocated by %s)",
			 ref->start, offset, ref->size, site);
}

/* Describe a slab object that existed when the pointer was read, and is free now. */
static bool freed_text(unsigned long where, char *text, size_t size)
{
	const struct slab_table *table = slab_table_of(where);
	unsigned long i = table ? slab_index(table, where) : 0;
	unsigned long start;
	char site[FRAME_TEXT];

	if (!table || i >= table->count)
		return false;
	start = slab_object(table, i);
	site_text(&table->slots[i], site);
	snprintf(text, size, "freed object 0x%08lx +0x%lx (size %u, allocated by %s)",
		 start, where - start, table->object_size, site);
	return true;
}

/**
 * holder_text() - describe in words where a pointer is
 * @where: its address
 * @text: buffer for the text
 * @size: bytes in @text
 *
 * The text names a slab object, else a symbol, else the stack of a task, else another
 * object, else a freed slab object, else a struct page.
 *
 * Context: Any but NMI, inside an RCU read-side section.
 */
void holder_text(unsigned long where, char *text, size_t size)
{
	struct object_ref ref;
	bool object = holder_object(where, &ref);

	if (object && ref.table)
		object_text(where, &ref, text, size);
	else if (symbol_text(where, text, size) || task_text(where, text, size))
		return;
	else if (object)
		object_text(where, &ref, text, size);
	else if (!freed_text(where, text, size) && !page_text(where, text, size))
		snprintf(text, size, "memory at 0x%08lx", where);
}
