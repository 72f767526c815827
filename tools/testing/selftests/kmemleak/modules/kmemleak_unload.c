// SPDX-License-Identifier: GPL-2.0
/*
 * A module that leaves objects behind when it is unloaded, for the selftests of
 * the leak detector: some allocated by its init code, some by other code.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "fresh.h"

static unsigned int probe_objects;
module_param(probe_objects, uint, 0444);
MODULE_PARM_DESC(probe_objects, "objects of 64 bytes that unload_probe() leaves");

static unsigned int init_objects;
module_param(init_objects, uint, 0444);
MODULE_PARM_DESC(init_objects, "objects of 96 bytes that unload_init() leaves");

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

static int __init unload_init(void)
{
	unsigned int i;

	if (give_back)
		kfree((void *)~give_back);
	for (i = 0; i < init_objects; i++)
		if (!fresh(96))
			return -ENOMEM;
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
