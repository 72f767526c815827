// SPDX-License-Identifier: GPL-2.0
/*
 * What the detector costs, in nanoseconds by ktime_get_ns().
 *
 * Reading /sys/kernel/debug/kmemleak_bench/pair times kmalloc(64) and kfree() on
 * one CPU and then on all at once. Writing a number to .../keep allocates that
 * many objects of 64 bytes, held by an array, 0 frees them; reading it gives the
 * cost of one. Writing to .../link makes each point at a random earlier one.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define DEPTH	8
#define SIZE	64

static unsigned int loops = 300000;
module_param(loops, uint, 0644);
MODULE_PARM_DESC(loops, "pairs that one measurement takes the mean of");

static void **kept;
static unsigned long nr_kept;
static u64 keep_ns;

struct bencher {
	struct completion *go;
	struct completion done;
	struct task_struct *task;
	u64 ns;
};

static u64 pair_loop(void)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < loops; i++) {
		void *p = kmalloc(SIZE, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
		kfree(p);
	}
	return ktime_get_ns() - start;
}

static noinline u64 pair_at_depth(int depth)
{
	u64 ns = depth ? pair_at_depth(depth - 1) : pair_loop();

	barrier();
	return ns;
}

static int bench_thread(void *arg)
{
	struct bencher *b = arg;

	wait_for_completion(b->go);
	pair_at_depth(DEPTH);
	b->ns = pair_at_depth(DEPTH);
	kthread_complete_and_exit(&b->done, 0);
}

/* The slowest of the first @cpus CPUs, all at once: tenths of ns a pair. */
static long pair_on(unsigned int cpus)
{
	struct bencher *b = kcalloc(cpus, sizeof(*b), GFP_KERNEL);
	DECLARE_COMPLETION_ONSTACK(go);
	unsigned int cpu, n = 0;
	u64 worst = 0;

	if (!b)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		if (n == cpus)
			break;
		b[n].go = &go;
		init_completion(&b[n].done);
		b[n].task = kthread_create(bench_thread, &b[n], "bench/%u", cpu);
		if (IS_ERR(b[n].task))
			break;
		kthread_bind(b[n].task, cpu);
		wake_up_process(b[n].task);
		n++;
	}
	complete_all(&go);
	while (n--) {
		wait_for_completion(&b[n].done);
		worst = max(worst, b[n].ns);
	}
	kfree(b);
	return div_u64(worst * 10, loops);
}

static int pair_show(struct seq_file *m, void *v)
{
	unsigned int cpus = num_online_cpus();
	long one = pair_on(1), all = pair_on(cpus);

	seq_printf(m, "pair_1_cpu %ld.%ld ns\n", one / 10, one % 10);
	seq_printf(m, "pair_%u_cpus_at_once %ld.%ld ns\n", cpus, all / 10,
		   all % 10);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pair);

static void keep_none(void)
{
	unsigned long i;

	for (i = 0; i < nr_kept; i++)
		kfree(kept[i]);
	vfree(kept);
	kept = NULL;
	nr_kept = 0;
}

static noinline int keep_at_depth(int depth, unsigned long n)
{
	int err = 0;
	u64 start;

	if (depth) {
		err = keep_at_depth(depth - 1, n);
		barrier();
		return err;
	}
	start = ktime_get_ns();
	for (; nr_kept < n; nr_kept++) {
		kept[nr_kept] = kmalloc(SIZE, GFP_KERNEL);
		if (!kept[nr_kept])
			return -ENOMEM;
	}
	keep_ns = div64_u64((ktime_get_ns() - start) * 10, n);
	for (n = 0; n < nr_kept; n++)
		memset(kept[n], 0, SIZE);
	return err;
}

static int keep_set(void *unused, u64 n)
{
	keep_none();
	if (!n)
		return 0;
	kept = vzalloc(array_size(n, sizeof(*kept)));
	if (!kept)
		return -ENOMEM;
	return keep_at_depth(DEPTH, n);
}

/* Tenths of a nanosecond. */
static int keep_get(void *unused, u64 *ns)
{
	*ns = keep_ns;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(keep_fops, keep_get, keep_set, "%llu\n");

static int link_set(void *unused, u64 ignored)
{
	unsigned long i;

	for (i = 1; i < nr_kept; i++)
		*(void **)kept[i] = kept[get_random_u32_below(i)];
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(link_fops, NULL, link_set, "%llu\n");

static struct dentry *dir;

static int __init bench_init(void)
{
	dir = debugfs_create_dir("kmemleak_bench", NULL);
	debugfs_create_file("pair", 0400, dir, NULL, &pair_fops);
	debugfs_create_file_unsafe("keep", 0600, dir, NULL, &keep_fops);
	debugfs_create_file_unsafe("link", 0200, dir, NULL, &link_fops);
	return 0;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(dir);
	keep_none();
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of the leak detector's cost");
MODULE_LICENSE("GPL");
