// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the flags to allocate metadata with: metadata may use the same means to get
 * memory as the allocation, and no others; all other flags are dropped.
 */
#include <kunit/test.h>
#include <linux/gfp.h>

#include "../store/slot.h"

#define ALWAYS	(__GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_NOWARN)

/**
 * struct gfp_pair - flags of an allocation and of its metadata
 * @from: flags of the allocation
 * @to: flags of its metadata, except for those that are always set
 */
struct gfp_pair {
	gfp_t from;
	gfp_t to;
};

static const struct gfp_pair gfp_pairs[] = {
	/* Flags for reclaim stay. */
	{ 0, 0 },
	{ GFP_KERNEL, GFP_KERNEL },
	{ GFP_NOFS, GFP_NOFS },
	{ GFP_NOIO, GFP_NOIO },
	{ GFP_NOWAIT, __GFP_KSWAPD_RECLAIM },
	{ __GFP_DIRECT_RECLAIM, __GFP_DIRECT_RECLAIM },
	/* So does what the caller knows of its locks. The flag is 0 without lockdep. */
	{ GFP_KERNEL | __GFP_NOLOCKDEP, GFP_KERNEL | __GFP_NOLOCKDEP },
	{ GFP_NOFS | __GFP_NOLOCKDEP, GFP_NOFS | __GFP_NOLOCKDEP },
	{ GFP_ATOMIC | __GFP_NOLOCKDEP, __GFP_KSWAPD_RECLAIM | __GFP_NOLOCKDEP },
	/* Reserves are for the object only. */
	{ GFP_ATOMIC, __GFP_KSWAPD_RECLAIM },
	{ GFP_KERNEL | __GFP_HIGH, GFP_KERNEL },
	{ GFP_KERNEL | __GFP_MEMALLOC, GFP_KERNEL },
	/* Failure is handled. */
	{ GFP_KERNEL | __GFP_NOFAIL, GFP_KERNEL },
	{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL },
	/* Where the object lies, what it holds and who is charged for it. */
	{ GFP_KERNEL_ACCOUNT, GFP_KERNEL },
	{ GFP_KERNEL | __GFP_ZERO | __GFP_COMP, GFP_KERNEL },
	{ GFP_KERNEL | GFP_DMA, GFP_KERNEL },
	{ GFP_KERNEL | GFP_DMA32, GFP_KERNEL },
	{ GFP_HIGHUSER_MOVABLE, GFP_KERNEL },
	{ GFP_KERNEL | __GFP_RECLAIMABLE | __GFP_WRITE | __GFP_THISNODE, GFP_KERNEL },
};

static void memory_metadata_gfp(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gfp_pairs); i++) {
		gfp_t from = gfp_pairs[i].from;

		KUNIT_EXPECT_EQ_MSG(test, (__force u32)metadata_gfp(from),
				    (__force u32)(gfp_pairs[i].to | ALWAYS),
				    "of %pGg", &from);
	}
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(memory_metadata_gfp),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "kmemleak_memory",
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
