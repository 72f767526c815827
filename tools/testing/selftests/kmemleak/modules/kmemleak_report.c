// SPDX-License-Identifier: GPL-2.0
/*
 * Memory in the shapes that reports tell of, for the selftests of the leak
 * detector.
 *
 * Writing "SHAPE" or "SHAPE NUMBER" to /sys/kernel/debug/kmemleak_report/run
 * makes it; reading lists the objects of the shape made last:
 *
 *	ADDRESS SIZE
 *
 * A shape is made in a thread of its own that then ends, and addresses are kept
 * inverted only, so that nothing refers to a leak by accident.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "fresh.h"

/* Sizes of which little else is allocated. */
#define SMALL		256
#define NOTED_MAX	16

static DEFINE_MUTEX(run_mutex);

/* What was made last, with the addresses inverted. */
static struct {
	unsigned long hidden;
	size_t size;
} noted[NOTED_MAX];
static unsigned int nr_noted;

static void note(const void *object, size_t size)
{
	if (nr_noted == NOTED_MAX)
		return;
	noted[nr_noted].hidden = ~(unsigned long)object;
	noted[nr_noted++].size = size;
}

/* ---- Shapes ---- */

static noinline int shape_leak(unsigned long number)
{
	void *object = fresh(SMALL);

	if (!object)
		return -ENOMEM;
	note(object, SMALL);
	return 0;
}

struct node {
	struct node *next;
	struct node *child[9];
};

static noinline struct node *node_new(void)
{
	struct node *node = fresh(SMALL);

	if (node)
		note(node, SMALL);
	return node;
}

static_assert(sizeof(struct node) <= SMALL);

/* One that refers to nine. */
static noinline int shape_tree(unsigned long number)
{
	struct node *root = node_new();
	int i;

	if (!root)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(root->child); i++) {
		root->child[i] = node_new();
		if (!root->child[i])
			return -ENOMEM;
	}
	return 0;
}

/* NUMBER in a circle; returns one of them. */
static struct node *ring_new(unsigned long number)
{
	struct node *first = node_new(), *last = first;

	while (last && --number) {
		last->next = node_new();
		last = last->next;
	}
	if (!last)
		return NULL;
	last->next = first;
	return first;
}

static noinline int shape_ring(unsigned long number)
{
	return ring_new(number) ? 0 : -ENOMEM;
}

/* A ring that one object outside of it refers to. */
static noinline int shape_lollipop(unsigned long number)
{
	struct node *ring = ring_new(number), *stick = node_new();

	if (!ring || !stick)
		return -ENOMEM;
	stick->next = ring;
	return 0;
}

/* Two that refer to the same third, which refers to itself. */
static noinline int shape_shared(unsigned long number)
{
	struct node *one = node_new(), *two = node_new(), *both = node_new();

	if (!one || !two || !both)
		return -ENOMEM;
	one->next = both;
	two->child[3] = both;
	both->next = both;
	return 0;
}

/* A member of a list, newest first. */
struct link {
	struct link *next;
	unsigned long unused;
};

/*
 * Of long lists. One word that happens to be the address of a member would hold all
 * behind it, or be a shorter way to them: members are small, in pages of their own.
 */
static struct kmem_cache *links;
static struct link *table[8];
static unsigned long hidden_chain = ~0UL;

static bool links_ready(void)
{
	if (!links)
		links = kmem_cache_create("kmemleak_links", sizeof(struct link), 0,
					  SLAB_NO_MERGE, NULL);
	return links;
}

/* Members are of @cache if there is one, else of SMALL bytes. */
static __always_inline int list_grow(struct link **list, unsigned long number,
				     struct kmem_cache *cache)
{
	struct link *link;

	while (number--) {
		link = cache ? kmem_cache_zalloc(cache, GFP_KERNEL) :
			       kzalloc(SMALL, GFP_KERNEL);
		if (!link)
			return -ENOMEM;
		link->next = *list;
		*list = link;
	}
	return 0;
}

static void list_shrink(struct link **list, unsigned long number)
{
	struct link *link;

	while (number-- && (link = *list)) {
		*list = link->next;
		kfree(link);
	}
}

/* A list of NUMBER whose head was lost. */
static noinline int shape_chain(unsigned long number)
{
	struct link *chain = (struct link *)~hidden_chain;
	int err = links_ready() ? list_grow(&chain, number, links) : -ENOMEM;

	hidden_chain = ~(unsigned long)chain;
	return err;
}

/* A hash table whose fourth chain has NUMBER members. */
static noinline int shape_table(unsigned long number)
{
	int err = links_ready() ? list_grow(&table[3], number, links) : -ENOMEM;
	struct link *link;

	/* The first few, and the last. */
	for (link = table[3]; link; link = link->next) {
		if (!link->next && nr_noted == NOTED_MAX)
			nr_noted--;
		note(link, sizeof(*link));
	}
	return err;
}

static __always_inline int many(unsigned long number, size_t size)
{
	void *first[FRESH_FIRST];
	int err = 0;

	fresh_begin(first, size);
	while (number-- && !err)
		err = kzalloc(size, GFP_KERNEL) ? 0 : -ENOMEM;
	fresh_end(first);
	return err;
}

static noinline int many_one(unsigned long number)
{
	return many(number, 64);
}

static noinline int many_two(unsigned long number)
{
	return many(number, 128);
}

/* NUMBER, one half each from two places. */
static noinline int shape_many(unsigned long number)
{
	return many_one(number / 2) ?: many_two(number / 2);
}

/* Lists of what is referred to. */
static struct link *grown, *oscillating, *steady;

static noinline int shape_grow(unsigned long number)
{
	return list_grow(&grown, number, NULL);
}

static noinline int shape_steady(unsigned long number)
{
	return list_grow(&steady, number, NULL);
}

/* Three more and two less by turns. */
static noinline int shape_oscillate(unsigned long number)
{
	static bool less;

	less = !less;
	if (less)
		return list_grow(&oscillating, 3, NULL);
	list_shrink(&oscillating, 2);
	return 0;
}

/*
 * Who refers to objects that are lost: a variable, an object, one that is freed
 * without looking, a stack.
 */
static struct node *lost_list;
static struct node *lost_owner;
static struct kmem_cache *owners;
static struct node *freed_owner;
/* With it, the slab stays. */
static struct node *other_owner;
static struct task_struct *keeper;
static bool keeper_forgets;

static noinline int keeper_main(void *unused)
{
	struct node *kept[1] = { kzalloc(SMALL, GFP_KERNEL) };

	note(kept[0], SMALL);
	/* Nothing but @kept is to refer to it: no frame that lies deeper. */
	scrub_stack();
	for (;;) {
		barrier_data(kept);
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
		if (READ_ONCE(keeper_forgets))
			kept[0] = NULL;
		scrub_stack();
	}
	__set_current_state(TASK_RUNNING);
	kfree(kept[0]);
	return 0;
}

static noinline int shape_hold(unsigned long number)
{
	lost_list = node_new();
	lost_owner = node_new();
	if (!lost_list || !lost_owner)
		return -ENOMEM;
	lost_owner->child[6] = node_new();
	owners = kmem_cache_create("kmemleak_owners", SMALL, 0, SLAB_NO_MERGE, NULL);
	if (!owners)
		return -ENOMEM;
	freed_owner = kmem_cache_zalloc(owners, GFP_KERNEL);
	other_owner = kmem_cache_zalloc(owners, GFP_KERNEL);
	if (!freed_owner || !other_owner)
		return -ENOMEM;
	freed_owner->child[6] = node_new();
	WRITE_ONCE(keeper_forgets, false);
	keeper = kthread_run(keeper_main, NULL, "kmemleak_keeper");
	if (IS_ERR(keeper))
		return PTR_ERR(keeper);
	while (READ_ONCE(nr_noted) < 5)
		schedule_timeout_uninterruptible(1);
	return 0;
}

static noinline int shape_lose(unsigned long number)
{
	lost_list = NULL;
	lost_owner->child[6] = NULL;
	kmem_cache_free(owners, freed_owner);
	freed_owner = NULL;
	WRITE_ONCE(keeper_forgets, true);
	wake_up_process(keeper);
	return 0;
}

static int shape_release(unsigned long number)
{
	struct link *chain = (struct link *)~hidden_chain;

	list_shrink(&grown, ULONG_MAX);
	list_shrink(&steady, ULONG_MAX);
	list_shrink(&oscillating, ULONG_MAX);
	kfree(lost_owner);
	lost_owner = NULL;
	if (freed_owner)
		kmem_cache_free(owners, freed_owner);
	if (other_owner)
		kmem_cache_free(owners, other_owner);
	freed_owner = NULL;
	other_owner = NULL;
	kmem_cache_destroy(owners);
	owners = NULL;
	list_shrink(&table[3], ULONG_MAX);
	list_shrink(&chain, ULONG_MAX);
	hidden_chain = ~0UL;
	kmem_cache_destroy(links);
	links = NULL;
	if (keeper)
		kthread_stop(keeper);
	keeper = NULL;
	return 0;
}

/* ---- Control ---- */

struct shape {
	const char *name;
	int (*make)(unsigned long number);
};

static const struct shape shapes[] = {
	{ "leak", shape_leak },
	{ "tree", shape_tree },
	{ "ring", shape_ring },
	{ "lollipop", shape_lollipop },
	{ "shared", shape_shared },
	{ "chain", shape_chain },
	{ "many", shape_many },
	{ "grow", shape_grow },
	{ "steady", shape_steady },
	{ "oscillate", shape_oscillate },
	{ "hold", shape_hold },
	{ "lose", shape_lose },
	{ "table", shape_table },
	{ "release", shape_release },
};

/**
 * struct shape_run - a thread that makes a shape
 * @name: which
 * @number: its argument, 0 if there is none
 * @err: what came of it
 * @done: it is over
 */
struct shape_run {
	char name[32];
	unsigned long number;
	int err;
	struct completion done;
};

static int shape_thread(void *arg)
{
	struct shape_run *run = arg;
	int i;

	run->err = -ENOENT;
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		if (!strcmp(run->name, shapes[i].name))
			run->err = shapes[i].make(run->number);
	scrub_stack();
	kthread_complete_and_exit(&run->done, 0);
}

static ssize_t run_write(struct file *file, const char __user *from,
			 size_t size, loff_t *pos)
{
	struct task_struct *task;
	struct shape_run run = {};
	char text[64] = "";

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	if (sscanf(text, "%31s %lu", run.name, &run.number) < 1)
		return -EINVAL;
	init_completion(&run.done);

	mutex_lock(&run_mutex);
	nr_noted = 0;
	task = kthread_run(shape_thread, &run, "kmemleak_report");
	if (IS_ERR(task))
		run.err = PTR_ERR(task);
	else
		wait_for_completion(&run.done);
	mutex_unlock(&run_mutex);
	return run.err ?: size;
}

static int run_show(struct seq_file *m, void *v)
{
	unsigned int i;

	mutex_lock(&run_mutex);
	for (i = 0; i < nr_noted; i++)
		seq_printf(m, "0x%08lx %zu\n", ~noted[i].hidden, noted[i].size);
	mutex_unlock(&run_mutex);
	scrub_stack();
	return 0;
}

static int run_open(struct inode *inode, struct file *file)
{
	return single_open(file, run_show, NULL);
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = run_open,
	.read = seq_read,
	.write = run_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct dentry *dir;

static int __init report_init(void)
{
	dir = debugfs_create_dir("kmemleak_report", NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	return 0;
}
module_init(report_init);

static void __exit report_exit(void)
{
	debugfs_remove_recursive(dir);
	shape_release(0);
}
module_exit(report_exit);

MODULE_DESCRIPTION("Shapes of memory for the selftests of the leak detector");
MODULE_LICENSE("GPL");
