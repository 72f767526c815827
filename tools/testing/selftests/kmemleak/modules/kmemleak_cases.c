// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks, and what only looks like one, on request, for the selftests of the
 * leak detector.
 *
 * Writing the name of a case to /sys/kernel/debug/kmemleak_cases/run runs it;
 * "all" runs every case that is no misuse, "free" gives everything back, and
 * "transient" marks the object of transient_object as such. Reading lists what
 * was made and not given back:
 *
 *	leak|fine FUNCTION ADDRESS SIZE COMM PID
 *
 * with "leak" for what a report must have, "fine" for what it must not have,
 * and "-" where COMM and PID are not known.
 *
 * A case runs in a thread of its own that then ends, and addresses of leaks are
 * kept inverted or as text only, so that no reference is left by accident. All
 * memory is zeroed: what a free object's memory holds are pointers, too.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/kfence.h>
#include <linux/kmemleak.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "fresh.h"

/* A size of which little else is allocated. */
#define SMALL		256
#define CACHE_SIZE	96
#define BULK		8
#define CHAIN		2000
#define HELD_MAX	64
#define MADE_MAX	4096
#define THREAD_NAME	"kmemleak_cases"
#define MISUSES		100

enum kind {
	KMALLOC,
	CACHE,
	VMALLOC,
	KVMALLOC,
	PERCPU,
	PAGES,		/* not registered, or registered as physical memory */
	PAGES_TRACKED,	/* registered with kmemleak_alloc() */
	PART,		/* goes with another entry */
};

/**
 * struct made - something that a case made
 * @hidden: its address, inverted
 * @size: what a report must say
 * @order: of @kind PAGES and PAGES_TRACKED
 * @kind: how to free it
 * @leak: it must be reported
 * @func: whose name its backtrace must have
 * @pid: who made it, 0 for nobody in particular
 */
struct made {
	unsigned long hidden;
	size_t size;
	unsigned int order;
	enum kind kind;
	bool leak;
	const char *func;
	pid_t pid;
};

struct node {
	struct list_head link;
	struct node *next;
	void *payload[29];
};

static_assert(sizeof(struct node) == SMALL);

static DEFINE_RAW_SPINLOCK(made_lock);
static struct made made[MADE_MAX];
static unsigned int nr_made;

/* The references of objects that are no leaks. */
static void *held[HELD_MAX];
static unsigned int nr_held;
static DEFINE_PER_CPU(void *, held_percpu);
static struct node *held_chain;

static struct kmem_cache *cache;
static struct task_struct *sleeper;
static struct task_struct *runner;
static unsigned long transient_hidden;
static DEFINE_MUTEX(run_mutex);

static void record(bool leak, const char *func, enum kind kind,
		   unsigned long addr, size_t size, unsigned int order)
{
	unsigned long flags;
	struct made *entry;

	raw_spin_lock_irqsave(&made_lock, flags);
	if (!WARN_ON(nr_made == MADE_MAX)) {
		entry = &made[nr_made++];
		*entry = (struct made) {
			.hidden = ~addr,
			.size = size,
			.order = order,
			.kind = kind,
			.leak = leak,
			.func = func,
			.pid = in_task() ? current->pid : 0,
		};
	}
	raw_spin_unlock_irqrestore(&made_lock, flags);
}

#define leak(kind, ptr, size)						\
	record(true, __func__, kind, (unsigned long)(ptr), size, 0)
#define fine(kind, ptr, size)						\
	record(false, __func__, kind, (unsigned long)(ptr), size, 0)
#define pages(verdict, kind, ptr, size, order)				\
	record(verdict, __func__, kind, (unsigned long)(ptr), size, order)

/* Keeps a reference that a scan finds. */
static void hold(void *object)
{
	if (!WARN_ON(nr_held == HELD_MAX))
		held[nr_held++] = object;
}

static __always_inline void *fresh_vmalloc(unsigned int nr_pages)
{
	void *first[8], *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(first); i++)
		first[i] = vmalloc(nr_pages * PAGE_SIZE);
	p = vzalloc(nr_pages * PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(first); i++)
		vfree(first[i]);
	return p;
}

/* ---- Leaks ---- */

static int leak_kmalloc_8(void)
{
	void *p = fresh(8);

	leak(KMALLOC, p, 8);
	return p ? 0 : -ENOMEM;
}

static int leak_kmalloc_64(void)
{
	void *p = fresh(64);

	leak(KMALLOC, p, 64);
	return p ? 0 : -ENOMEM;
}

/* The content is what a test looks for in the hex dump. */
static int leak_kmalloc_512(void)
{
	void *p = fresh(512);

	if (!p)
		return -ENOMEM;
	memcpy(p, "kmemleak", 8);
	leak(KMALLOC, p, 512);
	return 0;
}

static int leak_kmalloc_16k(void)
{
	void *p = fresh(4 * SZ_4K);

	leak(KMALLOC, p, 4 * SZ_4K);
	return p ? 0 : -ENOMEM;
}

static int leak_kmalloc_64k(void)
{
	void *p = fresh(SZ_64K);

	leak(KMALLOC, p, SZ_64K);
	return p ? 0 : -ENOMEM;
}

static int leak_krealloc(void)
{
	void *p = fresh(64);
	void *q = p ? krealloc(p, 512, GFP_KERNEL) : NULL;

	leak(KMALLOC, q, 512);
	return q ? 0 : -ENOMEM;
}

static int leak_kmem_cache(void)
{
	void *p = kmem_cache_zalloc(cache, GFP_KERNEL);

	leak(CACHE, p, CACHE_SIZE);
	return p ? 0 : -ENOMEM;
}

static int leak_bulk(void)
{
	void *p[BULK] = {};
	int i;

	if (!kmem_cache_alloc_bulk(cache, GFP_KERNEL, BULK, p))
		return -ENOMEM;
	for (i = 0; i < BULK; i++)
		leak(CACHE, p[i], CACHE_SIZE);
	return 0;
}

static int leak_vmalloc(void)
{
	void *p = fresh_vmalloc(2);

	leak(VMALLOC, p, 2 * PAGE_SIZE);
	return p ? 0 : -ENOMEM;
}

static int leak_kvmalloc(void)
{
	void *first[FRESH_FIRST], *p;

	fresh_begin(first, 8 * PAGE_SIZE);
	p = kvzalloc(8 * PAGE_SIZE, GFP_KERNEL);
	fresh_end(first);
	leak(KVMALLOC, p, 8 * PAGE_SIZE);
	return p ? 0 : -ENOMEM;
}

static int leak_percpu(void)
{
	void __percpu *p = __alloc_percpu(64, 8);

	leak(PERCPU, (__force void *)p, 64);
	return p ? 0 : -ENOMEM;
}

static int leak_list_without_head(void)
{
	struct node *head = fresh(sizeof(*head)), *node;
	int i;

	if (!head)
		return -ENOMEM;
	INIT_LIST_HEAD(&head->link);
	for (i = 0; i < 4; i++) {
		node = fresh(sizeof(*node));
		if (!node)
			return -ENOMEM;
		list_add(&node->link, &head->link);
		leak(KMALLOC, node, sizeof(*node));
	}
	/* Whoever gets its memory next may never write all of it. */
	kfree_sensitive(head);
	return 0;
}

static int leak_tree(void)
{
	struct node *root = fresh(sizeof(*root));
	int i;

	if (!root)
		return -ENOMEM;
	leak(KMALLOC, root, sizeof(*root));
	for (i = 0; i < 3; i++) {
		root->payload[i] = fresh(sizeof(*root));
		if (!root->payload[i])
			return -ENOMEM;
		leak(KMALLOC, root->payload[i], sizeof(*root));
	}
	return 0;
}

static int leak_ring(void)
{
	struct node *node[3];
	int i;

	for (i = 0; i < 3; i++) {
		node[i] = fresh(sizeof(*node[i]));
		if (!node[i])
			return -ENOMEM;
		leak(KMALLOC, node[i], sizeof(*node[i]));
	}
	for (i = 0; i < 3; i++)
		node[i]->next = node[(i + 1) % 3];
	return 0;
}

static struct completion irq_done;

static noinline enum hrtimer_restart leak_in_hardirq(struct hrtimer *timer)
{
	leak(KMALLOC, kzalloc(SMALL, GFP_ATOMIC), SMALL);
	scrub_stack();
	complete(&irq_done);
	return HRTIMER_NORESTART;
}

static int run_in_hardirq(void)
{
	static struct hrtimer timer;

	init_completion(&irq_done);
#if KERNEL_MAJOR >= 7
	hrtimer_setup(&timer, leak_in_hardirq, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
#else
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer.function = leak_in_hardirq;
#endif
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL);
	wait_for_completion(&irq_done);
	hrtimer_cancel(&timer);
	return 0;
}

static noinline void leak_in_softirq(struct timer_list *timer)
{
	leak(KMALLOC, kzalloc(SMALL, GFP_ATOMIC), SMALL);
	scrub_stack();
	complete(&irq_done);
}

static int run_in_softirq(void)
{
	static struct timer_list timer;

	init_completion(&irq_done);
	timer_setup(&timer, leak_in_softirq, 0);
	mod_timer(&timer, jiffies + 1);
	wait_for_completion(&irq_done);
	timer_delete_sync(&timer);
	return 0;
}

/* ---- References that count ---- */

static int held_by_global(void)
{
	void *p = fresh(SMALL);

	hold(p);
	fine(KMALLOC, p, SMALL);
	return p ? 0 : -ENOMEM;
}

static int held_by_middle(void)
{
	void *p = fresh(512);
	void *big = fresh(SZ_64K);

	hold(p + 264);
	hold(big + SZ_64K - 1);
	fine(KMALLOC, p, 512);
	fine(KMALLOC, big, SZ_64K);
	return p && big ? 0 : -ENOMEM;
}

static int held_by_kmalloc(void)
{
	void **small = fresh(SMALL);
	void **big = fresh(SZ_64K);

	if (!small || !big)
		return -ENOMEM;
	hold(small);
	hold(big);
	small[7] = fresh(SMALL);
	big[SZ_64K / sizeof(*big) - 1] = fresh(SMALL);
	fine(KMALLOC, small[7], SMALL);
	fine(KMALLOC, big[SZ_64K / sizeof(*big) - 1], SMALL);
	fine(KMALLOC, small, SMALL);
	fine(KMALLOC, big, SZ_64K);
	return 0;
}

static int held_by_cache(void)
{
	void **p = kmem_cache_zalloc(cache, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	hold(p);
	p[3] = kmem_cache_zalloc(cache, GFP_KERNEL);
	fine(CACHE, p[3], CACHE_SIZE);
	fine(CACHE, p, CACHE_SIZE);
	return 0;
}

static int held_by_vmalloc(void)
{
	void **p = vzalloc(2 * PAGE_SIZE);

	if (!p)
		return -ENOMEM;
	hold(p);
	p[PAGE_SIZE / sizeof(*p) + 5] = fresh(SMALL);
	fine(KMALLOC, p[PAGE_SIZE / sizeof(*p) + 5], SMALL);
	fine(VMALLOC, p, 2 * PAGE_SIZE);
	return 0;
}

static int held_by_percpu(void)
{
	void * __percpu *p = alloc_percpu(void *);
	void *child = fresh(SMALL);

	if (!p || !child)
		return -ENOMEM;
	hold((__force void *)p);
	*per_cpu_ptr(p, cpumask_last(cpu_possible_mask)) = child;
	fine(KMALLOC, child, SMALL);
	fine(PERCPU, (__force void *)p, sizeof(void *));
	return 0;
}

static int held_by_static_percpu(void)
{
	void *p = fresh(SMALL);

	WRITE_ONCE(per_cpu(held_percpu, cpumask_last(cpu_possible_mask)), p);
	fine(KMALLOC, p, SMALL);
	return p ? 0 : -ENOMEM;
}

static int held_by_chain(void)
{
	struct node **link = &held_chain;
	int i;

	for (i = 0; i < CHAIN; i++) {
		*link = kzalloc(sizeof(**link), GFP_KERNEL);
		if (!*link)
			return -ENOMEM;
		if (!(i % 500) || i == CHAIN - 1)
			fine(PART, *link, sizeof(**link));
		link = &(*link)->next;
	}
	return 0;
}

/*
 * No fresh() here: these stacks live on. The frees below make sure that the
 * reference lives until then. A register would be saved in the task's structure
 * on some architectures.
 */
static int held_by_sleeping_stack(void *started)
{
	void *p[1] = { kzalloc(SMALL, GFP_KERNEL) };

	fine(PART, p[0], SMALL);
	barrier_data(p);
	complete(started);
	started = NULL;
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	barrier_data(p);
	kfree(p[0]);
	return 0;
}

static int held_by_running_register(void *started)
{
	void *p = kzalloc(SMALL, GFP_KERNEL);

	fine(PART, p, SMALL);
	scrub_stack();
	complete(started);
	while (!kthread_should_stop()) {
		OPTIMIZER_HIDE_VAR(p);
		cond_resched();
	}
	kfree(p);
	return 0;
}

static struct task_struct *start_holder(int (*func)(void *))
{
	DECLARE_COMPLETION_ONSTACK(started);
	struct task_struct *task;

	task = kthread_create(func, &started, "kmemleak_holder");
	if (IS_ERR(task))
		return NULL;
	kthread_bind(task, cpumask_last(cpu_online_mask));
	wake_up_process(task);
	wait_for_completion(&started);
	return task;
}

static int run_sleeping_stack(void)
{
	sleeper = start_holder(held_by_sleeping_stack);
	return sleeper ? 0 : -ENOMEM;
}

static int run_running_register(void)
{
	runner = start_holder(held_by_running_register);
	return runner ? 0 : -ENOMEM;
}

/* ---- Annotations ---- */

static int marked_not_leak(void)
{
	void **p = fresh(SMALL);

	if (!p)
		return -ENOMEM;
	kmemleak_not_leak(p);
	p[1] = fresh(SMALL);
	fine(KMALLOC, p[1], SMALL);
	fine(KMALLOC, p, SMALL);
	return 0;
}

static int marked_not_leak_vmalloc(void)
{
	void **p = vzalloc(PAGE_SIZE);

	if (!p)
		return -ENOMEM;
	kmemleak_not_leak(p);
	p[1] = fresh(SMALL);
	fine(KMALLOC, p[1], SMALL);
	fine(VMALLOC, p, PAGE_SIZE);
	return 0;
}

static int marked_ignore(void)
{
	void **p = fresh(SMALL);

	if (!p)
		return -ENOMEM;
	kmemleak_ignore(p);
	p[1] = fresh(SMALL);
	leak(KMALLOC, p[1], SMALL);
	fine(KMALLOC, p, SMALL);
	return 0;
}

static int marked_ignore_large(void)
{
	void **p = fresh(SZ_64K);

	if (!p)
		return -ENOMEM;
	kmemleak_ignore(p);
	p[1] = fresh(SMALL);
	leak(KMALLOC, p[1], SMALL);
	fine(KMALLOC, p, SZ_64K);
	return 0;
}

static int marked_no_scan(void)
{
	void **p = fresh(SMALL);

	if (!p)
		return -ENOMEM;
	hold(p);
	kmemleak_no_scan(p);
	p[1] = fresh(SMALL);
	leak(KMALLOC, p[1], SMALL);
	fine(KMALLOC, p, SMALL);
	return 0;
}

static int marked_scan_area(void)
{
	void **p = fresh(512);

	if (!p)
		return -ENOMEM;
	hold(p);
	kmemleak_scan_area(&p[16], 8 * sizeof(*p), GFP_KERNEL);
	kmemleak_scan_area(&p[40], 1 * sizeof(*p), GFP_KERNEL);
	p[15] = fresh(SMALL);
	p[16] = fresh(SMALL);
	p[23] = fresh(SMALL);
	p[24] = fresh(SMALL);
	p[40] = fresh(SMALL);
	leak(KMALLOC, p[15], SMALL);
	fine(KMALLOC, p[16], SMALL);
	fine(KMALLOC, p[23], SMALL);
	leak(KMALLOC, p[24], SMALL);
	fine(KMALLOC, p[40], SMALL);
	fine(KMALLOC, p, 512);
	return 0;
}

static int marked_erase(void)
{
	static void *slot;
	void **hidden_slot = &slot;
	void *p = fresh(SMALL);

	/* A store that nothing seems to read would be dropped. */
	OPTIMIZER_HIDE_VAR(hidden_slot);
	*hidden_slot = p;
	barrier();
	kmemleak_erase(hidden_slot);
	leak(KMALLOC, p, SMALL);
	return p ? 0 : -ENOMEM;
}

static noinline void *allocate_before(void)
{
	return fresh(SMALL);
}

static noinline void marked_update_trace(void *p)
{
	kmemleak_update_trace(p);
	leak(KMALLOC, p, SMALL);
}

static int run_update_trace(void)
{
	void *p = allocate_before();

	marked_update_trace(p);
	return p ? 0 : -ENOMEM;
}

/* In no list: what a report must say of it depends on the moment. */
static int transient_object(void)
{
	void *p = fresh(SMALL);

	transient_hidden = ~(unsigned long)p;
	leak(KMALLOC, p, SMALL);
	return p ? 0 : -ENOMEM;
}

static int transient(void)
{
	if (!transient_hidden)
		return -ENOENT;
	kmemleak_transient_leak((void *)~transient_hidden);
	return 0;
}

#if KERNEL_MAJOR >= 7
static int marked_ignore_percpu(void)
{
	void __percpu *p = __alloc_percpu(64, 8);

	kmemleak_ignore_percpu(p);
	fine(PERCPU, (__force void *)p, 64);
	return p ? 0 : -ENOMEM;
}
#endif

/* ---- Memory registered by hand ---- */

static __always_inline void *get_pages(unsigned int order)
{
	unsigned long first[8];
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(first); i++)
		first[i] = __get_free_pages(GFP_KERNEL, order);
	p = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
	for (i = 0; i < ARRAY_SIZE(first); i++)
		free_pages(first[i], order);
	return p;
}

static int pages_leak(void)
{
	void *p = get_pages(0);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, PAGE_SIZE, 1, GFP_KERNEL);
	pages(true, PAGES_TRACKED, p, PAGE_SIZE, 0);
	return 0;
}

static int pages_forgotten(void)
{
	void *p = get_pages(0);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_free(p);
	pages(false, PAGES, p, PAGE_SIZE, 0);
	return 0;
}

static int pages_held(void)
{
	void **p = get_pages(0);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, PAGE_SIZE, 1, GFP_KERNEL);
	hold(p);
	p[9] = fresh(SMALL);
	fine(KMALLOC, p[9], SMALL);
	pages(false, PAGES_TRACKED, p, PAGE_SIZE, 0);
	return 0;
}

static int pages_root(void)
{
	void **p = get_pages(0);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, PAGE_SIZE, 0, GFP_KERNEL);
	p[9] = fresh(SMALL);
	fine(KMALLOC, p[9], SMALL);
	pages(false, PAGES_TRACKED, p, PAGE_SIZE, 0);
	return 0;
}

static int pages_want_two(void)
{
	void *one = get_pages(0), *two = get_pages(0);

	if (!one || !two)
		return -ENOMEM;
	kmemleak_alloc(one, PAGE_SIZE, 2, GFP_KERNEL);
	kmemleak_alloc(two, PAGE_SIZE, 2, GFP_KERNEL);
	hold(one);
	hold(two);
	hold(two);
	pages(true, PAGES_TRACKED, one, PAGE_SIZE, 0);
	pages(false, PAGES_TRACKED, two, PAGE_SIZE, 0);
	return 0;
}

static int pages_cut(void)
{
	void *p = get_pages(2);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, 4 * PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_free_part(p + PAGE_SIZE, PAGE_SIZE);
	/* Entries are freed from the last to the first. */
	pages(true, PAGES, p, PAGE_SIZE, 2);
	leak(PART, p + 2 * PAGE_SIZE, 2 * PAGE_SIZE);
	fine(PART, p + PAGE_SIZE, PAGE_SIZE);
	return 0;
}

static int vmalloc_cut(void)
{
	void *p = fresh_vmalloc(4);

	if (!p)
		return -ENOMEM;
	kmemleak_free_part(p + 2 * PAGE_SIZE, 2 * PAGE_SIZE);
	leak(VMALLOC, p, 2 * PAGE_SIZE);
	return 0;
}

static int phys_root(void)
{
	void **p = get_pages(0);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc_phys(__pa(p), PAGE_SIZE, GFP_KERNEL);
	p[9] = fresh(SMALL);
	fine(KMALLOC, p[9], SMALL);
	pages(false, PAGES, p, PAGE_SIZE, 0);
	/* By its physical address, for "dump=". */
	fine(PART, __pa(p), PAGE_SIZE);
	return 0;
}

static int phys_ignored(void)
{
	void **p = get_pages(0);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc_phys(__pa(p), PAGE_SIZE, GFP_KERNEL);
	kmemleak_ignore_phys(__pa(p));
	p[9] = fresh(SMALL);
	leak(KMALLOC, p[9], SMALL);
	pages(false, PAGES, p, PAGE_SIZE, 0);
	return 0;
}

static int phys_cut(void)
{
	void **p = get_pages(1);
	const int words = PAGE_SIZE / sizeof(*p);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc_phys(__pa(p), 2 * PAGE_SIZE, GFP_KERNEL);
	kmemleak_free_part_phys(__pa(p) + PAGE_SIZE, PAGE_SIZE);
	p[9] = fresh(SMALL);
	p[words + 9] = fresh(SMALL);
	fine(KMALLOC, p[9], SMALL);
	leak(KMALLOC, p[words + 9], SMALL);
	pages(false, PAGES, p, PAGE_SIZE, 1);
	return 0;
}

/*
 * What the boot allocator gives to the page allocator is no root any more. Some
 * of so many pages are not taken again before the scan.
 */
static int phys_given(void)
{
	const unsigned int order = 7;
	void **p = get_pages(order);
	const int words = PAGE_SIZE / sizeof(*p);
	void *object;
	int i;

	if (!p)
		return -ENOMEM;
	kmemleak_alloc_phys(__pa(p), PAGE_SIZE << order, GFP_KERNEL);
	split_page(virt_to_page(p), order);
	object = fresh(SMALL);
	leak(KMALLOC, object, SMALL);
	for (i = 0; i < 1 << order; i++) {
		p[i * words + 9] = object;
		mark_page_reserved(virt_to_page(p) + i);
		free_reserved_page(virt_to_page(p) + i);
	}
	return 0;
}

/* ---- Allocations under a lock that reclaim takes ---- */

/*
 * The owner of the lock knows that there is no deadlock and says so with
 * __GFP_NOLOCKDEP; lockdep must not hear of one from the detector. Each of these
 * objects makes it allocate: the small one is the first of its slab.
 */
static int allocates_under_reclaim_lock(void)
{
	static DEFINE_MUTEX(reclaim_mutex);
	const gfp_t gfp = GFP_KERNEL | __GFP_NOLOCKDEP | __GFP_ZERO;
	struct kmem_cache *own;
	void *small, *large;

	own = kmem_cache_create("kmemleak_reclaim", SMALL, 0, SLAB_NO_MERGE,
				NULL);
	if (!own)
		return -ENOMEM;
	fs_reclaim_acquire(GFP_KERNEL);
	mutex_lock(&reclaim_mutex);
	mutex_unlock(&reclaim_mutex);
	fs_reclaim_release(GFP_KERNEL);

	mutex_lock(&reclaim_mutex);
	small = kmem_cache_alloc(own, gfp);
	large = kmalloc(SZ_64K, gfp);
	if (large)
		kmemleak_scan_area(large, sizeof(large), gfp);
	mutex_unlock(&reclaim_mutex);

	kfree(large);
	if (small)
		kmem_cache_free(own, small);
	kmem_cache_destroy(own);
	return small && large ? 0 : -ENOMEM;
}

/* ---- Objects of KFENCE ---- */

#ifdef CONFIG_KFENCE
/* Far more than it takes; a guest may be slow. */
#define KFENCE_WAIT	(60 * HZ)
#define PATTERN		0x5a
#define USED		0xff

/**
 * struct constructed - an object of a cache with a constructor
 * @list: empty when it is handed out
 * @pattern: bytes of %PATTERN, likewise
 * @rest: left as it comes by the constructor, filled with %USED by owners
 */
struct constructed {
	struct list_head list;
	u8 pattern[56];
	u8 rest[64];
};

static void construct(void *object)
{
	struct constructed *c = object;

	INIT_LIST_HEAD(&c->list);
	memset(c->pattern, PATTERN, sizeof(c->pattern));
}

/* KFENCE takes an allocation now and then. %NULL if it takes none of these. */
static void *kfence_object(struct kmem_cache *from, size_t size)
{
	unsigned long end = jiffies + KFENCE_WAIT;
	void *p;

	do {
		p = from ? kmem_cache_alloc(from, GFP_KERNEL) :
			   kmalloc(size, GFP_KERNEL);
		if (!p || is_kfence_address(p))
			return p;
		kfree(p);
		cond_resched();
	} while (time_before(jiffies, end));
	return NULL;
}

/* All of KFENCE's pages are used twice, so that each holds a rest of these. */
static int constructed_twice(struct kmem_cache *own)
{
	struct constructed *c;
	int i, err = 0;

	for (i = 0; i < 2 * CONFIG_KFENCE_NUM_OBJECTS && !err; i++) {
		c = kfence_object(own, 0);
		if (!c)
			return -ENOMEM;
		if (c->list.next != &c->list || c->list.prev != &c->list ||
		    memchr_inv(c->pattern, PATTERN, sizeof(c->pattern)))
			err = -EILSEQ;
		else if (c->rest[0] == USED || memchr_inv(c->rest, c->rest[0], sizeof(c->rest)))
			err = -EUCLEAN;
		memset(c->rest, USED, sizeof(c->rest));
		kmem_cache_free(own, c);
	}
	return err;
}

static int constructed_with(slab_flags_t flags)
{
	struct kmem_cache *own;
	int err;

	own = kmem_cache_create("kmemleak_constructed",
				sizeof(struct constructed), 0,
				SLAB_NO_MERGE | flags, construct);
	if (!own)
		return -ENOMEM;
	err = constructed_twice(own);
	kmem_cache_destroy(own);
	return err;
}

static int kfence_constructed(void)
{
	return constructed_with(0);
}

static int kfence_typesafe(void)
{
	return constructed_with(SLAB_TYPESAFE_BY_RCU);
}

/* They lie at either end of a page, where nothing may be written or read behind. */
static int kfence_leak(void)
{
	static const size_t sizes[] = { 8, 40, 200, 1000, 3000 };
	void *p;
	int i;

	for (i = 0; i < 4 * ARRAY_SIZE(sizes); i++) {
		p = kfence_object(NULL, sizes[i / 4]);
		if (!p)
			return -ENOMEM;
		leak(KMALLOC, p, sizes[i / 4]);
	}
	p = kfence_object(cache, 0);
	leak(CACHE, p, CACHE_SIZE);
	return p ? 0 : -ENOMEM;
}

/* The last word of one is the only reference to another. */
static int kfence_held(void)
{
	void **p = kfence_object(NULL, 40);

	if (!p)
		return -ENOMEM;
	hold(p);
	fine(KMALLOC, p, 40);
	p[4] = kfence_object(NULL, SMALL);
	fine(KMALLOC, p[4], SMALL);
	return p[4] ? 0 : -ENOMEM;
}

/* Of so many areas, some have a vm_struct of KFENCE. */
static int kfence_vmalloc(void)
{
	void **p = vzalloc(PAGE_SIZE);
	int i;

	if (!p)
		return -ENOMEM;
	hold(p);
	fine(VMALLOC, p, PAGE_SIZE);
	for (i = 0; i < 256; i++) {
		p[i] = vzalloc(PAGE_SIZE);
		if (!p[i])
			return -ENOMEM;
		fine(VMALLOC, p[i], PAGE_SIZE);
	}
	return 0;
}

/* What was registered inside an object goes with its page. */
static int kfence_part(void)
{
	void *p = kfence_object(NULL, 512);

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p + 64, 64, 1, GFP_KERNEL);
	fine(PART, p + 64, 64);
	kfree(p);
	return 0;
}

/* KFENCE takes an object away that is left when its cache is destroyed. */
static int kfence_zombie(void)
{
	struct kmem_cache *own;
	void *p;

	own = kmem_cache_create("kmemleak_zombie", SMALL, 0, SLAB_NO_MERGE,
				NULL);
	if (!own)
		return -ENOMEM;
	p = kfence_object(own, 0);
	fine(PART, p, SMALL);
	kmem_cache_destroy(own);
	return p ? 0 : -ENOMEM;
}
#endif

/* ---- Calls that make no sense ---- */

static int misuse_free(void)
{
	void *p = get_pages(0);
	int i;

	if (!p)
		return -ENOMEM;
	for (i = 0; i < MISUSES; i++)
		kmemleak_free(p);
	free_pages((unsigned long)p, 0);
	return 0;
}

static int misuse_double(void)
{
	void *p = get_pages(0);
	int i;

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, PAGE_SIZE, 1, GFP_KERNEL);
	for (i = 0; i < MISUSES; i++)
		kmemleak_alloc(p, PAGE_SIZE, 1, GFP_KERNEL);
	pages(true, PAGES_TRACKED, p, PAGE_SIZE, 0);
	return 0;
}

static int misuse_overlap(void)
{
	void *p = get_pages(2);
	int i;

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p, 2 * PAGE_SIZE, 1, GFP_KERNEL);
	for (i = 0; i < MISUSES; i++)
		kmemleak_alloc(p + PAGE_SIZE, 2 * PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_free(p);
	/* Whether this one was taken is the detector's choice. */
	kmemleak_free(p + PAGE_SIZE);
	free_pages((unsigned long)p, 2);
	return 0;
}

static int misuse_free_part(void)
{
	void *p = get_pages(3);
	int i;

	if (!p)
		return -ENOMEM;
	kmemleak_alloc(p + 2 * PAGE_SIZE, 2 * PAGE_SIZE, 1, GFP_KERNEL);
	for (i = 0; i < MISUSES; i++) {
		kmemleak_free_part(p + 6 * PAGE_SIZE, PAGE_SIZE);
		kmemleak_free_part(p + 3 * PAGE_SIZE, 2 * PAGE_SIZE);
		kmemleak_free_part(p + PAGE_SIZE, 2 * PAGE_SIZE);
	}
	kmemleak_free(p + 2 * PAGE_SIZE);
	free_pages((unsigned long)p, 3);
	return 0;
}

/* ---- Control ---- */

struct test_case {
	const char *name;
	int (*run)(void);
	bool alone;	/* not part of "all" */
};

#define CASE(func)	{ #func, func, false }
#define ALONE(func)	{ #func, func, true }

static const struct test_case cases[] = {
	CASE(leak_kmalloc_8), CASE(leak_kmalloc_64), CASE(leak_kmalloc_512),
	CASE(leak_kmalloc_16k), CASE(leak_kmalloc_64k), CASE(leak_krealloc),
	CASE(leak_kmem_cache), CASE(leak_bulk), CASE(leak_vmalloc),
	CASE(leak_kvmalloc), CASE(leak_percpu), CASE(leak_list_without_head),
	CASE(leak_tree), CASE(leak_ring), CASE(run_in_hardirq),
	CASE(run_in_softirq),
	CASE(held_by_global), CASE(held_by_middle), CASE(held_by_kmalloc),
	CASE(held_by_cache), CASE(held_by_vmalloc), CASE(held_by_percpu),
	CASE(held_by_static_percpu), CASE(held_by_chain),
	CASE(run_sleeping_stack), CASE(run_running_register),
	CASE(marked_not_leak), CASE(marked_not_leak_vmalloc),
	CASE(marked_ignore), CASE(marked_ignore_large), CASE(marked_no_scan),
	CASE(marked_scan_area), CASE(marked_erase), CASE(run_update_trace),
#if KERNEL_MAJOR >= 7
	CASE(marked_ignore_percpu),
#endif
	CASE(pages_leak), CASE(pages_forgotten), CASE(pages_held),
	CASE(pages_root), CASE(pages_want_two), CASE(pages_cut),
	CASE(vmalloc_cut), CASE(phys_root), CASE(phys_ignored), CASE(phys_cut),
	ALONE(phys_given), CASE(allocates_under_reclaim_lock),
#ifdef CONFIG_KFENCE
	ALONE(kfence_constructed), ALONE(kfence_typesafe), ALONE(kfence_leak),
	ALONE(kfence_held), ALONE(kfence_vmalloc), ALONE(kfence_part),
	ALONE(kfence_zombie),
#endif
	ALONE(transient_object), ALONE(transient),
	ALONE(misuse_free), ALONE(misuse_double), ALONE(misuse_overlap),
	ALONE(misuse_free_part),
};

static void give_back(const struct made *entry)
{
	void *p = (void *)~entry->hidden;

	switch (entry->kind) {
	case KMALLOC:
		kfree(p);
		break;
	case CACHE:
		kmem_cache_free(cache, p);
		break;
	case VMALLOC:
		vfree(p);
		break;
	case KVMALLOC:
		kvfree(p);
		break;
	case PERCPU:
		free_percpu((void __percpu __force *)p);
		break;
	case PAGES_TRACKED:
		kmemleak_free(p);
		free_pages((unsigned long)p, entry->order);
		break;
	case PAGES:
		free_pages((unsigned long)p, entry->order);
		break;
	case PART:
		break;
	}
}

/* What was registered by hand and cut has to be told in the same pieces. */
static void forget_by_hand(const struct made *entry)
{
	void *p = (void *)~entry->hidden;

	if (!strcmp(entry->func, "pages_cut")) {
		if (entry->leak)
			kmemleak_free(p);
	} else if (!strncmp(entry->func, "phys_", 5) && entry->kind == PAGES) {
		kmemleak_free_part_phys(__pa(p), PAGE_SIZE);
	}
}

static void stop_holders(void)
{
	struct node *node;

	if (sleeper)
		kthread_stop(sleeper);
	if (runner)
		kthread_stop(runner);
	sleeper = NULL;
	runner = NULL;
	while ((node = held_chain)) {
		held_chain = node->next;
		kfree(node);
	}
}

/* Frees all, or at exit all but the leaks that can outlive the module. */
static int free_made(bool leaks_too)
{
	struct made *entry;

	stop_holders();
	while (nr_made) {
		entry = &made[--nr_made];
		if (entry->leak && !leaks_too && entry->kind != CACHE)
			continue;
		if (entry->hidden == ~0UL)
			continue;
		forget_by_hand(entry);
		give_back(entry);
	}
	memset(held, 0, sizeof(held));
	nr_held = 0;
	WRITE_ONCE(per_cpu(held_percpu, cpumask_last(cpu_possible_mask)), NULL);
	transient_hidden = 0;
	return 0;
}

/**
 * struct case_run - a thread that runs cases
 * @name: which, or "all"
 * @err: what came of it
 * @done: it is over
 */
struct case_run {
	const char *name;
	int err;
	struct completion done;
};

static int case_thread(void *arg)
{
	struct case_run *run = arg;
	bool all = !strcmp(run->name, "all");
	int i;

	run->err = all ? 0 : -ENOENT;
	if (!strcmp(run->name, "free"))
		run->err = free_made(true);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (all && cases[i].alone)
			continue;
		if (!all && strcmp(run->name, cases[i].name))
			continue;
		run->err = cases[i].run();
		if (run->err)
			break;
	}
	scrub_stack();
	kthread_complete_and_exit(&run->done, 0);
}

static ssize_t run_write(struct file *file, const char __user *from,
			 size_t size, loff_t *pos)
{
	struct case_run run = {};
	struct task_struct *task;
	char name[32] = "";

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, from, size))
		return -EFAULT;
	run.name = strim(name);
	init_completion(&run.done);

	mutex_lock(&run_mutex);
	task = kthread_run(case_thread, &run, THREAD_NAME);
	if (IS_ERR(task))
		run.err = PTR_ERR(task);
	else
		wait_for_completion(&run.done);
	mutex_unlock(&run_mutex);
	return run.err ?: size;
}

static int run_show(struct seq_file *m, void *v)
{
	const struct made *entry;
	unsigned int i;

	mutex_lock(&run_mutex);
	for (i = 0; i < nr_made; i++) {
		entry = &made[i];
		seq_printf(m, "%s %s 0x%08lx %zu ",
			   entry->leak ? "leak" : "fine", entry->func,
			   ~entry->hidden, entry->size);
		if (entry->pid)
			seq_printf(m, "%s %d\n", THREAD_NAME, entry->pid);
		else
			seq_puts(m, "- -\n");
	}
	mutex_unlock(&run_mutex);
	scrub_stack();
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

static struct dentry *dir;

static int __init cases_init(void)
{
	cache = kmem_cache_create("kmemleak_cases", CACHE_SIZE, 0,
				  SLAB_NO_MERGE, NULL);
	if (!cache)
		return -ENOMEM;
	dir = debugfs_create_dir("kmemleak_cases", NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	return 0;
}
module_init(cases_init);

static void __exit cases_exit(void)
{
	debugfs_remove_recursive(dir);
	free_made(false);
	kmem_cache_destroy(cache);
}
module_exit(cases_exit);

MODULE_DESCRIPTION("Leaks and non-leaks for the selftests of the leak detector");
MODULE_LICENSE("GPL");
