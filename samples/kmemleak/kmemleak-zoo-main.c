// SPDX-License-Identifier: GPL-2.0
/*
 * The leak zoo: leaks that drivers have had, and memory in use that only looks
 * leaked. Loaded with case=<name>, the module runs one case and logs its
 * objects,
 *
 *	kmemleak-zoo: leak 0x<address> <size>	must be in a report
 *	kmemleak-zoo: held 0x<address> <size>	must not be in it
 *	kmemleak-zoo: case <name>: <n> leaks, <n> held
 *
 * so that missed leaks and false reports can be counted. With case=list, it
 * lists all cases except the planted ones. Held objects stay until the module is
 * removed; leaks stay forever.
 *
 * The cases do not clean up after a leak. A detector must not be misled by stale
 * pointers in registers, in dead stack frames and in freed memory. The module
 * wipes its leaks only when it is removed: they would point to memory that the
 * next case may get.
 */
#define pr_fmt(fmt) "kmemleak-zoo: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "kmemleak-zoo.h"

#define RECORDS	128

static char *case_name = "list";
module_param_named(case, case_name, charp, 0444);
MODULE_PARM_DESC(case, "which case; \"list\" names them");

/**
 * struct record - an object that a case made
 * @hidden: its address, inverted so that it is not a reference
 * @size: in bytes
 * @leak: true if it must be reported
 * @percpu: true if its address is a per-CPU pointer
 */
struct record {
	unsigned long hidden;
	size_t size;
	bool leak;
	bool percpu;
};

static struct record records[RECORDS];
static atomic_t nr_records;
static const struct zoo_case *chosen;

static const struct zoo_case * const all[] = {
	zoo_leaks, zoo_stale, zoo_held, zoo_tasks, zoo_planted,
};

static void record(const void *object, size_t size, bool leak, bool percpu)
{
	unsigned int i = atomic_fetch_inc(&nr_records);

	if (WARN_ON(i >= RECORDS))
		return;
	records[i] = (struct record) {
		.hidden = ~(unsigned long)object,
		.size = size,
		.leak = leak,
		.percpu = percpu,
	};
}

/**
 * zoo_leak() - record an object that is leaked by the end of the case
 * @object: its address
 * @size: the requested size
 *
 * Context: Any.
 */
void zoo_leak(const void *object, size_t size)
{
	record(object, size, true, false);
}

/**
 * zoo_leak_percpu() - the same for per-CPU memory
 * @object: the per-CPU pointer
 * @size: the requested size
 */
void zoo_leak_percpu(const void __percpu *object, size_t size)
{
	record((const void __force *)object, size, true, true);
}

/**
 * zoo_keep() - record an object that is in use until the module is removed
 * @object: its address
 * @size: the requested size
 *
 * Context: Any.
 */
void zoo_keep(const void *object, size_t size)
{
	record(object, size, false, false);
}

/**
 * zoo_object() - address of a recorded object
 * @i: index, in the order of the calls of zoo_leak() and zoo_keep()
 *
 * Return: the address, %NULL if there are fewer objects.
 */
void *zoo_object(unsigned int i)
{
	return i < atomic_read(&nr_records) ? (void *)~records[i].hidden : NULL;
}

/**
 * zoo_forget() - drop all records, so that nothing is wiped
 *
 * For a case that has freed its leaks, or whose scan comes after the module is
 * removed.
 */
void zoo_forget(void)
{
	atomic_set(&nr_records, 0);
}

/**
 * zoo_device_answers() - send a driver down its error path
 *
 * Return: false, hidden from the compiler.
 */
noinline bool zoo_device_answers(void)
{
	static bool ready;

	return READ_ONCE(ready);
}

/**
 * zoo_wait_for_stop() - sleep until the thread is told to stop
 */
void zoo_wait_for_stop(void)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static void list_cases(void)
{
	const struct zoo_case *c;
	int i;

	for (i = 0; i < ARRAY_SIZE(all) && all[i] != zoo_planted; i++)
		for (c = all[i]; c->name; c++)
			pr_info("has %s: %s\n", c->name, c->what);
}

static const struct zoo_case *find_case(const char *name)
{
	const struct zoo_case *c;
	int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		for (c = all[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

static void say_records(void)
{
	unsigned int i, leaks = 0, nr = atomic_read(&nr_records);

	for (i = 0; i < nr; i++) {
		pr_info("%s 0x%08lx %zu\n", records[i].leak ? "leak" : "held",
			~records[i].hidden, records[i].size);
		leaks += records[i].leak;
	}
	pr_info("case %s: %u leak%s, %u held\n", chosen->name, leaks, leaks == 1 ? "" : "s",
		nr - leaks);
}

static int __init zoo_init(void)
{
	int err;

	if (!strcmp(case_name, "list")) {
		list_cases();
		return 0;
	}
	chosen = find_case(case_name);
	if (!chosen)
		return -ENOENT;
	err = chosen->run();
	if (err == -EOPNOTSUPP)
		pr_info("case %s: not on this machine\n", chosen->name);
	else if (err)
		pr_info("case %s: error %d\n", chosen->name, err);
	else
		say_records();
	return err;
}
module_init(zoo_init);

static void wipe(const struct record *leak)
{
	void *object = (void *)~leak->hidden;
	int cpu;

	if (!leak->percpu) {
		memset(object, 0, leak->size);
		return;
	}
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr((void __percpu __force *)object, cpu), 0,
		       leak->size);
}

static void __exit zoo_exit(void)
{
	unsigned int i;

	if (chosen && chosen->end)
		chosen->end();
	for (i = 0; i < atomic_read(&nr_records); i++)
		if (records[i].leak && zoo_object(i))
			wipe(&records[i]);
}
module_exit(zoo_exit);

MODULE_DESCRIPTION("Leaks, and what looks like one, for the leak detector");
MODULE_LICENSE("GPL");
