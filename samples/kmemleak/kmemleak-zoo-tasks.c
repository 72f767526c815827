// SPDX-License-Identifier: GPL-2.0
/*
 * No leaks: memory whose only reference is in a register, on a stack, or on its
 * way from one place to another.
 */
#include <linux/anon_inodes.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmu_context.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/umh.h>
#include <linux/wait.h>
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#include <asm/smap.h>
#endif

#include "kmemleak-zoo.h"

#define SIZE	208

static struct task_struct *threads[2];
static DECLARE_COMPLETION(started);

/*
 * Run a thread on the last CPU, most likely another one than the scanning
 * task's, and return when the thread has allocated its objects.
 */
static int spawn(int (*func)(void *), void *arg, int i)
{
	struct task_struct *thread;

	thread = kthread_create(func, arg, "kmemleak_zoo");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	kthread_bind(thread, cpumask_last(cpu_online_mask));
	threads[i] = thread;
	wake_up_process(thread);
	wait_for_completion(&started);
	return 0;
}

static void end_threads(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++)
		if (threads[i])
			kthread_stop(threads[i]);
}

static void *new_object(void)
{
	void *object = kzalloc(SIZE, GFP_KERNEL);

	if (object)
		zoo_keep(object, SIZE);
	return object;
}

/* ---- Tasks that sleep ---- */

struct on_stack {
	struct list_head link;
	void *object;
};

static int sleep_with_stack(void *unused)
{
	struct on_stack request = { .object = new_object() };

	INIT_LIST_HEAD(&request.link);
	complete(&started);
	barrier_data(&request);
	zoo_wait_for_stop();
	barrier_data(&request);
	kfree(request.object);
	return 0;
}

/* A buffer whose only reference is a request on the waiter's stack. */
static int sleeping_stack(void)
{
	return spawn(sleep_with_stack, NULL, 0);
}

static int sleep_with_register(void *unused)
{
#ifdef CONFIG_X86_64
	register void *object asm("rbx") = new_object();
#else
	void *object = new_object();
#endif

	complete(&started);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		/* Keep it in that register, and nowhere else. */
		OPTIMIZER_HIDE_VAR(object);
		schedule();
		OPTIMIZER_HIDE_VAR(object);
	}
	__set_current_state(TASK_RUNNING);
	kfree(object);
	return 0;
}

/* In a callee-saved register, while the called function sleeps. */
static int sleeping_register(void)
{
	return spawn(sleep_with_register, NULL, 0);
}

static int take_argument(void *object)
{
	zoo_wait_for_stop();
	kfree(object);
	return 0;
}

/* The argument of a thread that was created and not woken up yet. */
static int thread_argument(void)
{
	void *object = new_object();

	if (!object)
		return -ENOMEM;
	threads[0] = kthread_create(take_argument, object, "kmemleak_zoo");
	return PTR_ERR_OR_ZERO(threads[0]);
}

static void end_thread_argument(void)
{
	/* A thread that is stopped before its first run never runs. */
	wake_up_process(threads[0]);
	while (READ_ONCE(threads[0]->__state) != TASK_IDLE)
		schedule_timeout_uninterruptible(1);
	end_threads();
}

/* ---- Tasks that run ---- */

static int run_with_stack(void *unused)
{
	void *object[1] = { new_object() };

	complete(&started);
	while (!kthread_should_stop()) {
		barrier_data(object);
		cond_resched();
	}
	kfree(object[0]);
	return 0;
}

/* A long loop on another CPU, with the pointer on its stack. */
static int running_stack(void)
{
	return spawn(run_with_stack, NULL, 0);
}

#ifdef CONFIG_X86_64
static void *shelf;

/*
 * Take the pointer from the shelf into a caller-saved register, count for a
 * while and put it back. During an interrupt in between, the only copy of the
 * pointer is in the interrupt's frame.
 */
static void count_with_register(void)
{
	unsigned long n = 1 << 18;
	void *object = NULL;

	asm volatile("xchgq %[object], %[shelf]\n"
		     "1:	pause\n"
		     "decq %[n]\n"
		     "jnz 1b\n"
		     "xchgq %[object], %[shelf]\n"
		     : [object] "+r" (object), [shelf] "+m" (shelf), [n] "+r" (n)
		     : : "memory", "cc");
}

static int run_with_register(void *unused)
{
	shelf = new_object();
	complete(&started);
	while (!kthread_should_stop()) {
		count_with_register();
		cond_resched();
	}
	kfree(shelf);
	return 0;
}

/* In a register of interrupted code. */
static int interrupted_register(void)
{
	if (num_online_cpus() < 2)
		return -EOPNOTSUPP;
	return spawn(run_with_register, NULL, 0);
}
#else
static int interrupted_register(void)
{
	return -EOPNOTSUPP;
}
#endif

struct parcel {
	struct list_head link;
	char rest[SIZE - sizeof(struct list_head)];
};

static LIST_HEAD(inbox);
static LIST_HEAD(outbox);

/* Move objects from one list to another and back, one at a time. */
static int carry(void *unused)
{
	struct parcel *parcel;
	int i;

	for (i = 0; i < 40; i++) {
		parcel = new_object();
		if (parcel)
			list_add(&parcel->link, &inbox);
	}
	complete(&started);
	while (!kthread_should_stop()) {
		if (list_empty(&inbox))
			list_splice_init(&outbox, &inbox);
		parcel = list_first_entry(&inbox, struct parcel, link);
		list_del_init(&parcel->link);
		cond_resched();
		list_add(&parcel->link, &outbox);
	}
	list_splice(&outbox, &inbox);
	while (!list_empty(&inbox)) {
		parcel = list_first_entry(&inbox, struct parcel, link);
		list_del(&parcel->link);
		kfree(parcel);
	}
	return 0;
}

/* A scan may see a moving object in neither place. */
static int carried(void)
{
	return spawn(carry, NULL, 0);
}

/* Allocate objects, pass them on, and free them. */
static int churn(void *unused)
{
	void *chain = NULL, **object;
	int n = 0;

	complete(&started);
	while (!kthread_should_stop()) {
		object = kmalloc(SIZE, GFP_KERNEL);
		if (object) {
			*object = chain;
			chain = object;
			n++;
		}
		while (chain && (n > 200 || !object)) {
			object = chain;
			chain = *object;
			kfree(object);
			n--;
		}
		cond_resched();
	}
	while (chain) {
		object = chain;
		chain = *object;
		kfree(object);
	}
	return 0;
}

/* Objects that live shorter than a scan takes. */
static int short_lived(void)
{
	int err = spawn(churn, NULL, 0);

	return err ?: spawn(churn, NULL, 1);
}

/* ---- A task that exits ---- */

struct on_exit {
	char head[72];
	struct callback_head work;
};

static struct task_struct *exiting;
static DECLARE_WAIT_QUEUE_HEAD(hold_up);
static bool go_on;

static void free_on_exit(struct callback_head *work)
{
	kfree(container_of(work, struct on_exit, work));
}

static void wait_on_exit(struct callback_head *work)
{
	exiting = get_task_struct(current);
	complete(&started);
	wait_event_idle(hold_up, READ_ONCE(go_on));
	free_on_exit(work);
}

/* Work runs last in, first out; the error makes the new process exit at once. */
static int add_exit_work(struct subprocess_info *info, struct cred *cred)
{
	struct on_exit *on_exit;
	int i;

	for (i = 0; i < 3; i++) {
		on_exit = kzalloc(sizeof(*on_exit), GFP_KERNEL);
		if (!on_exit)
			return -ENOMEM;
		zoo_keep(on_exit, sizeof(*on_exit));
		init_task_work(&on_exit->work, i < 2 ? free_on_exit : wait_on_exit);
		if (task_work_add(current, &on_exit->work, TWA_NONE))
			kfree(on_exit);
	}
	return -ECANCELED;
}

/*
 * A task that exits detaches its list of work and walks it. While one item
 * sleeps, only that walk refers to the others. Files wait for their final close
 * like this.
 */
static int exiting_task(void)
{
	char path[] = "/", *argv[] = { path, NULL };
	struct subprocess_info *info;

	info = call_usermodehelper_setup(path, argv, NULL, GFP_KERNEL,
					 add_exit_work, NULL, NULL);
	if (!info)
		return -ENOMEM;
	if (call_usermodehelper_exec(info, UMH_WAIT_EXEC) != -ECANCELED)
		return -EOPNOTSUPP;
	wait_for_completion(&started);
	return 0;
}

static void end_exiting_task(void)
{
	WRITE_ONCE(go_on, true);
	wake_up_all(&hold_up);
	/* Wait until it has left the module's code. */
	while (!READ_ONCE(exiting->exit_state))
		schedule_timeout_uninterruptible(1);
	put_task_struct(exiting);
}

/* ---- A task in an exception ---- */

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
static struct mm_struct *mm;
static unsigned long user_page;

static vm_fault_t slow_fault(struct vm_fault *vmf)
{
	complete(&started);
	wait_event_idle(hold_up, READ_ONCE(go_on));
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct slow_ops = {
	.fault = slow_fault,
};

static int slow_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &slow_ops;
	return 0;
}

static const struct file_operations slow_fops = {
	.mmap = slow_mmap,
};

/* Like a copy from user memory, with the pointer in a caller-saved register. */
static noinline void fault_with_register(void)
{
	register unsigned long object asm("r10") = ~(unsigned long)zoo_object(0);
	unsigned long from = user_page;

	stac();
	asm volatile("notq %[object]\n"
		     "xorl %%eax, %%eax\n"
		     "1:	movb (%[from]), %%al\n"
		     "2:\n"
		     _ASM_EXTABLE_UA(1b, 2b)
		     : [object] "+r" (object) : [from] "r" (from)
		     : "rax", "memory");
	clac();
}

static int fault_thread(void *unused)
{
	kthread_use_mm(mm);
	fault_with_register();
	kthread_unuse_mm(mm);
	mmput(mm);
	zoo_wait_for_stop();
	return 0;
}

/* In the frame of a slow page fault. */
static int faulting_register(void)
{
	struct file *file;

	if (!current->mm || !new_object())
		return -ENOMEM;
	file = anon_inode_getfile("kmemleak-zoo", &slow_fops, NULL, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	user_page = vm_mmap(file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0);
	fput(file);
	if (IS_ERR_VALUE(user_page))
		return user_page;
	mm = current->mm;
	mmget(mm);
	return spawn(fault_thread, NULL, 0);
}

static void end_faulting(void)
{
	WRITE_ONCE(go_on, true);
	wake_up_all(&hold_up);
	end_threads();
	kfree(zoo_object(0));
}
#else
/* User Mode Linux reads user memory without page faults. */
static int faulting_register(void)
{
	return -EOPNOTSUPP;
}

#define end_faulting NULL
#endif

const struct zoo_case zoo_tasks[] = {
	{ "sleeping_stack", "the stack of a task that sleeps", sleeping_stack, end_threads },
	{ "sleeping_register", "a preserved register of a task that sleeps",
	  sleeping_register, end_threads },
	{ "thread_argument", "the argument of a thread that has yet to run",
	  thread_argument, end_thread_argument },
	{ "running_stack", "the stack of a task that runs", running_stack, end_threads },
	{ "interrupted_register", "the frame of an interrupt",
	  interrupted_register, end_threads },
	{ "carried", "objects on their way between lists", carried, end_threads },
	{ "short_lived", "objects that come and go", short_lived, end_threads },
	{ "exiting_task", "works of a task that exits", exiting_task, end_exiting_task },
	{ "faulting_register", "the frame of a page fault", faulting_register, end_faulting },
	{ }
};
