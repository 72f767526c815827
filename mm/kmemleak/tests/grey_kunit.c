// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of addresses on the grey stack whose object is gone by the time they are read.
 * The test changes a slab's table as if another, larger slab were there. If memory is
 * read that should not be, an object that nothing else refers to gets marked.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../../slab.h"
#include "../kmemleak.h"
#include "../store/directory.h"
#include "../store/slab.h"
#include "../store/slot.h"
#include "../mark/grey.h"
#include "../mark/marker.h"
#include "../mark/pass.h"
#include "../scan.h"

#define MEMORY_BYTES	(4 * PAGE_SIZE)

/**
 * struct stale_case - a grey address in a slab that replaced another one
 * @name: name of the case
 * @base: where the first object of the new slab begins, as an offset in the memory
 * @size: size of the object; the slab has only one
 * @stride: distance to where the next object would be
 * @grey: offset of the grey address
 * @pointer: offset of the only reference to the victim
 * @unmapped: offset of a page that is unmapped, if the kernel can do that; or 0
 * @read: should the reference be read?
 */
struct stale_case {
	const char *name;
	unsigned long base;
	unsigned long size;
	unsigned long stride;
	unsigned long grey;
	unsigned long pointer;
	unsigned long unmapped;
	bool read;
};

static const struct stale_case stale_cases[] = {
	{ .name = "an object", .base = PAGE_SIZE, .size = 512, .stride = 512,
	  .grey = PAGE_SIZE, .pointer = PAGE_SIZE + 504, .read = true },
	{ .name = "a large object", .base = 0, .size = 2 * PAGE_SIZE,
	  .stride = 2 * PAGE_SIZE, .grey = 0, .pointer = PAGE_SIZE + 64, .read = true },
	{ .name = "the second half of the last object", .base = PAGE_SIZE - 1024,
	  .size = 1024, .stride = 1024, .grey = PAGE_SIZE - 512,
	  .pointer = PAGE_SIZE + 64 },
	{ .name = "the last page of a large object", .base = 0, .size = 2 * PAGE_SIZE,
	  .stride = 2 * PAGE_SIZE, .grey = PAGE_SIZE, .pointer = 2 * PAGE_SIZE + 64 },
	{ .name = "the gap behind an object", .base = 0, .size = 96, .stride = 128,
	  .grey = 104, .pointer = 136 },
	{ .name = "before the first object", .base = 256, .size = 96, .stride = 128,
	  .grey = 240, .pointer = 264 },
	{ .name = "behind the last object", .base = 0, .size = 96, .stride = 128,
	  .grey = 128, .pointer = 136 },
	{ .name = "the last object, a hole behind", .base = PAGE_SIZE - 1024,
	  .size = 1024, .stride = 1024, .grey = PAGE_SIZE - 512, .unmapped = PAGE_SIZE },
	{ .name = "a large object, a hole behind", .base = 0, .size = 2 * PAGE_SIZE,
	  .stride = 2 * PAGE_SIZE, .grey = PAGE_SIZE, .unmapped = 2 * PAGE_SIZE },
};

static void stale_case_name(const struct stale_case *stale, char *name)
{
	strscpy(name, stale->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(stale_cases, stale_cases, stale_case_name);

/**
 * struct grey_fixture - objects and result of a test
 * @memory_cache: cache with @memory as its only object
 * @victim_cache: cache of @victim
 * @memory: some pages
 * @victim: a small object
 * @stale: the case
 * @m: a pass
 * @err: error if the pass could not begin
 * @marked: the pass has marked @victim
 */
struct grey_fixture {
	struct kmem_cache *memory_cache;
	struct kmem_cache *victim_cache;
	void *memory;
	void *victim;
	const struct stale_case *stale;
	struct marker m;
	int err;
	bool marked;
};

/* For functions called by scan_exclusive(). */
static struct grey_fixture *fixture;

static bool never_called_off(struct task_struct *scanner)
{
	return false;
}

static unsigned long *victim_marks(unsigned long *index)
{
	unsigned long addr = (unsigned long)fixture->victim;
	struct slab_table *table = slab_table_of(addr);

	*index = slab_index(table, addr);
	return slab_marks(table);
}

static void victim_whiten(void)
{
	unsigned long index, *marks = victim_marks(&index);

	clear_bit(index, marks);
}

static bool victim_is_marked(void)
{
	unsigned long index, *marks = victim_marks(&index);

	return test_bit(index, marks);
}

static int pass_begin(void)
{
	struct marker *m = &fixture->m;
	int err;

	m->scanner = current;
	m->called_off = never_called_off;
	err = mark_open(m, 1);
	if (err)
		return err;
	err = mark_begin(m, (u32)jiffies);
	if (err)
		mark_close(m);
	return err;
}

static void pass_end(void)
{
	mark_end(&fixture->m);
	mark_close(&fixture->m);
}

/* Make the table describe the slab of the case, with an object in use. */
static void table_change(struct slab_table *table)
{
	const struct stale_case *stale = fixture->stale;

	table->base = (unsigned long)fixture->memory + stale->base;
	table->object_size = stale->size;
	table->stride = stale->stride;
	table->recip = slab_recip(stale->stride);
	table->count = 1;
	table->slots[0].state = OBJ_LIVE;
}

static void stale_drain(void)
{
	const struct stale_case *stale = fixture->stale;
	unsigned long addr = (unsigned long)fixture->memory;
	struct slab_table *table = slab_table_of(addr), was = *table;
	struct slot slot = table->slots[0];
	struct page *hole = virt_to_page(fixture->memory + stale->unmapped);

	fixture->err = pass_begin();
	if (fixture->err)
		return;
	table_change(table);
	if (stale->unmapped)
		debug_pagealloc_unmap_pages(hole, 1);
	victim_whiten();
	grey_push(fixture->m.worker[0], addr + stale->grey);
	mark_drain(&fixture->m);
	fixture->marked = victim_is_marked();
	if (stale->unmapped)
		debug_pagealloc_map_pages(hole, 1);
	table->base = was.base;
	table->object_size = was.object_size;
	table->stride = was.stride;
	table->recip = was.recip;
	table->count = was.count;
	table->slots[0] = slot;
	pass_end();
}

static void grey_stale(struct kunit *test)
{
	const struct stale_case *stale = test->param_value;

	if (stale->unmapped && !debug_pagealloc_enabled_static())
		kunit_skip(test, "the kernel cannot unmap a page");
	fixture->stale = stale;
	if (!stale->unmapped)
		*(void **)(fixture->memory + stale->pointer) = fixture->victim;
	KUNIT_ASSERT_EQ(test, scan_exclusive(stale_drain), 0);
	KUNIT_ASSERT_EQ(test, fixture->err, 0);
	KUNIT_EXPECT_EQ(test, fixture->marked, stale->read);
}

/* End a pass with more entries than fit on the stack, then begin another one. */
static void forget_drain(void)
{
	unsigned int i;

	fixture->err = pass_begin();
	if (fixture->err)
		return;
	victim_whiten();
	for (i = 0; i <= GREY_ROOM; i++)
		grey_push(fixture->m.worker[0], (unsigned long)fixture->memory);
	mark_end(&fixture->m);
	fixture->err = mark_begin(&fixture->m, (u32)jiffies);
	if (!fixture->err) {
		mark_drain(&fixture->m);
		fixture->marked = victim_is_marked();
		mark_end(&fixture->m);
	}
	mark_close(&fixture->m);
}

static void grey_forgotten(struct kunit *test)
{
	*(void **)fixture->memory = fixture->victim;
	KUNIT_ASSERT_EQ(test, scan_exclusive(forget_drain), 0);
	KUNIT_ASSERT_EQ(test, fixture->err, 0);
	KUNIT_EXPECT_FALSE(test, fixture->marked);
}

static int grey_init(struct kunit *test)
{
	if (!kmemleak_is_on())
		kunit_skip(test, "the detector is off");
	fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture);
	test->priv = fixture;
	fixture->memory_cache = kmem_cache_create("kmemleak_kunit_memory", MEMORY_BYTES,
						  PAGE_SIZE, SLAB_NO_MERGE, NULL);
	fixture->victim_cache = kmem_cache_create("kmemleak_kunit_victim", 64, 0,
						  SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->memory_cache);
	KUNIT_ASSERT_NOT_NULL(test, fixture->victim_cache);
	/* kmem_cache_create() does not take this flag. */
	fixture->memory_cache->flags |= SLAB_SKIP_KFENCE;
	fixture->victim_cache->flags |= SLAB_SKIP_KFENCE;
	fixture->memory = kmem_cache_zalloc(fixture->memory_cache, GFP_KERNEL);
	fixture->victim = kmem_cache_zalloc(fixture->victim_cache, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fixture->memory);
	KUNIT_ASSERT_NOT_NULL(test, fixture->victim);
	KUNIT_ASSERT_NOT_NULL(test, slab_table_of((unsigned long)fixture->memory));
	KUNIT_ASSERT_NOT_NULL(test, slab_table_of((unsigned long)fixture->victim));
	return 0;
}

static void grey_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	if (fixture->memory)
		kmem_cache_free(fixture->memory_cache, fixture->memory);
	if (fixture->victim)
		kmem_cache_free(fixture->victim_cache, fixture->victim);
	kmem_cache_destroy(fixture->memory_cache);
	kmem_cache_destroy(fixture->victim_cache);
	fixture = NULL;
}

static struct kunit_case grey_cases[] = {
	KUNIT_CASE_PARAM(grey_stale, stale_cases_gen_params),
	KUNIT_CASE(grey_forgotten),
	{}
};

static struct kunit_suite grey_suite = {
	.name = "kmemleak_grey",
	.init = grey_init,
	.exit = grey_exit,
	.test_cases = grey_cases,
};

kunit_test_suite(grey_suite);
