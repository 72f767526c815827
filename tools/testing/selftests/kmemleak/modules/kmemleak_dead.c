// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the kernel stack of the process "pid" beyond its death, as show_stack() and a
 * read of /proc/PID/stack do for a moment, until the module is unloaded. The parameter
 * "dead" turns to Y when the scheduler has dropped its own reference to the stack.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>

static int pid;
module_param(pid, int, 0);

/* Address of put_task_stack(), which is not exported; 0 where it does nothing. */
static unsigned long put;
module_param(put, ulong, 0);

static struct task_struct *task;

static bool is_dead(void)
{
	if (READ_ONCE(task->__state) != TASK_DEAD)
		return false;
#ifdef CONFIG_THREAD_INFO_IN_TASK
	return refcount_read(&task->stack_refcount) == 1;
#else
	return true;
#endif
}

static int dead_get(char *buffer, const struct kernel_param *param)
{
	return sprintf(buffer, "%c\n", task && is_dead() ? 'Y' : 'N');
}

static const struct kernel_param_ops dead_ops = {
	.get = dead_get,
};
module_param_cb(dead, &dead_ops, NULL, 0444);

static int __init kmemleak_dead_init(void)
{
	struct pid *who = find_get_pid(pid);

	task = get_pid_task(who, PIDTYPE_PID);
	put_pid(who);
	if (!task)
		return -ESRCH;
	if (IS_ENABLED(CONFIG_THREAD_INFO_IN_TASK) && !put) {
		put_task_struct(task);
		return -EINVAL;
	}
	if (!try_get_task_stack(task)) {
		put_task_struct(task);
		return -ESRCH;
	}
	return 0;
}

static void __exit kmemleak_dead_exit(void)
{
	void (*put_stack)(struct task_struct *task) = (void *)put;

	if (put_stack)
		put_stack(task);
	put_task_struct(task);
}

module_init(kmemleak_dead_init);
module_exit(kmemleak_dead_exit);
MODULE_DESCRIPTION("Keep the stack of a process that dies");
MODULE_LICENSE("GPL");
