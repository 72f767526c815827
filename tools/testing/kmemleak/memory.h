/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine's memory: pages, and the allocators that call the detector's hooks as the
 * kernel's do. Pages that nobody has must not be read: AddressSanitizer sees that, and
 * ThreadSanitizer sees who reads a page without waiting for, or being waited for by,
 * whoever frees it.
 */
#ifndef _HARNESS_MEMORY_H
#define _HARNESS_MEMORY_H

#include <linux/kmemleak.h>

#include "slab.h"

/* Words of the kernel's data: roots. */
#define SIM_ROOTS	256

extern unsigned long sim_roots[SIM_ROOTS];

/* The next allocations of the detector fail: so many. */
extern unsigned int sim_failures;

/* Maps the memory; to be called once, first of all. */
void sim_memory_init(void);

/* A cache of objects of @size bytes, with red zones of @pad bytes at either side. */
struct kmem_cache *sim_cache_new(const char *name, unsigned int size, unsigned int pad,
				 slab_flags_t flags);

/* All allocators return %NULL if there is no memory. */
void *sim_alloc(struct kmem_cache *cache);
void sim_free(void *object);

void *sim_large_alloc(size_t size);
void sim_large_free(void *memory);

void *sim_vmalloc(size_t size);
void sim_vfree(void *memory);
/* The description of an area, which is an object. */
struct vm_struct *sim_area_of(const void *memory);
struct kmem_cache *sim_area_cache(void);

/* @memory is the per-CPU pointer. */
void *sim_percpu_alloc(size_t size);
void sim_percpu_free(void *memory);

/* Pages without hooks: the caller calls some. */
void *sim_pages_alloc(unsigned int nr);
void sim_pages_free(void *memory);

/* No page of the linear memory was ever used from here on. */
char *sim_used_end(void);

/* Pages of a part of a walk over the linear memory. */
#define SIM_PART_PAGES	512

/* Has any page of a part ever been used? */
bool sim_part_used(unsigned long part);

/* From now on, free pages are searched for from here on. */
void sim_allocate_from(const char *where);

/* Objects of all caches of the detector that are in use. */
long sim_metadata_live(void);

#endif /* _HARNESS_MEMORY_H */
