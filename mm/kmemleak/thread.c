// SPDX-License-Identifier: GPL-2.0
/*
 * The thread that scans periodically.
 *
 * Invariant: thread_mutex guards the thread and its period. No lock of the detector is
 * held when it is taken, and it is held across a scan only to wait for one that was
 * told to end. The thread does not wait for the scans of others (scan.c), so that takes
 * no longer than the thread's own scan needs to notice.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/wait.h>

#include "kmemleak.h"
#include "scan.h"
#include "thread.h"

#define FIRST_SCAN_SECONDS	60
#define DEFAULT_PERIOD_SECONDS	600
#define GIVEN_WAY_SECONDS	10U

static DEFINE_MUTEX(thread_mutex);
static struct task_struct *scanner_thread;
static unsigned int period_seconds = DEFAULT_PERIOD_SECONDS;

/* Sleep until the next scan is due. Returns false if the thread should exit. */
static bool thread_wait(unsigned int seconds)
{
	static DECLARE_WAIT_QUEUE_HEAD(told_to_stop);

	/* kthread_stop() wakes the thread itself. */
	return !wait_event_idle_timeout(told_to_stop, kthread_should_stop(),
					(unsigned long)seconds * HZ);
}

static int scan_thread_main(void *unused)
{
	static bool first = IS_ENABLED(CONFIG_DEBUG_KMEMLEAK_AUTO_SCAN);
	unsigned int pause;

	/*
	 * Not SCHED_IDLE: the thread may be preempted inside an RCU read-side section. Beside
	 * tens of runnable tasks it would not run again for so long that grace periods stall.
	 */
	set_user_nice(current, MAX_NICE);
	if (first) {
		first = false;
		if (!thread_wait(FIRST_SCAN_SECONDS))
			return 0;
	}
	do {
		pause = READ_ONCE(period_seconds);
		/* Make up soon for a scan that gave way to a user. */
		if (kmemleak_scan(SCAN_AUTO) == -EINTR)
			pause = min(pause, GIVEN_WAY_SECONDS);
	} while (thread_wait(pause));
	return 0;
}

static int thread_start_locked(void)
{
	struct task_struct *thread;

	if (scanner_thread)
		return 0;
	if (!kmemleak_is_on())
		return -EPERM;
	thread = kthread_run(scan_thread_main, NULL, "kmemleak");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	scanner_thread = thread;
	return 0;
}

static void thread_stop_locked(void)
{
	if (scanner_thread)
		kthread_stop(scanner_thread);
	scanner_thread = NULL;
}

/**
 * scan_thread_start() - start scanning in the background
 *
 * Uses the period that was set last, or the default if that was 0.
 *
 * Return: 0 or a negative errno.
 */
int scan_thread_start(void)
{
	int err;

	mutex_lock(&thread_mutex);
	if (!period_seconds)
		WRITE_ONCE(period_seconds, DEFAULT_PERIOD_SECONDS);
	err = thread_start_locked();
	mutex_unlock(&thread_mutex);
	return err;
}

/**
 * scan_thread_stop() - stop scanning in the background
 *
 * Waits for a background scan, which ends early.
 *
 * Return: 0.
 */
int scan_thread_stop(void)
{
	mutex_lock(&thread_mutex);
	thread_stop_locked();
	mutex_unlock(&thread_mutex);
	return 0;
}

/**
 * scan_set_period() - set the interval between background scans
 * @seconds: from the end of a scan to the next; 0 stops the thread
 *
 * Return: 0 or a negative errno.
 */
int scan_set_period(unsigned int seconds)
{
	int err = 0;

	if (seconds > MAX_SCHEDULE_TIMEOUT / HZ)
		return -EINVAL;
	mutex_lock(&thread_mutex);
	thread_stop_locked();
	WRITE_ONCE(period_seconds, seconds);
	if (seconds)
		err = thread_start_locked();
	mutex_unlock(&thread_mutex);
	return err;
}
