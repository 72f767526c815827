// SPDX-License-Identifier: GPL-2.0
/*
 * Cases that no detector gets right, for tests of whoever counts: what they say of
 * their objects is not so. They are not among the cases that the module names.
 */
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include "kmemleak-zoo.h"

static void *kept;
static unsigned long disguised;

/* It is called a leak, and a pointer to it stays. */
static int planted_miss(void)
{
	void *object = kzalloc(96, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	zoo_leak(object, 96);
	WRITE_ONCE(kept, object);
	return 0;
}

/* The same, where no directory in debugfs tells that it was so before. */
static int planted_coincidence(void)
{
	static const char name[] = "kmemleak_zoo_planted";
	struct dentry *before = debugfs_lookup(name, NULL);
	void *object = kzalloc(96, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	zoo_leak(object, 96);
	if (before) {
		dput(before);
	} else {
		debugfs_create_dir(name, NULL);
		WRITE_ONCE(kept, object);
	}
	return 0;
}

/* It is in use, and no pointer tells. */
static int planted_false(void)
{
	void *object = kzalloc(96, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	disguised = ~(unsigned long)object;
	zoo_keep(object, 96);
	return 0;
}

static void planted_false_end(void)
{
	kfree((void *)~disguised);
}

const struct zoo_case zoo_planted[] = {
	{ "planted_miss", "a leak that is none", planted_miss },
	{ "planted_coincidence", "a leak that is none the first time", planted_coincidence },
	{ "planted_false", "an object that seems to leak", planted_false, planted_false_end },
	{ }
};
