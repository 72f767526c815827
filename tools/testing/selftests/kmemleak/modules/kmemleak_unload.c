// SPDX-License-Identifier: GPL-2.0
/*
 * A module that leaves objects behind when it is unloaded, for the selftests of
 * the leak detector: some allocated by its init code, some by other code.
 */
#include <linux/async.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "fresh.h"

static unsigned int probe_objects;
module_param(probe_objects, uint, 0444);
MODULE_PARM_DESC(probe_objects, "objects of 64 bytes that unload_probe() leaves");

static unsigned int init_objects;
module_param(init_objects, uint, 0444);
MODULE_PARM_DESC(init_objects, "objects of 96 bytes that unload_init() leaves");

static unsigned int late_objects;
module_param(late_objects, uint, 0444);
MODULE_PARM_DESC(late_objects, "objects of 128 bytes that unload_late() leaves");

static unsigned int rcu_objects;
module_param(rcu_objects, uint, 0444);
MODULE_PARM_DESC(rcu_objects, "objects that RCU is about to free when the module goes");

static char *cache;
module_param(cache, charp, 0444);
MODULE_PARM_DESC(cache, "name of a slab cache that is created, and stays");

static bool workqueue;
module_param(workqueue, bool, 0444);
MODULE_PARM_DESC(workqueue, "have a workqueue, and destroy it when the module goes");

static unsigned long give_back;
module_param(give_back, ulong, 0444);
MODULE_PARM_DESC(give_back, "an object to free, as left had it");

static unsigned long left;
module_param(left, ulong, 0444);
MODULE_PARM_DESC(left, "complement of the address of the last object left");

struct freed_later {
	struct rcu_head rcu;
	unsigned long value[13];
};

static struct freed_later *later[16];

static noinline int unload_prepare(void)
{
	unsigned int i;

	for (i = 0; i < rcu_objects && i < ARRAY_SIZE(later); i++) {
		later[i] = kzalloc(sizeof(*later[i]), GFP_KERNEL);
		if (!later[i])
			return -ENOMEM;
	}
	return 0;
}

/* What it consists of, the allocator keeps. */
static noinline int unload_create(void)
{
	return !cache || kmem_cache_create(cache, 136, 0, SLAB_NO_MERGE, NULL) ? 0 : -ENOMEM;
}

static struct workqueue_struct *queue;

static noinline int unload_queue(void)
{
	if (workqueue)
		queue = alloc_workqueue("kmemleak_unload", WQ_UNBOUND, 0);
	return !workqueue || queue ? 0 : -ENOMEM;
}

static noinline int unload_probe(void)
{
	unsigned int i;
	void *object;

	for (i = 0; i < probe_objects; i++) {
		object = fresh(64);
		if (!object)
			return -ENOMEM;
		left = ~(unsigned long)object;
	}
	return 0;
}

/* Init code, which still runs when the module is live. */
static void __init unload_late(void *unused, async_cookie_t cookie)
{
	unsigned int i;

	msleep(300);
	for (i = 0; i < late_objects; i++)
		if (!fresh(128))
			break;
	scrub_stack();
}

static int __init unload_init(void)
{
	unsigned int i;
	int err;

	if (give_back)
		kfree((void *)~give_back);
	for (i = 0; i < init_objects; i++)
		if (!fresh(96))
			return -ENOMEM;
	if (late_objects)
		async_schedule(unload_late, NULL);
	err = unload_prepare() ?: unload_create();
	err = err ?: unload_queue();
	return err ?: unload_probe();
}
module_init(unload_init);

static void __exit unload_exit(void)
{
	unsigned int i;

	if (queue)
		destroy_workqueue(queue);
	for (i = 0; i < ARRAY_SIZE(later); i++)
		if (later[i])
			kfree_rcu(later[i], rcu);
	scrub_stack();
}
module_exit(unload_exit);

MODULE_DESCRIPTION("Leaves objects behind for the selftests of the leak detector");
MODULE_LICENSE("GPL");
