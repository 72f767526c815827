// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications of scans and new leaks: tracepoints, poll() on the control file, and a
 * panic if one is wanted.
 *
 * Invariant: leaks_ever changes, under scan_mutex, only after the leaks that it counts
 * are in the report.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/poll.h>
#include <linux/stackdepot.h>
#include <linux/string_choices.h>
#include <linux/wait.h>
#include <trace/events/kmemleak.h>

#include "store/object.h"
#include "store/slot.h"
#include "store/stats.h"
#include "report/events.h"

#define CREATE_TRACE_POINTS
#include <trace/events/kmemleak.h>

/* Print new leaks to the kernel log. */
static bool kmemleak_verbose = IS_ENABLED(CONFIG_DEBUG_KMEMLEAK_VERBOSE);
module_param_named(verbose, kmemleak_verbose, bool, 0644);
MODULE_PARM_DESC(verbose, "print new leaks to the kernel log");

static bool panic_on_leak;
module_param(panic_on_leak, bool, 0644);
MODULE_PARM_DESC(panic_on_leak, "print new leaks in full and panic");

/* Pollers sleep here until there are new leaks. */
static DECLARE_WAIT_QUEUE_HEAD(leak_wait);
/* Leaks since boot; wraps. */
static unsigned int leaks_ever;
/* When the last scan ended that was not cut short. */
static u64 scan_ended;

/**
 * events_scan_begin() - report that a scan begins
 * @automatic: the background thread requested it
 */
void events_scan_begin(bool automatic)
{
	trace_scan_begin(automatic);
}

/**
 * events_leak() - report that an object was put into the report
 * @ref: the object
 *
 * Context: Inside an RCU read-side section.
 */
void events_leak(const struct object_ref *ref)
{
	depot_stack_handle_t handle = READ_ONCE(ref->slot->stack);
	unsigned long *stack = NULL;
	unsigned int nr = 0;

	if (!trace_leak_enabled())
		return;
	if (handle)
		nr = stack_depot_fetch(handle, &stack);
	trace_leak(ref->start, ref->size,
		   jiffies64_to_msecs(slot_age(ref->slot)), stack, nr);
}

/**
 * events_leaks_panic() - will new leaks end in a panic?
 *
 * Return: true if so; nothing but the kernel log can keep them then.
 */
bool events_leaks_panic(void)
{
	return READ_ONCE(panic_on_leak);
}

/**
 * events_print_leaks() - should new leaks be printed to the kernel log?
 *
 * Return: true if so.
 */
bool events_print_leaks(void)
{
	return events_leaks_panic() || READ_ONCE(kmemleak_verbose);
}

/**
 * events_scan_end() - report that a scan has ended
 * @result: its result
 *
 * Context: Sleeps; scan_mutex is held. Does not return if there are new leaks and
 * panic_on_leak is set.
 */
void events_scan_end(const struct scan_result *result)
{
	trace_scan_end(result->duration_us, result->objects, result->suspects,
		       result->leaks, result->err);
	if (!result->err)
		WRITE_ONCE(scan_ended, get_jiffies_64());
	if (!result->leaks)
		return;
	/* Scripts search the log for these very words, also where there is one leak. */
	pr_info("%lu new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n",
		result->leaks);
	if (events_leaks_panic())
		panic("kmemleak: %lu new leak%s", result->leaks,
		      str_plural(result->leaks));
	WRITE_ONCE(leaks_ever, leaks_ever + result->leaks);
	wake_up_interruptible_poll(&leak_wait, EPOLLPRI);
}

/**
 * events_leaks_ever() - get the number of leaks so far
 *
 * Return: their number since boot, which wraps; for comparison with a later one.
 */
unsigned int events_leaks_ever(void)
{
	return READ_ONCE(leaks_ever);
}

/**
 * events_last_scan() - identify the scan that the report is from
 * @age: filled in: how long ago it ended, in jiffies
 *
 * Return: its number; 0 if there was none.
 */
u64 events_last_scan(u64 *age)
{
	u64 scan = stat_get(STAT_SCANS);

	*age = scan ? get_jiffies_64() - READ_ONCE(scan_ended) : 0;
	return scan;
}

/**
 * events_poll() - wait for new leaks
 * @file: the open control file
 * @wait: as passed to poll()
 * @seen: what events_leaks_ever() returned when the reader began to read
 *
 * Return: readable, with EPOLLPRI if there have been leaks since.
 */
__poll_t events_poll(struct file *file, struct poll_table_struct *wait,
		     unsigned int seen)
{
	poll_wait(file, &leak_wait, wait);
	return EPOLLIN | EPOLLRDNORM |
	       (events_leaks_ever() != seen ? EPOLLPRI : 0);
}
