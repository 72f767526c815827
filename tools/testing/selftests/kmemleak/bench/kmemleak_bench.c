// SPDX-License-Identifier: GPL-2.0
/*
 * What the detector costs, by ktime_get_ns(). In /sys/kernel/debug/kmemleak_bench:
 *
 * run	write "<loop> <depth> <cpus>", such as "kmalloc_64 12 2", to time one of
 *	the loops below on that many CPUs at once; depth counts the functions from
 *	the thread's own to the one that allocates. Read the result: tenths of
 *	a nanosecond for one object, allocated and freed.
 * pair	read the cost of kmalloc_64 at a depth of 12, on one CPU and on all.
 * keep	write how many objects of @size bytes to allocate, held by an array; 0
 *	frees them. Read the cost of one, in tenths of a nanosecond.
 * link	write 1 to make each of them point at a random earlier one, or 2 to make
 *	all of them one list, which nothing but its head holds.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/kmemleak.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define PAIR_DEPTH	12
#define KEEP_DEPTH	8
#define BULK		16

static unsigned int loops = 10000;
module_param(loops, uint, 0644);
MODULE_PARM_DESC(loops, "objects that one sample takes the mean of");

static unsigned int samples = 30;
module_param(samples, uint, 0644);
MODULE_PARM_DESC(samples, "samples of a loop, the best of which counts");

static unsigned int size = 64;
module_param(size, uint, 0644);
MODULE_PARM_DESC(size, "bytes of a kept object, a pointer's at least");

static struct kmem_cache *cache;

/* Sizes that the compiler knows, as nearly all of the kernel's are. */
#define KMALLOC_LOOP(bytes)					\
static void kmalloc_ ## bytes(unsigned int n)			\
{								\
	while (n--) {						\
		void *p = kmalloc(bytes, GFP_KERNEL);		\
								\
		OPTIMIZER_HIDE_VAR(p);				\
		kfree(p);					\
	}							\
}

KMALLOC_LOOP(8)
KMALLOC_LOOP(64)
KMALLOC_LOOP(512)
KMALLOC_LOOP(4096)

static void cache_loop(unsigned int n)
{
	while (n--) {
		void *p = kmem_cache_alloc(cache, GFP_KERNEL);

		if (p)
			kmem_cache_free(cache, p);
	}
}

static void bulk_loop(unsigned int n)
{
	void *p[BULK];

	for (; n; n -= BULK)
		if (kmem_cache_alloc_bulk(cache, GFP_KERNEL, BULK, p))
			kmem_cache_free_bulk(cache, BULK, p);
}

static void vmalloc_loop(unsigned int n)
{
	while (n--)
		vfree(vmalloc(PAGE_SIZE));
}

static void percpu_loop(unsigned int n)
{
	while (n--)
		free_percpu(alloc_percpu(u64));
}

static const struct bench_loop {
	const char *name;
	void (*run)(unsigned int n);
	/* How many times less often to run what takes that much longer. */
	unsigned int slower;
} bench_loops[] = {
	{ "kmalloc_8", kmalloc_8, 1 },
	{ "kmalloc_64", kmalloc_64, 1 },
	{ "kmalloc_512", kmalloc_512, 1 },
	{ "kmalloc_4096", kmalloc_4096, 1 },
	{ "kmem_cache", cache_loop, 1 },
	{ "bulk", bulk_loop, 1 },
	{ "vmalloc", vmalloc_loop, 10 },
	{ "percpu", percpu_loop, 5 },
};

/* One measurement: the same loop on some CPUs at once. */
struct bench {
	const struct bench_loop *loop;
	/* A multiple of BULK. */
	unsigned int n;
	unsigned int depth;
	struct completion go;
	/* Threads that have not yet measured all. */
	atomic_t busy;
};

struct bencher {
	struct bench *bench;
	struct completion done;
	struct task_struct *task;
	u64 best;
};

/* @levels functions deep; the loop itself is one more. */
static noinline u64 bench_nest(const struct bench *b, unsigned int levels)
{
	u64 ns;

	if (levels > 1) {
		ns = bench_nest(b, levels - 1);
	} else {
		ns = ktime_get_ns();
		b->loop->run(b->n);
		ns = ktime_get_ns() - ns;
	}
	barrier();
	return ns;
}

static int bench_thread(void *arg)
{
	struct bencher *me = arg;
	struct bench *b = me->bench;
	unsigned int i;

	wait_for_completion(&b->go);
	bench_nest(b, b->depth - 2);
	for (i = 0; i < samples; i++) {
		me->best = min(me->best, bench_nest(b, b->depth - 2));
		cond_resched();
	}
	/* The others are to have the same company to their end. */
	atomic_dec(&b->busy);
	while (atomic_read(&b->busy) > 0) {
		bench_nest(b, b->depth - 2);
		cond_resched();
	}
	kthread_complete_and_exit(&me->done, 0);
}

/* The slowest CPU's best sample, in tenths of ns an object, or an error. */
static long bench_run(const struct bench_loop *loop, unsigned int depth,
		      unsigned int cpus)
{
	struct bench b = {
		.loop = loop,
		.n = rounddown(max(loops / loop->slower, BULK), BULK),
		.depth = depth,
		.busy = ATOMIC_INIT(cpus),
	};
	struct bencher *threads = kcalloc(cpus, sizeof(*threads), GFP_KERNEL);
	unsigned int cpu, started = 0;
	u64 worst = 0;
	long err = 0;

	if (!threads)
		return -ENOMEM;
	init_completion(&b.go);
	for_each_online_cpu(cpu) {
		struct bencher *t = &threads[started];

		if (started == cpus)
			break;
		t->bench = &b;
		t->best = U64_MAX;
		init_completion(&t->done);
		t->task = kthread_create(bench_thread, t, "bench/%u", cpu);
		if (IS_ERR(t->task)) {
			err = PTR_ERR(t->task);
			break;
		}
		kthread_bind(t->task, cpu);
		wake_up_process(t->task);
		started++;
	}
	/* Nobody waits for those that were not started. */
	atomic_sub(cpus - started, &b.busy);
	complete_all(&b.go);
	while (started--) {
		wait_for_completion(&threads[started].done);
		worst = max(worst, threads[started].best);
	}
	kfree(threads);
	return err ?: (long)div_u64(worst * 10, b.n);
}

static const struct bench_loop *bench_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bench_loops); i++)
		if (!strcmp(bench_loops[i].name, name))
			return &bench_loops[i];
	return NULL;
}

static long run_result;

static ssize_t run_write(struct file *file, const char __user *from, size_t len,
			 loff_t *pos)
{
	const struct bench_loop *loop;
	unsigned int depth, cpus;
	char text[64], name[32];
	long result;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	text[len] = '\0';
	if (sscanf(text, "%31s %u %u", name, &depth, &cpus) != 3)
		return -EINVAL;
	loop = bench_find(name);
	if (!loop || depth < 3 || depth > 32 || !cpus || cpus > num_online_cpus())
		return -EINVAL;
	result = bench_run(loop, depth, cpus);
	if (result < 0)
		return result;
	run_result = result;
	return len;
}

static int run_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%ld\n", run_result);
	return 0;
}

static int run_open(struct inode *inode, struct file *file)
{
	return single_open(file, run_show, NULL);
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = run_open,
	.read = seq_read,
	.write = run_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int pair_show(struct seq_file *m, void *v)
{
	const struct bench_loop *loop = bench_find("kmalloc_64");
	unsigned int cpus = num_online_cpus();
	long one = bench_run(loop, PAIR_DEPTH, 1);
	long all = bench_run(loop, PAIR_DEPTH, cpus);

	seq_printf(m, "pair_1_cpu %ld.%ld ns\n", one / 10, one % 10);
	seq_printf(m, "pair_%u_cpus_at_once %ld.%ld ns\n", cpus, all / 10,
		   all % 10);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pair);

static void **kept;
static unsigned long nr_kept;
static void *kept_head;
static u64 keep_ns;

static void keep_none(void)
{
	unsigned long i;

	WRITE_ONCE(kept_head, NULL);
	for (i = 0; i < nr_kept; i++)
		kfree(kept[i]);
	vfree(kept);
	kept = NULL;
	nr_kept = 0;
}

static noinline int keep_at_depth(int depth, unsigned long n)
{
	unsigned int bytes = size;
	int err = 0;
	u64 start;

	if (depth) {
		err = keep_at_depth(depth - 1, n);
		barrier();
		return err;
	}
	start = ktime_get_ns();
	for (; nr_kept < n; nr_kept++) {
		kept[nr_kept] = kmalloc(bytes, GFP_KERNEL);
		if (!kept[nr_kept])
			return -ENOMEM;
	}
	keep_ns = div64_u64((ktime_get_ns() - start) * 10, n);
	for (n = 0; n < nr_kept; n++) {
		memset(kept[n], 0, bytes);
		cond_resched();
	}
	return err;
}

static int keep_set(void *unused, u64 n)
{
	keep_none();
	if (!n)
		return 0;
	if (size < sizeof(void *))
		return -EINVAL;
	kept = vzalloc(array_size(n, sizeof(*kept)));
	if (!kept)
		return -ENOMEM;
	return keep_at_depth(KEEP_DEPTH, n);
}

/* Tenths of a nanosecond. */
static int keep_get(void *unused, u64 *ns)
{
	*ns = keep_ns;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(keep_fops, keep_get, keep_set, "%llu\n");

/* The same links each time, so that counts of instructions are the same. */
static void link_random(void)
{
	struct rnd_state rnd;
	unsigned long i;

	prandom_seed_state(&rnd, 1);
	for (i = 1; i < nr_kept; i++) {
		u64 earlier = ((u64)prandom_u32_state(&rnd) * i) >> 32;

		*(void **)kept[i] = kept[earlier];
	}
}

static void link_list(void)
{
	unsigned long i;

	for (i = 1; i < nr_kept; i++)
		*(void **)kept[i - 1] = kept[i];
	/* Nobody reads it but the detector. */
	WRITE_ONCE(kept_head, kept[0]);
	/* The array is still there to free them by, but is no reference. */
	kmemleak_no_scan(kept);
}

static int link_set(void *unused, u64 shape)
{
	if (!nr_kept)
		return -ENOENT;
	switch (shape) {
	case 1:
		link_random();
		return 0;
	case 2:
		link_list();
		return 0;
	}
	return -EINVAL;
}
DEFINE_DEBUGFS_ATTRIBUTE(link_fops, NULL, link_set, "%llu\n");

static struct dentry *dir;

static int __init bench_init(void)
{
	cache = kmem_cache_create("kmemleak_bench", 192, 0, SLAB_NO_MERGE, NULL);
	if (!cache)
		return -ENOMEM;
	dir = debugfs_create_dir("kmemleak_bench", NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
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
	kmem_cache_destroy(cache);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of the leak detector's cost");
MODULE_LICENSE("GPL");
