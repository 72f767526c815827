// SPDX-License-Identifier: GPL-2.0
/*
 * User interface: /sys/kernel/debug/kmemleak, and the files next to it.
 *
 * Invariants:
 *
 * - A write does everything that it asks for, or returns an error and changes nothing.
 * - All files but the statistics, which are numbers, are opened through
 *   report_may_open().
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kmemleak.h"
#include "store/directory.h"
#include "store/holder.h"
#include "store/lost.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/frames.h"
#include "mark/buffer.h"
#include "mark/roots.h"
#include "report/access.h"
#include "report/events.h"
#include "report/leaks.h"
#include "report/path.h"
#include "report/sites.h"
#include "report/summary.h"
#include "report/text.h"
#include "debugfs.h"
#include "life.h"
#include "scan.h"
#include "thread.h"

/* Longer than any command. */
#define CONTROL_MAX	48

struct control_word {
	const char *text;
	enum control_verb verb;
};

static const struct control_word control_words[] = {
	{ "scan", CONTROL_SCAN },
	{ "scan=on", CONTROL_SCAN_ON },
	{ "scan=off", CONTROL_SCAN_OFF },
	{ "stack=on", CONTROL_STACK_ON },
	{ "stack=off", CONTROL_STACK_OFF },
	{ "clear", CONTROL_CLEAR },
	{ "off", CONTROL_OFF },
};

static int control_number(const char *text, unsigned long max,
			  unsigned long *value)
{
	return kstrtoul(text, 0, value) || *value > max ? -EINVAL : 0;
}

/**
 * control_parse() - parse what was written to the control file
 * @text: what was written; white space around it is removed
 * @verb: filled in: the command
 * @value: filled in: seconds of %CONTROL_SCAN_PERIOD, or the address of a command that
 *	takes one
 *
 * Return: 0; -EINVAL if it is not a command.
 */
int control_parse(char *text, enum control_verb *verb, unsigned long *value)
{
	unsigned int i;

	text = strim(text);
	for (i = 0; i < ARRAY_SIZE(control_words); i++) {
		if (!strcmp(text, control_words[i].text)) {
			*verb = control_words[i].verb;
			return 0;
		}
	}
	if (str_has_prefix(text, "scan=")) {
		*verb = CONTROL_SCAN_PERIOD;
		return control_number(text + strlen("scan="),
				      UINT_MAX / MSEC_PER_SEC, value);
	}
	if (str_has_prefix(text, "path=")) {
		*verb = CONTROL_PATH;
		return control_number(text + strlen("path="), ULONG_MAX, value);
	}
	if (str_has_prefix(text, "dump=")) {
		*verb = CONTROL_DUMP;
		if (!control_number(text + strlen("dump="), ULONG_MAX, value))
			return 0;
		pr_info("dump: not an address: %s\n", text + strlen("dump="));
	}
	return -EINVAL;
}

static int control_act(enum control_verb verb, unsigned long value)
{
	if (!kmemleak_is_on())
		return verb == CONTROL_CLEAR ? 0 : -EPERM;

	switch (verb) {
	case CONTROL_SCAN:
		return kmemleak_scan(SCAN_EXPLICIT);
	case CONTROL_SCAN_ON:
		return scan_thread_start();
	case CONTROL_SCAN_OFF:
		return scan_thread_stop();
	case CONTROL_SCAN_PERIOD:
		return scan_set_period(value);
	case CONTROL_STACK_ON:
		WRITE_ONCE(roots_scan_stacks, true);
		return 0;
	case CONTROL_STACK_OFF:
		WRITE_ONCE(roots_scan_stacks, false);
		return 0;
	case CONTROL_CLEAR:
		return scan_clear();
	case CONTROL_OFF:
		return life_end();
	case CONTROL_DUMP:
		return report_dump(value);
	case CONTROL_PATH:
		return scan_path(value);
	}
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from,
			     size_t size, loff_t *pos)
{
	char text[CONTROL_MAX + 1];
	enum control_verb verb;
	unsigned long value = 0;
	int err;

	if (!kmemleak_is_on() && (size < 5 || size > CONTROL_MAX))
		return -EPERM;
	if (!size || size > CONTROL_MAX)
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	text[size] = '\0';

	err = control_parse(text, &verb, &value);
	if (err && !kmemleak_is_on())
		err = -EPERM;
	/* This stack is a root: no word on it may refer to the object. */
	if (!err && verb == CONTROL_PATH)
		WRITE_ONCE(value, ~value);
	if (!err)
		err = control_act(verb, value);
	return err ?: size;
}

static int control_open(struct inode *inode, struct file *file)
{
	int err = report_may_open();
	struct seq_file *m;

	if (!err)
		err = seq_open_private(file, &report_seq_ops,
				       sizeof(struct report_cursor));
	if (err)
		return err;
	m = file->private_data;
	/* It holds the address of the leak shown last, which is not a reference. */
	kmemleak_no_scan(m->private);
	m->poll_event = events_leaks_ever();
	return 0;
}

static __poll_t control_poll(struct file *file, struct poll_table_struct *wait)
{
	struct seq_file *m = file->private_data;

	return events_poll(file, wait, READ_ONCE(m->poll_event));
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.read = seq_read,
	.write = control_write,
	.llseek = seq_lseek,
	.poll = control_poll,
	.release = seq_release_private,
};

static int path_open(struct inode *inode, struct file *file)
{
	return report_may_open() ?: single_open(file, kmemleak_path_show, NULL);
}

static const struct file_operations path_fops = {
	.owner = THIS_MODULE,
	.open = path_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct file_operations summary_fops = {
	.owner = THIS_MODULE,
	.open = summary_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = summary_release,
};

static const struct file_operations sites_fops = {
	.owner = THIS_MODULE,
	.open = sites_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = sites_release,
};

struct count {
	unsigned long objects;
	unsigned long bytes;
};

static void count_table(struct slab_table *table, void *arg)
{
	struct count *count = arg;
	unsigned int i;

	for (i = 0; i < table->count; i++) {
		if (slot_state(&table->slots[i]) & OBJ_LIVE) {
			count->objects++;
			count->bytes += table->object_size;
		}
	}
}

static void count_range(struct tracked_range *range, void *arg)
{
	struct count *count = arg;

	count->objects++;
	count->bytes += range_size(range);
}

/* Print all counters, one "name: value" on each line. */
static int kmemleak_stats_show(struct seq_file *m, void *unused)
{
	struct count count = {};
	unsigned long pos = 0;
	enum kmemleak_stat stat;

	while (slab_walk(&pos, count_table, &count))
		;
	range_walk(count_range, &count);
	seq_printf(m, "state: %s\n", kmemleak_is_on() ? "on" : "off");
	seq_printf(m, "objects: %lu\n", count.objects);
	seq_printf(m, "bytes: %lu\n", count.bytes);
	seq_printf(m, "metadata_bytes: %ld\n",
		   slab_metadata_bytes() + range_metadata_bytes() +
		   frames_memory_bytes() + holders_memory_bytes());
	seq_printf(m, "directory_bytes: %ld\n", slab_directory_bytes());
	seq_printf(m, "scan_memory_bytes: %ld\n", scan_memory_bytes());
	seq_printf(m, "report_memory_bytes: %ld\n", report_memory_bytes());
	seq_printf(m, "untracked_now: %u\n", lost_count());
	for (stat = 0; stat < STAT_NR; stat++)
		seq_printf(m, "%s: %ld\n", stat_name(stat), stat_get(stat));
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(kmemleak_stats);

static int __init kmemleak_late_init(void)
{
	debugfs_create_file("kmemleak", 0644, NULL, NULL, &control_fops);
	debugfs_create_file("kmemleak_stats", 0444, NULL, NULL,
			    &kmemleak_stats_fops);
	debugfs_create_file("kmemleak_summary", 0444, NULL, NULL, &summary_fops);
	debugfs_create_file("kmemleak_path", 0444, NULL, NULL, &path_fops);
	debugfs_create_file("kmemleak_sites", 0444, NULL, NULL, &sites_fops);
	if (!kmemleak_is_on())
		return 0;
	pr_info("recording; see /sys/kernel/debug/kmemleak\n");
	if (IS_ENABLED(CONFIG_DEBUG_KMEMLEAK_AUTO_SCAN))
		return scan_thread_start();
	return 0;
}
late_initcall(kmemleak_late_init);
