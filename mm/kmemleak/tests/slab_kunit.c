// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the side tables, on caches of unusual sizes that are not merged with others:
 * every object has a slot of its own, and no other address has one.
 */
#include <kunit/test.h>
#include <linux/kmemleak.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../slab.h"
#include "../store/directory.h"
#include "../store/object.h"
#include "../store/range.h"
#include "../store/slab.h"
#include "../store/slot.h"
#include "../store/stats.h"
#include "../trace/comm.h"

#define NR_OBJECTS	200
/* A size that no other cache in the kernel has. */
#define RARE_SIZE	1912

struct cache_kind {
	const char *name;
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
};

static const struct cache_kind cache_kinds[] = {
	{ "8", 8, 0, 0 },
	{ "24", 24, 0, 0 },
	{ "40", 40, 0, 0 },
	{ "100", 100, 0, 0 },
	{ "104 in 128", 104, 128, 0 },
	{ "520", 520, 0, 0 },
	{ "1000", 1000, 0, 0 },
	{ "3000", 3000, 0, 0 },
	{ "5000", 5000, 0, 0 },
#ifdef CONFIG_SLUB_DEBUG
	{ "72 with red zones", 72, 0, SLAB_RED_ZONE },
	{ "72 with all checks", 72, 0,
	  SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER },
#endif
};

static void cache_kind_name(const struct cache_kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(cache_kinds, cache_kinds, cache_kind_name);

/**
 * struct slab_fixture - a cache and objects of it
 * @cache: the cache
 * @object: its objects; %NULL for those that were freed
 */
struct slab_fixture {
	struct kmem_cache *cache;
	void *object[NR_OBJECTS];
};

static struct slab_fixture *fixture_make(struct kunit *test,
					 const struct cache_kind *kind,
					 unsigned int objects)
{
	struct slab_fixture *fixture;
	unsigned int i;

	fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture);
	test->priv = fixture;
	fixture->cache = kmem_cache_create("kmemleak_kunit", kind->size,
					   kind->align,
					   SLAB_NO_MERGE | kind->flags, NULL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->cache);
	/* kmem_cache_create() does not take this flag. */
	fixture->cache->flags |= SLAB_SKIP_KFENCE;
	for (i = 0; i < objects; i++) {
		fixture->object[i] = kmem_cache_alloc(fixture->cache,
						      GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, fixture->object[i]);
	}
	return fixture;
}

static void slab_exit(struct kunit *test)
{
	struct slab_fixture *fixture = test->priv;
	unsigned int i;

	if (!fixture || !fixture->cache)
		return;
	for (i = 0; i < NR_OBJECTS; i++)
		if (fixture->object[i])
			kmem_cache_free(fixture->cache, fixture->object[i]);
	kmem_cache_destroy(fixture->cache);
}

static struct slot *slot_of(void *object)
{
	struct slab_table *table = slab_table_of((unsigned long)object);

	return table ? slab_slot_of(table, (unsigned long)object) : NULL;
}

/* Does object_find() find the slab object that begins at @start? */
static bool finds(unsigned long addr, unsigned long start)
{
	struct object_ref ref;
	bool found;

	rcu_read_lock();
	found = object_find(RANGE_VIRT, addr, &ref);
	if (found)
		found = ref.start == start && ref.table;
	rcu_read_unlock();
	return found;
}

static void slab_every_object(struct kunit *test)
{
	const struct cache_kind *kind = test->param_value;
	struct slab_fixture *fixture = fixture_make(test, kind, NR_OBJECTS);
	unsigned int i, offset, wrong = 0;

	for (i = 0; i < NR_OBJECTS; i++) {
		unsigned long start = (unsigned long)fixture->object[i];
		struct slab_table *table = slab_table_of(start);
		unsigned long index;

		KUNIT_ASSERT_NOT_NULL(test, table);
		KUNIT_EXPECT_EQ(test, table->object_size, kind->size);
		index = slab_index(table, start);
		KUNIT_ASSERT_LT(test, index, (unsigned long)table->count);
		KUNIT_EXPECT_EQ(test, slab_object(table, index), start);
		for (offset = 0; offset < kind->size; offset++)
			wrong += slab_index(table, start + offset) != index ||
				 !finds(start + offset, start);
		/* The gap after an object has its index, but is not part of it. */
		for (; offset < table->stride; offset++)
			wrong += slab_index(table, start + offset) != index ||
				 finds(start + offset, start);
		wrong += finds(start - 1, start);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void slab_ends(struct kunit *test)
{
	const struct cache_kind *kind = test->param_value;
	struct slab_fixture *fixture = fixture_make(test, kind, 1);
	struct slab_table *table = slab_table_of((unsigned long)fixture->object[0]);
	unsigned long start, end, page;

	KUNIT_ASSERT_NOT_NULL(test, table);
	start = table->slab;
	end = start + (PAGE_SIZE << table->order);
	for (page = start; page < end; page += PAGE_SIZE)
		KUNIT_EXPECT_PTR_EQ(test, slab_table_of(page), table);
	KUNIT_EXPECT_PTR_EQ(test, slab_table_of(end - 1), table);
	KUNIT_EXPECT_PTR_NE(test, slab_table_of(start - 1), table);
	KUNIT_EXPECT_PTR_NE(test, slab_table_of(end), table);
	/* There is no slot before the first object or far away from it. */
	KUNIT_EXPECT_NULL(test, slab_slot_of(table, table->base - 1));
	KUNIT_EXPECT_NULL(test, slab_slot_of(table, table->base +
					     table->count * table->stride));
	KUNIT_EXPECT_NULL(test, slab_slot_of(table, 0));
	KUNIT_EXPECT_NULL(test, slab_slot_of(table, ULONG_MAX));
}

static void slab_no_table(struct kunit *test)
{
	unsigned long page = __get_free_page(GFP_KERNEL);

	KUNIT_ASSERT_NE(test, page, 0UL);
	KUNIT_EXPECT_NULL(test, slab_table_of(0));
	KUNIT_EXPECT_NULL(test, slab_table_of(1));
	KUNIT_EXPECT_NULL(test, slab_table_of((slab_dir->span.first << PAGE_SHIFT) - 1));
	KUNIT_EXPECT_NULL(test, slab_table_of((slab_dir->span.first + slab_dir->span.pages) <<
					      PAGE_SHIFT));
	KUNIT_EXPECT_NULL(test, slab_table_of(ULONG_MAX));
	KUNIT_EXPECT_NULL(test, slab_table_of(page));
	KUNIT_EXPECT_NULL(test, slab_table_of((unsigned long)cache_kinds));
	free_page(page);
}

static void slab_slot_contents(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	u32 before = (u32)jiffies;
	struct slab_fixture *fixture = fixture_make(test, &kind, 2);
	void *object = fixture->object[0];
	struct slot *slot = slot_of(object);
	struct comm comm;

	KUNIT_ASSERT_NOT_NULL(test, slot);
	KUNIT_EXPECT_EQ(test, slot_state(slot) & OBJ_FLAGS_MASK, OBJ_LIVE);
	KUNIT_EXPECT_EQ(test, slot->pid, (u32)current->pid);
	KUNIT_EXPECT_STREQ(test, comm_name(slot->state, &comm), current->comm);
	KUNIT_EXPECT_NE(test, slot->stack, 0U);
	KUNIT_EXPECT_TRUE(test, born_since(slot, before));
	KUNIT_EXPECT_LE(test, slot_age(slot), (u32)jiffies - before);

	/* The other object keeps the slab and thus the table. */
	kmem_cache_free(fixture->cache, object);
	fixture->object[0] = NULL;
	KUNIT_EXPECT_EQ(test, slot_state(slot), 0U);
	KUNIT_EXPECT_FALSE(test, finds((unsigned long)object,
				       (unsigned long)object));
	KUNIT_EXPECT_FALSE(test, slot_change(slot, OBJ_GREY, 0));
	KUNIT_EXPECT_EQ(test, slot_state(slot), 0U);
}

static void slab_bulk(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 0);
	unsigned int i, live = 0;

	KUNIT_ASSERT_TRUE(test, kmem_cache_alloc_bulk(fixture->cache, GFP_KERNEL,
						      NR_OBJECTS,
						      fixture->object));
	for (i = 0; i < NR_OBJECTS; i++)
		live += finds((unsigned long)fixture->object[i],
			      (unsigned long)fixture->object[i]);
	KUNIT_EXPECT_EQ(test, live, NR_OBJECTS);

	/* Free all but one, which keeps its slab. */
	kmem_cache_free_bulk(fixture->cache, NR_OBJECTS - 1,
			     fixture->object + 1);
	for (i = 1, live = 0; i < NR_OBJECTS; i++) {
		live += finds((unsigned long)fixture->object[i],
			      (unsigned long)fixture->object[i]);
		fixture->object[i] = NULL;
	}
	KUNIT_EXPECT_EQ(test, live, 0);
	KUNIT_EXPECT_TRUE(test, finds((unsigned long)fixture->object[0],
				      (unsigned long)fixture->object[0]));
}

static void slab_double_alloc(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 1);
	unsigned long addr = (unsigned long)fixture->object[0];
	struct slab_table *table = slab_table_of(addr);
	struct slot twice = { .pid = 4711, .state = OBJ_LIVE };
	long before = stat_get(STAT_BAD_DOUBLE);

	KUNIT_ASSERT_NOT_NULL(test, table);
	/* Not the first byte of an object: refused, and nothing changes. */
	KUNIT_EXPECT_FALSE(test, slab_alloc(table, addr + 1, &twice));
	KUNIT_EXPECT_FALSE(test, slab_alloc(table, table->base - 1, &twice));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_DOUBLE), before);
	KUNIT_EXPECT_EQ(test, slot_of((void *)addr)->pid, (u32)current->pid);

	KUNIT_EXPECT_TRUE(test, slab_alloc(table, addr, &twice));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_DOUBLE), before + 1);
	KUNIT_EXPECT_EQ(test, slot_of((void *)addr)->pid, 4711U);
}

static void slab_double_free(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 1);
	unsigned long addr = (unsigned long)fixture->object[0];
	struct slab_table *table = slab_table_of(addr);
	long before = stat_get(STAT_BAD_FREE);
	struct slot saved;

	KUNIT_ASSERT_NOT_NULL(test, table);
	saved = *slot_of((void *)addr);
	KUNIT_EXPECT_FALSE(test, slab_free(table, addr + 1));
	KUNIT_EXPECT_EQ(test, slot_state(slot_of((void *)addr)), saved.state);
	KUNIT_EXPECT_TRUE(test, slab_free(table, addr));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), before);
	slab_free(table, addr);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), before + 1);
	KUNIT_EXPECT_EQ(test, slot_state(slot_of((void *)addr)), 0U);
	slab_alloc(table, addr, &saved);
}

/*
 * The free of an address at which no object can be is counted, and changes nothing. The
 * hook is called directly: the allocator would take the address for an object.
 */
static void slab_bad_free(struct kunit *test)
{
	const struct cache_kind *kind = test->param_value;
	struct slab_fixture *fixture = fixture_make(test, kind, 1);
	unsigned long addr = (unsigned long)fixture->object[0];
	struct slab_table *table = slab_table_of(addr);
	long before = stat_get(STAT_BAD_FREE);
	unsigned long end, bad[3];
	unsigned int i, nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, table);
	end = table->slab + (PAGE_SIZE << table->order);
	/* In the red zone before the first object. */
	if (table->base > table->slab)
		bad[nr++] = table->base - sizeof(long);
	/* Behind the last object. */
	if (slab_object(table, table->count) < end) {
		bad[nr++] = slab_object(table, table->count);
		bad[nr++] = end - 1;
	}
	if (!nr)
		kunit_skip(test, "objects fill the slab");
	for (i = 0; i < nr; i++) {
		__kmemleak_slab_free((void *)bad[i]);
		KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), before + i + 1);
	}
	KUNIT_EXPECT_TRUE(test, finds(addr, addr));
}

/* A slab may have no table for lack of memory: the next allocation tries again. */
static void slab_partial_table(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 2);
	void *old = fixture->object[0], *new = fixture->object[1];
	struct slab_table *table = slab_table_of((unsigned long)old);
	long bad = stat_get(STAT_BAD_FREE);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_FALSE(test, test_bit(TABLE_PARTIAL, &table->flags));
	KUNIT_ASSERT_PTR_EQ(test, slab_table_of((unsigned long)new), table);
	slab_table_drop(table->slab);
	KUNIT_EXPECT_NULL(test, slab_table_of((unsigned long)old));
	KUNIT_EXPECT_FALSE(test, finds((unsigned long)old, (unsigned long)old));

	/* A free in a slab without a table is not an error. */
	kmem_cache_free(fixture->cache, new);
	fixture->object[1] = NULL;
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), bad);

	new = kmem_cache_alloc(fixture->cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, new);
	fixture->object[1] = new;
	KUNIT_ASSERT_PTR_EQ(test, virt_to_slab(new), virt_to_slab(old));
	table = slab_table_of((unsigned long)new);
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_PTR_EQ(test, slab_table_of((unsigned long)old), table);
	KUNIT_EXPECT_TRUE(test, test_bit(TABLE_PARTIAL, &table->flags));
	KUNIT_EXPECT_TRUE(test, finds((unsigned long)new, (unsigned long)new));
	KUNIT_EXPECT_FALSE(test, finds((unsigned long)old, (unsigned long)old));

	/* Nor is the free of an object that the table never saw. */
	kmem_cache_free(fixture->cache, old);
	fixture->object[0] = NULL;
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), bad);
}

static bool has_range(unsigned long start)
{
	struct tracked_range *range;
	bool found;

	rcu_read_lock();
	range = range_find(RANGE_VIRT, start);
	found = range && range->node.start == start;
	rcu_read_unlock();
	return found;
}

/* What is registered where an object without a slot begins goes with the object. */
static void slab_range_late_table(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 3);
	struct slab_table *table = slab_table_of((unsigned long)fixture->object[0]);
	unsigned long addr[2];
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, table);
	for (i = 1; i < 3; i++)
		if (slab_table_of((unsigned long)fixture->object[i]) != table)
			kunit_skip(test, "the objects are in two slabs");
	slab_table_drop(table->slab);
	for (i = 0; i < 2; i++) {
		addr[i] = (unsigned long)fixture->object[i];
		kmemleak_alloc(fixture->object[i], 16, 0, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, has_range(addr[i]));
	}
	/* The first one is freed while there is no table, the other one later. */
	for (i = 0; i < 2; i++) {
		kmem_cache_free(fixture->cache, fixture->object[i]);
		KUNIT_EXPECT_FALSE(test, has_range(addr[i]));
		fixture->object[i] = kmem_cache_alloc(fixture->cache, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, fixture->object[i]);
	}
}

/* What is registered amid an object goes with the slab, which has no table. */
static void slab_range_no_table(struct kunit *test)
{
	const struct cache_kind kind = { .size = 40 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 1);
	unsigned long addr = (unsigned long)fixture->object[0] + 16;
	struct slab_table *table = slab_table_of(addr);

	KUNIT_ASSERT_NOT_NULL(test, table);
	slab_table_drop(table->slab);
	kmemleak_alloc((void *)addr, 16, 0, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, has_range(addr));
	slab_exit(test);
	test->priv = NULL;
	KUNIT_EXPECT_FALSE(test, has_range(addr));
}

static void slab_make_twice(struct kunit *test)
{
	const struct cache_kind kind = { .size = 5000 };
	struct slab_fixture *fixture = fixture_make(test, &kind, 1);
	struct slab *slab = virt_to_slab(fixture->object[0]);
	struct slab_table *table = slab_table_of((unsigned long)fixture->object[0]);
	struct slot *slot = slot_of(fixture->object[0]);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_PTR_EQ(test, slab_table_make(slab, true, GFP_KERNEL),
			    table);
	KUNIT_EXPECT_FALSE(test, test_bit(TABLE_PARTIAL, &table->flags));
	KUNIT_EXPECT_PTR_EQ(test, slot_of(fixture->object[0]), slot);
	KUNIT_EXPECT_TRUE(test, slot_state(slot) & OBJ_LIVE);
}

struct table_count {
	unsigned int object_size;
	unsigned int nr;
};

static void count_table(struct slab_table *table, void *arg)
{
	struct table_count *count = arg;

	count->nr += table->object_size == count->object_size;
}

static unsigned int count_tables(unsigned int object_size)
{
	struct table_count count = { .object_size = object_size };
	unsigned long pos = 0;

	while (slab_walk(&pos, count_table, &count))
		;
	return count.nr;
}

static void slab_many(struct kunit *test)
{
	const struct cache_kind kind = { .size = RARE_SIZE };
	struct slab_fixture *fixture;
	unsigned int i, j, tables = 0, shared = 0;

	KUNIT_ASSERT_EQ(test, count_tables(RARE_SIZE), 0U);
	fixture = fixture_make(test, &kind, NR_OBJECTS);
	for (i = 0; i < NR_OBJECTS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, slot_of(fixture->object[i]));
		for (j = 0; j < i; j++)
			shared += slot_of(fixture->object[i]) ==
				  slot_of(fixture->object[j]);
	}
	KUNIT_EXPECT_EQ(test, shared, 0U);

	/* The walk finds each of their tables once. */
	for (i = 0; i < NR_OBJECTS; i++) {
		unsigned long slab;

		slab = slab_table_of((unsigned long)fixture->object[i])->slab;
		for (j = 0; j < i; j++)
			if (slab_table_of((unsigned long)fixture->object[j])->slab == slab)
				break;
		tables += j == i;
	}
	KUNIT_EXPECT_GT(test, tables, 1U);
	/* The allocator may hold slabs whose objects were never handed out. */
	KUNIT_EXPECT_GE(test, count_tables(RARE_SIZE), tables);
	KUNIT_EXPECT_LE(test, count_tables(RARE_SIZE), 2 * tables);
	KUNIT_EXPECT_GT(test, slab_metadata_bytes(),
			(long)(NR_OBJECTS * sizeof(struct slot)));

	slab_exit(test);
	test->priv = NULL;
	KUNIT_EXPECT_EQ(test, count_tables(RARE_SIZE), 0U);
}

static void slab_noleaktrace(struct kunit *test)
{
	const struct cache_kind kind = {
		.size = 40, .flags = SLAB_NOLEAKTRACE,
	};
	struct slab_fixture *fixture = fixture_make(test, &kind, 1);
	void *object = fixture->object[0];

	KUNIT_EXPECT_NULL(test, slab_table_of((unsigned long)object));
	KUNIT_EXPECT_FALSE(test, slab_leak_traced(virt_to_slab(object)));
}

static void slot_birth_wraps(struct kunit *test)
{
	struct slot slot = { .birth = 100 };

	KUNIT_EXPECT_TRUE(test, born_since(&slot, 100));
	KUNIT_EXPECT_TRUE(test, born_since(&slot, 99));
	KUNIT_EXPECT_FALSE(test, born_since(&slot, 101));
	KUNIT_EXPECT_TRUE(test, born_since(&slot, (u32)-100));
	slot.birth = (u32)-100;
	KUNIT_EXPECT_FALSE(test, born_since(&slot, 100));
}

/* Reading a report twice shows the same time of birth. */
static void slab_slot_born(struct kunit *test)
{
	static const u64 births[] = {
		0, 5, U32_MAX - 300, U32_MAX, BIT_ULL(40) + 7
	};
	static const u64 ages[] = { 0, 1, 2, 1000, U32_MAX };
	struct slot slot = {};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(births); i++) {
		slot.birth = (u32)births[i];
		for (j = 0; j < ARRAY_SIZE(ages); j++)
			KUNIT_EXPECT_EQ(test, births[i],
					slot_born(&slot, births[i] + ages[j]));
	}
}

/* ---- The directory, as on other machines ---- */

#define MACHINE_SLABS	4

/**
 * struct dir_machine - slabs in the linear map of a machine
 * @name: name of the machine
 * @slab: addresses of slabs, in the order of their creation
 * @outside: addresses in no slab: user memory, vmalloc, the kernel's image
 */
struct dir_machine {
	const char *name;
	u64 slab[MACHINE_SLABS];
	u64 outside[2];
};

static const struct dir_machine dir_machines[] = {
	{
		.name = "x86_64, 4 levels",
		.slab = { 0xffff888100000000, 0xffff888000010000, 0xffff88a000000000 },
		.outside = { 0x00007fff12345678, 0xffffffff81000000 },
	}, {
		.name = "x86_64, a node at 17 TB",
		.slab = { 0xffff888100000000, 0xffff991000000000, 0xffff990ffffff000 },
		.outside = { 0x00007fff12345678, 0xffffc90000000000 },
	}, {
		/* 52 of the 56 bits of physical addresses that the map has room for. */
		.name = "x86_64, 5 levels, 400 TB",
		.slab = { 0xff11000100000000, 0xff12900000000000, 0xff11000000001000 },
		.outside = { 0x007fffff12345678, 0xffa0000000000000 },
	}, {
		/* PAGE_OFFSET is 0xfff0000000000000, and 512 TB of 4 PB are mapped. */
		.name = "arm64, 52 bits on a CPU that has 48",
		.slab = { 0xffff000040000000, 0xffff000000001000, 0xffff00ffc0000000 },
		.outside = { 0x0000ffff12345678, 0xffff800008000000 },
	}, {
		/* memstart_addr is aligned to 1 GB at best, and may be negative. */
		.name = "arm64, a randomised map",
		.slab = { 0xffff5a4b40200000, 0xffff5a4b40000000, 0xffff5a4d3ffff000 },
		.outside = { 0x0000ffff12345678, 0xffffb00008000000 },
	}, {
		/* The node's number is in bits 44 to 47. */
		.name = "LoongArch, four nodes",
		.slab = { 0x9000000000200000, 0x9000100000000000, 0x9000300fffffc000,
			  0x9000200000004000 },
		.outside = { 0x0000007f12345678, 0x9000400000000000 + (511ULL << 40) },
	}, {
		.name = "memory added below and above",
		.slab = { 0xffff888880000000, 0xffff888040000000, 0xffff888000000000,
			  0xffff908000000000 },
		.outside = { 0x00007fff12345678, 0xffffc90000000000 },
	}, {
		/* Slabs are in low memory only: 3 GB to the fixmap. */
		.name = "32 bits with high memory",
		.slab = { 0xc0001000, 0xf7ffe000, 0xc0000000 },
		.outside = { 0x00100000, 0xbf800000 },
	}, {
		.name = "the top of the address space",
		.slab = { 0xfffffffffffff000, 0xffffffff00000000 },
		.outside = { 0, 0x00007fff12345678 },
	},
};

static void dir_machine_name(const struct dir_machine *machine, char *name)
{
	strscpy(name, machine->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(dir_machines, dir_machines, dir_machine_name);

/* Does a directory cover an address, according to the single comparison of a lookup? */
static bool dir_covers(const struct dir_span *span, u64 addr)
{
	return dir_index(span, addr) < span->pages;
}

static void dir_of_machine(struct kunit *test)
{
	const struct dir_machine *machine = test->param_value;
	struct dir_span span = {}, wider;
	unsigned int i, j;

	if (!IS_ENABLED(CONFIG_64BIT) && upper_32_bits(machine->slab[0]))
		kunit_skip(test, "these addresses have 64 bits");

	for (i = 0; i < MACHINE_SLABS && machine->slab[i]; i++) {
		unsigned long page = machine->slab[i] >> PAGE_SHIFT;

		if (!dir_covers(&span, machine->slab[i])) {
			KUNIT_ASSERT_TRUE(test, dir_widen(&span, page, &wider));
			KUNIT_EXPECT_EQ(test, wider.first % DIR_TOP_PAGES, 0UL);
			KUNIT_EXPECT_EQ(test, wider.pages % DIR_TOP_PAGES, 0UL);
			KUNIT_EXPECT_LE(test, wider.pages / DIR_TOP_PAGES, DIR_TOP_MAX);
			/* All replaced ones together are not larger than the last. */
			KUNIT_EXPECT_TRUE(test, wider.pages >= 2 * span.pages ||
					  wider.pages / DIR_TOP_PAGES == DIR_TOP_MAX);
			span = wider;
		}
		for (j = 0; j <= i; j++) {
			KUNIT_EXPECT_TRUE(test, dir_covers(&span, machine->slab[j]));
			if (j != i)
				KUNIT_EXPECT_NE(test, dir_index(&span, machine->slab[i]),
						dir_index(&span, machine->slab[j]));
		}
	}
	for (i = 0; i < ARRAY_SIZE(machine->outside); i++)
		KUNIT_EXPECT_FALSE(test, dir_covers(&span, machine->outside[i]));
}

/* A page too far from the others is refused, and the others stay covered. */
static void dir_too_far(struct kunit *test)
{
	struct dir_span span = {}, wider = {};

	if (!IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "nothing is far in 32 bits");
	KUNIT_ASSERT_TRUE(test, dir_widen(&span, 0xff11000100000000 >> PAGE_SHIFT, &wider));
	span = wider;
	KUNIT_EXPECT_FALSE(test, dir_widen(&span, 0xff21000100000000 >> PAGE_SHIFT, &wider));
	KUNIT_EXPECT_TRUE(test, dir_covers(&span, 0xff11000100000000));
	KUNIT_EXPECT_FALSE(test, dir_covers(&span, 0xff21000100000000));
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE_PARAM(slab_every_object, cache_kinds_gen_params),
	KUNIT_CASE_PARAM(slab_ends, cache_kinds_gen_params),
	KUNIT_CASE_PARAM(slab_bad_free, cache_kinds_gen_params),
	KUNIT_CASE_PARAM(dir_of_machine, dir_machines_gen_params),
	KUNIT_CASE(dir_too_far),
	KUNIT_CASE(slab_no_table),
	KUNIT_CASE(slab_slot_contents),
	KUNIT_CASE(slab_slot_born),
	KUNIT_CASE(slab_bulk),
	KUNIT_CASE(slab_double_alloc),
	KUNIT_CASE(slab_double_free),
	KUNIT_CASE(slab_partial_table),
	KUNIT_CASE(slab_range_late_table),
	KUNIT_CASE(slab_range_no_table),
	KUNIT_CASE(slab_make_twice),
	KUNIT_CASE(slab_many),
	KUNIT_CASE(slab_noleaktrace),
	KUNIT_CASE(slot_birth_wraps),
	{}
};

static struct kunit_suite slab_suite = {
	.name = "kmemleak_slab",
	.exit = slab_exit,
	.test_cases = slab_cases,
};

kunit_test_suite(slab_suite);
