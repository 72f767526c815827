// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks of interrupts and threads, and leaks with a stale copy of their address
 * in memory that is free or has not been overwritten.
 */
#include <linux/completion.h>
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/umh.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "kmemleak-zoo.h"

#define SIZE	240

static DECLARE_COMPLETION(done);

/* Allocate a message and lose it. */
static noinline void drop_message(void)
{
	void *message = kmalloc(SIZE, GFP_ATOMIC);

	if (!message)
		return;
	zoo_leak(message, SIZE);
	if (!zoo_device_answers())
		return;
	kfree(message);
}

/* ---- Contexts ---- */

static void drop_in_irq_work(struct irq_work *unused)
{
	WARN_ON_ONCE(!in_hardirq());
	drop_message();
	complete(&done);
}

static struct irq_work irq_work;

/* An interrupt handler whose queue is full. */
static int hardirq(void)
{
	irq_work = IRQ_WORK_INIT_HARD(drop_in_irq_work);
	irq_work_queue(&irq_work);
	wait_for_completion(&done);
	irq_work_sync(&irq_work);
	return 0;
}

static void drop_in_tasklet(struct tasklet_struct *unused)
{
	drop_message();
	complete(&done);
}

static struct tasklet_struct tasklet;

/* Completion handlers of USB and network drivers run in softirqs. */
static int softirq(void)
{
	tasklet_setup(&tasklet, drop_in_tasklet);
	tasklet_schedule(&tasklet);
	wait_for_completion(&done);
	tasklet_kill(&tasklet);
	return 0;
}

static void drop_in_timer(struct timer_list *unused)
{
	drop_message();
	complete(&done);
}

static struct timer_list timer;

/* A watchdog that queues a request each time and never cancels one. */
static int timer_callback(void)
{
	timer_setup(&timer, drop_in_timer, 0);
	mod_timer(&timer, jiffies + 1);
	wait_for_completion(&done);
	timer_delete_sync(&timer);
	return 0;
}

static void drop_in_work(struct work_struct *unused)
{
	drop_message();
	complete(&done);
}

static DECLARE_WORK(work, drop_in_work);

/* The worker goes back to sleep and keeps its stack. */
static int work_item(void)
{
	schedule_work(&work);
	wait_for_completion(&done);
	flush_work(&work);
	return 0;
}

static struct task_struct *thread;

static int drop_and_exit(void *argument)
{
	/* Either side expects the other one to free the argument. */
	zoo_leak(argument, SIZE);
	drop_message();
	complete(&done);
	return 0;
}

/* A thread that ends. */
static int kthread_exits(void)
{
	void *argument = kzalloc(SIZE, GFP_KERNEL);

	if (!argument)
		return -ENOMEM;
	thread = kthread_create(drop_and_exit, argument, "kmemleak_zoo");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	get_task_struct(thread);
	wake_up_process(thread);
	wait_for_completion(&done);
	kthread_stop_put(thread);
	thread = NULL;
	return 0;
}

static int drop_and_sleep(void *unused)
{
	int i;

	for (i = 0; i < 4; i++)
		drop_message();
	complete(&done);
	zoo_wait_for_stop();
	return 0;
}

static int start_sleeper(int (*func)(void *))
{
	thread = kthread_run(func, NULL, "kmemleak_zoo");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	wait_for_completion(&done);
	return 0;
}

/* A thread that leaks in each iteration, and sleeps in between. */
static int kthread_sleeps(void)
{
	return start_sleeper(drop_and_sleep);
}

static void end_sleeper(void)
{
	kthread_stop(thread);
}

/* ---- Stale pointers ---- */

static void *neighbour;

/*
 * The neighbours of the leak pointed to it and are free. One of them stays
 * allocated, so that the slab is kept.
 */
static int stale_in_neighbour(void)
{
	void **slab[8];
	void *leak;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(slab); i++) {
		slab[i] = kzalloc(SIZE, GFP_KERNEL);
		if (!slab[i])
			return -ENOMEM;
	}
	leak = slab[3];
	for (i = 0; i < ARRAY_SIZE(slab); i++)
		for (j = 0; j < SIZE / sizeof(void *); j++)
			if (i != 3 && i != 5)
				slab[i][j] = leak;
	zoo_leak(leak, SIZE);
	neighbour = slab[5];
	for (i = 0; i < ARRAY_SIZE(slab); i++)
		if (i != 3 && i != 5)
			kfree(slab[i]);
	return 0;
}

static void end_neighbour(void)
{
	kfree(neighbour);
}

/* A frame far below the one in which the task sleeps. */
static noinline void fill_frame(void)
{
	void *frame[160];
	int i;

	frame[0] = kzalloc(SIZE, GFP_KERNEL);
	zoo_leak(frame[0], SIZE);
	for (i = 1; i < ARRAY_SIZE(frame) / 3; i++)
		frame[i] = frame[0];
	barrier_data(frame);
}

static int sleep_above_frame(void *unused)
{
	fill_frame();
	complete(&done);
	zoo_wait_for_stop();
	return 0;
}

/* The frame of a function that has returned is full of it; the task sleeps. */
static int stale_in_frame(void)
{
	return start_sleeper(sleep_above_frame);
}

static int run_above_frame(void *unused)
{
	fill_frame();
	complete(&done);
	while (!kthread_should_stop()) {
		cpu_relax();
		cond_resched();
	}
	return 0;
}

/* The same, but the task keeps running on another CPU during the scan. */
static int stale_in_running_frame(void)
{
	return start_sleeper(run_above_frame);
}

static void **reused[8];

/*
 * Objects that refer to the leak are freed. The next owner of their memory writes
 * only the first bytes, like a buffer that is seldom full.
 */
static int stale_in_new_object(void)
{
	void *leak = kzalloc(SIZE, GFP_KERNEL);
	int i, j;

	if (!leak)
		return -ENOMEM;
	zoo_leak(leak, SIZE);
	for (i = 0; i < ARRAY_SIZE(reused); i++) {
		reused[i] = kmalloc(600, GFP_KERNEL);
		if (!reused[i])
			return -ENOMEM;
		for (j = 0; j < 600 / sizeof(void *); j++)
			reused[i][j] = leak;
	}
	for (i = 0; i < ARRAY_SIZE(reused); i++)
		kfree(reused[i]);
	for (i = 0; i < ARRAY_SIZE(reused); i++) {
		reused[i] = kmalloc(600, GFP_KERNEL);
		if (!reused[i])
			return -ENOMEM;
		memset(reused[i], 0x2e, 40);
	}
	return 0;
}

static void end_new_object(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(reused); i++)
		kfree(reused[i]);
}

static void **reused_pages;

/* The same with kmalloc() of whole pages. */
static int stale_in_new_pages(void)
{
	const size_t size = 4 * KMALLOC_MAX_CACHE_SIZE;
	void *leak = kzalloc(SIZE, GFP_KERNEL);
	int i;

	reused_pages = kmalloc(size, GFP_KERNEL);
	if (!leak || !reused_pages)
		return -ENOMEM;
	zoo_leak(leak, SIZE);
	for (i = 0; i < size / sizeof(void *); i++)
		reused_pages[i] = leak;
	kfree(reused_pages);
	reused_pages = kmalloc(size, GFP_KERNEL);
	if (!reused_pages)
		return -ENOMEM;
	reused_pages[0] = NULL;
	return 0;
}

static void end_new_pages(void)
{
	kfree(reused_pages);
}

static void **reused_area;

/* The same with vmalloc(), which gets pages that others have freed. */
static int stale_in_new_area(void)
{
	const int words = 8 * PAGE_SIZE / sizeof(void *);
	void *leak = kzalloc(SIZE, GFP_KERNEL);
	int i;

	reused_area = vmalloc(8 * PAGE_SIZE);
	if (!leak || !reused_area)
		return -ENOMEM;
	zoo_leak(leak, SIZE);
	for (i = 0; i < words; i++)
		reused_area[i] = leak;
	vfree(reused_area);
	reused_area = vmalloc(8 * PAGE_SIZE);
	if (!reused_area)
		return -ENOMEM;
	reused_area[0] = NULL;
	return 0;
}

static void end_new_area(void)
{
	vfree(reused_area);
}

/*
 * The allocator keeps the addresses of free objects in per-CPU arrays, and does
 * not wipe a slot when it takes the object out.
 */
static int stale_in_sheaf(void)
{
	void *object[48];
	int i;

	for (i = 0; i < ARRAY_SIZE(object); i++) {
		object[i] = kmalloc(SIZE, GFP_KERNEL);
		if (!object[i])
			return -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(object); i++)
		kfree(object[i]);
	for (i = 0; i < 12; i++) {
		object[i] = kmalloc(SIZE, GFP_KERNEL);
		zoo_leak(object[i], SIZE);
	}
	return 0;
}

#ifdef CONFIG_NET
/* The network core does the same with packet heads. */
static int stale_in_skb_cache(void)
{
	struct sk_buff *skb;
	void *data;

	local_bh_disable();
	data = napi_alloc_frag(1024);
	skb = data ? napi_build_skb(data, 1024) : NULL;
	if (skb)
		zoo_leak(skb, sizeof(*skb));
	local_bh_enable();
	return skb ? 0 : -ENOMEM;
}
#endif

#define SLEEPERS	6

static struct task_struct *sleepers[SLEEPERS];

static int only_sleep(void *unused)
{
	complete(&done);
	zoo_wait_for_stop();
	return 0;
}

/* Leak objects of the size of structures that described threads or helpers. */
static int leak_as_large(size_t size)
{
	void *message;
	int i;

	for (i = 0; i < 4 * SLEEPERS; i++) {
		message = kzalloc(size, GFP_KERNEL);
		if (!message)
			return -ENOMEM;
		zoo_leak(message, size);
	}
	return 0;
}

/* The size of the structure for threads, without a completion and with it. */
static int leak_where_threads_were(void)
{
	return leak_as_large(64) ?: leak_as_large(96);
}

static int start_sleepers(void)
{
	int i;

	for (i = 0; i < SLEEPERS; i++) {
		sleepers[i] = kthread_run(only_sleep, NULL, "kmemleak_zoo/%d", i);
		if (IS_ERR(sleepers[i]))
			return PTR_ERR(sleepers[i]);
		wait_for_completion(&done);
	}
	return 0;
}

/*
 * Stacks of threads keep the address of the structure that described the thread
 * while it was created; its memory is reused.
 */
static int stale_in_thread(void)
{
	return start_sleepers() ?: leak_where_threads_were();
}

static void end_sleepers(void)
{
	int i;

	for (i = 0; i < SLEEPERS; i++)
		kthread_stop(sleepers[i]);
}

static int make_and_end_thread(void)
{
	struct task_struct *task;

	task = kthread_run(only_sleep, NULL, "kmemleak_zoo");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&done);
	kthread_stop(task);
	/* The task is freed by a callback that another one queues. */
	rcu_barrier();
	rcu_barrier();
	return 0;
}

/* The stack of kthreadd does the same after the thread is gone. */
static int stale_in_kthreadd(void)
{
	return make_and_end_thread() ?: leak_where_threads_were();
}

/* The name of the thread was freed, too. */
static int stale_name_in_kthreadd(void)
{
	return make_and_end_thread() ?: leak_as_large(sizeof("kmemleak_zoo"));
}

/* A thread that becomes a process keeps the address of its subprocess_info. */
static int stale_in_helper(void)
{
	char *argv[3] = { "/bin/sleep", "20", NULL };
	char *envp[1] = { NULL };
	struct subprocess_info *info;

	info = call_usermodehelper_setup(argv[0], argv, envp, GFP_KERNEL, NULL,
					 NULL, NULL);
	if (!info)
		return -ENOMEM;
	if (call_usermodehelper_exec(info, UMH_WAIT_EXEC))
		return -EOPNOTSUPP;
	return leak_as_large(sizeof(*info));
}

#define DEAD		12

static struct task_struct *dead[DEAD], *orphans[DEAD];

/* Run a thread until it exits. Keep its task; return where its stack was. */
static void *die(struct task_struct **task, int (*func)(void *orphan), void *orphan)
{
	void *stack;

	*task = kthread_create(func, orphan, "kmemleak_zoo");
	if (IS_ERR(*task))
		return *task;
	get_task_struct(*task);
	stack = task_stack_page(*task);
	wake_up_process(*task);
	wait_for_completion(&done);
	kthread_stop(*task);
	while (READ_ONCE((*task)->stack))
		schedule_timeout_uninterruptible(1);
	return stack;
}

static void end_dead(void)
{
	unsigned int i;

	for (i = 0; i < DEAD; i++) {
		if (!IS_ERR_OR_NULL(orphans[i]))
			kthread_stop(orphans[i]);
		if (!IS_ERR_OR_NULL(dead[i]))
			put_task_struct(dead[i]);
	}
}

/* Does the area cover the first page of an old stack, where its task left it? */
static bool on_stack(void *area, void *const *stack)
{
	unsigned int i;

	for (i = 0; i < DEAD; i++) {
		void *page = stack[i] + THREAD_SIZE - PAGE_SIZE;

		if (area <= page && page < area + THREAD_SIZE)
			return true;
	}
	return false;
}

/* Allocate memory as stacks are allocated. */
static void *like_stack(void)
{
	if (IS_ENABLED(CONFIG_VMAP_STACK))
		return vmalloc(THREAD_SIZE);
	return kmalloc(THREAD_SIZE, GFP_KERNEL);
}

/* Allocate an area in the place of an old stack, if one has been freed. */
static void *area_on_stack(void *const *stack)
{
	void *area[32], *found = NULL;
	unsigned int n = 0;

	vm_unmap_aliases();
	while (!found && n < ARRAY_SIZE(area)) {
		area[n] = like_stack();
		if (!area[n])
			break;
		if (on_stack(area[n], stack))
			found = area[n];
		else
			n++;
	}
	while (n)
		kvfree(area[--n]);
	return found;
}

/* Leak an area in the place of an old stack; wait until one is freed. */
static int leak_on_stack(void *const *stack)
{
	void *area = NULL;
	unsigned int i;

	/* A few stacks are kept for the next tasks. A worker frees the others. */
	rcu_barrier();
	for (i = 0; i < HZ && !area; i++) {
		schedule_timeout_uninterruptible(1);
		area = area_on_stack(stack);
	}
	if (!area)
		return -EOPNOTSUPP;
	zoo_leak(area, THREAD_SIZE);
	return 0;
}

/* The same with stacks of tasks that ran @func and exited. */
static int leak_on_stack_after(int (*func)(void *orphan))
{
	void *stack[DEAD];
	unsigned int i;
	int err = 0;

	/* Otherwise a task keeps its stack as long as it exists. */
	if (!IS_ENABLED(CONFIG_THREAD_INFO_IN_TASK))
		return -EOPNOTSUPP;
	for (i = 0; i < DEAD && !err; i++) {
		stack[i] = die(&dead[i], func, &orphans[i]);
		err = PTR_ERR_OR_ZERO(stack[i]) ?: PTR_ERR_OR_ZERO(orphans[i]);
	}
	if (!err)
		err = leak_on_stack(stack);
	if (err)
		end_dead();
	return err;
}

static int only_exit(void *unused)
{
	complete(&done);
	return 0;
}

/* A dead task that is still referenced keeps its stack pointer. */
static int stale_in_dead_task(void)
{
	return leak_on_stack_after(only_exit);
}

static int make_and_exit(void *orphan)
{
	struct task_struct *task;

	task = kthread_run(only_sleep, NULL, "kmemleak_zoo");
	*(struct task_struct **)orphan = task;
	if (IS_ERR(task))
		complete(&done);
	return 0;
}

/* A new thread gets the address of a completion on its creator's stack. */
static int stale_in_orphan(void)
{
	return leak_on_stack_after(make_and_exit);
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	complete(&done);
	return HRTIMER_NORESTART;
}

static void timer_set_up(struct hrtimer *timer)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	timer->function = timer_fires;
#else
	hrtimer_setup(timer, timer_fires, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
#endif
}

/* A CPU remembers its next timer after the timer is gone. */
static int stale_in_hrtimer_base(void)
{
	struct hrtimer *timer = kzalloc(SIZE, GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_set_up(timer);
	/* No other timer is due earlier. */
	hrtimer_start(timer, ns_to_ktime(1), HRTIMER_MODE_ABS);
	wait_for_completion(&done);
	hrtimer_cancel(timer);
	kfree(timer);
	return leak_as_large(SIZE);
}

static void *in_initdata __initdata;

/* A variable is marked __initdata by mistake, and its memory is freed. */
static int __ref stale_in_initdata(void)
{
	void *object = kzalloc(SIZE, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	zoo_leak(object, SIZE);
	WRITE_ONCE(in_initdata, object);
	return 0;
}

static void * __percpu *freed_percpu;

/* Free per-CPU memory next to per-CPU memory in use. */
static int stale_in_percpu(void)
{
	u64 __percpu *gone = alloc_percpu(u64);
	void *leak = kzalloc(SIZE, GFP_KERNEL);
	int cpu;

	freed_percpu = alloc_percpu(void *);
	if (!leak || !gone || !freed_percpu)
		return -ENOMEM;
	zoo_leak(leak, SIZE);
	for_each_possible_cpu(cpu)
		WRITE_ONCE(*per_cpu_ptr(gone, cpu), (unsigned long)leak);
	free_percpu(gone);
	return 0;
}

static void end_percpu(void)
{
	free_percpu(freed_percpu);
}

#ifdef CONFIG_DEBUG_FS
static struct dentry *named;

/* Users choose the names of files, and thereby words in memory. */
static int text_in_name(void)
{
	struct dentry *parent = debugfs_lookup("kmemleak", NULL);
	void *object = kzalloc(SIZE, GFP_KERNEL);
	struct qstr name = { .name = (char *)&object, .len = sizeof(object) };

	if (object && parent)
		named = d_alloc(parent, &name);
	dput(parent);
	if (!named) {
		kfree(object);
		return -ENOMEM;
	}
	zoo_leak(object, SIZE);
	return 0;
}

static void end_name(void)
{
	dput(named);
}
#endif

/* Leak an object while a thread sleeps; the caller stores its address there. */
static void *leak_and_sleep(void)
{
	void *object = kzalloc(SIZE, GFP_KERNEL);
	int err;

	if (!object)
		return ERR_PTR(-ENOMEM);
	err = start_sleeper(only_sleep);
	if (err) {
		kfree(object);
		return ERR_PTR(err);
	}
	zoo_leak(object, SIZE);
	return object;
}

/* If memory is at low addresses, the scheduler's counters reach them, too. */
static int number_in_task(void)
{
	void *object = leak_and_sleep();

	if (IS_ERR(object))
		return PTR_ERR(object);
	thread->se.nr_migrations = (unsigned long)object;
	return 0;
}

static unsigned long amid_percpu;

/* If per-CPU pointers are offsets, sizes and times look like them. */
static int number_amid_percpu(void)
{
	size_t size = 1024;
	void __percpu *object = __alloc_percpu(size, sizeof(long));

	if (!object)
		return -ENOMEM;
	if ((unsigned long __force)object >= SZ_16M) {
		free_percpu(object);
		return -EOPNOTSUPP;
	}
	zoo_leak_percpu(object, size);
	WRITE_ONCE(amid_percpu, (unsigned long __force)object + size / 2);
	return 0;
}

static void end_number(void)
{
	WRITE_ONCE(amid_percpu, 0);
}

/*
 * Every other thread ends. Its freed task structure, with an address in it, lies
 * behind that of a sleeping thread.
 */
static int stale_beside_task(void)
{
	int i, err = start_sleepers();
	void *object;

	if (err)
		return err;
	for (i = 1; i < SLEEPERS; i += 2) {
		object = kzalloc(SIZE, GFP_KERNEL);
		if (!object)
			return -ENOMEM;
		sleepers[i]->se.nr_migrations = (unsigned long)object;
		kthread_stop(sleepers[i]);
		zoo_leak(object, SIZE);
	}
	return 0;
}

static void end_every_other(void)
{
	int i;

	for (i = 0; i < SLEEPERS; i += 2)
		kthread_stop(sleepers[i]);
}

#ifdef CONFIG_SMP
/* A task's pointer to the last one that it woke is not a reference. */
static int stale_in_waker(void)
{
	void *object = leak_and_sleep();

	if (IS_ERR(object))
		return PTR_ERR(object);
	thread->last_wakee = object;
	return 0;
}
#endif

#define READERS		256
/* The size of a slab of task structures. */
#define PLACE_BYTES	(8 * PAGE_SIZE)
#define PLACES_LEAKED	4

static struct rw_semaphore read_once[READERS];
static struct task_struct *readers[READERS];

static int read_and_sleep(void *semaphore)
{
	down_read(semaphore);
	up_read(semaphore);
	return only_sleep(NULL);
}

/* Create tasks, and return the hidden addresses of their freed structures. */
static int tasks_come_and_go(unsigned long *hidden)
{
	unsigned int i, nr;
	int err = 0;

	for (nr = 0; nr < READERS; nr++) {
		init_rwsem(&read_once[nr]);
		readers[nr] = kthread_run(read_and_sleep, &read_once[nr],
					  "kmemleak_zoo/%u", nr);
		if (IS_ERR(readers[nr])) {
			err = PTR_ERR(readers[nr]);
			break;
		}
		wait_for_completion(&done);
	}
	for (i = 0; i < nr; i++) {
		hidden[i] = ~(unsigned long)readers[i];
		kthread_stop(readers[i]);
		readers[i] = NULL;
	}
	rcu_barrier();
	return err;
}

static bool was_task(const void *place, const unsigned long *hidden)
{
	unsigned int i;

	for (i = 0; i < READERS; i++)
		if (~hidden[i] - (unsigned long)place < PLACE_BYTES)
			return true;
	return false;
}

/*
 * Allocate and leak memory of former task structures. Free other memory, and all
 * but a few places: the more memory is unreferenced, the more likely some text or
 * number looks like an address in it.
 */
static unsigned int leak_places(const unsigned long *hidden)
{
	void *place[READERS / 4];
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(place); i++)
		place[i] = kzalloc(PLACE_BYTES, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(place); i++) {
		if (!place[i] || nr == PLACES_LEAKED ||
		    !was_task(place[i], hidden)) {
			kfree(place[i]);
			continue;
		}
		zoo_leak(place[i], PLACE_BYTES);
		nr++;
	}
	return nr;
}

/*
 * Semaphores remember their last reader, and sleeping tasks the tasks that ran
 * after them or woke them, even after those are gone and their memory is reused.
 */
static int stale_in_semaphore(void)
{
	unsigned long *hidden = kcalloc(READERS, sizeof(*hidden), GFP_KERNEL);
	int err;

	if (!hidden)
		return -ENOMEM;
	err = tasks_come_and_go(hidden);
	/* Slabs that are larger, or kept, are not reused. */
	if (!err && !leak_places(hidden))
		err = -EOPNOTSUPP;
	kfree(hidden);
	return err;
}

#define GAPS		80
#define FILLERS_MAX	(8 * GAPS)

static void *gaps[GAPS];
static void *fillers[FILLERS_MAX];
static unsigned int nr_fillers;

static void areas_free(void **areas, unsigned int nr)
{
	while (nr) {
		vfree(areas[--nr]);
		areas[nr] = NULL;
	}
	/* Without this, their addresses are not reused. */
	vm_unmap_aliases();
}

/* Allocate two adjacent areas; those that are apart fill existing gaps. */
static void *gap_and_leak(void **gap)
{
	void *leak;

	while (nr_fillers + 2 <= FILLERS_MAX) {
		*gap = vmalloc(PAGE_SIZE);
		leak = vmalloc(PAGE_SIZE);
		if (*gap && leak == *gap + 2 * PAGE_SIZE)
			return leak;
		fillers[nr_fillers++] = *gap;
		fillers[nr_fillers++] = leak;
	}
	return NULL;
}

/*
 * Allocate areas in the gaps while a pass runs. Free none: the frames of the
 * freeing functions hold the end of the area, which is where the leak begins.
 */
static int fill_gaps(void *unused)
{
	unsigned int nr = 0;

	complete(&done);
	/* The scan starts when the leaks are a second old. */
	schedule_timeout_interruptible(msecs_to_jiffies(900));
	while (nr < GAPS && !kthread_should_stop()) {
		gaps[nr++] = vmalloc(PAGE_SIZE);
		usleep_range(5000, 6000);
	}
	zoo_wait_for_stop();
	areas_free(gaps, nr);
	return 0;
}

static int end_of_new_area(void)
{
	unsigned int nr;
	void *leak;

	for (nr = 0; nr < GAPS; nr++) {
		leak = gap_and_leak(&gaps[nr]);
		if (!leak)
			break;
		zoo_leak(leak, PAGE_SIZE);
	}
	areas_free(gaps, nr);
	if (!nr) {
		areas_free(fillers, nr_fillers);
		return -ENOSPC;
	}
	return start_sleeper(fill_gaps);
}

static void end_gaps(void)
{
	end_sleeper();
	areas_free(fillers, nr_fillers);
}

const struct zoo_case zoo_stale[] = {
	{ "hardirq", "leak in a hard interrupt", hardirq },
	{ "softirq", "leak in a tasklet", softirq },
	{ "timer_callback", "leak in a timer", timer_callback },
	{ "work_item", "leak in a workqueue", work_item },
	{ "kthread_exits", "leak in a thread that ends", kthread_exits },
	{ "kthread_sleeps", "leak in a thread that goes on", kthread_sleeps, end_sleeper },
	{ "stale_in_neighbour", "freed neighbours point to it",
	  stale_in_neighbour, end_neighbour },
	{ "stale_in_frame", "a dead stack frame points to it", stale_in_frame, end_sleeper },
	{ "stale_in_running_frame", "a dead frame of a task that runs",
	  stale_in_running_frame, end_sleeper },
	{ "stale_in_new_object", "an uninitialised object points to it",
	  stale_in_new_object, end_new_object },
	{ "stale_in_new_pages", "uninitialised pages of kmalloc point to it",
	  stale_in_new_pages, end_new_pages },
	{ "stale_in_new_area", "uninitialised vmalloc memory points to it",
	  stale_in_new_area, end_new_area },
	{ "stale_in_sheaf", "the allocator's per-CPU cache has it", stale_in_sheaf },
#ifdef CONFIG_NET
	{ "stale_in_skb_cache", "the per-CPU cache of packets has it", stale_in_skb_cache },
#endif
	{ "stale_in_thread", "threads point to where it is", stale_in_thread, end_sleepers },
	{ "stale_in_kthreadd", "what makes threads points to it", stale_in_kthreadd },
	{ "stale_name_in_kthreadd", "what makes threads points to an old name",
	  stale_name_in_kthreadd },
	{ "stale_in_helper", "a process points to where its orders were",
	  stale_in_helper },
	{ "stale_in_dead_task", "a task points to where its stack was",
	  stale_in_dead_task, end_dead },
	{ "stale_in_orphan", "threads point to the stack of who made them",
	  stale_in_orphan, end_dead },
	{ "stale_in_hrtimer_base", "a CPU knows a timer that was there",
	  stale_in_hrtimer_base },
	{ "stale_in_initdata", "freed __initdata points to it", stale_in_initdata },
	{ "stale_in_percpu", "freed per-CPU memory points to it",
	  stale_in_percpu, end_percpu },
#ifdef CONFIG_DEBUG_FS
	{ "text_in_name", "a file's name looks like its address", text_in_name, end_name },
#endif
	{ "number_in_task", "what is counted of a task looks like its address",
	  number_in_task, end_sleeper },
	{ "number_amid_percpu", "a number looks like a per-CPU pointer to its middle",
	  number_amid_percpu, end_number },
	{ "stale_beside_task", "what was a task beside one points to it",
	  stale_beside_task, end_every_other },
#ifdef CONFIG_SMP
	{ "stale_in_waker", "a task points to whom it woke last", stale_in_waker, end_sleeper },
#endif
	{ "stale_in_semaphore", "semaphores point to who read them and is gone",
	  stale_in_semaphore },
	{ "end_of_new_area", "new areas end where it begins", end_of_new_area, end_gaps },
	{ }
};
