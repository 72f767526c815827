/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/slab.h>. */
#ifndef _HARNESS_LINUX_SLAB_H
#define _HARNESS_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/string.h>
#include <linux/types.h>

typedef unsigned int slab_flags_t;

#define SLAB_NOLEAKTRACE	0x01U
#define SLAB_HWCACHE_ALIGN	0x02U
#define SLAB_PANIC		0x04U
#define SLAB_TYPESAFE_BY_RCU	0x08U
#define SLAB_POISON		0x10U
#define SLAB_KMALLOC		0x20U
#define SLAB_STORE_USER		0x40U
#define SLAB_NO_MERGE		0x80U
#define SLAB_RED_ZONE		0x100U

struct kmem_cache;

/* Of the detector alone. What it watches comes from memory.h. */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *object));
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *object);

#define KMEM_CACHE(type, flags)						\
	kmem_cache_create(#type, sizeof(struct type),			\
			  __alignof__(struct type), flags, NULL)

#endif /* _HARNESS_LINUX_SLAB_H */
