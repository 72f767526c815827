// SPDX-License-Identifier: GPL-2.0
/*
 * Threads on every CPU that allocate, hand over, annotate and free memory of
 * every kind, for scans to run beside.
 *
 * Loading starts them; each ends after "rounds" rounds and counts down
 * "running". Unloading stops them early. Afterwards all they made is freed, and so are
 * the "kept" per-CPU objects, which stay while the module does.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define SLOTS		256
#define BULK		16
#define THREADS_A_CPU	2
#define THREADS_MAX	64

static unsigned int rounds = 20000;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "rounds of each thread");

static unsigned int kept;
module_param(kept, uint, 0444);
MODULE_PARM_DESC(kept, "per-CPU objects that stay while the module does");

static int running;
module_param(running, int, 0444);
MODULE_PARM_DESC(running, "threads that have not ended");

/* Any thread takes what any other one left: frees cross CPUs. */
static void *slab_slots[SLOTS];
static void *vmalloc_slots[SLOTS / 16];
static void __percpu *percpu_slots[SLOTS / 16];

static void __percpu **kept_objects;

static atomic_t nr_running;
static struct task_struct *threads[THREADS_MAX];
static unsigned int nr_threads;

static void **slab_slot(void)
{
	return &slab_slots[get_random_u32_below(SLOTS)];
}

static size_t some_size(void)
{
	switch (get_random_u32_below(16)) {
	case 0:
		return 1 + get_random_u32_below(5 * PAGE_SIZE);
	case 1:
	case 2:
		return 1 + get_random_u32_below(2048);
	default:
		return 1 + get_random_u32_below(192);
	}
}

static void stress_kmalloc(void)
{
	kfree(xchg(slab_slot(), kmalloc(some_size(), GFP_KERNEL)));
}

static void stress_atomic(void)
{
	kfree(xchg(slab_slot(), kmalloc(some_size(), GFP_ATOMIC)));
}

static void stress_krealloc(void)
{
	void *old = xchg(slab_slot(), NULL);
	void *p = krealloc(old, some_size(), GFP_KERNEL);

	kfree(xchg(slab_slot(), p ?: old));
}

static void stress_annotate(void)
{
	size_t size = 64 + some_size();
	void *p = kzalloc(size, GFP_KERNEL);

	if (!p)
		return;
	switch (get_random_u32_below(6)) {
	case 0:
		kmemleak_not_leak(p);
		break;
	case 1:
		kmemleak_ignore(p);
		break;
	case 2:
		kmemleak_no_scan(p);
		break;
	case 3:
		kmemleak_scan_area(p + 8, 16, GFP_KERNEL);
		break;
	case 4:
		kmemleak_transient_leak(p);
		break;
	case 5:
		kmemleak_update_trace(p);
		break;
	}
	kfree(xchg(slab_slot(), p));
}

static void stress_vmalloc(void)
{
	size_t size = (1 + get_random_u32_below(4)) * PAGE_SIZE;
	void **slot = &vmalloc_slots[get_random_u32_below(SLOTS / 16)];

	vfree(xchg(slot, vmalloc(size)));
}

static void stress_percpu(void)
{
	void __percpu **slot = &percpu_slots[get_random_u32_below(SLOTS / 16)];

	free_percpu(xchg(slot, __alloc_percpu(8 + get_random_u32_below(64), 8)));
}

/*
 * A cache that comes and goes, with objects that did both at once. Each has a
 * name of its own: lockdep has a quarrel with the allocator where a cache finds
 * its name in sysfs still.
 */
static void stress_cache(void)
{
	static atomic_t nr_caches;
	struct kmem_cache *cache;
	void *objects[BULK] = {};
	char name[32];
	int i;

	snprintf(name, sizeof(name), "kmemleak_stress_%d",
		 atomic_inc_return(&nr_caches));
	cache = kmem_cache_create(name, 16 + get_random_u32_below(400), 0,
				  SLAB_NO_MERGE, NULL);
	if (!cache)
		return;
	for (i = 0; i < 4; i++) {
		if (kmem_cache_alloc_bulk(cache, GFP_KERNEL, BULK, objects))
			kmem_cache_free_bulk(cache, BULK, objects);
	}
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_shrink(cache);
	if (objects[0])
		kmem_cache_free(cache, objects[0]);
	kmem_cache_destroy(cache);
}

static void stress_pages(void)
{
	void *p = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!p)
		return;
	kmemleak_alloc(p, 4 * PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_free_part(p + PAGE_SIZE, PAGE_SIZE);
	cond_resched();
	kmemleak_free(p + 2 * PAGE_SIZE);
	kmemleak_free(p);
	free_pages((unsigned long)p, 2);
}

static int stress_thread(void *unused)
{
	unsigned int round;

	for (round = 0; round < rounds && !kthread_should_stop(); round++) {
		switch (get_random_u32_below(128)) {
		case 0:
			stress_cache();
			break;
		case 1 ... 3:
			stress_vmalloc();
			break;
		case 4 ... 7:
			stress_percpu();
			break;
		case 8 ... 9:
			stress_pages();
			break;
		case 10 ... 29:
			stress_annotate();
			break;
		case 30 ... 39:
			stress_krealloc();
			break;
		case 40 ... 49:
			stress_atomic();
			break;
		default:
			stress_kmalloc();
			break;
		}
		cond_resched();
	}
	WRITE_ONCE(running, atomic_dec_return(&nr_running));
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void stop_all(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		kthread_stop(threads[i]);
	for (i = 0; i < ARRAY_SIZE(slab_slots); i++)
		kfree(slab_slots[i]);
	for (i = 0; i < ARRAY_SIZE(vmalloc_slots); i++)
		vfree(vmalloc_slots[i]);
	for (i = 0; i < ARRAY_SIZE(percpu_slots); i++)
		free_percpu(percpu_slots[i]);
	for (i = 0; kept_objects && i < kept; i++)
		free_percpu(kept_objects[i]);
	kvfree(kept_objects);
}

static bool keep_all(void)
{
	unsigned int i;

	kept_objects = kvcalloc(kept, sizeof(*kept_objects), GFP_KERNEL);
	if (!kept_objects)
		return false;
	for (i = 0; i < kept; i++) {
		kept_objects[i] = __alloc_percpu(8, 8);
		if (!kept_objects[i])
			return false;
	}
	return true;
}

static int __init stress_init(void)
{
	struct task_struct *task;
	int cpu, i;

	if (kept && !keep_all())
		goto fail;
	atomic_set(&nr_running, num_online_cpus() * THREADS_A_CPU);
	running = atomic_read(&nr_running);
	for_each_online_cpu(cpu) {
		for (i = 0; i < THREADS_A_CPU; i++) {
			if (nr_threads == THREADS_MAX)
				goto fail;
			task = kthread_create(stress_thread, NULL,
					      "kmemleak_stress/%d", cpu);
			if (IS_ERR(task))
				goto fail;
			kthread_bind(task, cpu);
			threads[nr_threads++] = task;
			wake_up_process(task);
		}
	}
	return 0;

fail:
	stop_all();
	return -ENOMEM;
}
module_init(stress_init);

static void __exit stress_exit(void)
{
	stop_all();
}
module_exit(stress_exit);

MODULE_DESCRIPTION("Allocator load for the selftests of the leak detector");
MODULE_LICENSE("GPL");
