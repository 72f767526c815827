// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/kmemleak_summary: the leaks of the report, with one entry for all
 * leaks of the same allocation stack and size class.
 *
 * Entries are created from the present report when the file is read from its beginning.
 * Thus nothing is kept between scans, and objects that were freed since the last one
 * are in no entry.
 *
 * Invariants:
 *
 * - Every leak is counted in the totals, and in one entry unless there are already
 *   GROUPS_MAX; it is then counted under "not listed".
 * - A table of entries belongs to one open file, whose lock guards it.
 */
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/stackdepot.h>
#include <linux/string.h>
#include <linux/string_choices.h>

#include "kmemleak.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "trace/comm.h"
#include "trace/frames.h"
#include "report/events.h"
#include "report/file.h"
#include "report/holders.h"
#include "report/summary.h"
#include "report/text.h"

#define GROUPS_MAX	4096
#define INDEX_BITS	13
#define COMMS_MAX	4

static_assert(BIT(INDEX_BITS) > GROUPS_MAX);

/**
 * struct group - leaks of one stack and size class
 * @stack: where they were allocated
 * @size: their size for slab objects, else the next power of two
 * @exact: they are slab objects
 * @objects: number of leaks
 * @direct: number of those that no other leak leads to
 * @bytes: sum of their sizes
 * @oldest: the greatest age, in jiffies
 * @newest: the smallest age, in jiffies
 * @comm: names of tasks that allocated them: copies, because an index may get another
 *	meaning once they are freed
 * @comm_objects: number of leaks of each name
 * @other_comms: number of leaks of tasks with other names
 * @holder: where one of them was last referred to, 0 if that is not known
 * @holder_age: how long ago that was, in jiffies
 */
struct group {
	u32 stack;
	size_t size;
	bool exact;
	unsigned long objects;
	unsigned long direct;
	unsigned long bytes;
	u32 oldest;
	u32 newest;
	struct comm comm[COMMS_MAX];
	unsigned long comm_objects[COMMS_MAX];
	unsigned long other_comms;
	unsigned long holder;
	u32 holder_age;
};

/**
 * struct summary - content of an open file
 * @total: all leaks
 * @others: those that are in no entry
 * @nr: number of entries
 * @index: by hash of stack and size: index of an entry plus one
 * @group: the entries, sorted by bytes, most first
 */
struct summary {
	struct group total;
	struct group others;
	unsigned int nr;
	u16 index[BIT(INDEX_BITS)];
	struct group group[GROUPS_MAX];
};

static struct group *group_of(struct summary *summary, u32 stack, size_t size,
			      bool exact)
{
	u32 at = hash_32(stack ^ hash_32(size, 32), INDEX_BITS);
	struct group *group;

	for (; summary->index[at]; at = (at + 1) % BIT(INDEX_BITS)) {
		group = &summary->group[summary->index[at] - 1];
		if (group->stack == stack && group->size == size &&
		    group->exact == exact)
			return group;
	}
	if (summary->nr == GROUPS_MAX)
		return &summary->others;
	group = &summary->group[summary->nr++];
	summary->index[at] = summary->nr;
	group->stack = stack;
	group->size = size;
	group->exact = exact;
	return group;
}

static void group_comm(struct group *group, u32 state)
{
	struct comm comm;
	unsigned int i;

	comm_name(state, &comm);
	for (i = 0; i < COMMS_MAX; i++) {
		if (!group->comm_objects[i])
			group->comm[i] = comm;
		if (comm_equal(&group->comm[i], &comm)) {
			group->comm_objects[i]++;
			return;
		}
	}
	group->other_comms++;
}

static void group_add(struct group *group, const struct object_ref *ref,
		      u32 state)
{
	u32 age = slot_age(ref->slot);

	if (!group->objects || age < group->newest)
		group->newest = age;
	group->oldest = max(group->oldest, age);
	group->objects++;
	group->direct += !(state & OBJ_INDIRECT);
	group->bytes += ref->size;
	group_comm(group, state);
	if (!group->holder)
		group->holder = holder_of(ref, &group->holder_age);
}

/* Context: Inside an RCU read-side section, for the name of the task. */
static void summary_add(struct summary *summary, const struct object_ref *ref)
{
	u32 state = slot_state(ref->slot);
	size_t size = ref->range ? roundup_pow_of_two(ref->size) : ref->size;

	if (!(state & OBJ_REPORTED))
		return;
	group_add(&summary->total, ref, state);
	group_add(group_of(summary, READ_ONCE(ref->slot->stack), size,
			   !ref->range), ref, state);
}

static void summary_table(struct slab_table *table, void *summary)
{
	struct object_ref ref = { .size = table->object_size, .table = table };
	unsigned int i;

	if (!test_bit(TABLE_REPORTED, &table->flags))
		return;
	for (i = 0; i < table->count; i++) {
		ref.start = slab_object(table, i);
		ref.slot = &table->slots[i];
		summary_add(summary, &ref);
	}
}

static void summary_range(struct tracked_range *range, void *summary)
{
	struct object_ref ref = range_ref(range);

	rcu_read_lock();
	summary_add(summary, &ref);
	rcu_read_unlock();
}

static int group_compare(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return a->bytes > b->bytes ? -1 : a->bytes < b->bytes;
}

static void summary_make(struct summary *summary)
{
	unsigned long pos = 0;

	memset(summary, 0, sizeof(*summary));
	while (slab_walk(&pos, summary_table, summary))
		;
	range_walk(summary_range, summary);
	if (!kmemleak_was_on())
		memset(summary, 0, sizeof(*summary));
	sort(summary->group, summary->nr, sizeof(*summary->group),
	     group_compare, NULL);
}

static void print_seconds(struct seq_file *m, u64 age)
{
	u64 ms = jiffies64_to_msecs(age);

	seq_printf(m, "%llu.%03us", ms / MSEC_PER_SEC,
		   (unsigned int)(ms % MSEC_PER_SEC));
}

static void print_totals(struct seq_file *m, const struct summary *summary)
{
	const struct group *total = &summary->total;
	u64 scan, age;

	scan = events_last_scan(&age);
	seq_printf(m, "scan %llu, ", scan);
	print_seconds(m, age);
	seq_printf(m, " ago: %lu leak%s, %lu byte%s, %lu direct, %lu indirect, %u %s\n",
		   total->objects, str_plural(total->objects), total->bytes,
		   str_plural(total->bytes), total->direct, total->objects - total->direct,
		   summary->nr, summary->nr == 1 ? "entry" : "entries");
	if (summary->others.objects)
		seq_printf(m, "not listed: %lu leak%s, %lu byte%s, as there are too many entries\n",
			   summary->others.objects, str_plural(summary->others.objects),
			   summary->others.bytes, str_plural(summary->others.bytes));
}

static void print_comms(struct seq_file *m, const struct group *group)
{
	unsigned int i;

	seq_puts(m, "  comm");
	for (i = 0; i < COMMS_MAX && group->comm_objects[i]; i++)
		seq_printf(m, "%s \"%s\" (%lu)", i ? "," : "",
			   group->comm[i].name, group->comm_objects[i]);
	if (group->other_comms)
		seq_printf(m, ", others (%lu)", group->other_comms);
	seq_putc(m, '\n');
}

static void print_holder(struct seq_file *m, const struct group *group)
{
	char text[HOLDER_TEXT];

	if (!group->holder)
		return;
	rcu_read_lock();
	holder_text(group->holder, text, sizeof(text));
	rcu_read_unlock();
	seq_printf(m, "  last referenced by %s, ", text);
	print_seconds(m, group->holder_age);
	seq_puts(m, " ago\n");
}

static void print_group(struct seq_file *m, const struct group *group)
{
	seq_printf(m, "\n%lu leak%s, %lu byte%s (size %s%zu):\n", group->objects,
		   str_plural(group->objects), group->bytes, str_plural(group->bytes),
		   group->exact ? "" : "up to ", group->size);
	seq_printf(m, "  %lu direct, %lu indirect\n", group->direct,
		   group->objects - group->direct);
	seq_puts(m, "  age ");
	print_seconds(m, group->newest);
	seq_puts(m, " to ");
	print_seconds(m, group->oldest);
	seq_putc(m, '\n');
	print_comms(m, group);
	print_holder(m, group);
	seq_puts(m, "  backtrace:\n");
	frames_print(m, group->stack);
}

/* Position 0 is the totals; any other is the index of an entry plus one. */
static void *summary_start(struct seq_file *m, loff_t *pos)
{
	struct summary *summary = m->private;

	if (!*pos)
		summary_make(summary);
	return *pos <= summary->nr ? pos : NULL;
}

static void *summary_next(struct seq_file *m, void *v, loff_t *pos)
{
	const struct summary *summary = m->private;

	++*pos;
	return *pos <= summary->nr ? pos : NULL;
}

static void summary_stop(struct seq_file *m, void *v)
{
}

static int summary_show(struct seq_file *m, void *v)
{
	const struct summary *summary = m->private;
	size_t count = m->count;
	loff_t pos = *(loff_t *)v;

	if (!pos) {
		print_totals(m, summary);
		return 0;
	}
	print_group(m, &summary->group[pos - 1]);
	report_drop_stale(m, count);
	return 0;
}

static const struct seq_operations summary_seq_ops = {
	.start = summary_start,
	.next = summary_next,
	.stop = summary_stop,
	.show = summary_show,
};

/**
 * summary_open() - open the summary file
 * @inode: its inode
 * @file: the file
 *
 * Return: 0 or a negative errno.
 */
int summary_open(struct inode *inode, struct file *file)
{
	return report_open(file, &summary_seq_ops, sizeof(struct summary));
}

/**
 * summary_release() - close the summary file
 * @inode: its inode
 * @file: the file
 *
 * Return: 0.
 */
int summary_release(struct inode *inode, struct file *file)
{
	return report_release(inode, file, sizeof(struct summary));
}
