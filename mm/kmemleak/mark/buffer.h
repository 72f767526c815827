/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that scans and reports use while they run.
 */
#ifndef _MM_KMEMLEAK_MARK_BUFFER_H
#define _MM_KMEMLEAK_MARK_BUFFER_H

#include <linux/types.h>

struct page;

bool is_scan_page(const struct page *page);
void *scan_page_get(void);
void scan_page_put(void *memory);
void *scan_memory_get(size_t size);
void scan_memory_put(void *memory, size_t size);
long scan_memory_bytes(void);
void *report_memory_get(size_t size);
void report_memory_put(void *memory, size_t size);
long report_memory_bytes(void);

#endif
