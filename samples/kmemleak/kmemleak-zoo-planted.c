// SPDX-License-Identifier: GPL-2.0
/*
 * Cases that make false claims about their objects, so that no detector gets them
 * right. They test the scripts that count; case=list does not list them.
 */
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/slab.h>

#include "kmemleak-zoo.h"

static void *kept;
static unsigned long disguised;

/* Claim a leak, but keep a pointer to the object. */
static int planted_miss(void)
{
	void *object = kzalloc(96, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	zoo_leak(object, 96);
	WRITE_ONCE(kept, object);
	return 0;
}

/* The same, in the first run only: a directory in debugfs marks later runs. */
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

/* Claim that the object is in use, but keep no pointer to it. */
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
