// SPDX-License-Identifier: GPL-2.0
/*
 * A module that leaves objects behind when all have been told that it goes: an asynchronous
 * call, for which the module loader waits after that. For the selftests of the leak
 * detector.
 */
#include <linux/async.h>
#include <linux/completion.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/notifier.h>

#include "fresh.h"

static unsigned int objects;
module_param(objects, uint, 0444);
MODULE_PARM_DESC(objects, "objects of 192 bytes that ending_call() leaves");

static DECLARE_COMPLETION(told);

static int ending_event(struct notifier_block *nb, unsigned long state, void *mod)
{
	if (mod == THIS_MODULE && state == MODULE_STATE_GOING)
		complete(&told);
	return NOTIFY_DONE;
}

/* Told after all others, since it is the last one of the lowest priority. */
static struct notifier_block ending_notifier = {
	.notifier_call = ending_event,
	.priority = INT_MIN,
};

static noinline void ending_call(void *unused, async_cookie_t cookie)
{
	unsigned int i;

	wait_for_completion(&told);
	unregister_module_notifier(&ending_notifier);
	for (i = 0; i < objects; i++)
		if (!fresh(192))
			break;
	scrub_stack();
}

static int __init ending_init(void)
{
	return register_module_notifier(&ending_notifier);
}
module_init(ending_init);

static void __exit ending_exit(void)
{
	async_schedule(ending_call, NULL);
}
module_exit(ending_exit);

MODULE_DESCRIPTION("Leaves objects behind late for the selftests of the leak detector");
MODULE_LICENSE("GPL");
