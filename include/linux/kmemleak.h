/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What allocators and their users tell the memory leak detector.
 *
 * Without CONFIG_DEBUG_KMEMLEAK, every call is a no-op; while the detector is off, a
 * hook costs little more than a patched-out jump. Hooks may be called in any context
 * but NMI, unless their kernel-doc in mm/kmemleak/hooks.c says otherwise.
 */
#ifndef _LINUX_KMEMLEAK_H
#define _LINUX_KMEMLEAK_H

#include <linux/bits.h>
#include <linux/jump_label.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/vmalloc.h>

struct slab;

/**
 * struct kmemleak_hole - a part of a structure that holds no reference
 * @start: offset of its first byte
 * @end: offset of the first byte after it; 0 ends a list
 */
struct kmemleak_hole {
	unsigned int start;
	unsigned int end;
};

#define KMEMLEAK_HOLE(type, member)					\
	{ offsetof(type, member), offsetofend(type, member) }

/* For kmemleak_cache_hint(), see mm/kmemleak/store/hint.c. */
#define KMEMLEAK_CACHE_TEXT	BIT(0)
#define KMEMLEAK_CACHE_WRITTEN	BIT(1)

/*
 * Members of struct task_struct that may be stale, or that only count. They are listed in
 * mm/kmemleak/store/holes.c, since the scheduler and the architecture own most of them.
 */
extern struct kmemleak_hole kmemleak_task_holes[];

#ifdef CONFIG_DEBUG_KMEMLEAK

DECLARE_STATIC_KEY_TRUE(kmemleak_key);

void kmemleak_init(void) __init;
void kmemleak_cache_hint(struct kmem_cache *cache, unsigned int kind,
			 const struct kmemleak_hole *holes) __init;
void kmemleak_percpu_hint(const void __percpu *variable,
			  const struct kmemleak_hole *holes) __init;

void kmemleak_alloc(const void *ptr, size_t size, int min_count, gfp_t gfp);
void kmemleak_alloc_percpu(const void __percpu *ptr, size_t size, gfp_t gfp);
void kmemleak_alloc_phys(phys_addr_t phys, size_t size, gfp_t gfp);
void kmemleak_vmalloc(const struct vm_struct *area, size_t size, gfp_t gfp);

void kmemleak_free(const void *ptr);
void kmemleak_free_part(const void *ptr, size_t size);
void kmemleak_free_part_phys(phys_addr_t phys, size_t size);
void kmemleak_free_percpu(const void __percpu *ptr);

void kmemleak_update_trace(const void *ptr);
void kmemleak_not_leak(const void *ptr);
void kmemleak_transient_leak(const void *ptr);
void kmemleak_ignore(const void *ptr);
bool kmemleak_ignore_nolock(const void *ptr);
void kmemleak_ignore_phys(phys_addr_t phys);
void kmemleak_ignore_percpu(const void __percpu *ptr);
void kmemleak_scan_area(const void *ptr, size_t size, gfp_t gfp);
void kmemleak_no_scan(const void *ptr);

/* For code that starts threads; see mm/kmemleak/mark/roots.c. */
void __kmemleak_clear_dead_frames(void);

/* For allocators; see mm/kmemleak/hooks.c. */
gfp_t __kmemleak_page_gfp(void);
void __kmemleak_wipe(const void *ptr, size_t size);

/* For the slab allocator only; see mm/kmemleak/hooks.c. */
gfp_t __kmemleak_slab_gfp(const struct kmem_cache *cache);
void __kmemleak_slab_new(struct slab *slab, gfp_t gfp);
void __kmemleak_slab_gone(struct slab *slab);
void __kmemleak_slab_alloc(const void *ptr, size_t size, gfp_t gfp);
void __kmemleak_slab_alloc_nolock(const void *ptr, gfp_t gfp);
void __kmemleak_slab_free(const void *ptr);
void __kmemleak_slab_free_nolock(const void *ptr);

/*
 * Make the calling function save all callee-saved registers on entry, at the top of its
 * stack frame, above its own values.
 */
#define kmemleak_save_registers()	__builtin_unwind_init()

/* Is the detector on? A patched-out jump, to guard code that only the detector needs. */
static inline bool kmemleak_enabled(void)
{
	return static_branch_likely(&kmemleak_key);
}

/*
 * Are objects of a cache with these flags tracked? This is a macro, like its users
 * below, so that the flags are loaded only if the detector is on.
 */
#define kmemleak_tracks(flags)						\
	(kmemleak_enabled() && !((flags) & SLAB_NOLEAKTRACE))

/* Additional flags for the allocator to allocate the pages of a slab with. */
#define kmemleak_slab_gfp(cache, flags)					\
	(kmemleak_tracks(flags) ? __kmemleak_slab_gfp(cache) : 0)

/* Additional flags to allocate pages that will be an object with. */
static inline gfp_t kmemleak_page_gfp(void)
{
	return kmemleak_enabled() ? __kmemleak_page_gfp() : 0;
}

#define kmemleak_wipe(ptr, size, flags)					\
do {									\
	if (kmemleak_tracks(flags))					\
		__kmemleak_wipe(ptr, size);				\
} while (0)

static inline void kmemleak_clear_dead_frames(void)
{
	if (kmemleak_enabled())
		__kmemleak_clear_dead_frames();
}

static inline void kmemleak_slab_new(struct slab *slab, gfp_t gfp)
{
	if (kmemleak_enabled())
		__kmemleak_slab_new(slab, gfp);
}

static inline void kmemleak_slab_gone(struct slab *slab)
{
	if (kmemleak_enabled())
		__kmemleak_slab_gone(slab);
}

/* @min_count is a constant, so the test costs nothing: the slab allocator passes 1. */
#define kmemleak_alloc_recursive(ptr, size, min_count, flags, gfp)	\
do {									\
	if (!kmemleak_tracks(flags))					\
		break;							\
	if ((min_count) == 1)						\
		__kmemleak_slab_alloc(ptr, size, gfp);			\
	else								\
		kmemleak_alloc(ptr, size, min_count, gfp);		\
} while (0)

#define kmemleak_alloc_nolock(ptr, flags, gfp)				\
do {									\
	if (kmemleak_tracks(flags))					\
		__kmemleak_slab_alloc_nolock(ptr, gfp);			\
} while (0)

#define kmemleak_free_recursive(ptr, flags)				\
do {									\
	if (kmemleak_tracks(flags))					\
		__kmemleak_slab_free(ptr);				\
} while (0)

#define kmemleak_free_nolock(ptr, flags)				\
do {									\
	if (kmemleak_tracks(flags))					\
		__kmemleak_slab_free_nolock(ptr);			\
} while (0)

#else /* !CONFIG_DEBUG_KMEMLEAK */

static inline bool kmemleak_enabled(void)
{
	return false;
}

#define KMEMLEAK_NOOP(name, ...)					\
	static inline void kmemleak_##name(__VA_ARGS__) { }

KMEMLEAK_NOOP(init, void)
KMEMLEAK_NOOP(cache_hint, struct kmem_cache *cache, unsigned int kind,
	      const struct kmemleak_hole *holes)
KMEMLEAK_NOOP(percpu_hint, const void __percpu *variable,
	      const struct kmemleak_hole *holes)
KMEMLEAK_NOOP(alloc, const void *ptr, size_t size, int min_count, gfp_t gfp)
KMEMLEAK_NOOP(alloc_recursive, const void *ptr, size_t size, int min_count,
	      slab_flags_t flags, gfp_t gfp)
KMEMLEAK_NOOP(alloc_nolock, const void *ptr, slab_flags_t flags, gfp_t gfp)
KMEMLEAK_NOOP(alloc_percpu, const void __percpu *ptr, size_t size, gfp_t gfp)
KMEMLEAK_NOOP(alloc_phys, phys_addr_t phys, size_t size, gfp_t gfp)
KMEMLEAK_NOOP(vmalloc, const struct vm_struct *area, size_t size, gfp_t gfp)
KMEMLEAK_NOOP(free, const void *ptr)
KMEMLEAK_NOOP(free_recursive, const void *ptr, slab_flags_t flags)
KMEMLEAK_NOOP(free_nolock, const void *ptr, slab_flags_t flags)
KMEMLEAK_NOOP(free_part, const void *ptr, size_t size)
KMEMLEAK_NOOP(free_part_phys, phys_addr_t phys, size_t size)
KMEMLEAK_NOOP(free_percpu, const void __percpu *ptr)
KMEMLEAK_NOOP(update_trace, const void *ptr)
KMEMLEAK_NOOP(not_leak, const void *ptr)
KMEMLEAK_NOOP(transient_leak, const void *ptr)
KMEMLEAK_NOOP(ignore, const void *ptr)
KMEMLEAK_NOOP(ignore_phys, phys_addr_t phys)
KMEMLEAK_NOOP(ignore_percpu, const void __percpu *ptr)
KMEMLEAK_NOOP(scan_area, const void *ptr, size_t size, gfp_t gfp)
KMEMLEAK_NOOP(no_scan, const void *ptr)
KMEMLEAK_NOOP(clear_dead_frames, void)
KMEMLEAK_NOOP(slab_new, struct slab *slab, gfp_t gfp)
KMEMLEAK_NOOP(slab_gone, struct slab *slab)
KMEMLEAK_NOOP(save_registers, void)
KMEMLEAK_NOOP(wipe, const void *ptr, size_t size, slab_flags_t flags)

#undef KMEMLEAK_NOOP

static inline gfp_t kmemleak_slab_gfp(const struct kmem_cache *cache,
				      slab_flags_t flags)
{
	return 0;
}

static inline gfp_t kmemleak_page_gfp(void)
{
	return 0;
}

static inline bool kmemleak_tracks(slab_flags_t flags)
{
	return false;
}

static inline bool kmemleak_ignore_nolock(const void *ptr)
{
	return true;
}

#endif /* CONFIG_DEBUG_KMEMLEAK */

/**
 * kmemleak_erase() - clear a variable that no longer refers to an object
 * @ptr: the variable; set to %NULL if the detector is built in, so that the stale
 *	address does not hide a leak
 */
static inline void kmemleak_erase(void **ptr)
{
	if (IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		*ptr = NULL;
}

#endif /* _LINUX_KMEMLEAK_H */
