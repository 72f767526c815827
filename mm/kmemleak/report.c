// SPDX-License-Identifier: GPL-2.0
/*
 * Text: the report that reading the control file gives, the kernel log, the
 * content hash.
 *
 * May call: hooks (object_find()), slab, range, mark_peek(), frames, events.
 * Invariants:
 *
 * - The report is no list of its own: it is the objects that have OBJ_REPORTED,
 *   by address. One that is freed while the file is read is just not there any
 *   more, and a reader that was interrupted goes on at the next address.
 * - An object's memory is read by mark_peek() only.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/crc32.h>
#include <linux/hex.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "kmemleak.h"

#define HEX_BYTES	32
#define HEX_ROW		16
/* Bytes of an object that its hash covers. */
#define CRC_BYTES	4096

/* Print new leaks of background scans to the kernel log. */
bool kmemleak_verbose = IS_ENABLED(CONFIG_DEBUG_KMEMLEAK_VERBOSE);
module_param_named(verbose, kmemleak_verbose, bool, 0644);
MODULE_PARM_DESC(verbose, "print new leaks of background scans to the kernel log");

/* To the file if there is one, else to the log. */
#define print_to(m, fmt, ...) do {					\
	if (m)								\
		seq_printf(m, fmt, ##__VA_ARGS__);			\
	else								\
		pr_warn(fmt, ##__VA_ARGS__);				\
} while (0)

/**
 * report_crc() - hash of an object's content
 * @ref: the object
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: the hash of its first bytes, up to %CRC_BYTES; 0 if it is gone.
 */
u32 report_crc(const struct object_ref *ref)
{
	size_t offset, n, size = min_t(size_t, ref->size, CRC_BYTES);
	u8 buffer[128];
	u32 crc = ~0;

	for (offset = 0; offset < size; offset += n) {
		n = min(size - offset, sizeof(buffer));
		if (!mark_peek(ref, offset, buffer, n))
			return 0;
		crc = crc32_le(crc, buffer, n);
	}
	return crc;
}

static void print_hex(struct seq_file *m, const struct object_ref *ref)
{
	size_t size = min_t(size_t, ref->size, HEX_BYTES), row;
	char line[HEX_ROW * 3 + 2 + HEX_ROW + 1];
	u8 buffer[HEX_BYTES];

	if (!mark_peek(ref, 0, buffer, size))
		return;
	print_to(m, "  hex dump (first %zu bytes):\n", size);
	for (row = 0; row < size; row += HEX_ROW) {
		hex_dump_to_buffer(buffer + row,
				   min_t(size_t, size - row, HEX_ROW), HEX_ROW,
				   1, line, sizeof(line), true);
		print_to(m, "    %s\n", line);
	}
}

static void print_owner(struct seq_file *m, const struct slot *slot)
{
	u64 age = slot_age(slot);
	u64 ms = jiffies64_to_msecs(age);

	print_to(m, "  comm \"%s\", pid %u, jiffies %lu (age %llu.%03us)\n",
		 comm_name(slot_state(slot)), slot->pid,
		 (unsigned long)(get_jiffies_64() - age),
		 ms / MSEC_PER_SEC, (unsigned int)(ms % MSEC_PER_SEC));
}

static void report_print(struct seq_file *m, const struct object_ref *ref)
{
	print_to(m, "unreferenced object 0x%08lx (size %zu):\n", ref->start,
		 ref->size);
	print_owner(m, ref->slot);
	print_hex(m, ref);
	print_to(m, "  backtrace (crc %x):\n", report_crc(ref));
	frames_print(m, READ_ONCE(ref->slot->stack));
}

/**
 * report_log() - print a leak to the kernel log
 * @ref: the object
 *
 * Context: Inside an RCU read-side section.
 */
void report_log(const struct object_ref *ref)
{
	report_print(NULL, ref);
}

static const char *colour_name(const struct slot *slot)
{
	u32 state = slot_state(slot);

	return state & OBJ_IGNORE ? "black" : state & OBJ_GREY ? "grey" :
							       "white";
}

static void dump_print(const struct object_ref *ref)
{
	pr_notice("object 0x%08lx (size %zu)%s:\n", ref->start, ref->size,
		  ref->range && ref->range->space == RANGE_PERCPU ?
		  " (percpu)" : "");
	print_owner(NULL, ref->slot);
	pr_notice("  colour %s, min_count %u, count %u, flags 0x%lx\n",
		  colour_name(ref->slot), ref->range ? ref->range->min_count : 1,
		  ref->range ? ref->range->count :
		  test_bit((ref->slot - ref->table->slots),
			   slab_marks(ref->table)),
		  slot_state(ref->slot) & OBJ_FLAGS_MASK);
	pr_notice("  backtrace:\n");
	frames_print(NULL, READ_ONCE(ref->slot->stack));
}

/**
 * report_dump() - print all that is known of an object to the kernel log
 * @addr: an address in it, or a per-CPU pointer
 *
 * Context: Any but NMI.
 * Return: 0; -EINVAL if there is no such object.
 */
int report_dump(unsigned long addr)
{
	struct object_ref ref;
	int err = 0;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, addr, &ref) ||
	    object_find(RANGE_PERCPU, addr, &ref))
		dump_print(&ref);
	else
		err = -EINVAL;
	rcu_read_unlock();
	if (err)
		pr_info("dump: no object at 0x%08lx\n", addr);
	return err;
}

/* ---- Reading the file ---- */

/* Tables looked at in one RCU read-side section. */
#define BATCH_TABLES	256

/**
 * struct report_cursor - how far a reader got
 * @pos: number of the object to show
 * @done: all objects were shown
 * @in_ranges: all slab objects were shown
 * @space: kind of address of the object to show
 * @shown: its address
 * @addr: the next object is not below
 */
struct report_cursor {
	loff_t pos;
	bool done;
	bool in_ranges;
	enum range_space space;
	unsigned long shown;
	unsigned long addr;
};

static bool next_in_table(struct report_cursor *cursor,
			  struct slab_table *table)
{
	unsigned long i = 0;

	if (!test_bit(TABLE_REPORTED, &table->flags))
		return false;
	if (cursor->addr > table->base)
		i = slab_index(table, cursor->addr - 1) + 1;
	for (; i < table->count; i++) {
		if (slot_state(&table->slots[i]) & OBJ_REPORTED) {
			cursor->shown = slab_object(table, i);
			cursor->addr = cursor->shown + 1;
			return true;
		}
	}
	return false;
}

static bool next_slab_object(struct report_cursor *cursor)
{
	unsigned long pos = 0;
	struct slab_table *table;
	unsigned int n;
	bool found;

	rcu_read_lock();
	table = slab_table_of(cursor->addr);
	found = table && next_in_table(cursor, table);
	rcu_read_unlock();
	if (!found && cursor->addr)
		pos = PAGE_ALIGN(cursor->addr - PAGE_OFFSET);
	while (!found) {
		rcu_read_lock();
		for (n = 0; n < BATCH_TABLES && !found; n++) {
			table = slab_next_table(&pos);
			if (!table)
				break;
			found = next_in_table(cursor, table);
		}
		rcu_read_unlock();
		cond_resched();
		if (!table)
			break;
	}
	return found;
}

static bool next_range(struct report_cursor *cursor)
{
	struct tracked_range *range;
	bool found;

	for (; cursor->space < RANGE_NR_SPACES; cursor->space++) {
		while ((range = range_get_next(cursor->space, &cursor->addr))) {
			found = slot_state(&range->slot) & OBJ_REPORTED;
			cursor->shown = range->node.start;
			range_put(range);
			if (found)
				return true;
		}
		cursor->addr = 0;
	}
	return false;
}

static bool cursor_next(struct report_cursor *cursor)
{
	if (!cursor->in_ranges) {
		if (next_slab_object(cursor))
			return true;
		cursor->in_ranges = true;
		cursor->addr = 0;
	}
	return next_range(cursor);
}

static void *report_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct report_cursor *cursor = m->private;

	cursor->pos = ++*pos;
	cursor->done = !cursor_next(cursor);
	return cursor->done ? NULL : cursor;
}

static void *report_start(struct seq_file *m, loff_t *pos)
{
	struct report_cursor *cursor = m->private;
	loff_t n;

	/* Where the reader left off; what was found and not shown is shown. */
	if (*pos && *pos == cursor->pos)
		return cursor->done ? NULL : cursor;
	memset(cursor, 0, sizeof(*cursor));
	/* Who polls has seen what a report read from its beginning tells. */
	if (!*pos)
		WRITE_ONCE(m->poll_event, events_leaks_ever());
	for (n = 0; n <= *pos; n++)
		if (!cursor_next(cursor))
			return NULL;
	cursor->pos = *pos;
	return cursor;
}

static void report_stop(struct seq_file *m, void *v)
{
}

static int report_show(struct seq_file *m, void *v)
{
	const struct report_cursor *cursor = v;
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(cursor->space, cursor->shown, &ref) &&
	    ref.start == cursor->shown &&
	    (slot_state(ref.slot) & OBJ_REPORTED))
		report_print(m, &ref);
	rcu_read_unlock();
	return 0;
}

const struct seq_operations report_seq_ops = {
	.start = report_start,
	.next = report_next,
	.stop = report_stop,
	.show = report_show,
};

const size_t report_cursor_size = sizeof(struct report_cursor);
