// SPDX-License-Identifier: GPL-2.0
/*
 * Very many objects of all kinds, some of them leaked, and a measure of how long others
 * have to wait meanwhile. In /sys/kernel/debug/kmemleak_scale:
 *
 * objects	write how many to make; 0 frees them. A thread of its own does that.
 *		Read how many there are.
 * state	read "busy" as long as it does, then "idle", or "failed" for want of memory
 * leaks	read "leak KIND ADDRESS SIZE" for each object that nothing refers to
 * probe	write 1 to begin to measure, 0 to end. Read how long, in us, the task of
 *		the highest priority on any CPU has waited for it at most.
 * hog		write for how many ms to keep a CPU from all others
 *
 * One half of the objects is referred to by an array. The other half is a list of lists:
 * each member of the first refers to one of the others. One object in a thousand of
 * the later half is leaked; of these, every second one refers to the one before.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fresh.h"

/* ---- Kinds of objects ---- */

enum source {
	FROM_KMALLOC,
	FROM_CACHE,
	FROM_VMALLOC,
	FROM_PERCPU,
};

/**
 * struct kind - objects of one kind
 * @name: for the list of leaks, and of the cache
 * @source: what allocates them
 * @size: in bytes
 * @share: how many of each SHARES objects are of this kind
 * @cache: that of FROM_CACHE
 */
struct kind {
	const char *name;
	enum source source;
	unsigned int size;
	unsigned int share;
	struct kmem_cache *cache;
};

#define SHARES	1000

static struct kind kinds[] = {
	{ "kmalloc", FROM_KMALLOC, 16, 100 },
	{ "kmalloc", FROM_KMALLOC, 32, 120 },
	{ "kmalloc", FROM_KMALLOC, 64, 150 },
	{ "kmalloc", FROM_KMALLOC, 96, 80 },
	{ "kmalloc", FROM_KMALLOC, 128, 80 },
	{ "kmalloc", FROM_KMALLOC, 192, 60 },
	{ "kmalloc", FROM_KMALLOC, 256, 40 },
	{ "kmalloc", FROM_KMALLOC, 512, 20 },
	{ "kmalloc", FROM_KMALLOC, 1024, 10 },
	{ "kmalloc", FROM_KMALLOC, 2048, 5 },
	{ "kmalloc", FROM_KMALLOC, 4096, 3 },
	{ "kmalloc", FROM_KMALLOC, 8192, 1 },
	{ "kmalloc_large", FROM_KMALLOC, 16384, 2 },
	{ "kmemleak_scale_24", FROM_CACHE, 24, 80 },
	{ "kmemleak_scale_40", FROM_CACHE, 40, 60 },
	{ "kmemleak_scale_56", FROM_CACHE, 56, 60 },
	{ "kmemleak_scale_72", FROM_CACHE, 72, 40 },
	{ "kmemleak_scale_120", FROM_CACHE, 120, 40 },
	{ "kmemleak_scale_136", FROM_CACHE, 136, 20 },
	{ "kmemleak_scale_200", FROM_CACHE, 200, 15 },
	{ "kmemleak_scale_328", FROM_CACHE, 328, 9 },
	{ "vmalloc", FROM_VMALLOC, 4096, 3 },
	/* The last one, because none is leaked: some numbers look like per-CPU pointers. */
	{ "percpu", FROM_PERCPU, 16, 2 },
};

#define LEAKED_KINDS	(ARRAY_SIZE(kinds) - 1)

/* The kinds of SHARES objects in a row. */
static u8 kind_of[SHARES];

/* All shares are dealt out, in an order in which kinds take turns. */
static bool kinds_deal(void)
{
	unsigned int i, n, dealt = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (n = 0; n < kinds[i].share && dealt < SHARES; n++)
			kind_of[dealt++ * 389 % SHARES] = i;
	return dealt == SHARES;
}

static void kinds_destroy(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		kmem_cache_destroy(kinds[i].cache);
}

static bool kinds_create(void)
{
	struct kind *kind;

	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		if (kind->source != FROM_CACHE)
			continue;
		kind->cache = kmem_cache_create(kind->name, kind->size, 0, SLAB_NO_MERGE, NULL);
		if (!kind->cache)
			return false;
	}
	return kinds_deal();
}

static void *kind_alloc(const struct kind *kind)
{
	switch (kind->source) {
	case FROM_KMALLOC:
		return kzalloc(kind->size, GFP_KERNEL);
	case FROM_CACHE:
		return kmem_cache_zalloc(kind->cache, GFP_KERNEL);
	case FROM_VMALLOC:
		return vzalloc(kind->size);
	case FROM_PERCPU:
		break;
	}
	return NULL;
}

/* ---- Objects ---- */

/* Members of a list. */
#define LIST_LENGTH	1000

/**
 * struct link - the beginning of an object that is a member of a list
 * @next: the next one
 * @list: in the list of lists, a list
 */
struct link {
	struct link *next;
	struct link *list;
};

/**
 * struct leaked - an object that nothing refers to
 * @hidden: complement of its address
 * @kind: what kind it is of
 */
struct leaked {
	unsigned long hidden;
	const struct kind *kind;
};

static struct link *list, *lists;
static unsigned long nr_linked;
static void **held;
static unsigned long nr_held;
static void __percpu **percpu;
static unsigned long nr_percpu;
static struct leaked *leaked;
static unsigned long nr_leaked;

static void object_link(struct link *link)
{
	if (++nr_linked % LIST_LENGTH) {
		link->next = list;
		list = link;
		return;
	}
	link->next = lists;
	link->list = list;
	lists = link;
	list = NULL;
}

static bool object_make(unsigned long i)
{
	const struct kind *kind = &kinds[kind_of[i % SHARES]];
	void *object;

	if (kind->source == FROM_PERCPU) {
		percpu[nr_percpu] = __alloc_percpu(kind->size, sizeof(long));
		return percpu[nr_percpu++];
	}
	object = kind_alloc(kind);
	if (!object)
		return false;
	if (i % 2)
		held[nr_held++] = object;
	else
		object_link(object);
	return true;
}

static bool object_leak(void)
{
	const struct kind *kind = &kinds[nr_leaked % LEAKED_KINDS];
	unsigned long *object = kind_alloc(kind);

	if (!object)
		return false;
	if (nr_leaked % 2)
		*object = ~leaked[nr_leaked - 1].hidden;
	leaked[nr_leaked].hidden = ~(unsigned long)object;
	leaked[nr_leaked++].kind = kind;
	return true;
}

static void objects_free(void)
{
	struct link *link;

	while (list || lists) {
		link = list ?: lists;
		if (!list)
			lists = link->next;
		list = list ? link->next : link->list;
		kvfree(link);
		cond_resched();
	}
	for (; nr_held; cond_resched())
		kvfree(held[--nr_held]);
	for (; nr_percpu; cond_resched())
		free_percpu(percpu[--nr_percpu]);
	for (; nr_leaked; cond_resched())
		kvfree((void *)~leaked[--nr_leaked].hidden);
	vfree(held);
	vfree(percpu);
	vfree(leaked);
	held = NULL;
	percpu = NULL;
	leaked = NULL;
	nr_linked = 0;
}

static noinline bool objects_make(unsigned long nr)
{
	unsigned long i, each = max(nr / SHARES, 100UL);

	held = vzalloc(array_size(nr / 2 + 1, sizeof(*held)));
	percpu = vzalloc(array_size(nr / 100 + SHARES, sizeof(*percpu)));
	leaked = vzalloc(array_size(nr / each + 1, sizeof(*leaked)));
	if (!held || !percpu || !leaked)
		return false;
	for (i = 0; i < nr; i++) {
		/* By then, memory is new: no pointer to what was freed there is left over. */
		if (i >= nr / 2 && i % each == each - 1 ? !object_leak() : !object_make(i))
			return false;
		cond_resched();
	}
	return true;
}

/* ---- The thread that makes and frees them ---- */

static DEFINE_MUTEX(thread_mutex);
static DECLARE_COMPLETION(thread_done);
static unsigned long wanted;
static bool busy, failed;

static int thread_main(void *unused)
{
	bool made = true;

	if (wanted)
		made = objects_make(wanted);
	else
		objects_free();
	scrub_stack();
	WRITE_ONCE(failed, !made);
	WRITE_ONCE(busy, false);
	kthread_complete_and_exit(&thread_done, 0);
}

static int thread_start(unsigned long nr)
{
	struct task_struct *task;

	if (READ_ONCE(busy))
		return -EBUSY;
	if (nr && leaked)
		return -EEXIST;
	/* The thread before. */
	wait_for_completion(&thread_done);
	wanted = nr;
	WRITE_ONCE(busy, true);
	task = kthread_run(thread_main, NULL, "kmemleak_scale");
	if (!IS_ERR(task))
		return 0;
	WRITE_ONCE(busy, false);
	complete(&thread_done);
	return PTR_ERR(task);
}

static int objects_set(void *unused, u64 nr)
{
	int err;

	if (nr > ULONG_MAX / SHARES)
		return -EINVAL;
	mutex_lock(&thread_mutex);
	err = thread_start(nr);
	mutex_unlock(&thread_mutex);
	return err;
}

static int objects_get(void *unused, u64 *nr)
{
	*nr = nr_linked + nr_held + nr_percpu + nr_leaked;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(objects_fops, objects_get, objects_set, "%llu\n");

static int state_show(struct seq_file *m, void *v)
{
	seq_puts(m, READ_ONCE(busy) ? "busy\n" : READ_ONCE(failed) ? "failed\n" : "idle\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int leaks_show(struct seq_file *m, void *v)
{
	unsigned long i;

	mutex_lock(&thread_mutex);
	for (i = 0; i < nr_leaked && !READ_ONCE(busy); i++)
		seq_printf(m, "leak %s 0x%08lx %u\n", leaked[i].kind->name, ~leaked[i].hidden,
			   leaked[i].kind->size);
	mutex_unlock(&thread_mutex);
	scrub_stack();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leaks);

/* ---- How long others wait ---- */

#define PERIOD_US	1000

/**
 * struct probe - measures how long the CPU is not free for it
 * @task: the thread on that CPU
 * @worst: in ns
 */
struct probe {
	struct task_struct *task;
	u64 worst;
};

static DEFINE_MUTEX(probe_mutex);
static struct probe *probes;
static u64 worst_us;

static int probe_main(void *arg)
{
	const u64 period = (PERIOD_US + PERIOD_US / 10) * NSEC_PER_USEC;
	struct probe *probe = arg;
	u64 began, ns;

	sched_set_fifo(current);
	while (!kthread_should_stop()) {
		began = ktime_get_ns();
		usleep_range(PERIOD_US, PERIOD_US + PERIOD_US / 10);
		ns = ktime_get_ns() - began;
		if (ns > period)
			probe->worst = max(probe->worst, ns - period);
	}
	return 0;
}

static void probes_stop(void)
{
	unsigned int cpu;

	if (!probes)
		return;
	for_each_possible_cpu(cpu) {
		if (!probes[cpu].task)
			continue;
		kthread_stop(probes[cpu].task);
		worst_us = max(worst_us, div_u64(probes[cpu].worst, NSEC_PER_USEC));
	}
	kfree(probes);
	probes = NULL;
}

static int probes_start(void)
{
	struct task_struct *task;
	unsigned int cpu;

	worst_us = 0;
	probes = kcalloc(nr_cpu_ids, sizeof(*probes), GFP_KERNEL);
	if (!probes)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		task = kthread_create(probe_main, &probes[cpu], "kmemleak_probe/%u", cpu);
		if (IS_ERR(task)) {
			probes_stop();
			return PTR_ERR(task);
		}
		kthread_bind(task, cpu);
		probes[cpu].task = task;
		wake_up_process(task);
	}
	return 0;
}

static int probe_set(void *unused, u64 on)
{
	int err = 0;

	mutex_lock(&probe_mutex);
	probes_stop();
	if (on)
		err = probes_start();
	mutex_unlock(&probe_mutex);
	return err;
}

static int probe_get(void *unused, u64 *us)
{
	*us = worst_us;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(probe_fops, probe_get, probe_set, "%llu\n");

static int hog_set(void *unused, u64 ms)
{
	u64 end;

	if (ms > MSEC_PER_SEC)
		return -EINVAL;
	preempt_disable();
	end = ktime_get_ns() + ms * NSEC_PER_MSEC;
	while (ktime_get_ns() < end)
		cpu_relax();
	preempt_enable();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hog_fops, NULL, hog_set, "%llu\n");

/* ---- The module ---- */

static struct dentry *dir;

static int __init scale_init(void)
{
	if (!kinds_create()) {
		kinds_destroy();
		return -ENOMEM;
	}
	/* No thread has to end. */
	complete(&thread_done);
	dir = debugfs_create_dir("kmemleak_scale", NULL);
	debugfs_create_file_unsafe("objects", 0600, dir, NULL, &objects_fops);
	debugfs_create_file("state", 0400, dir, NULL, &state_fops);
	debugfs_create_file("leaks", 0400, dir, NULL, &leaks_fops);
	debugfs_create_file_unsafe("probe", 0600, dir, NULL, &probe_fops);
	debugfs_create_file_unsafe("hog", 0200, dir, NULL, &hog_fops);
	return 0;
}
module_init(scale_init);

static void __exit scale_exit(void)
{
	debugfs_remove_recursive(dir);
	probes_stop();
	wait_for_completion(&thread_done);
	objects_free();
	kinds_destroy();
}
module_exit(scale_exit);

MODULE_DESCRIPTION("Very many objects for a selftest of the leak detector");
MODULE_LICENSE("GPL");
