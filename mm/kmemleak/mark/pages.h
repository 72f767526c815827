/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Roots among the pages of the machine.
 */
#ifndef _MM_KMEMLEAK_MARK_PAGES_H
#define _MM_KMEMLEAK_MARK_PAGES_H

struct marker;
struct page;

void roots_mark_pages(struct marker *m);
unsigned long unknown_skip(const struct page *page, unsigned long pfn);

#endif
