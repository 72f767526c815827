// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of kmemleak.wipe: what new objects hold, in the mode that this kernel was booted
 * with, and that nothing is overwritten that somebody has initialized.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../../slab.h"
#include "../kmemleak.h"
#include "../store/directory.h"
#include "../store/object.h"
#include "../store/range.h"
#include "../store/slab.h"
#include "../store/wipe.h"

#define NR_OBJECTS	16
/* What previous owners leave behind: no address, and neither zero nor the pattern. */
#define OLD_BYTE	0xe7
#define OLD_WORD	(~0UL / 0xff * OLD_BYTE)

static const unsigned int sizes[] = {
	8, 16, 24, 32, 40, 56, 104, WIPE_INLINE, WIPE_INLINE + 8, 1000, 4096,
};

static int wipe_test_init(struct kunit *test)
{
	if (!kmemleak_is_on())
		kunit_skip(test, "the detector is off");
	return 0;
}

static struct kmem_cache *cache_make(struct kunit *test, unsigned int size,
				     slab_flags_t flags, void (*ctor)(void *object))
{
	struct kmem_cache *cache = kmem_cache_create("kmemleak_kunit_wipe", size, 0,
						     SLAB_NO_MERGE | flags, ctor);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* kmem_cache_create() does not take this flag. */
	cache->flags |= SLAB_SKIP_KFENCE;
	return cache;
}

/* How many words of an object are @word? */
static unsigned int words_equal(const void *object, size_t size, unsigned long word)
{
	const unsigned long *words = object;
	unsigned int i, n = 0;

	for (i = 0; i < size / sizeof(long); i++)
		n += READ_ONCE(words[i]) == word;
	return n;
}

/* Take objects of a cache, use and free them. Returns the sum of words_equal(). */
static unsigned int objects_use(struct kunit *test, struct kmem_cache *cache,
				gfp_t gfp, unsigned long word)
{
	void *object[NR_OBJECTS] = {};
	unsigned int i, n = 0;

	for (i = 0; i < NR_OBJECTS; i++) {
		object[i] = kmem_cache_alloc(cache, gfp);
		if (!object[i])
			break;
		n += words_equal(object[i], cache->object_size, word);
		memset(object[i], OLD_BYTE, cache->object_size);
	}
	KUNIT_EXPECT_EQ(test, i, NR_OBJECTS);
	while (i--)
		kmem_cache_free(cache, object[i]);
	return n;
}

static void wipe_objects_filled(struct kunit *test)
{
	unsigned int i, words;

	if (!wipe_objects())
		kunit_skip(test, "nothing is filled with wipe=off");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kmem_cache *cache = cache_make(test, sizes[i], 0, NULL);

		words = NR_OBJECTS * (sizes[i] / sizeof(long));
		/* With slab debugging or init_on_alloc, the allocator does it. */
		if (slab_wipe_kind(cache) == WIPE_ALL) {
			KUNIT_EXPECT_EQ_MSG(test, objects_use(test, cache, GFP_KERNEL, wipe_word),
					    words, "new ones of %u bytes", sizes[i]);
			KUNIT_EXPECT_EQ_MSG(test, objects_use(test, cache, GFP_KERNEL, wipe_word),
					    words, "used ones of %u bytes", sizes[i]);
		}
		kmem_cache_destroy(cache);
	}
}

static void wipe_off_keeps_content(struct kunit *test)
{
	struct kmem_cache *cache;

	if (wipe_objects())
		kunit_skip(test, "this is for wipe=off");
	cache = cache_make(test, WIPE_INLINE, 0, NULL);
	KUNIT_EXPECT_EQ(test, slab_wipe_kind(cache), WIPE_NOTHING);
	KUNIT_EXPECT_TRUE(test, !__kmemleak_slab_gfp(cache));
	objects_use(test, cache, GFP_KERNEL, OLD_WORD);
	/* KASAN keeps free objects back, debugging and init_on_* overwrite them. */
	if (!IS_ENABLED(CONFIG_KASAN) && !(cache->flags & SLAB_POISON) &&
	    !want_init_on_alloc(0) && !want_init_on_free())
		KUNIT_EXPECT_GT(test, objects_use(test, cache, GFP_KERNEL, OLD_WORD), 0U);
	kmem_cache_destroy(cache);
}

static void wipe_leaves_zeroes(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kmem_cache *cache = cache_make(test, sizes[i], 0, NULL);

		objects_use(test, cache, GFP_KERNEL, 0);
		KUNIT_EXPECT_EQ_MSG(test, objects_use(test, cache, GFP_KERNEL | __GFP_ZERO, 0),
				    NR_OBJECTS * (sizes[i] / sizeof(long)), "%u bytes", sizes[i]);
		kmem_cache_destroy(cache);
	}
}

/* What was allocated where no lock may be taken, like anything else. */
static void wipe_nolock(struct kunit *test)
{
	struct kmem_cache *cache = cache_make(test, WIPE_INLINE, 0, NULL);
	const unsigned int words = WIPE_INLINE / sizeof(long);
	bool filled = slab_wipe_kind(cache) == WIPE_ALL;
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	if (object && slab_table_of((unsigned long)object)) {
		__kmemleak_slab_free(object);
		memset(object, OLD_BYTE, WIPE_INLINE);
		__kmemleak_slab_alloc_nolock(object, __GFP_ZERO);
		KUNIT_EXPECT_EQ(test, words_equal(object, WIPE_INLINE, OLD_WORD), words);
		__kmemleak_slab_free(object);
		__kmemleak_slab_alloc_nolock(object, 0);
		KUNIT_EXPECT_EQ(test, words_equal(object, WIPE_INLINE, OLD_WORD),
				filled ? 0 : words);
	}
	if (object)
		kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
}

static void wipe_large_kmalloc(struct kunit *test)
{
	const size_t size = 2 * KMALLOC_MAX_CACHE_SIZE;
	const unsigned int words = size / sizeof(long);
	unsigned int i;
	void *p;

	for (i = 0; i < 2; i++) {
		p = kmalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		if (want_init_on_alloc(0))
			KUNIT_EXPECT_EQ(test, words_equal(p, size, 0), words);
		else if (wipe_objects())
			KUNIT_EXPECT_EQ(test, words_equal(p, size, wipe_word), words);
		memset(p, OLD_BYTE, size);
		kfree(p);
	}
	p = kzalloc(size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, words_equal(p, size, 0), words);
	kfree(p);
}

static void wipe_vmalloc(struct kunit *test)
{
	const size_t size = 4 * PAGE_SIZE;
	unsigned int i;
	void *p;

	if (!wipe_pages())
		kunit_skip(test, "pages keep their content");
	for (i = 0; i < 2; i++) {
		p = vmalloc(size);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, words_equal(p, size, 0), size / sizeof(long));
		memset(p, OLD_BYTE, size);
		vfree(p);
	}
}

static void construct(void *object)
{
	memset(object, 0x21, 2 * sizeof(long));
}

static void wipe_constructed(struct kunit *test)
{
	struct kmem_cache *cache = cache_make(test, 200, 0, construct);
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	KUNIT_EXPECT_TRUE(test, __kmemleak_slab_gfp(cache) == (wipe_pages() ? __GFP_ZERO : 0));
	if (object) {
		KUNIT_EXPECT_EQ(test, words_equal(object, 200, ~0UL / 0xff * 0x21), 2);
		kmem_cache_free(cache, object);
	}
	kmem_cache_destroy(cache);
}

/* Slab debugging of kmalloc: objects are filled unless that would hit a red zone. */
static void wipe_debugged_kmalloc(struct kunit *test)
{
	static const slab_flags_t zoned[] = { SLAB_KMALLOC, SLAB_STORE_USER, SLAB_RED_ZONE };
	struct kmem_cache *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	unsigned int set, i;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	if (!wipe_objects() || want_init_on_alloc(0))
		kunit_skip(test, "nothing is filled here");
	for (set = 0; set < BIT(ARRAY_SIZE(zoned)); set++) {
		fake->flags = 0;
		for (i = 0; i < ARRAY_SIZE(zoned); i++)
			if (set & BIT(i))
				fake->flags |= zoned[i];
		KUNIT_EXPECT_EQ_MSG(test, slab_wipe_kind(fake),
				    set == BIT(ARRAY_SIZE(zoned)) - 1 ? WIPE_NOTHING : WIPE_ALL,
				    "set %u", set);
		fake->flags |= SLAB_POISON;
		KUNIT_EXPECT_NE_MSG(test, slab_wipe_kind(fake), WIPE_ALL, "set %u", set);
	}
}

/* Bytes after the last whole word may be a red zone. */
static void wipe_whole_words(struct kunit *test)
{
	unsigned long words[WIPE_INLINE / sizeof(long) + 2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		memset(words, OLD_BYTE, sizeof(words));
		fill_words((unsigned long)words, i * sizeof(long) + sizeof(long) - 1);
		KUNIT_EXPECT_EQ(test, words_equal(words, sizeof(words), wipe_word), i);
		KUNIT_EXPECT_EQ(test, words_equal(words, sizeof(words), OLD_WORD),
				ARRAY_SIZE(words) - i);
	}
}

static void wipe_pattern_is_no_address(struct kunit *test)
{
	struct object_ref ref;

	KUNIT_EXPECT_NE(test, WIPE_PATTERN, 0UL);
	KUNIT_EXPECT_EQ(test, WIPE_PATTERN % sizeof(long) & 1, 1UL);
	/* Then the detector does without. */
	if (wipe_objects() && wipe_word != WIPE_PATTERN)
		kunit_skip(test, "the pattern is not used here");
	KUNIT_EXPECT_FALSE(test, virt_addr_valid((void *)WIPE_PATTERN));
	KUNIT_EXPECT_FALSE(test, is_vmalloc_or_module_addr((void *)WIPE_PATTERN));
	rcu_read_lock();
	KUNIT_EXPECT_NULL(test, slab_table_of(WIPE_PATTERN));
	KUNIT_EXPECT_FALSE(test, object_find(RANGE_VIRT, WIPE_PATTERN, &ref));
	KUNIT_EXPECT_FALSE(test, object_find(RANGE_PERCPU, WIPE_PATTERN, &ref));
	rcu_read_unlock();
}

static void wipe_parameter(struct kunit *test)
{
	static const char * const bad[] = {
		"", "Pattern", "patterns", "zeroes", "0", "on", "offf", " zero",
	};
	enum wipe_mode mode;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, wipe_parse("pattern", &mode), 0);
	KUNIT_EXPECT_EQ(test, mode, WIPE_WITH_PATTERN);
	KUNIT_EXPECT_EQ(test, wipe_word_of(mode), WIPE_PATTERN);
	KUNIT_EXPECT_EQ(test, wipe_parse("zero", &mode), 0);
	KUNIT_EXPECT_EQ(test, mode, WIPE_WITH_ZERO);
	KUNIT_EXPECT_EQ(test, wipe_word_of(mode), 0UL);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, wipe_parse(bad[i], &mode), -EINVAL, "\"%s\"", bad[i]);
		KUNIT_EXPECT_EQ_MSG(test, mode, WIPE_WITH_ZERO, "\"%s\"", bad[i]);
	}
	KUNIT_EXPECT_EQ(test, wipe_parse("off", &mode), 0);
	KUNIT_EXPECT_EQ(test, mode, WIPE_OFF);
}

static struct kunit_case wipe_cases[] = {
	KUNIT_CASE(wipe_objects_filled),
	KUNIT_CASE(wipe_off_keeps_content),
	KUNIT_CASE(wipe_leaves_zeroes),
	KUNIT_CASE(wipe_nolock),
	KUNIT_CASE(wipe_large_kmalloc),
	KUNIT_CASE(wipe_vmalloc),
	KUNIT_CASE(wipe_constructed),
	KUNIT_CASE(wipe_debugged_kmalloc),
	KUNIT_CASE(wipe_whole_words),
	KUNIT_CASE(wipe_pattern_is_no_address),
	KUNIT_CASE(wipe_parameter),
	{}
};

static struct kunit_suite wipe_suite = {
	.name = "kmemleak_wipe",
	.init = wipe_test_init,
	.test_cases = wipe_cases,
};

kunit_test_suite(wipe_suite);
