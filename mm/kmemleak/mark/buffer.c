// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of scans and reports: never tracked, never scanned.
 *
 * Invariant: a page that holds addresses of objects is tagged in page->private. Walks
 * over all pages skip it.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "store/object.h"
#include "store/range.h"
#include "store/slot.h"
#include "mark/buffer.h"

/* Value of page->private in our own pages that hold addresses of objects. */
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
 * Return: true if it does: the addresses in it are no references.
 */
bool is_scan_page(const struct page *page)
{
	return page_private(page) == SCAN_PAGE;
}

/**
 * scan_page_get() - allocate a page for a scan
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

/*
 * Contiguous pages need no mapping. Some architectures keep interrupts off while they
 * map, for a time that grows with the number of pages. Do not reclaim or compact memory
 * for it.
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
		object_set_flags(RANGE_VIRT, untagged(memory), OBJ_IGNORE);
	}
	/* It holds addresses of objects, none of which is a reference. */
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
 * scan_memory_get() - allocate a zeroed buffer for a scan
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
 * @size: the size it was allocated with
 */
void scan_memory_put(void *memory, size_t size)
{
	buffer_put(memory, size, &scan_bytes);
}

/**
 * scan_memory_bytes() - get the current size of the buffers of scans
 *
 * Return: bytes.
 */
long scan_memory_bytes(void)
{
	return atomic_long_read(&scan_bytes);
}

/**
 * report_memory_get() - allocate a zeroed buffer that a report keeps between scans
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
 * @size: the size it was allocated with
 */
void report_memory_put(void *memory, size_t size)
{
	buffer_put(memory, size, &report_bytes);
}

/**
 * report_memory_bytes() - get the current size of the buffers of reports
 *
 * Return: bytes.
 */
long report_memory_bytes(void)
{
	return atomic_long_read(&report_bytes);
}
