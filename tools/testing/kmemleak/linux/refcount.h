/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/refcount.h>. */
#ifndef _HARNESS_LINUX_REFCOUNT_H
#define _HARNESS_LINUX_REFCOUNT_H

#include <linux/types.h>

typedef struct {
	int refs;
} refcount_t;

static inline void refcount_set(refcount_t *ref, int refs)
{
	__atomic_store_n(&ref->refs, refs, __ATOMIC_RELAXED);
}

static inline void refcount_inc(refcount_t *ref)
{
	sim_step();
	__atomic_add_fetch(&ref->refs, 1, __ATOMIC_RELAXED);
}

static inline bool refcount_dec_and_test(refcount_t *ref)
{
	sim_step();
	return !__atomic_sub_fetch(&ref->refs, 1, __ATOMIC_ACQ_REL);
}

#endif /* _HARNESS_LINUX_REFCOUNT_H */
