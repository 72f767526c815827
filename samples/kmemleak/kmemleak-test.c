// SPDX-License-Identifier: GPL-2.0
/*
 * A module for tests that need some leaks of each kind of memory. It leaks when it is
 * loaded, several objects with one backtrace among others. What lists and per-CPU
 * variables of it refer to is in use until the module is removed, and leaked then.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define ALIKE		8
#define MEMBERS		10

struct member {
	struct list_head list;
	unsigned long value[12];
};

static LIST_HEAD(members);
static DEFINE_PER_CPU(struct member *, member_of_cpu);

/* Each returns the number of objects that it allocated, or a negative errno. */

static int __init leak_slab_objects(void)
{
	int i;

	for (i = 0; i < ALIKE; i++)
		if (!kzalloc(sizeof(struct member), GFP_KERNEL))
			return -ENOMEM;
	return ALIKE;
}

static int __init leak_pages(void)
{
	return kzalloc(SZ_64K, GFP_KERNEL) ? 1 : -ENOMEM;
}

static int __init leak_area(void)
{
	return vzalloc(SZ_64K) ? 1 : -ENOMEM;
}

static int __init leak_percpu(void)
{
	struct member __percpu *member = alloc_percpu(struct member);

	return member ? 1 : -ENOMEM;
}

static int __init keep_list(void)
{
	struct member *member;
	int i;

	for (i = 0; i < MEMBERS; i++) {
		member = kzalloc(sizeof(*member), GFP_KERNEL);
		if (!member)
			return -ENOMEM;
		list_add_tail(&member->list, &members);
	}
	return MEMBERS;
}

static int __init keep_for_cpus(void)
{
	struct member *member;
	int cpu, nr = 0;

	for_each_possible_cpu(cpu) {
		member = kzalloc(sizeof(*member), GFP_KERNEL);
		if (!member)
			return -ENOMEM;
		per_cpu(member_of_cpu, cpu) = member;
		nr++;
	}
	return nr;
}

/* Add up what some of the functions above return, up to the first error. */
static int __init run_all(int (* const *run)(void), unsigned int nr)
{
	int ret, sum = 0;

	while (nr--) {
		ret = (*run++)();
		if (ret < 0)
			return ret;
		sum += ret;
	}
	return sum;
}

static int __init kmemleak_test_init(void)
{
	int (* const leaks[])(void) = { leak_slab_objects, leak_pages, leak_area, leak_percpu };
	int (* const keeps[])(void) = { keep_list, keep_for_cpus };
	int leaked = run_all(leaks, ARRAY_SIZE(leaks));
	int kept = leaked < 0 ? leaked : run_all(keeps, ARRAY_SIZE(keeps));

	/* What was allocated is leaked in any case: that is what the module is for. */
	if (kept < 0)
		return kept;
	pr_info("leaked %d objects, and will leak %d more when it is removed\n", leaked, kept);
	return 0;
}
module_init(kmemleak_test_init);

static void __exit kmemleak_test_exit(void)
{
}
module_exit(kmemleak_test_exit);

MODULE_DESCRIPTION("Leaks of each kind of memory, for tests of the leak detector");
MODULE_LICENSE("GPL");
