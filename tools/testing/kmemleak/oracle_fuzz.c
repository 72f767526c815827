// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target for the detector. The input is a program of four-byte instructions,
 * each a call of its API or a store to memory. After every scan what is reported is
 * compared with what the oracle says is leaked: nothing may be missing and nothing be
 * there in addition. At the end, all is freed, and nothing may be left in the detector.
 *
 * A failure prints the calls in words.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/percpu.h>

#include "kmemleak.h"
#include "store/directory.h"
#include "store/stats.h"
#include "report/leaks.h"
#include "scan.h"

#include "memory.h"
#include "oracle.h"
#include "outside.h"
#include "sim.h"

#define INSTRUCTION	4
/* Calls in one input, at most. */
#define CALLS		400

/* The upper half of the roots has the vm_structs of all areas, as the kernel has. */
#define FREE_ROOTS	(SIM_ROOTS / 2)

static struct kmem_cache *caches[10];
static long baseline;
static bool shortage;

/* ---- What has been done ---- */

static char story[CALLS * 80];
static size_t story_size;

static __printf(1, 2) void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (getenv("ORACLE_TELL"))
		vfprintf(stderr, format, args);
	else if (story_size + 80 < sizeof(story))
		story_size += vsnprintf(story + story_size, 79, format, args);
	va_end(args);
}

static int number(const struct oracle_object *o)
{
	return o - oracle_objects;
}

static void fail(const char *why)
{
	fprintf(stderr, "%s%s\n", story, why);
	abort();
}

static void fail_at(const char *why, unsigned long addr)
{
	const struct oracle_object *o;

	for (o = oracle_objects; o < oracle_objects + ORACLE_OBJECTS; o++)
		if (o->kind && addr - o->start < o->size)
			fprintf(stderr, "%d: kind %d, 0x%lx, %zu bytes, %u of %u references\n",
				number(o), o->kind, o->start, o->size, o->count, o->min_count);
	tell("0x%lx ", addr);
	fail(why);
}

/* ---- Objects ---- */

/* What was allocated last. */
static struct oracle_object *newest;

static struct oracle_object *object_new(enum oracle_kind kind, void *memory, size_t size,
					unsigned int min_count)
{
	struct oracle_object *o = oracle_objects;

	while (o->kind)
		if (++o == oracle_objects + ORACLE_OBJECTS)
			fail("the test has no room for objects");
	*o = (struct oracle_object) {
		.kind = kind, .tracked = true, .start = (unsigned long)memory,
		.size = size, .min_count = min_count, .memory = memory,
		.parent = -1, .described = -1, .root = !min_count,
	};
	newest = o;
	return o;
}

/* The nth of those in use, around and around; %NULL if there is none. */
static struct oracle_object *object_pick(unsigned int nth)
{
	unsigned int i, nr = 0;

	for (i = 0; i < ORACLE_OBJECTS; i++)
		nr += !!oracle_objects[i].kind;
	if (!nr)
		return NULL;
	nth %= nr;
	for (i = 0; ; i++)
		if (oracle_objects[i].kind && !nth--)
			return &oracle_objects[i];
}

static bool room_for(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < ORACLE_OBJECTS; i++)
		nr -= nr && !oracle_objects[i].kind;
	return !nr;
}

/* An object that was just allocated is tracked if its slab has a table. */
static struct oracle_object *slab_object_new(struct kmem_cache *cache, void *memory)
{
	struct oracle_object *o = object_new(ORACLE_SLAB, memory, cache->object_size, 1);

	o->tracked = !(cache->flags & SLAB_NOLEAKTRACE) && slab_table_of(o->start);
	return o;
}

static void do_slab_alloc(unsigned int which)
{
	struct kmem_cache *cache = caches[which % ARRAY_SIZE(caches)];
	void *memory = sim_alloc(cache);

	if (memory)
		tell("%d = alloc(%s)%s\n", number(slab_object_new(cache, memory)), cache->name,
		     slab_table_of((unsigned long)memory) ? "" : " untracked");
}

static void do_large_alloc(unsigned int size)
{
	void *memory = sim_large_alloc(size);

	if (memory)
		tell("%d = large(%u)\n",
		     number(object_new(ORACLE_LARGE, memory, size, 1)), size);
}

static void do_phys_alloc(unsigned int nr)
{
	void *memory = sim_pages_alloc(nr);

	if (!memory)
		return;
	kmemleak_alloc_phys(__pa(memory), nr * PAGE_SIZE, GFP_KERNEL);
	memset(memory, 0, nr * PAGE_SIZE);
	tell("%d = phys(%u pages)\n",
	     number(object_new(ORACLE_PHYS, memory, nr * PAGE_SIZE, 0)), nr);
}

static void do_vmalloc(unsigned int nr)
{
	char *memory = sim_vmalloc(nr * PAGE_SIZE);
	struct oracle_object *area, *description;
	unsigned int i;

	if (!memory)
		return;
	description = slab_object_new(sim_area_cache(), sim_area_of(memory));
	area = object_new(ORACLE_VMALLOC, memory, nr * PAGE_SIZE, 2 + description->tracked);
	description->described = number(area);
	area->parent = number(description);
	for (i = FREE_ROOTS; sim_roots[i]; i++)
		if (i == SIM_ROOTS - 1)
			fail("the test has no room for areas");
	sim_roots[i] = description->start;
	tell("%d = vmalloc(%u pages), described by %d\n", number(area), nr,
	     number(description));
}

static void do_percpu_alloc(unsigned int size)
{
	void *memory = sim_percpu_alloc(size);

	if (memory)
		tell("%d = percpu(%u)\n",
		     number(object_new(ORACLE_PERCPU, memory, size, 1)), size);
}

/*
 * A part of an object, registered as one of its own. It may begin where an object does
 * that the detector does not know.
 */
static void do_inner_alloc(struct oracle_object *parent, unsigned int at, int min_count)
{
	struct oracle_object *o;
	unsigned long start;
	size_t size;

	if (!parent || parent->size < 64 || parent->kind == ORACLE_PERCPU ||
	    parent->kind == ORACLE_INNER)
		return;
	start = parent->start + 16 + at % (parent->size / 2 - 16) / 8 * 8;
	if (parent->kind == ORACLE_SLAB && at % 8 == 7 && !slab_table_of(parent->start))
		start = parent->start;
	size = parent->size / 4;
	for (o = oracle_objects; o < oracle_objects + ORACLE_OBJECTS; o++)
		if (o->kind == ORACLE_INNER && o->start < start + size &&
		    start < o->start + o->size)
			return;
	kmemleak_alloc((void *)start, size, min_count, GFP_KERNEL);
	o = object_new(ORACLE_INNER, (void *)start, size, max(min_count, 0));
	o->ignore = min_count < 0;
	o->root = !min_count;
	o->parent = number(parent);
	tell("%d = part of %d: %zu bytes at %lu, min_count %d\n", number(o), o->parent, size,
	     start - parent->start, min_count);
}

static void do_free(struct oracle_object *o);

static void area_free(struct oracle_object *area)
{
	unsigned int i;

	for (i = FREE_ROOTS; i < SIM_ROOTS; i++)
		if (sim_roots[i] == oracle_objects[area->parent].start)
			WRITE_ONCE(sim_roots[i], 0);
	oracle_objects[area->parent].kind = ORACLE_FREE;
	sim_vfree(area->memory);
}

/* A part that begins where the whole does: it goes with that. */
static struct oracle_object *first_part(const struct oracle_object *whole)
{
	struct oracle_object *o;

	for (o = oracle_objects; o < oracle_objects + ORACLE_OBJECTS; o++)
		if (o->kind == ORACLE_INNER && o->parent == number(whole) &&
		    o->start == whole->start)
			return o;
	return NULL;
}

/* Of a cache that is not traced, the detector is not told what is freed. */
static bool is_traced(const struct oracle_object *o)
{
	return !(virt_to_slab(o->memory)->slab_cache->flags & SLAB_NOLEAKTRACE);
}

static void part_free(struct oracle_object *part)
{
	const struct oracle_object *whole = &oracle_objects[part->parent];

	if (part != first_part(whole) || !is_traced(whole)) {
		do_free(part);
		return;
	}
	tell("%d goes with %d\n", number(part), part->parent);
	part->kind = ORACLE_FREE;
}

/* Others are pieces of the same memory. */
static bool shares_memory(const struct oracle_object *o)
{
	const struct oracle_object *other;

	for (other = oracle_objects; other < oracle_objects + ORACLE_OBJECTS; other++)
		if (other != o && other->kind == o->kind && other->memory == o->memory)
			return true;
	return false;
}

static void do_free(struct oracle_object *o)
{
	enum oracle_kind kind = o->kind;
	unsigned int i;

	/* What describes an area goes with that. */
	if (o->described >= 0) {
		do_free(&oracle_objects[o->described]);
		return;
	}
	/* Parts first, and those of its description, if it is an area. */
	for (i = 0; i < ORACLE_OBJECTS; i++)
		if (oracle_objects[i].kind == ORACLE_INNER &&
		    (oracle_objects[i].parent == number(o) ||
		     (kind == ORACLE_VMALLOC && oracle_objects[i].parent == o->parent)))
			part_free(&oracle_objects[i]);
	tell("free(%d)\n", number(o));
	switch (kind) {
	case ORACLE_SLAB:
		sim_free(o->memory);
		break;
	case ORACLE_VMALLOC:
		area_free(o);
		break;
	case ORACLE_PERCPU:
		sim_percpu_free(o->memory);
		break;
	case ORACLE_LARGE:
	case ORACLE_PHYS:
		if (kind == ORACLE_LARGE)
			kmemleak_free((void *)o->start);
		else
			kmemleak_free_part_phys(__pa(o->start), o->size);
		if (!shares_memory(o))
			sim_pages_free(o->memory);
		break;
	default:
		kmemleak_free((void *)o->start);
	}
	o->kind = ORACLE_FREE;
}

/* A part in the middle of pages goes: what is left are two objects. */
static void do_free_part(struct oracle_object *o, unsigned int at, unsigned int size)
{
	unsigned long start, end;
	struct oracle_object *rest;
	unsigned int i;

	if (!o || (o->kind != ORACLE_LARGE && o->kind != ORACLE_PHYS) || !room_for(1))
		return;
	for (i = 0; i < ORACLE_OBJECTS; i++)
		if (oracle_objects[i].kind == ORACLE_INNER &&
		    oracle_objects[i].parent == number(o))
			return;
	start = o->start + at * 16 % o->size / 8 * 8;
	end = min(start + (size + 1) * 32, o->start + o->size);
	/* Something is to be left that has the memory. */
	if (start == o->start && end == o->start + o->size)
		return;
	tell("free_part(%d, %lu, %lu)\n", number(o), start - o->start, end - start);
	if (o->kind == ORACLE_LARGE)
		kmemleak_free_part((void *)start, end - start);
	else
		kmemleak_free_part_phys(__pa(start), end - start);
	/* The pieces are what the whole was, but that areas are gone. */
	o->nr_areas = 0;
	if (end < o->start + o->size) {
		rest = object_new(o->kind, o->memory, 0, o->min_count);
		rest->start = end;
		rest->size = o->start + o->size - end;
		rest->root = o->root;
		rest->ignore = o->ignore;
		rest->no_scan = o->no_scan;
		rest->transient = o->transient;
		rest->scan_all = o->scan_all;
		tell("%d is the rest\n", number(rest));
	}
	o->size = start - o->start;
	if (!o->size)
		o->kind = ORACLE_FREE;
}

/* ---- Annotations ---- */

static void do_scan_area(struct oracle_object *o, unsigned int at, unsigned int size)
{
	unsigned int i, left = sim_failures;
	unsigned long start;

	if (o->nr_areas == ORACLE_AREAS || o->kind == ORACLE_PERCPU || o->kind == ORACLE_PHYS)
		return;
	start = o->start + at * 8 % o->size;
	size = min((size + 1) * 4UL, o->start + o->size - start);
	/* Which of two objects would be meant? And no word is to be read twice. */
	for (i = 0; i < ORACLE_OBJECTS; i++)
		if (oracle_objects[i].kind == ORACLE_INNER && &oracle_objects[i] != o &&
		    start - oracle_objects[i].start < oracle_objects[i].size)
			return;
	for (i = 0; i < o->nr_areas; i++)
		if (o->area[i].start < start + size &&
		    start < o->area[i].start + o->area[i].size)
			return;
	tell("scan_area(%d, %lu, %u)\n", number(o), start - o->start, size);
	kmemleak_scan_area((void *)start, size, GFP_KERNEL);
	if (!o->tracked)
		return;
	if (left != sim_failures) {
		o->scan_all = true;
		return;
	}
	o->area[o->nr_areas].start = start;
	o->area[o->nr_areas++].size = size;
}

static void do_annotate(struct oracle_object *o, unsigned int how, unsigned int at,
			unsigned int size)
{
	void *ptr;

	/* Which of two objects would be meant? */
	if (!o || o->described >= 0 || first_part(o))
		return;
	ptr = (void *)o->start;
	how %= 8;
	if (o->kind == ORACLE_PERCPU || o->kind == ORACLE_PHYS) {
		if (how > 1)
			return;
		tell("ignore(%d)\n", number(o));
		if (o->kind == ORACLE_PERCPU)
			kmemleak_ignore_percpu(ptr);
		else
			kmemleak_ignore_phys(__pa(ptr));
		o->ignore = true;
		return;
	}
	switch (how) {
	case 0:
		tell("not_leak(%d)\n", number(o));
		kmemleak_not_leak(ptr);
		o->root = true;
		break;
	case 1:
		tell("ignore(%d)\n", number(o));
		kmemleak_ignore(ptr);
		o->ignore = true;
		break;
	case 2:
		tell("no_scan(%d)\n", number(o));
		kmemleak_no_scan(ptr);
		o->no_scan = true;
		break;
	case 3:
		tell("transient_leak(%d)\n", number(o));
		kmemleak_transient_leak(ptr);
		o->transient = true;
		break;
	case 4:
		kmemleak_update_trace(ptr);
		break;
	default:
		do_scan_area(o, at, size);
	}
}

/* ---- Stores ---- */

/* What is stored, as one of several ways to refer to an object. */
static unsigned long reference(const struct oracle_object *o, unsigned int how)
{
	static const char * const way[8] = { "", " + n", " + size - 1", " + size", " - 1", " + 1" };

	tell("%d%s\n", number(o), way[how % 8] ?: "");
	switch (how % 8) {
	case 1:
		return o->start + how * 8 % o->size;
	case 2:
		return o->start + o->size - 1;
	case 3:
		return o->start + o->size;
	case 4:
		return o->start - 1;
	case 5:
		return o->start + 1 % o->size;
	default:
		return o->start;
	}
}

static unsigned long *word_of(const struct oracle_object *o, unsigned int which)
{
	size_t words = o->size / sizeof(long);
	unsigned long start = o->start;

	if (!words || o->described >= 0 || start % sizeof(long))
		return NULL;
	if (o->kind == ORACLE_PERCPU)
		start = (unsigned long)per_cpu_ptr((char *)start, which % nr_cpu_ids);
	tell("%d[%zu] = ", number(o), which % words);
	return (unsigned long *)start + which % words;
}

static void do_store(const struct oracle_object *from, const struct oracle_object *to,
		     unsigned int which, unsigned int how)
{
	unsigned long *word;

	if (!to)
		return;
	if (from) {
		word = word_of(from, which);
		if (!word)
			return;
	} else {
		word = &sim_roots[which % FREE_ROOTS];
		tell("root[%u] = ", which % FREE_ROOTS);
	}
	WRITE_ONCE(*word, reference(to, how));
}

static void do_erase(const struct oracle_object *from, unsigned int which)
{
	unsigned long *word = from ? word_of(from, which) : NULL;

	if (!word) {
		word = &sim_roots[which % FREE_ROOTS];
		tell("root[%u] = ", which % FREE_ROOTS);
	}
	tell("NULL\n");
	kmemleak_erase((void **)word);
}

/* ---- Scans ---- */

static struct oracle_object *object_at(enum range_space space, unsigned long addr)
{
	struct oracle_object *o;
	enum range_space own;

	for (o = oracle_objects; o < oracle_objects + ORACLE_OBJECTS; o++) {
		own = o->kind == ORACLE_PERCPU ? RANGE_PERCPU : RANGE_VIRT;
		if (o->kind && o->leaked && o->start == addr && own == space)
			return o;
	}
	return NULL;
}

static void compare(void)
{
	struct report_cursor cursor = {};
	static bool reported[ORACLE_OBJECTS];
	struct oracle_object *o;

	memset(reported, 0, sizeof(reported));
	while (report_next_leak(&cursor)) {
		o = object_at(cursor.in_ranges ? cursor.space : RANGE_VIRT, cursor.shown);
		if (!o)
			fail_at("is reported and no leak", cursor.shown);
		reported[number(o)] = true;
	}
	for (o = oracle_objects; o < oracle_objects + ORACLE_OBJECTS; o++)
		if (o->kind && o->tracked && o->leaked && !reported[number(o)])
			fail_at("is leaked and not reported", o->start);
}

static void do_scan(void)
{
	struct oracle_object *o;
	int err;

	tell("scan\n");
	/* Without a snapshot there is no scan, and that is right. */
	sim_failures = 0;
	oracle_search();
	err = kmemleak_scan(SCAN_EXPLICIT);
	if (err)
		fail("the scan fails");
	compare();
	for (o = oracle_objects; o < oracle_objects + ORACLE_OBJECTS; o++)
		o->transient = false;
	rcu_barrier();
}

static void do_clear(void)
{
	struct report_cursor cursor = {};
	struct oracle_object *o;

	tell("clear\n");
	while (report_next_leak(&cursor)) {
		o = object_at(cursor.in_ranges ? cursor.space : RANGE_VIRT, cursor.shown);
		if (o && !o->ignore)
			o->root = true;
	}
	scan_clear();
}

/* ---- Programs ---- */

/* Mostly, somebody keeps the address of what was allocated. */
static void keep(const u8 *op)
{
	if (!newest || op[2] % 4 == 3)
		return;
	do_store(op[2] % 4 ? object_pick(op[3]) : NULL, newest, op[2] / 4, 0);
}

static void step(const u8 *op)
{
	struct oracle_object *o = object_pick(op[1]);

	newest = NULL;
	/* What failed is tried again in a later tick. */
	WRITE_ONCE(sim_jiffies, sim_jiffies + 2);
	switch (op[0] % 24) {
	case 0 ... 3:
		do_slab_alloc(op[1]);
		break;
	case 4:
		do_large_alloc(1 + op[1] * 40);
		break;
	case 5:
		do_vmalloc(1 + op[1] % 3);
		break;
	case 6:
		do_percpu_alloc(8 + op[1]);
		break;
	case 7:
		do_phys_alloc(1 + op[1] % 2);
		break;
	case 8:
		do_inner_alloc(o, op[2], (int)(op[3] % 4) - 1);
		break;
	case 9 ... 12:
		do_store(o, object_pick(op[2]), op[3], op[3] >> 5);
		break;
	case 13 ... 14:
		do_store(NULL, object_pick(op[2]), op[3], op[1]);
		break;
	case 15:
		do_erase(op[3] & 1 ? o : NULL, op[2]);
		break;
	case 16 ... 17:
		if (o)
			do_free(o);
		break;
	case 18 ... 20:
		do_annotate(o, op[2], op[2] / 6, op[3]);
		break;
	case 21:
		do_free_part(o, op[2], op[3]);
		break;
	case 22:
		if (op[1] % 4)
			do_scan();
		else
			do_clear();
		break;
	default:
		if (shortage) {
			tell("the next %u allocations of the detector fail\n", op[1] % 3);
			sim_failures = op[1] % 3;
		}
	}
	keep(op);
}

static void free_all(void)
{
	unsigned int i;

	memset(sim_roots, 0, sizeof(sim_roots));
	for (i = 0; i < ORACLE_OBJECTS; i++)
		if (oracle_objects[i].kind)
			do_free(&oracle_objects[i]);
	rcu_barrier();
	sim_failures = 0;
	if (sim_metadata_live() != baseline)
		fail("the detector keeps something of what was freed");
}

static void check_complaints(void)
{
	enum kmemleak_stat stat;

	for (stat = STAT_BAD_FREE; stat <= STAT_BAD_OBJECT; stat++) {
		if (!stat_get(stat))
			continue;
		tell("%s: ", stat_name(stat));
		fail("the detector complains");
	}
}

static void begin(void)
{
	static const struct {
		const char *name;
		unsigned int size;
		unsigned int pad;
		slab_flags_t flags;
	} kinds[ARRAY_SIZE(caches)] = {
		{ "8", 8, 0, 0 }, { "24", 24, 0, 0 }, { "30", 30, 0, 0 }, { "64", 64, 0, 0 },
		{ "red-zones", 100, 16, 0 },
		{ "by-rcu", 200, 0, SLAB_TYPESAFE_BY_RCU },
		{ "1000", 1000, 0, 0 }, { "4096", 4096, 0, 0 },
		{ "red-zones-5000", 5000, 64, 0 }, { "not-traced", 64, 0, SLAB_NOLEAKTRACE },
	};
	unsigned int i;

	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	*sim_param_min_age_ms = 0;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		caches[i] = sim_cache_new(kinds[i].name, kinds[i].size, kinds[i].pad,
					  kinds[i].flags);
	baseline = sim_metadata_live();
}

static void run(const u8 *program, size_t size)
{
	unsigned int calls;

	story_size = 0;
	*story = '\0';
	/* Several workers cost threads, and are seldom. */
	*sim_param_workers = program[0] % 32 ? 1 : 3;
	*sim_param_verify_passes = program[0] >> 5 & 1 ? 2 : 1;
	shortage = program[0] >> 6 & 1;
	program++, size--;
	for (calls = 0; size >= INSTRUCTION && calls < CALLS && room_for(2); calls++) {
		step(program);
		program += INSTRUCTION;
		size -= INSTRUCTION;
	}
	do_scan();
	free_all();
	check_complaints();
}

/* Programs that found a bug once are run before all others. */
static void run_known(void)
{
	/* A part of an object is registered, whose slab gets a table later. */
	static const u8 late_table[] = {
		0x40, 23, 2, 0, 0, 0, 3, 0, 0, 8, 0, 0, 2, 0, 3, 0, 0, 13, 0, 1, 0,
	};

	/* The same, but the part begins where the object does, which is freed. */
	static const u8 late_free[] = {
		0x40, 23, 2, 0, 0, 0, 3, 0, 0, 8, 0, 7, 2, 0, 3, 0, 0, 16, 0, 0, 0,
	};

	/* Nor does the part go with the object, where the cache is not traced. */
	static const u8 not_traced[] = { 0x1a, 0xa9, 0xa9, 0xc8, 0xff, 0xc8, 0xff, 0xff, 0xff };

	run(late_table, sizeof(late_table));
	run(late_free, sizeof(late_free));
	run(not_traced, sizeof(not_traced));
}

int fuzz_one(const u8 *program, size_t size)
{
	if (!size)
		return 0;
	if (!sim_linear) {
		begin();
		run_known();
	}
	run(program, size);
	return 0;
}
