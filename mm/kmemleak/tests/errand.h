/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errands: functions that tests run in a thread of their own.
 *
 * The stack of a test is a root. A test therefore handles the address of an object that
 * must look leaked in an errand only. The thread exits before the scan. Between errands,
 * a test keeps nothing but the complement of the address.
 */
#ifndef _MM_KMEMLEAK_TESTS_ERRAND_H
#define _MM_KMEMLEAK_TESTS_ERRAND_H

#include <linux/completion.h>
#include <linux/time.h>
#include <linux/types.h>

#include "../store/range.h"

struct kunit;
struct kunit_suite;

/* The size of the object that one_make() allocates. */
#define INNER_SIZE	96
/* The word of an outer object, or of a page, that refers to an inner object. */
#define LINK		5
#define AGE_MS		(3600 * MSEC_PER_SEC)

/**
 * struct errand - a function call in a thread of its own
 * @run: the function
 * @address: complement of an object's address, or of a per-CPU pointer
 * @state: state of the object's slot, 0 if there is no object
 * @failed: set by @run if it finds no memory
 * @done: completed after @run
 */
struct errand {
	void (*run)(struct errand *errand);
	unsigned long address;
	u32 state;
	bool failed;
	struct completion done;
};

extern void *held_pointer;

void errand_run(struct kunit *test, struct errand *errand,
		void (*run)(struct errand *errand));
void scan_and_look(struct kunit *test, struct errand *errand,
		   void (*look)(struct errand *errand));

u32 state_of(enum range_space space, unsigned long addr);
void make_old(enum range_space space, unsigned long addr);

void one_make(struct errand *errand);
void one_look(struct errand *errand);
void one_free(struct errand *errand);

int errand_test_init(struct kunit *test);
void errand_test_exit(struct kunit *test);
int errand_suite_init(struct kunit_suite *suite);
void errand_suite_exit(struct kunit_suite *suite);

#endif /* _MM_KMEMLEAK_TESTS_ERRAND_H */
