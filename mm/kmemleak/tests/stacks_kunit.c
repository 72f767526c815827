// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the stacks that belong to CPUs: an address in their dead part is no reference,
 * and the static per-CPU variables around them are read.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <asm/kmemleak.h>
#include <asm/sections.h>

#include "../store/slot.h"
#include "errand.h"

/* Where a test puts the only address of an object, and what was there. */
static unsigned long *place, displaced;

static void place_fill(struct errand *errand)
{
	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	if (errand->failed)
		return;
	displaced = READ_ONCE(*place);
	WRITE_ONCE(*place, ~errand->address);
}

static void expect_place(struct kunit *test, unsigned long *words, bool is_read,
			 const char *what, unsigned int nr)
{
	struct errand errand = {};

	place = words + LINK;
	errand_run(test, &errand, place_fill);
	scan_and_look(test, &errand, one_look);
	WRITE_ONCE(*place, displaced);
	KUNIT_EXPECT_EQ_MSG(test, !(errand.state & OBJ_REPORTED), is_read, "%s %u", what, nr);
	errand_run(test, &errand, one_free);
}

/* Page-aligned variables lie between the stacks, all others behind them. */
struct words {
	unsigned long word[LINK + 1];
};

static DEFINE_PER_CPU_PAGE_ALIGNED(struct words, aligned_words);
static DEFINE_PER_CPU(struct words, plain_words);

static void stacks_neighbours(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_possible_mask);

	expect_place(test, per_cpu(aligned_words, cpu).word, true, "aligned, CPU", cpu);
	expect_place(test, per_cpu(plain_words, cpu).word, true, "not aligned, CPU", cpu);
}

static bool is_percpu(const void *address, int cpu)
{
#ifdef CONFIG_SMP
	address -= per_cpu_offset(cpu);
	return address >= (void *)__per_cpu_start && address < (void *)__per_cpu_end;
#else
	return false;
#endif
}

/* The lowest words of a stack are used only when it is about to overflow. */
static void stacks_of_cpu(struct kunit *test)
{
	unsigned int cpu = cpumask_last(cpu_possible_mask), nr = 0;
	unsigned long *stack;
	size_t size;

	while ((stack = kmemleak_cpu_stack(cpu, nr, &size))) {
		KUNIT_EXPECT_TRUE(test, is_percpu(stack, cpu) || is_vmalloc_addr(stack) ||
				  !IS_ENABLED(CONFIG_SMP));
		KUNIT_EXPECT_LE(test, size, (size_t)SZ_256K);
		expect_place(test, stack, false, "stack", nr++);
	}
	if (!nr)
		kunit_skip(test, "no stacks of CPUs are known");
}

/* A stack that nothing uses, by another address than kmemleak_cpu_stack() has for it. */
static void stacks_spare(struct kunit *test)
{
#ifdef kmemleak_spare_stack
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		expect_place(test, kmemleak_spare_stack(cpu), false, "CPU", cpu);
#else
	kunit_skip(test, "no such stack is known");
#endif
}

static struct kunit_case stacks_cases[] = {
	KUNIT_CASE(stacks_neighbours),
	KUNIT_CASE(stacks_of_cpu),
	KUNIT_CASE(stacks_spare),
	{}
};

static struct kunit_suite stacks_suite = {
	.name = "kmemleak_stacks",
	.suite_init = errand_suite_init,
	.suite_exit = errand_suite_exit,
	.init = errand_test_init,
	.exit = errand_test_exit,
	.test_cases = stacks_cases,
};

kunit_test_suite(stacks_suite);
