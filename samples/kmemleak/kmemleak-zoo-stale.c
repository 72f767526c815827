// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks of interrupts and threads, and leaks whose address is still around:
 * in memory that nobody uses, or that nobody has written yet.
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

/* Allocates a message and drops it. */
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

/* An interrupt handler that finds its queue full. */
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

/* Completion handlers of USB and network drivers run so. */
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

/* A watchdog that queues a request each time and cancels none. */
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
	/* Whose is the argument? Either side thinks that the other one frees it. */
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

/* A thread that loses something each time around, and sleeps in between. */
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
 * The objects beside it pointed to it, and are free. One of them stays, so that
 * their slab does.
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

/* So far down the stack that its task sleeps far above. */
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

/* A function that returned had it all over its frame; its task sleeps. */
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

/* The same; its task runs on, elsewhere, while others scan. */
static int stale_in_running_frame(void)
{
	return start_sleeper(run_above_frame);
}

static void **reused[8];

/*
 * Objects that refer to it are freed, and their memory is allocated again by
 * somebody who writes the first bytes only: a buffer that is seldom full.
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

/* The same with pages: vmalloc() gives what others have freed. */
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
 * The allocator keeps free objects by their addresses in per-CPU arrays, and
 * does not wipe the place that an object is taken from.
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
/* So does the network core with the heads of packets. */
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

/* Objects as large as the structures that described what was to run. */
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

/* Those that describe threads, without the completion inside and with it. */
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
 * Threads know where the structure was that described them while they were
 * made; others get its memory.
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

/* So does whoever makes them, when they are gone. */
static int stale_in_kthreadd(void)
{
	return make_and_end_thread() ?: leak_where_threads_were();
}

/* The thread's name went, too. */
static int stale_name_in_kthreadd(void)
{
	return make_and_end_thread() ?: leak_as_large(sizeof("kmemleak_zoo"));
}

/* And a thread that becomes a process knows where its orders were. */
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

/* A thread that has exited, and where its stack was. The task stays. */
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

/* Does an area lie where a stack began, and so where its task left it? */
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

/* What comes from where stacks do. */
static void *like_stack(void)
{
	if (IS_ENABLED(CONFIG_VMAP_STACK))
		return vmalloc(THREAD_SIZE);
	return kmalloc(THREAD_SIZE, GFP_KERNEL);
}

/* One that lies there, when the stacks are freed. */
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

/* Leak an area where one of the stacks was, which are freed sooner or later. */
static int leak_on_stack(void *const *stack)
{
	void *area = NULL;
	unsigned int i;

	/* A few are kept for the next tasks. The others are freed by a worker. */
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

/* ... of tasks that ran @func and exited. */
static int leak_on_stack_after(int (*func)(void *orphan))
{
	void *stack[DEAD];
	unsigned int i;
	int err = 0;

	/* Else a task has its stack for as long as it is there. */
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

/* Tasks that are not forgotten yet know how far their stacks went. */
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

/* Threads were told, while they were made, where on its stack their maker waited. */
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

/* CPUs remember which timer was to fire next, when it is gone. */
static int stale_in_hrtimer_base(void)
{
	struct hrtimer *timer = kzalloc(SIZE, GFP_KERNEL);

	if (!timer)
		return -ENOMEM;
	timer_set_up(timer);
	/* There is none that is before. */
	hrtimer_start(timer, ns_to_ktime(1), HRTIMER_MODE_ABS);
	wait_for_completion(&done);
	hrtimer_cancel(timer);
	kfree(timer);
	return leak_as_large(SIZE);
}

static void *in_initdata __initdata;

/* A variable is marked __initdata by mistake, and goes. */
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

/* Per-CPU memory that is free again, next to some that is not. */
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

/* Whoever makes a file chooses its name, and with it what is in memory. */
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

/* An object is lost while a thread sleeps that is going to be told of it. */
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

/* What the scheduler counts of a task gets there by itself, where memory is low. */
static int number_in_task(void)
{
	void *object = leak_and_sleep();

	if (IS_ERR(object))
		return PTR_ERR(object);
	thread->se.nr_migrations = (unsigned long)object;
	return 0;
}

static unsigned long amid_percpu;

/* Where per-CPU pointers are offsets, sizes and times look like them. */
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
 * Every other thread ends, and what has been its structure, with an address in it,
 * lies behind that of one that sleeps.
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
/* Nor is a task referred to for having been woken. */
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
/* As much as a slab of tasks takes. */
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

/* The structures of tasks that are gone by the time that this returns. */
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
 * The memory that others get then. What was no task's is given back; and what is
 * more than a few: the larger memory is that nothing refers to, the more likely
 * some text or number looks like an address in it.
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
 * Semaphores remember who read last, and tasks that sleep who ran after them, and
 * woke them, when those are gone and their memory is something else.
 */
static int stale_in_semaphore(void)
{
	unsigned long *hidden = kcalloc(READERS, sizeof(*hidden), GFP_KERNEL);
	int err;

	if (!hidden)
		return -ENOMEM;
	err = tasks_come_and_go(hidden);
	/* Where slabs are larger, or kept, they do not become anything else. */
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
	/* Until then their addresses are not given to others. */
	vm_unmap_aliases();
}

/* Two areas side by side; those that are apart fill what gaps there were. */
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
 * While a pass runs, areas come to lie in the gaps. None goes: who frees an area
 * has its end, which is where the leak begins, in the frames of his functions.
 */
static int fill_gaps(void *unused)
{
	unsigned int nr = 0;

	complete(&done);
	/* The scan comes when the leaks are a second old. */
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
