// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of holders, one for each table that has them.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "store/holder.h"
#include "store/slab.h"

static atomic_long_t holder_bytes;

/*
 * Arrays of these lengths come from caches of their own, whose objects are neither
 * tracked nor scanned. Longer arrays come from the page allocator: those of tables with more
 * than TABLE_SLOTS_MAX slots, which come from there as well. Lengths above 512 are for large
 * pages, see table_slots[].
 */
static const u16 array_holders[] = {
	1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 86, 102,
	128, 170, 256, 512, 585, 682, 819, 1024, 1365, 2048, 4096,
};

static struct kmem_cache *array_cache[ARRAY_SIZE(array_holders)];
static char array_cache_name[ARRAY_SIZE(array_holders)][24];

static int array_class(unsigned int count)
{
	int i;

	for (i = 0; count <= TABLE_SLOTS_MAX && i < ARRAY_SIZE(array_holders); i++)
		if (count <= array_holders[i])
			return i;
	return -1;
}

static size_t array_bytes(unsigned int count)
{
	int class = array_class(count);

	return (class < 0 ? count : array_holders[class]) * sizeof(u64);
}

/**
 * holder_array_get() - allocate the holders for the objects of a table
 * @count: number of objects
 *
 * Context: Any but NMI.
 * Return: a zeroed array, or %NULL.
 */
u64 *holder_array_get(unsigned int count)
{
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN | __GFP_ZERO;
	int class = array_class(count);
	u64 *array;

	if (class < 0)
		array = alloc_pages_exact(array_bytes(count), gfp);
	else
		array = kmem_cache_alloc(array_cache[class], gfp);
	if (array)
		atomic_long_add(array_bytes(count), &holder_bytes);
	return array;
}

/**
 * holders_free() - free the array of a table
 * @array: the array, or %NULL
 * @count: number of objects of the table
 *
 * Context: Any but NMI; the array has no readers any more.
 */
void holders_free(u64 *array, unsigned int count)
{
	int class = array_class(count);

	if (!array)
		return;
	atomic_long_sub(array_bytes(count), &holder_bytes);
	if (class < 0)
		free_pages_exact(array, array_bytes(count));
	else
		kmem_cache_free(array_cache[class], array);
}

/**
 * holder_caches_make() - create the caches for arrays, once
 *
 * Context: Sleeps; under scan_mutex.
 * Return: false if there is no memory.
 */
bool holder_caches_make(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(array_holders); i++) {
		if (array_holders[i] > TABLE_SLOTS_MAX)
			break;
		if (array_cache[i])
			continue;
		snprintf(array_cache_name[i], sizeof(array_cache_name[i]),
			 "kmemleak_holders_%u", array_holders[i]);
		array_cache[i] = kmem_cache_create(array_cache_name[i],
						   array_holders[i] * sizeof(u64),
						   0, SLAB_NOLEAKTRACE, NULL);
		if (!array_cache[i])
			return false;
	}
	return true;
}

/**
 * holders_memory_bytes() - get the size of the memory that the arrays take
 *
 * Return: bytes.
 */
long holders_memory_bytes(void)
{
	return atomic_long_read(&holder_bytes);
}
