// SPDX-License-Identifier: GPL-2.0
/*
 * Reachability the slow way: each word that is read is compared with each object. The
 * rules are those of Documentation/dev-tools/kmemleak-design.rst, "Conservative, and
 * why":
 *
 * - A word refers to the object that it is an address in, wherever in it.
 * - A word that is an address in no object, but the end of one in the same slab, or of an
 *   area, refers to that.
 * - An area counts as referred to where its vm_struct is.
 * - Memory of slabs that are not recorded, or not all of them, is a root.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>

#include "store/directory.h"
#include "store/slab.h"

#include "memory.h"
#include "oracle.h"

struct oracle_object oracle_objects[ORACLE_OBJECTS];

/* The next one that the detector knows, or should. */
static struct oracle_object *tracked_from(struct oracle_object *o)
{
	while (o < oracle_objects + ORACLE_OBJECTS && !(o->kind && o->tracked))
		o++;
	return o;
}

#define for_each_object(o)						\
	for ((o) = tracked_from(oracle_objects); (o) < oracle_objects + ORACLE_OBJECTS; \
	     (o) = tracked_from((o) + 1))

static bool changed;

static bool holds(const struct oracle_object *o, unsigned long addr)
{
	return addr - o->start < o->size;
}

static void refer(struct oracle_object *o)
{
	changed = true;
	if (++o->count >= o->min_count)
		o->reached = true;
}

/* References to what the word is an address in; false if there is nothing. */
static bool refer_inside(unsigned long word)
{
	struct oracle_object *o;
	bool found = false;

	for_each_object(o) {
		if (!holds(o, word))
			continue;
		found = true;
		refer(o);
		if (o->described >= 0)
			refer(&oracle_objects[o->described]);
	}
	return found;
}

static bool same_slab(unsigned long a, unsigned long b)
{
	return virt_to_slab((void *)a) && virt_to_slab((void *)a) == virt_to_slab((void *)b);
}

static void look_at_word(unsigned long word)
{
	struct oracle_object *o;

	if (refer_inside(word))
		return;
	for_each_object(o) {
		if (word != o->start + o->size)
			continue;
		if (o->kind == ORACLE_SLAB && same_slab(o->start, word))
			refer_inside(word - 1);
		else if (is_vmalloc_addr((void *)word) && PAGE_ALIGNED(word))
			refer_inside(word - 1);
		else
			continue;
		return;
	}
}

static void look_at(unsigned long start, size_t size)
{
	const unsigned long *word = (unsigned long *)ALIGN(start, sizeof(long));

	for (; (unsigned long)(word + 1) <= start + size; word++)
		if (*word)
			look_at_word(*word);
}

/* The memory of one copy of an object, @shift bytes from where it begins. */
static void look_at_copy(const struct oracle_object *o, unsigned long shift)
{
	unsigned int i;

	if (!o->nr_areas || o->scan_all)
		look_at(o->start + shift, o->size);
	else
		for (i = 0; i < o->nr_areas; i++)
			look_at(o->area[i].start + shift, o->area[i].size);
}

static void look_at_object(const struct oracle_object *o)
{
	unsigned int cpu;

	if (o->ignore || o->no_scan)
		return;
	if (o->kind != ORACLE_PERCPU)
		look_at_copy(o, 0);
	else
		for (cpu = 0; cpu < nr_cpu_ids; cpu++)
			look_at_copy(o, (unsigned long)per_cpu_ptr((char *)0, cpu));
}

static bool tracked_in_slab(unsigned long addr)
{
	struct oracle_object *o;

	for_each_object(o)
		if (o->kind == ORACLE_SLAB && o->start == addr)
			return true;
	return false;
}

/* What the detector says it does not know is taken on trust. */
static void look_at_slab(struct slab *slab)
{
	const struct kmem_cache *cache = slab->slab_cache;
	const struct slab_table *table = slab_table_of(slab->start);
	unsigned long object = slab->start + cache->red_left_pad;
	unsigned int i;

	if (cache->flags & SLAB_NOLEAKTRACE)
		return;
	if (!table) {
		look_at(slab->start, PAGE_SIZE << cache->order);
		return;
	}
	if (!test_bit(TABLE_PARTIAL, &table->flags))
		return;
	for (i = 0; i < slab->objects; i++, object += cache->size)
		if (!tracked_in_slab(object))
			look_at(object, cache->object_size);
}

static void look_at_slabs(void)
{
	char *page = sim_linear;
	struct slab *slab;

	for (; page < sim_linear + SIM_LINEAR_BYTES; page += PAGE_SIZE) {
		if (page == sim_used_end())
			break;
		slab = virt_to_slab(page);
		if (slab && slab->start == (unsigned long)page)
			look_at_slab(slab);
	}
}

void oracle_search(void)
{
	static bool read[ORACLE_OBJECTS];
	struct oracle_object *o;

	memset(read, 0, sizeof(read));
	for_each_object(o) {
		o->count = 0;
		o->reached = o->root || o->transient;
	}
	look_at((unsigned long)sim_roots, sizeof(sim_roots));
	look_at_slabs();
	do {
		changed = false;
		for_each_object(o) {
			if (!o->reached || read[o - oracle_objects])
				continue;
			read[o - oracle_objects] = true;
			changed = true;
			look_at_object(o);
		}
	} while (changed);
	for_each_object(o)
		o->leaked = !o->reached && !o->ignore;
}
