// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that loses memory, for the test of the user's tool.
 *
 * A number written to /sys/module/kmemleak_tool/parameters/lose makes so many
 * requests, in a cache of their own, and forgets them; one written to queue makes
 * some that a list refers to. Reading the latter tells the address of the last one
 * in the list. Requests are kept when the module goes, so it stays.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

struct request {
	struct list_head list;
	char payload[480];
};

static struct kmem_cache *requests;
static LIST_HEAD(pending);

/* The bug: what cannot be queued is not freed. */
static noinline int request_lose(void)
{
	struct request *request = kmem_cache_zalloc(requests, GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	INIT_LIST_HEAD(&request->list);
	return 0;
}

/* No bug. */
static noinline int request_queue(void)
{
	struct request *request = kmem_cache_zalloc(requests, GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	list_add_tail(&request->list, &pending);
	return 0;
}

/* Parameters are set by one at a time, and the first time before tool_init(). */
static int repeat(const char *text, int (*request)(void))
{
	unsigned int number;
	int err = requests ? kstrtouint(text, 0, &number) : -ENODEV;

	while (!err && number--)
		err = request();
	return err;
}

static int lose_set(const char *text, const struct kernel_param *kp)
{
	return repeat(text, request_lose);
}

static int queue_set(const char *text, const struct kernel_param *kp)
{
	return repeat(text, request_queue);
}

static int queue_get(char *text, const struct kernel_param *kp)
{
	if (list_empty(&pending))
		return sysfs_emit(text, "none\n");
	return sysfs_emit(text, "0x%lx\n",
			  (unsigned long)list_last_entry(&pending, struct request, list));
}

static const struct kernel_param_ops lose_ops = { .set = lose_set };
static const struct kernel_param_ops queue_ops = { .set = queue_set, .get = queue_get };

module_param_cb(lose, &lose_ops, NULL, 0200);
MODULE_PARM_DESC(lose, "number of requests to lose now");
module_param_cb(queue, &queue_ops, NULL, 0600);
MODULE_PARM_DESC(queue, "number of requests to queue now");

static int __init tool_init(void)
{
	requests = kmem_cache_create("kmemleak_tool", sizeof(struct request), 0,
				     SLAB_NO_MERGE, NULL);
	return requests ? 0 : -ENOMEM;
}

module_init(tool_init);
MODULE_DESCRIPTION("A driver that loses memory, for the test of the user's tool");
MODULE_LICENSE("GPL");
