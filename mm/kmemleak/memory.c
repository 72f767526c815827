// SPDX-License-Identifier: GPL-2.0
/*
 * The detector's own memory: never tracked, never scanned.
 *
 * May call: nothing of ours but the interface, to have a buffer ignored.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "kmemleak.h"

/* In page->private of pages of ours that hold addresses of objects. */
#define SCAN_PAGE	0x6b6d6c

static atomic_long_t scan_bytes;
static atomic_long_t report_bytes;

static void pages_tag(void *memory, size_t size, unsigned long tag)
{
	bool mapped = is_vmalloc_addr(memory);
	void *page;

	for (page = memory; page < memory + size; page += PAGE_SIZE)
		set_page_private(mapped ? vmalloc_to_page(page) :
					  virt_to_page(page), tag);
}

/**
 * is_scan_page() - does a page belong to a scan's buffers?
 * @page: the page
 *
 * Return: true if so: what it holds are no references.
 */
bool is_scan_page(const struct page *page)
{
	return page_private(page) == SCAN_PAGE;
}

/**
 * scan_page_get() - a page for a scan
 *
 * Context: Any but NMI.
 * Return: the page, with undefined content; %NULL if there is none.
 */
void *scan_page_get(void)
{
	void *memory = (void *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);

	if (!memory)
		return NULL;
	pages_tag(memory, PAGE_SIZE, SCAN_PAGE);
	atomic_long_add(PAGE_SIZE, &scan_bytes);
	return memory;
}

/**
 * scan_page_put() - free a page of scan_page_get()
 * @memory: the page
 */
void scan_page_put(void *memory)
{
	pages_tag(memory, PAGE_SIZE, 0);
	atomic_long_sub(PAGE_SIZE, &scan_bytes);
	free_page((unsigned long)memory);
}

/**
 * metadata_gfp() - how to allocate metadata on behalf of an allocation
 * @gfp: flags of the allocation
 *
 * Everything that allocates inside a hook asks this. What of @gfp says how memory
 * may be reclaimed stays, and so does __GFP_NOLOCKDEP: whoever knows that reclaim is
 * safe under its locks knows it for the metadata, too. What says where the object
 * lies, what it holds and who pays for it goes. Task scopes, as of
 * memalloc_nofs_save(), hold by themselves.
 *
 * Return: flags that wait where the allocation may wait, dig into no reserves,
 * never insist and stay silent: a failure is handled.
 */
gfp_t metadata_gfp(gfp_t gfp)
{
	return gfp_nested_mask(gfp) & ~__GFP_HIGH;
}

/*
 * Pages that lie together need no mapping, for which some architectures keep
 * interrupts off for as long as there are pages. Nobody is made to move for it.
 */
static void *buffer_together(size_t size)
{
	if (size > MAX_ORDER_NR_PAGES * PAGE_SIZE)
		return NULL;
	return alloc_pages_exact(size, __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN);
}

static void *buffer_get(size_t size, atomic_long_t *bytes)
{
	void *memory = buffer_together(size);

	if (!memory) {
		memory = __vmalloc(size, GFP_KERNEL | __GFP_ZERO |
				   __GFP_NORETRY | __GFP_NOWARN);
		if (!memory)
			return NULL;
		kmemleak_ignore(memory);
	}
	/* It holds addresses of objects, none of them a reference. */
	pages_tag(memory, size, SCAN_PAGE);
	atomic_long_add(PAGE_ALIGN(size), bytes);
	return memory;
}

static void buffer_put(void *memory, size_t size, atomic_long_t *bytes)
{
	if (!memory)
		return;
	atomic_long_sub(PAGE_ALIGN(size), bytes);
	pages_tag(memory, size, 0);
	if (is_vmalloc_addr(memory))
		vfree(memory);
	else
		free_pages_exact(memory, size);
}

/**
 * scan_memory_get() - a zeroed buffer for a scan
 * @size: bytes
 *
 * Context: May sleep.
 * Return: the buffer; %NULL if there is no memory.
 */
void *scan_memory_get(size_t size)
{
	return buffer_get(size, &scan_bytes);
}

/**
 * scan_memory_put() - free a buffer of scan_memory_get()
 * @memory: the buffer, or %NULL
 * @size: as it was asked for
 */
void scan_memory_put(void *memory, size_t size)
{
	buffer_put(memory, size, &scan_bytes);
}

/**
 * scan_memory_bytes() - bytes in buffers of scans now
 *
 * Return: the number.
 */
long scan_memory_bytes(void)
{
	return atomic_long_read(&scan_bytes);
}

/**
 * report_memory_get() - a zeroed buffer for what a report needs between scans
 * @size: bytes
 *
 * Context: May sleep.
 * Return: the buffer; %NULL if there is no memory.
 */
void *report_memory_get(size_t size)
{
	return buffer_get(size, &report_bytes);
}

/**
 * report_memory_put() - free a buffer of report_memory_get()
 * @memory: the buffer, or %NULL
 * @size: as it was asked for
 */
void report_memory_put(void *memory, size_t size)
{
	buffer_put(memory, size, &report_bytes);
}

/**
 * report_memory_bytes() - bytes in buffers of reports now
 *
 * Return: the number.
 */
long report_memory_bytes(void)
{
	return atomic_long_read(&report_bytes);
}
