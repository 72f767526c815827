// SPDX-License-Identifier: GPL-2.0
/*
 * Text: the report that the control file shows, and messages in the kernel log.
 *
 * Invariants: an object's memory is read by object_peek() only, and printed only if
 * report_shows_content() allows it.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/fs.h>
#include <linux/hex.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/sysfs.h>

#include "kmemleak.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "trace/comm.h"
#include "trace/frames.h"
#include "report/access.h"
#include "report/events.h"
#include "report/graph.h"
#include "report/holders.h"
#include "report/leaks.h"
#include "report/text.h"

#define HEX_BYTES	32
#define HEX_ROW		16

/* What the control file lists, as named by kmemleak.report. */
enum report_form {
	REPORT_FLAT,	/* all leaks */
	REPORT_ROOTS,	/* direct leaks, with the number of their indirect ones */
};

static const char * const report_forms[] = {
	[REPORT_FLAT]	= "flat",
	[REPORT_ROOTS]	= "roots",
};

static enum report_form report_form = REPORT_FLAT;

static int report_form_set(const char *text, const struct kernel_param *kp)
{
	int form = sysfs_match_string(report_forms, text);

	if (form < 0)
		return form;
	WRITE_ONCE(report_form, form);
	return 0;
}

static int report_form_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", report_forms[READ_ONCE(report_form)]);
}

static const struct kernel_param_ops report_form_ops = {
	.set = report_form_set,
	.get = report_form_get,
};
module_param_cb(report, &report_form_ops, NULL, 0644);
MODULE_PARM_DESC(report, "leaks that the control file lists: flat for all, roots for direct ones");

/* Print to the file if there is one, else to the log. */
#define print_to(m, fmt, ...) do {					\
	if (m)								\
		seq_printf(m, fmt, ##__VA_ARGS__);			\
	else								\
		pr_warn(fmt, ##__VA_ARGS__);				\
} while (0)

/* How an entry says what kind of address an object has, unless it is a virtual one. */
static const char *space_text(const struct object_ref *ref)
{
	static const char * const texts[] = {
		[RANGE_VIRT]	= "",
		[RANGE_PHYS]	= " (phys)",
		[RANGE_PERCPU]	= " (percpu)",
	};

	return texts[ref->range ? ref->range->space : RANGE_VIRT];
}

static void print_hex_head(struct seq_file *m, const struct object_ref *ref, size_t size)
{
	if (ref->range && ref->range->space == RANGE_PERCPU)
		print_to(m, "  hex dump (first %zu bytes on cpu %u):\n", size,
			 object_peek_cpu());
	else
		print_to(m, "  hex dump (first %zu bytes):\n", size);
}

static void print_hex(struct seq_file *m, const struct object_ref *ref)
{
	size_t size = min_t(size_t, ref->size, HEX_BYTES), row;
	char line[HEX_ROW * 3 + 2 + HEX_ROW + 1];
	u8 buffer[HEX_BYTES];

	if (!object_peek(ref, 0, buffer, size))
		return;
	print_hex_head(m, ref, size);
	for (row = 0; row < size; row += HEX_ROW) {
		hex_dump_to_buffer(buffer + row,
				   min_t(size_t, size - row, HEX_ROW), HEX_ROW,
				   1, line, sizeof(line), true);
		print_to(m, "    %s\n", line);
	}
}

static void print_owner(struct seq_file *m, const struct slot *slot)
{
	u64 now = get_jiffies_64(), born = slot_born(slot, now);
	u64 ms = jiffies64_to_msecs(now - born);
	struct comm comm;

	rcu_read_lock();
	comm_name(slot_state(slot), &comm);
	rcu_read_unlock();
	print_to(m, "  comm \"%s\", pid %u, jiffies %lu (age %llu.%03us)\n",
		 comm.name, READ_ONCE(slot->pid), (unsigned long)born,
		 ms / MSEC_PER_SEC, (unsigned int)(ms % MSEC_PER_SEC));
}

static void print_holder(struct seq_file *m, const struct object_ref *ref)
{
	char text[HOLDER_TEXT];
	unsigned long where;
	u32 age;
	u64 ms;

	where = holder_of(ref, &age);
	if (!where)
		return;
	ms = jiffies64_to_msecs(age);
	holder_text(where, text, sizeof(text));
	print_to(m, "  last referenced by %s, %llu.%us ago\n", text,
		 ms / MSEC_PER_SEC, (unsigned int)(ms % MSEC_PER_SEC) / 100);
}

/* @indirect and @bytes count its indirect leaks, see graph_indirect(). */
static void report_print(struct seq_file *m, const struct object_ref *ref,
			 unsigned long indirect, unsigned long bytes)
{
	bool content = report_shows_content();

	print_to(m, "unreferenced object%s 0x%08lx (size %zu):\n", space_text(ref),
		 ref->start, ref->size);
	print_owner(m, ref->slot);
	if (content)
		print_hex(m, ref);
	if (indirect)
		print_to(m, "  + %lu indirect object%s, %lu byte%s\n", indirect,
			 str_plural(indirect), bytes, str_plural(bytes));
	print_holder(m, ref);
	/* The hash of a short object tells its content to whoever tries all that it may be. */
	print_to(m, "  backtrace (crc %x):\n", content ? object_crc(ref) : 0);
	frames_print(m, READ_ONCE(ref->slot->stack));
}

/**
 * report_log() - print a leak to the kernel log
 * @ref: the object
 * @others: number of further leaks with the same stack, which are not printed
 *
 * Context: Inside an RCU read-side section.
 */
void report_log(const struct object_ref *ref, u32 others)
{
	report_print(NULL, ref, 0, 0);
	/* Scripts search the log for these very words. */
	if (others)
		pr_warn("  ... and %u more object(s) with the same backtrace\n", others);
}

static const char *colour_name(const struct slot *slot)
{
	u32 state = slot_state(slot);

	return state & OBJ_IGNORE ? "black" : state & OBJ_GREY ? "grey" :
							       "white";
}

static void dump_print(const struct object_ref *ref)
{
	pr_notice("object%s 0x%08lx (size %zu):\n", space_text(ref), ref->start, ref->size);
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
 * report_dump() - print everything known about an object to the kernel log
 * @addr: an address in it: a virtual or a physical one, or a per-CPU pointer
 *
 * If a number is an address of more than one kind, print the object of each.
 *
 * Context: Any but NMI.
 * Return: 0; -EINVAL if there is no such object.
 */
int report_dump(unsigned long addr)
{
	enum range_space space;
	struct object_ref ref;
	int err = -EINVAL;

	rcu_read_lock();
	for (space = 0; space < RANGE_NR_SPACES; space++) {
		if (!object_find(space, addr, &ref))
			continue;
		dump_print(&ref);
		err = 0;
	}
	rcu_read_unlock();
	if (err)
		pr_info("dump: no object at 0x%08lx\n", addr);
	return err;
}

/* ---- Reading the file ---- */

static void *report_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct report_cursor *cursor = m->private;

	cursor->pos = ++*pos;
	cursor->done = !report_next_leak(cursor);
	return cursor->done ? NULL : cursor;
}

static void *report_start(struct seq_file *m, loff_t *pos)
{
	struct report_cursor *cursor = m->private;
	loff_t n;

	/* Continue with the leak that was found but not shown yet. */
	if (*pos && *pos == cursor->pos)
		return cursor->done ? NULL : cursor;
	memset(cursor, 0, sizeof(*cursor));
	/* Reading a report from the beginning resets what poll() signals. */
	if (!*pos)
		WRITE_ONCE(m->poll_event, events_leaks_ever());
	for (n = 0; n <= *pos; n++)
		if (!report_next_leak(cursor))
			return NULL;
	cursor->pos = *pos;
	return cursor;
}

static void report_stop(struct seq_file *m, void *v)
{
}

/**
 * report_drop_stale() - drop what was just printed if the detector is off by now
 * @m: the file
 * @count: number of bytes in its buffer before
 *
 * When "off" has begun, objects are freed and code is unloaded unseen. Until their
 * records are gone, they describe what others own by then.
 */
void report_drop_stale(struct seq_file *m, size_t count)
{
	if (!kmemleak_was_on())
		m->count = count;
}

static int report_show(struct seq_file *m, void *v)
{
	const struct report_cursor *cursor = v;
	bool roots = READ_ONCE(report_form) == REPORT_ROOTS;
	unsigned long indirect = 0, bytes = 0;
	size_t count = m->count;
	struct object_ref ref;
	u32 state;

	if (roots)
		indirect = graph_indirect(cursor->space, cursor->shown, &bytes);
	rcu_read_lock();
	if (object_find(cursor->space, cursor->shown, &ref) &&
	    ref.start == cursor->shown) {
		state = slot_state(ref.slot);
		if ((state & OBJ_REPORTED) && !(roots && (state & OBJ_INDIRECT)))
			report_print(m, &ref, indirect, bytes);
	}
	rcu_read_unlock();
	report_drop_stale(m, count);
	return 0;
}

const struct seq_operations report_seq_ops = {
	.start = report_start,
	.next = report_next,
	.stop = report_stop,
	.show = report_show,
};
