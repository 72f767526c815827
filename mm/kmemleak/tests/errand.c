// SPDX-License-Identifier: GPL-2.0
/*
 * What several suites of tests share: errands, an object that is leaked or held, and the
 * state of the machine that a scan needs for a result without chance.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../kmemleak.h"
#include "../store/object.h"
#include "../store/range.h"
#include "../store/slot.h"
#include "../mark/roots.h"
#include "../scan.h"
#include "errand.h"

/* A root: .bss is scanned. Use WRITE_ONCE(), so that the store happens. */
void *held_pointer;

static int errand_main(void *arg)
{
	struct errand *errand = arg;

	errand->run(errand);
	complete(&errand->done);
	return 0;
}

/**
 * errand_run() - run a function in a thread of its own
 * @test: fails if there is no thread or no memory
 * @errand: argument of @run
 * @run: the function
 *
 * May sleep. Nothing of the thread is left when this returns: neither its stack nor its
 * registers.
 */
void errand_run(struct kunit *test, struct errand *errand,
		void (*run)(struct errand *errand))
{
	struct task_struct *task;

	errand->run = run;
	init_completion(&errand->done);
	task = kthread_create(errand_main, errand, "kmemleak_errand");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&errand->done);
	/* Returns once it has left its stack. */
	kthread_stop(task);
	put_task_struct(task);
	/* The registers it had go with its task_struct. */
	rcu_barrier();
	KUNIT_ASSERT_FALSE(test, errand->failed);
}

/**
 * state_of() - look up the state of an object
 * @space: of @addr
 * @addr: where the object begins
 *
 * Return: the state of the object's slot, 0 if no object begins at @addr.
 */
u32 state_of(enum range_space space, unsigned long addr)
{
	struct object_ref ref;
	u32 state = 0;

	rcu_read_lock();
	if (object_find(space, addr, &ref) && ref.start == addr)
		state = slot_state(ref.slot);
	rcu_read_unlock();
	return state;
}

/**
 * make_old() - make an object old enough for a leak, whatever the parameters say
 * @space: of @addr
 * @addr: where the object begins
 */
void make_old(enum range_space space, unsigned long addr)
{
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(space, addr, &ref) && ref.start == addr)
		ref.slot->birth = (u32)jiffies - msecs_to_jiffies(AGE_MS);
	rcu_read_unlock();
}

/**
 * one_make() - allocate an old object that only held_pointer refers to
 * @errand: the address goes there
 */
void one_make(struct errand *errand)
{
	void *object = kzalloc(INNER_SIZE, GFP_KERNEL);

	errand->failed = !object;
	make_old(RANGE_VIRT, (unsigned long)object);
	WRITE_ONCE(held_pointer, object);
	errand->address = ~(unsigned long)object;
}

/**
 * one_look() - look up the state of the errand's object
 * @errand: the state goes there
 */
void one_look(struct errand *errand)
{
	errand->state = state_of(RANGE_VIRT, ~errand->address);
}

/**
 * one_free() - free the object of one_make()
 * @errand: has its address
 */
void one_free(struct errand *errand)
{
	WRITE_ONCE(held_pointer, NULL);
	kfree((void *)~errand->address);
}

/**
 * scan_and_look() - scan, then look at an object
 * @test: fails if the scan fails or the object does not exist
 * @errand: argument of @look
 * @look: sets the state in @errand
 */
void scan_and_look(struct kunit *test, struct errand *errand,
		   void (*look)(struct errand *errand))
{
	KUNIT_ASSERT_EQ(test, kmemleak_scan(SCAN_EXPLICIT), 0);
	errand_run(test, errand, look);
	KUNIT_ASSERT_TRUE(test, errand->state & OBJ_LIVE);
}

static bool scanned_stacks = true;

/**
 * errand_test_init() - prepare a test that scans
 * @test: skipped if the detector is off
 *
 * Return: 0.
 */
int errand_test_init(struct kunit *test)
{
	if (!kmemleak_is_on())
		kunit_skip(test, "the detector is off");
	/* Free what the thread of the previous test had on its stack. */
	rcu_barrier();
	/* Do not let stale words in the gaps of live stacks decide. */
	scanned_stacks = READ_ONCE(roots_scan_stacks);
	WRITE_ONCE(roots_scan_stacks, false);
	return 0;
}

/**
 * errand_test_exit() - undo errand_test_init()
 * @test: that is over
 */
void errand_test_exit(struct kunit *test)
{
	WRITE_ONCE(roots_scan_stacks, scanned_stacks);
}

/*
 * The first address that vmalloc() hands out may be the one where modules go. The kernel's
 * data has that address as a number (execmem_info). Keep it from the tests.
 */
static void *first_vmalloc;

/**
 * errand_suite_init() - prepare a suite with tests that scan
 * @suite: that begins
 *
 * Return: 0 or -ENOMEM.
 */
int errand_suite_init(struct kunit_suite *suite)
{
	first_vmalloc = vmalloc(PAGE_SIZE);
	return first_vmalloc ? 0 : -ENOMEM;
}

/**
 * errand_suite_exit() - undo errand_suite_init()
 * @suite: that is over
 */
void errand_suite_exit(struct kunit_suite *suite)
{
	vfree(first_vmalloc);
}
