// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's memory, see memory.h.
 *
 * Invariant: a hook is called where the kernel's allocators call it: that of a new slab
 * before its first object is handed out, that of an allocation by whoever gets the
 * object, those of frees before the memory is anybody else's.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/kmemleak.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "memory.h"
#include "sim.h"

#undef memset

#ifdef __SANITIZE_ADDRESS__
#define HAVE_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN	1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size)		((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size)	((void)(start), (void)(size))
#endif

#define LINEAR_PAGES	(SIM_LINEAR_BYTES / PAGE_SIZE)
#define VMALLOC_PAGES	(SIM_VMALLOC_BYTES / PAGE_SIZE)
#define NR_PAGES	(LINEAR_PAGES + VMALLOC_PAGES)

/**
 * struct page - what is known of a page
 * @used: somebody has it
 * @nr: pages that were allocated together; of the first of them
 * @slab: the slab that it is a part of
 * @own: that of which it is the first page; stays, as in the kernel, when the slab goes
 */
struct page {
	bool used;
	unsigned int nr;
	struct slab *slab;
	struct slab own;
};

/* The linear memory, then that of vmalloc(). */
static struct page *pages;
static DEFINE_RAW_SPINLOCK(pages_lock);

char *sim_linear, *sim_vmalloc_start;
static char *percpu;
unsigned long max_low_pfn = LINEAR_PAGES;

unsigned int sim_failures;
static long metadata_live;

/* ---- Pages ---- */

static void *page_start(unsigned int i)
{
	return sim_linear + i * PAGE_SIZE;
}

/* %NULL if the address is nowhere in the machine's memory. */
static struct page *page_of(unsigned long addr)
{
	unsigned long i = (addr - (unsigned long)sim_linear) / PAGE_SIZE;

	return i < NR_PAGES ? &pages[i] : NULL;
}

/* Where to look for free pages of the linear memory. */
static unsigned int pages_from;

void sim_allocate_from(const char *where)
{
	pages_from = (where - sim_linear) / PAGE_SIZE;
}

/* First pages that are free, between @first and @end, with as many free ones behind. */
static unsigned int pages_find(unsigned int first, unsigned int end, unsigned int nr,
			       unsigned int align, unsigned int guard)
{
	unsigned int i, n;

	for (i = first; i + nr + guard <= end; i = ALIGN(i + n + 1, align)) {
		for (n = 0; n < nr + guard; n++)
			if (pages[i + n].used)
				break;
		if (n == nr + guard)
			return i;
	}
	return NR_PAGES;
}

static unsigned int used_end;

/* Of each SIM_PART_PAGES pages of the linear memory: has any ever been used? */
static bool part_used[DIV_ROUND_UP(LINEAR_PAGES, SIM_PART_PAGES)];

bool sim_part_used(unsigned long part)
{
	return part < ARRAY_SIZE(part_used) && READ_ONCE(part_used[part]);
}

char *sim_used_end(void)
{
	return page_start(READ_ONCE(used_end));
}

static void *pages_get(unsigned int first, unsigned int end, unsigned int nr,
		       unsigned int align, unsigned int guard)
{
	unsigned long flags;
	unsigned int i, n;

	raw_spin_lock_irqsave(&pages_lock, flags);
	i = pages_find(first, end, nr, align, guard);
	if (i < NR_PAGES) {
		if (i < LINEAR_PAGES)
			WRITE_ONCE(used_end, max(used_end, i + nr));
		pages[i].nr = nr;
		for (n = 0; n < nr; n++) {
			WRITE_ONCE(pages[i + n].used, true);
			if (i < LINEAR_PAGES)
				WRITE_ONCE(part_used[(i + n) / SIM_PART_PAGES], true);
		}
		ASAN_UNPOISON_MEMORY_REGION(page_start(i), nr * PAGE_SIZE);
	}
	raw_spin_unlock_irqrestore(&pages_lock, flags);
	return i < NR_PAGES ? page_start(i) : NULL;
}

/* Nobody reads them any more: they are written to, to see whether that is so. */
static void pages_put(void *memory)
{
	struct page *page = page_of((unsigned long)memory);
	unsigned int n, nr = page->nr;
	unsigned long *word = memory, flags, i;

	for (i = 0; i < nr * PAGE_SIZE / sizeof(*word); i++) {
		word[i]++;
		/* Else the compiler writes nothing. */
		barrier();
		word[i]--;
	}
	raw_spin_lock_irqsave(&pages_lock, flags);
	ASAN_POISON_MEMORY_REGION(memory, nr * PAGE_SIZE);
	for (n = 0; n < nr; n++)
		WRITE_ONCE(page[n].used, false);
	raw_spin_unlock_irqrestore(&pages_lock, flags);
}

void *sim_pages_alloc(unsigned int nr)
{
	return pages_get(pages_from, LINEAR_PAGES, nr, 1, 0);
}

void sim_pages_free(void *memory)
{
	pages_put(memory);
}

/* ---- What the sources under test ask of memory ---- */

bool sim_readable(unsigned long addr)
{
	const struct page *page = page_of(addr);

	return !page || READ_ONCE(page->used);
}

__attribute__((no_sanitize("address", "thread", "undefined")))
bool sim_read_word(unsigned long addr, unsigned long *value)
{
	if (!sim_readable(addr))
		return false;
	*value = *(unsigned long *)addr;
	return true;
}

long copy_from_kernel_nofault(void *to, const void *from, size_t size)
{
	unsigned char *byte = to;
	const unsigned char *source = from;

	if (!sim_readable((unsigned long)from) ||
	    !sim_readable((unsigned long)from + size - 1))
		return -EFAULT;
	/* Others write to it; a copy is one step. */
	for (; size; size--)
		*byte++ = __atomic_load_n(source++, __ATOMIC_RELAXED);
	sim_step();
	return 0;
}

/* Words of objects may be read meanwhile, see linux/string.h. */
void *sim_memset(void *memory, int byte, size_t size)
{
	unsigned long *word = memory;
	size_t i;

	if (!page_of((unsigned long)memory) || size % sizeof(long) ||
	    (unsigned long)memory % sizeof(long))
		return memset(memory, byte, size);
	for (i = 0; i < size / sizeof(long); i++)
		WRITE_ONCE(word[i], ~0UL / 0xff * (unsigned char)byte);
	return memory;
}

struct slab *virt_to_slab(const void *addr)
{
	if (!virt_addr_valid(addr))
		return NULL;
	return READ_ONCE(page_of((unsigned long)addr)->slab);
}

static bool shortage(void)
{
	unsigned int left = READ_ONCE(sim_failures);

	while (left)
		if (try_cmpxchg(&sim_failures, &left, left - 1))
			return true;
	return false;
}

void *sim_metadata(size_t size, size_t align, gfp_t gfp)
{
	(void)align;
	if (gfp & __GFP_DIRECT_RECLAIM)
		sim_sleeps();
	if (shortage())
		return NULL;
	return gfp & __GFP_ZERO ? calloc(1, size) : malloc(size);
}

/* A cache is never destroyed. */
static struct kmem_cache *caches;

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object))
{
	struct kmem_cache *cache = calloc(1, sizeof(*cache));

	(void)align;
	*cache = (struct kmem_cache) {
		.name = name, .size = size, .object_size = size, .flags = flags,
		.ctor = ctor, .refcount = 1, .others = caches,
	};
	caches = cache;
	return cache;
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object = sim_metadata(cache->size, 0, gfp);

	if (object)
		__atomic_add_fetch(&metadata_live, 1, __ATOMIC_RELAXED);
	return object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	(void)cache;
	__atomic_sub_fetch(&metadata_live, 1, __ATOMIC_RELAXED);
	free(object);
}

long sim_metadata_live(void)
{
	return __atomic_load_n(&metadata_live, __ATOMIC_RELAXED);
}

/* ---- Slabs ---- */

#define SLAB_ORDER_MAX	3
#define SLAB_OBJECTS	8

static DEFINE_RAW_SPINLOCK(slabs_lock);

static unsigned int slab_objects(const struct kmem_cache *cache, unsigned int order)
{
	return ((PAGE_SIZE << order) - cache->red_left_pad) / cache->size;
}

struct kmem_cache *sim_cache_new(const char *name, unsigned int size, unsigned int pad,
				 slab_flags_t flags)
{
	struct kmem_cache *cache = kmem_cache_create(name, ALIGN(size, 8) + 2 * pad, 0, flags,
						     NULL);

	cache->object_size = size;
	cache->inuse = ALIGN(size, 8);
	cache->red_left_pad = pad;
	/* Amid the object, as SLUB has it. */
	cache->offset = size / 2 / sizeof(long) * sizeof(long);
	while (cache->order < SLAB_ORDER_MAX && slab_objects(cache, cache->order) < SLAB_OBJECTS)
		cache->order++;
	return cache;
}

static unsigned long *free_link(const struct kmem_cache *cache, unsigned long object)
{
	return (unsigned long *)(object + cache->offset);
}

static void slab_link(struct slab *slab)
{
	struct kmem_cache *cache = slab->slab_cache;

	slab->linked = true;
	slab->prev = NULL;
	slab->next = cache->partial;
	if (slab->next)
		slab->next->prev = slab;
	cache->partial = slab;
}

static void slab_unlink(struct slab *slab)
{
	slab->linked = false;
	if (slab->next)
		slab->next->prev = slab->prev;
	if (slab->prev)
		slab->prev->next = slab->next;
	else
		slab->slab_cache->partial = slab->next;
}

static void slab_fill(struct slab *slab, unsigned long first)
{
	struct kmem_cache *cache = slab->slab_cache;
	unsigned int i;

	for (i = slab->objects; i--; ) {
		WRITE_ONCE(*free_link(cache, first + i * cache->size), slab->freelist);
		slab->freelist = first + i * cache->size;
	}
}

static struct slab *slab_new(struct kmem_cache *cache, gfp_t gfp)
{
	unsigned int i, nr = 1U << cache->order;
	char *memory = pages_get(ALIGN(pages_from, nr), LINEAR_PAGES, nr, nr, 0);
	struct slab *slab;

	if (!memory)
		return NULL;
	if (kmemleak_slab_gfp(cache, cache->flags) & __GFP_ZERO)
		memset(memory, 0, nr * PAGE_SIZE);
	slab = &page_of((unsigned long)memory)->own;
	WRITE_ONCE(slab->slab_cache, cache);
	WRITE_ONCE(slab->start, (unsigned long)memory);
	slab->freelist = 0;
	slab->objects = slab_objects(cache, cache->order);
	slab_fill(slab, slab->start + cache->red_left_pad);
	for (i = 0; i < nr; i++)
		WRITE_ONCE(page_of(slab->start)[i].slab, slab);
	kmemleak_slab_new(slab, gfp);
	return slab;
}

static void slab_gone(struct slab *slab)
{
	unsigned int i;

	kmemleak_slab_gone(slab);
	for (i = 0; i < 1U << slab->slab_cache->order; i++)
		WRITE_ONCE(page_of(slab->start)[i].slab, NULL);
	pages_put((void *)slab->start);
}

/* An object of a slab that has one; the lock is held. */
static unsigned long slab_take(struct kmem_cache *cache)
{
	struct slab *slab = cache->partial;
	unsigned long object = slab->freelist;

	slab->freelist = READ_ONCE(*free_link(cache, object));
	slab->inuse++;
	if (!slab->freelist)
		slab_unlink(slab);
	return object;
}

/* Of whoever allocates here. */
static gfp_t own_gfp(void)
{
	return this_cpu->irqs_off ? GFP_ATOMIC : GFP_KERNEL;
}

void *sim_alloc(struct kmem_cache *cache)
{
	struct slab *slab = NULL;
	unsigned long flags, object = 0;

	raw_spin_lock_irqsave(&slabs_lock, flags);
	if (cache->partial)
		object = slab_take(cache);
	raw_spin_unlock_irqrestore(&slabs_lock, flags);
	if (!object) {
		slab = slab_new(cache, own_gfp());
		if (!slab)
			return NULL;
		raw_spin_lock_irqsave(&slabs_lock, flags);
		slab_link(slab);
		object = slab_take(cache);
		raw_spin_unlock_irqrestore(&slabs_lock, flags);
	}
	kmemleak_alloc_recursive((void *)object, cache->object_size, 1, cache->flags, own_gfp());
	return (void *)object;
}

void sim_free(void *memory)
{
	struct slab *slab = virt_to_slab(memory);
	struct kmem_cache *cache = slab->slab_cache;
	unsigned long flags;
	bool empty;

	kmemleak_free_recursive(memory, cache->flags);
	raw_spin_lock_irqsave(&slabs_lock, flags);
	WRITE_ONCE(*free_link(cache, (unsigned long)memory), slab->freelist);
	slab->freelist = (unsigned long)memory;
	slab->inuse--;
	if (!slab->linked)
		slab_link(slab);
	empty = !slab->inuse;
	if (empty)
		slab_unlink(slab);
	raw_spin_unlock_irqrestore(&slabs_lock, flags);
	if (empty)
		slab_gone(slab);
}

/* ---- Other allocators ---- */

void *sim_large_alloc(size_t size)
{
	void *memory = sim_pages_alloc(DIV_ROUND_UP(size, PAGE_SIZE));

	if (!memory)
		return NULL;
	memset(memory, 0, size);
	kmemleak_alloc(memory, size, 1, own_gfp());
	return memory;
}

void sim_large_free(void *memory)
{
	kmemleak_free(memory);
	pages_put(memory);
}

static struct kmem_cache *area_cache;
/* By the first page. */
static struct vm_struct *areas[VMALLOC_PAGES];

struct vm_struct *sim_area_of(const void *memory)
{
	return areas[((const char *)memory - sim_vmalloc_start) / PAGE_SIZE];
}

struct kmem_cache *sim_area_cache(void)
{
	return area_cache;
}

void *sim_vmalloc(size_t size)
{
	unsigned int nr = DIV_ROUND_UP(size, PAGE_SIZE);
	struct vm_struct *area = sim_alloc(area_cache);
	char *memory;

	if (!area)
		return NULL;
	memory = pages_get(LINEAR_PAGES, NR_PAGES, nr, 1, 1);
	if (!memory) {
		sim_free(area);
		return NULL;
	}
	memset(memory, 0, nr * PAGE_SIZE);
	WRITE_ONCE(area->addr, memory);
	areas[(memory - sim_vmalloc_start) / PAGE_SIZE] = area;
	kmemleak_vmalloc(area, nr * PAGE_SIZE, own_gfp());
	return memory;
}

void sim_vfree(void *memory)
{
	struct vm_struct *area = sim_area_of(memory);

	kmemleak_free(memory);
	pages_put(memory);
	sim_free(area);
}

/* The sizes of what was allocated, by 64 bytes; 0 is free. */
#define PERCPU_UNIT	64
#define PERCPU_UNITS	(SIM_PERCPU_BYTES / PERCPU_UNIT)

static unsigned short percpu_units[PERCPU_UNITS];
static DEFINE_RAW_SPINLOCK(percpu_lock);

static unsigned int percpu_find(unsigned int nr)
{
	unsigned int i, free = 0;

	for (i = 0; i < PERCPU_UNITS && free < nr; i++) {
		free++;
		if (!percpu_units[i])
			continue;
		i += percpu_units[i] - 1;
		free = 0;
	}
	return free == nr ? i - nr : PERCPU_UNITS;
}

void *sim_percpu_alloc(size_t size)
{
	unsigned int i, nr = DIV_ROUND_UP(size, PERCPU_UNIT);
	unsigned long flags;
	void *memory;
	int cpu;

	raw_spin_lock_irqsave(&percpu_lock, flags);
	i = percpu_find(nr);
	if (i < PERCPU_UNITS)
		percpu_units[i] = nr;
	raw_spin_unlock_irqrestore(&percpu_lock, flags);
	if (i == PERCPU_UNITS)
		return NULL;
	memory = percpu + i * PERCPU_UNIT;
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(memory, cpu), 0, size);
	kmemleak_alloc_percpu(memory, size, own_gfp());
	return memory;
}

void sim_percpu_free(void *memory)
{
	unsigned long flags;

	kmemleak_free_percpu(memory);
	raw_spin_lock_irqsave(&percpu_lock, flags);
	percpu_units[((char *)memory - percpu) / PERCPU_UNIT] = 0;
	raw_spin_unlock_irqrestore(&percpu_lock, flags);
}

static char *map(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	sim_expect(memory != MAP_FAILED, "no memory");
	return memory;
}

void sim_memory_init(void)
{
	pages = (struct page *)map(NR_PAGES * sizeof(*pages));
	sim_linear = map(SIM_LINEAR_BYTES + SIM_VMALLOC_BYTES);
	sim_vmalloc_start = sim_linear + SIM_LINEAR_BYTES;
	ASAN_POISON_MEMORY_REGION(sim_linear, SIM_LINEAR_BYTES + SIM_VMALLOC_BYTES);
	/* The pointers themselves, then what they point to on each CPU. */
	percpu = map((nr_cpu_ids + 1) * SIM_PERCPU_BYTES);
	area_cache = sim_cache_new("vm_struct", sizeof(struct vm_struct), 0, 0);
}
