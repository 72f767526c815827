// SPDX-License-Identifier: GPL-2.0
/*
 * mm/kmemleak/report/sites.c: what others may do while a scan counts the objects of each
 * site. Readers do not wait for the count, and see the one before. If a module goes
 * meanwhile, no site has an address of its code, and the count is repeated only if it may
 * have found one.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "store/range.h"
#include "store/slab.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "report/file.h"
#include "report/text.h"

#include "sim.h"

/* An address in the code of a module that goes, the token for it, and other code. */
#define ADDRESS		0xff001000UL
#define TOKEN		77UL
#define CODE		0xff008000UL
/* A helper in that module, and the token for it. */
#define HELPER		0xff002000UL
#define HELPER_TOKEN	99UL

/* ---- What stands for others ---- */

#define _MM_KMEMLEAK_TRACE_FRAMES_H
#define FRAME_TEXT	16

static unsigned long frame_plain(unsigned long frame)
{
	return frame;
}

static bool helper_gone;

static bool frame_is_helper(unsigned long frame)
{
	return frame == HELPER_TOKEN || (frame == HELPER && !helper_gone);
}

static bool frame_stays(unsigned long frame)
{
	return frame == TOKEN || frame == HELPER_TOKEN || frame == CODE;
}

static const char *frame_text(unsigned long frame, char *text, size_t size)
{
	return memset(text, 0, size);
}

/* A handle is the index of a stack. */
static unsigned int stack_depot_fetch(u32 handle, unsigned long **frames)
{
	static unsigned long stacks[][2] = {
		{ }, { ADDRESS }, { TOKEN }, { CODE }, { HELPER, CODE }, { HELPER_TOKEN, CODE },
	};

	*frames = stacks[handle];
	return handle ? 1 + !!stacks[handle][1] : 0;
}

#define STACK_ADDRESS	1
#define STACK_TOKEN	2
#define STACK_CODE	3
#define STACK_HELPER	4
#define STACK_HELPER_TOKEN 5

/* Others are in the core, or in outside.c. */
#define sites_update	real_sites_update
#define sites_teardown	real_sites_teardown
#define mark_worker_nr	the_only_worker
#define mark_tables	walk_tables
#define range_walk	walk_no_ranges
#define module_param_named(...)
#define jiffies64_to_msecs(jiffies)	(jiffies)
#define MSEC_PER_SEC	1000

static void walk_tables(struct marker *m, void (*visit)(struct slab_table *table, void *worker));

static void walk_no_ranges(void (*visit)(struct tracked_range *range, void *arg), void *arg)
{
}

static unsigned int the_only_worker(const struct mark_worker *w)
{
	return 0;
}

void *report_memory_get(size_t size)
{
	return calloc(1, size);
}

void report_memory_put(void *memory, size_t size)
{
	free(memory);
}

int report_open(struct file *file, const struct seq_operations *ops, size_t size)
{
	return -EOPNOTSUPP;
}

int report_release(struct inode *inode, struct file *file, size_t size)
{
	return 0;
}

void report_drop_stale(struct seq_file *m, size_t count)
{
}

#include "report/sites.c"

/* ---- Tests ---- */

#define OBJECTS		5

static char room[sizeof(struct slab_table) + OBJECTS * sizeof(struct slot)] __aligned(16);
static struct slab_table *const table = (struct slab_table *)room;
static struct sites copy;

/* What happens once after the objects were seen, and before the count is over. */
static void (*meanwhile)(void);

/* Walks over all objects in the last scan, and such as rested under the mutex. */
static unsigned int walks, rests;

static void walk_tables(struct marker *m, void (*visit)(struct slab_table *table, void *worker))
{
	void (*now)(void) = meanwhile;

	walks++;
	/* The walk that is repeated is under the mutex, for which others wait. */
	rests += walks > 1 && m->pace;
	visit(table, NULL);
	meanwhile = NULL;
	if (now)
		now();
}

static void objects_have(u32 stack)
{
	unsigned int i;

	for (i = 0; i < OBJECTS; i++)
		table->slots[i] = (struct slot) { .stack = stack, .state = OBJ_LIVE };
}

static void pace(struct marker *m)
{
	(void)m;
}

static void scan(void (*event)(void))
{
	struct marker m = { .nr_workers = 1, .pace = pace };

	meanwhile = event;
	walks = 0;
	sites_update(&m);
	sites_copy(&copy);
}

/* Expect so many objects of a frame @back scans before the last. */
static void expect(unsigned long frame, unsigned int back, unsigned long objects)
{
	unsigned long found = 0;
	unsigned int i;

	for (i = 0; i < copy.nr; i++)
		if (copy.site[i].frame == frame)
			found += site_count(&copy, &copy.site[i], back)->objects;
	if (found == objects)
		return;
	printf("# %lu objects of 0x%lx, expected %lu\n", found, frame, objects);
	sim_fail("a site does not have the objects that it should");
}

static void read_meanwhile(void)
{
	if (!mutex_trylock(&sites_mutex))
		sim_fail("a reader waits until all objects are counted");
	mutex_unlock(&sites_mutex);
	sites_copy(&copy);
	/* The one before. */
	if (copy.scans != 1)
		sim_fail("a reader sees a count that is not over");
	expect(CODE, 0, OBJECTS);
}

static void reader(void)
{
	objects_have(STACK_CODE);
	scan(NULL);
	expect(CODE, 0, OBJECTS);
	scan(read_meanwhile);
	if (copy.scans != 2)
		sim_fail("a count is lost");
	expect(CODE, 0, OBJECTS);
	expect(CODE, 1, OBJECTS);
}

static unsigned long rename_address(unsigned long frame, void *arg)
{
	(void)arg;
	return frame == ADDRESS ? TOKEN : frame == HELPER ? HELPER_TOKEN : frame;
}

/* As modules.c does it. */
static void module_goes(void)
{
	objects_have(STACK_TOKEN);
	sites_rename(rename_address, NULL);
}

static void module(void)
{
	objects_have(STACK_ADDRESS);
	scan(module_goes);
	expect(ADDRESS, 0, 0);
	expect(TOKEN, 0, OBJECTS);
	expect(CODE, 1, OBJECTS);
}

static void module_counted_before(void)
{
	objects_have(STACK_ADDRESS);
	scan(NULL);
	expect(ADDRESS, 0, OBJECTS);
	scan(module_goes);
	expect(ADDRESS, 0, 0);
	expect(ADDRESS, 1, 0);
	expect(TOKEN, 0, OBJECTS);
	expect(TOKEN, 1, OBJECTS);
	/* And from then on. */
	scan(NULL);
	expect(TOKEN, 0, OBJECTS);
	expect(TOKEN, 1, OBJECTS);
	expect(TOKEN, 2, OBJECTS);
}

/* The last object of its code is freed before the walk over all objects begins. */
static void module_goes_clean(void)
{
	objects_have(STACK_CODE);
	sites_rename(rename_address, NULL);
}

static void module_leaves_nothing(void)
{
	objects_have(STACK_ADDRESS);
	scan(module_goes_clean);
	expect(ADDRESS, 0, 0);
	expect(CODE, 0, OBJECTS);
	if (rests)
		sim_fail("others wait for a thread that rests");
}

/* Others come and go. */
static void other_module(void)
{
	objects_have(STACK_CODE);
	scan(module_goes_clean);
	expect(CODE, 0, OBJECTS);
	if (walks != 1)
		sim_fail("the count is repeated for nothing");
}

static void helper_goes(void)
{
	objects_have(STACK_HELPER_TOKEN);
	helper_gone = true;
	sites_rename(rename_address, NULL);
}

/* Its module is loaded and unloaded several times, and then there is other code. */
static void helper(void)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		helper_gone = false;
		objects_have(STACK_HELPER);
		scan(NULL);
		expect(CODE, 0, OBJECTS);
		helper_goes();
		scan(NULL);
		expect(CODE, 0, OBJECTS);
	}
	objects_have(STACK_HELPER);
	scan(NULL);
	expect(HELPER, 0, OBJECTS);
	objects_have(STACK_CODE);
	scan(NULL);
}

static const struct sim_case tests[] = {
	{ "a reader during a count", reader },
	{ "a module that goes during a count", module },
	{ "a module that goes, and was counted before", module_counted_before },
	{ "a module that goes, and leaves nothing", module_leaves_nothing },
	{ "a module that goes, and has no site", other_module },
	{ "a helper in a module that comes and goes", helper },
};

int main(void)
{
	sim_start(0, NULL);
	WRITE_ONCE(kmemleak_state, KMEMLEAK_ON);
	table->count = OBJECTS;
	table->object_size = 64;
	sim_run("sites", tests, ARRAY_SIZE(tests));
	sites_teardown();
	return 0;
}
