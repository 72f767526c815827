// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/kmemleak_sites: the number of objects of each allocation site at
 * each of the last scans. Objects that are referred to, but whose number never stops
 * growing, are a leak that no search for references can find.
 *
 * A site is the innermost frame of a stack that is no helper of its caller (trace/
 * helpers.c), rather than the whole stack: a growing site is reached through many callers,
 * none of which need grow from each scan to the next.
 *
 * Invariants:
 *
 * - sites_mutex guards the table. It nests inside scan_mutex and unload_mutex
 *   (modules.c), never outside.
 * - A census takes as long as a walk over all objects, and counts into a copy of the table,
 *   without the mutex: readers see the table of the scan before. If code goes meanwhile,
 *   and the census has an address outside the kernel that the table lacks, this may be in
 *   that code: the census is repeated under the mutex, for which the end of the code waits.
 * - An entry's frame is an address only as long as its code exists: the entries of a
 *   module that goes away are renamed.
 * - The first scan creates the table, which has room for SITES_MAX entries. Objects of
 *   further sites are counted together. An entry that was 0 at each of the last scans
 *   is removed.
 */
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/spinlock.h>
#include <linux/stackdepot.h>
#include <linux/string_choices.h>

#include "kmemleak.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/frames.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "report/file.h"
#include "report/sites.h"
#include "report/text.h"

#define SITES_MAX	2048
#define SITES_BITS	12
/* Stacks whose objects a worker counts before it has to look up their sites. */
#define TALLY_BITS	12
#define SCANS		16
/* Number of consecutive intervals in which a growing site must have grown. */
#define GROWTH_MIN	4

static_assert(BIT(SITES_BITS) > SITES_MAX);

static bool sites_wanted = true;
module_param_named(sites, sites_wanted, bool, 0644);
MODULE_PARM_DESC(sites, "count the objects of each allocation site at each scan");

/**
 * struct count - objects at a scan
 * @objects: number of objects
 * @bytes: sum of their sizes
 */
struct count {
	unsigned long objects;
	unsigned long bytes;
};

/**
 * struct site - a frame that was found in stacks
 * @frame: a return address or a token
 * @helper: it belongs to a helper, and is a site only for stacks that consist of helpers
 * @count: objects at the last scans; the entry of the last scan is at sites.last
 */
struct site {
	unsigned long frame;
	bool helper;
	struct count count[SCANS];
};

/**
 * struct sites - all sites
 * @scans: number of scans counted in the entries
 * @last: index of the last scan in the entries
 * @ended: when each scan was, in jiffies
 * @nowhere: objects of the last scan that belong to no entry
 * @nr: number of entries
 * @site: the entries
 * @index: by hash of the frame: index of an entry plus one
 */
struct sites {
	unsigned int scans;
	unsigned int last;
	u64 ended[SCANS];
	struct count nowhere;
	unsigned int nr;
	struct site site[SITES_MAX];
	u16 index[BIT(SITES_BITS)];
};

/**
 * struct tally - objects of one stack that a worker found
 * @stack: its handle
 * @count: number of objects since this stack got the place
 */
struct tally {
	u32 stack;
	struct count count;
};

/**
 * struct census - one count of all objects
 * @lock: guards @sites
 * @sites: a copy of the table, with a column for this census
 * @tally: objects that each worker of the scan found, by hash of the stack
 */
struct census {
	spinlock_t lock;	/* against workers that settle at the same time */
	struct sites *sites;
	struct tally *tally[MARK_WORKERS_MAX];
};

static DEFINE_MUTEX(sites_mutex);
/* Once there is one, it is replaced by that of each census. */
static struct sites *sites;
/* How often code went away. */
static unsigned int renames;
/* The current census. Workers use it while the scanning task waits for them. */
static struct census *census;

/* Find the place of a frame in the index, or the place where it belongs. */
static u16 *site_index(struct sites *sites, unsigned long frame)
{
	u32 at = hash_long(frame, SITES_BITS);

	while (sites->index[at] &&
	       sites->site[sites->index[at] - 1].frame != frame)
		at = (at + 1) % BIT(SITES_BITS);
	return &sites->index[at];
}

static struct site *site_find(struct sites *sites, unsigned long frame)
{
	u16 *index = site_index(sites, frame);
	struct site *site;

	if (*index)
		return &sites->site[*index - 1];
	if (sites->nr == SITES_MAX)
		return NULL;
	site = &sites->site[sites->nr++];
	*index = sites->nr;
	memset(site, 0, sizeof(*site));
	site->frame = frame;
	site->helper = frame_is_helper(frame);
	return site;
}

static bool site_empty(const struct site *site)
{
	unsigned int i;

	for (i = 0; i < SCANS; i++)
		if (site->count[i].objects)
			return false;
	return true;
}

/* Move entries together and rebuild the index. */
static void sites_pack(struct sites *sites)
{
	unsigned int i, nr = 0;

	memset(sites->index, 0, sizeof(sites->index));
	for (i = 0; i < sites->nr; i++) {
		/* Helpers stay, so that their names need not be looked up again. */
		if (site_empty(&sites->site[i]) && !sites->site[i].helper)
			continue;
		if (nr != i)
			sites->site[nr] = sites->site[i];
		*site_index(sites, sites->site[nr].frame) = nr + 1;
		nr++;
	}
	sites->nr = nr;
}

/* Find the site of a stack. Returns NULL if there is no room for it. */
static struct site *stack_site(struct sites *sites, depot_stack_handle_t stack)
{
	struct site *site = NULL;
	unsigned long *frames;
	unsigned int i, nr;

	nr = stack_depot_fetch(stack, &frames);
	for (i = 0; i < nr; i++) {
		site = site_find(sites, frame_plain(frames[i]));
		if (!site || !site->helper)
			break;
	}
	return site;
}

/* Add the objects found for one stack to its site. */
static void tally_settle(struct tally *tally)
{
	struct count *count;
	struct site *site;

	if (!tally->count.objects)
		return;
	spin_lock(&census->lock);
	site = stack_site(census->sites, tally->stack);
	count = site ? &site->count[census->sites->last] : &census->sites->nowhere;
	count->objects += tally->count.objects;
	count->bytes += tally->count.bytes;
	spin_unlock(&census->lock);
	tally->count = (struct count) {};
}

/* Count some objects of one stack. */
static void tally_add(struct tally *tallies, u32 stack, unsigned long objects,
		      size_t size)
{
	struct tally *tally = &tallies[hash_32(stack, TALLY_BITS)];

	if (tally->stack != stack) {
		tally_settle(tally);
		tally->stack = stack;
	}
	tally->count.objects += objects;
	tally->count.bytes += objects * size;
}

/*
 * Neighbours mostly have the same stack. Reads are not ordered: an object that appears
 * during the count may be counted for another stack.
 */
static void census_table(struct slab_table *table, void *worker)
{
	struct tally *tallies = census->tally[mark_worker_nr(worker)];
	const struct slot *slot = table->slots, *end = slot + table->count;
	u32 stack, last = 0;
	unsigned int nr = 0;

	for (; slot < end; slot++) {
		if (!(slot_flags(slot) & OBJ_LIVE))
			continue;
		stack = READ_ONCE(slot->stack);
		if (stack != last) {
			tally_add(tallies, last, nr, table->object_size);
			last = stack;
			nr = 0;
		}
		nr++;
	}
	tally_add(tallies, last, nr, table->object_size);
}

static void census_range(struct tracked_range *range, void *unused)
{
	const struct slot *slot = &range->slot;

	if (slot_flags(slot) & OBJ_LIVE)
		tally_add(census->tally[0], READ_ONCE(slot->stack), 1,
			  range_size(range));
}

/* Start a column for the counts of this scan, in place of the oldest one. */
static void sites_begin_column(struct sites *sites)
{
	unsigned int i;

	sites->last = (sites->last + 1) % SCANS;
	sites->scans = min(sites->scans + 1, SCANS);
	sites->ended[sites->last] = get_jiffies_64();
	sites->nowhere = (struct count) {};
	for (i = 0; i < sites->nr; i++)
		sites->site[i].count[sites->last] = (struct count) {};
	sites_pack(sites);
}

/* Copy the table. Context: sites_mutex held. */
static void census_begin(void)
{
	if (sites)
		*census->sites = *sites;
	else
		memset(census->sites, 0, sizeof(*census->sites));
	sites_begin_column(census->sites);
}

static void census_count(struct marker *m)
{
	unsigned int i, worker;

	mark_tables(m, census_table);
	range_walk(census_range, NULL);
	for (worker = 0; worker < m->nr_workers; worker++)
		for (i = 0; i < BIT(TALLY_BITS); i++)
			tally_settle(&census->tally[worker][i]);
}

/*
 * Code went away during the census: may the census have its addresses? Objects that were
 * counted may have been freed before anybody looked for such addresses in their stacks.
 * Those that are in the table, too, are of other code. Context: sites_mutex held.
 */
static bool census_stale(void)
{
	unsigned long frame;
	unsigned int i;

	for (i = 0; i < census->sites->nr; i++) {
		frame = census->sites->site[i].frame;
		if (!frame_stays(frame) && !(sites && *site_index(sites, frame)))
			return true;
	}
	return false;
}

/* Count anew, without a rest: others wait for sites_mutex. */
static void census_repeat(struct marker *m)
{
	void (*pace)(struct marker *m) = m->pace;

	m->pace = NULL;
	census_begin();
	census_count(m);
	m->pace = pace;
}

static void census_take(struct marker *m)
{
	unsigned int then;

	mutex_lock(&sites_mutex);
	census_begin();
	then = renames;
	mutex_unlock(&sites_mutex);
	census_count(m);
	mutex_lock(&sites_mutex);
	if (renames != then && census_stale())
		census_repeat(m);
	swap(sites, census->sites);
	mutex_unlock(&sites_mutex);
}

static void census_free(void)
{
	unsigned int i;

	if (!census)
		return;
	for (i = 0; i < MARK_WORKERS_MAX; i++)
		scan_memory_put(census->tally[i],
				BIT(TALLY_BITS) * sizeof(struct tally));
	report_memory_put(census->sites, sizeof(*census->sites));
	scan_memory_put(census, sizeof(*census));
	census = NULL;
}

static bool census_make(unsigned int workers)
{
	unsigned int i;

	census = scan_memory_get(sizeof(*census));
	if (!census)
		return false;
	spin_lock_init(&census->lock);
	census->sites = report_memory_get(sizeof(*census->sites));
	if (!census->sites)
		return false;
	for (i = 0; i < workers; i++) {
		census->tally[i] = scan_memory_get(BIT(TALLY_BITS) *
						   sizeof(struct tally));
		if (!census->tally[i])
			return false;
	}
	return true;
}

/**
 * sites_update() - count the objects of each site
 * @m: the marker of the scan that is about to end, whose workers count; it can no
 *	longer be called off
 *
 * If there is no memory for it, the scan is left out, and that is counted.
 *
 * Context: Sleeps; under scan_mutex.
 */
void sites_update(struct marker *m)
{
	if (!READ_ONCE(sites_wanted))
		return;
	if (census_make(m->nr_workers))
		census_take(m);
	else
		stat_inc(STAT_SITES_LOST);
	census_free();
}

static void site_merge(struct site *into, struct site *site)
{
	unsigned int i;

	for (i = 0; i < SCANS; i++) {
		into->count[i].objects += site->count[i].objects;
		into->count[i].bytes += site->count[i].bytes;
	}
	memset(site->count, 0, sizeof(site->count));
}

/**
 * sites_rename() - give sites names that stay when their code goes away
 * @rename: returns the new frame for a frame
 * @arg: passed to @rename
 *
 * Context: Sleeps; under unload_mutex. No object has a frame of that code any more.
 */
void sites_rename(unsigned long (*rename)(unsigned long frame, void *arg),
		  void *arg)
{
	unsigned long frame;
	unsigned int i;
	u16 *index;

	mutex_lock(&sites_mutex);
	renames++;
	for (i = 0; sites && i < sites->nr; i++) {
		frame = frame_plain(rename(sites->site[i].frame, arg));
		if (frame == sites->site[i].frame)
			continue;
		index = site_index(sites, frame);
		if (*index) {
			/* That of an earlier instance exists; sites_pack() drops this one. */
			site_merge(&sites->site[*index - 1], &sites->site[i]);
			sites->site[i].helper = false;
			continue;
		}
		sites->site[i].frame = frame;
		*index = i + 1;
	}
	if (sites)
		sites_pack(sites);
	mutex_unlock(&sites_mutex);
}

/**
 * sites_teardown() - free the table
 *
 * Context: Sleeps; under scan_mutex.
 */
void sites_teardown(void)
{
	mutex_lock(&sites_mutex);
	report_memory_put(sites, sizeof(*sites));
	sites = NULL;
	mutex_unlock(&sites_mutex);
}

/* Get the count of the scan that was @back scans before the last. */
static const struct count *site_count(const struct sites *sites,
				      const struct site *site,
				      unsigned int back)
{
	return &site->count[(sites->last + SCANS - back) % SCANS];
}

/* Did a site grow from each scan to the next since it first had objects? */
static bool site_grows(const struct sites *sites, const struct site *site)
{
	unsigned long later, objects = site_count(sites, site, 0)->objects;
	unsigned int back;

	for (back = 1; back < sites->scans; back++) {
		later = objects;
		objects = site_count(sites, site, back)->objects;
		/* It had no objects then. If it had some before that, it shrank. */
		if (!objects)
			break;
		if (objects >= later)
			return false;
	}
	for (later = back; later < sites->scans; later++)
		if (site_count(sites, site, later)->objects)
			return false;
	return back > GROWTH_MIN;
}

/* For sort_r(): growing sites come first, then those with most bytes. */
static int site_compare(const void *left, const void *right,
			const void *sites)
{
	const struct site *a = left, *b = right;
	bool grows = site_grows(sites, a);
	unsigned long a_bytes, b_bytes;

	if (grows != site_grows(sites, b))
		return grows ? -1 : 1;
	a_bytes = site_count(sites, a, 0)->bytes;
	b_bytes = site_count(sites, b, 0)->bytes;
	return a_bytes > b_bytes ? -1 : a_bytes < b_bytes;
}

/* Make a copy for one reader, without entries that are no sites of the last scans. */
static void sites_copy(struct sites *copy)
{
	unsigned int i, nr = 0;

	mutex_lock(&sites_mutex);
	if (sites && kmemleak_is_on())
		*copy = *sites;
	else
		memset(copy, 0, sizeof(*copy));
	mutex_unlock(&sites_mutex);
	for (i = 0; i < copy->nr; i++)
		if (!site_empty(&copy->site[i]))
			copy->site[nr++] = copy->site[i];
	copy->nr = nr;
	sort_r(copy->site, nr, sizeof(*copy->site), site_compare, NULL, copy);
}

static void print_header(struct seq_file *m, const struct sites *sites)
{
	u64 ms, now = get_jiffies_64();
	unsigned int back, i, growing = 0;

	for (i = 0; i < sites->nr; i++)
		growing += site_grows(sites, &sites->site[i]);
	seq_printf(m, "%u scan%s, %u site%s, %u growing, %lu object%s, %lu byte%s elsewhere\n",
		   sites->scans, str_plural(sites->scans), sites->nr, str_plural(sites->nr),
		   growing, sites->nowhere.objects, str_plural(sites->nowhere.objects),
		   sites->nowhere.bytes, str_plural(sites->nowhere.bytes));
	seq_puts(m, "seconds ago");
	for (back = sites->scans; back--;) {
		ms = jiffies64_to_msecs(now - sites->ended[(sites->last +
							    SCANS - back) %
							   SCANS]);
		seq_printf(m, " %llu.%03u", ms / MSEC_PER_SEC,
			   (unsigned int)(ms % MSEC_PER_SEC));
	}
	seq_putc(m, '\n');
}

static void print_site(struct seq_file *m, const struct sites *sites,
		       const struct site *site)
{
	const struct count *last = site_count(sites, site, 0);
	char text[FRAME_TEXT];
	unsigned int back;

	seq_printf(m, "%lu object%s, %lu byte%s%s: %s\n", last->objects,
		   str_plural(last->objects), last->bytes, str_plural(last->bytes),
		   site_grows(sites, site) ? ", growing" : "",
		   frame_text(site->frame, text, sizeof(text)));
	seq_puts(m, "  objects");
	for (back = sites->scans; back--;)
		seq_printf(m, " %lu", site_count(sites, site, back)->objects);
	seq_puts(m, "\n  bytes");
	for (back = sites->scans; back--;)
		seq_printf(m, " %lu", site_count(sites, site, back)->bytes);
	seq_putc(m, '\n');
}

/* Position 0 is the header; any other is the index of a site plus one. */
static void *sites_start(struct seq_file *m, loff_t *pos)
{
	struct sites *copy = m->private;

	if (!*pos)
		sites_copy(copy);
	return *pos <= copy->nr ? pos : NULL;
}

static void *sites_next(struct seq_file *m, void *v, loff_t *pos)
{
	const struct sites *copy = m->private;

	++*pos;
	return *pos <= copy->nr ? pos : NULL;
}

static void sites_stop(struct seq_file *m, void *v)
{
}

static int sites_show(struct seq_file *m, void *v)
{
	const struct sites *copy = m->private;
	size_t count = m->count;
	loff_t pos = *(loff_t *)v;

	if (!pos) {
		print_header(m, copy);
		return 0;
	}
	print_site(m, copy, &copy->site[pos - 1]);
	report_drop_stale(m, count);
	return 0;
}

static const struct seq_operations sites_seq_ops = {
	.start = sites_start,
	.next = sites_next,
	.stop = sites_stop,
	.show = sites_show,
};

/**
 * sites_open() - open the sites file
 * @inode: its inode
 * @file: the file
 *
 * Return: 0 or a negative errno.
 */
int sites_open(struct inode *inode, struct file *file)
{
	return report_open(file, &sites_seq_ops, sizeof(struct sites));
}

/**
 * sites_release() - close the sites file
 * @inode: its inode
 * @file: the file
 *
 * Return: 0.
 */
int sites_release(struct inode *inode, struct file *file)
{
	return report_release(inode, file, sizeof(struct sites));
}
