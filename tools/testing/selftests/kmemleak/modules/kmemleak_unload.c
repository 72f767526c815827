// SPDX-License-Identifier: GPL-2.0
/*
 * A module that leaves objects behind when it is unloaded, for the selftests of
 * the leak detector: some allocated by its init code, some by other code.
 */
#include <linux/async.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

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

static unsigned long give_back;
module_param(give_back, ulong, 0444);
MODULE_PARM_DESC(give_back, "an object to free, as left had it");

static unsigned long left;
module_param(left, ulong, 0444);
MODULE_PARM_DESC(left, "complement of the address of the last object left");

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

	if (give_back)
		kfree((void *)~give_back);
	for (i = 0; i < init_objects; i++)
		if (!fresh(96))
			return -ENOMEM;
	if (late_objects)
		async_schedule(unload_late, NULL);
	return unload_probe();
}
module_init(unload_init);

static void __exit unload_exit(void)
{
	scrub_stack();
}
module_exit(unload_exit);

MODULE_DESCRIPTION("Leaves objects behind for the selftests of the leak detector");
MODULE_LICENSE("GPL");
