/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page.html as a part of the program. The linker derives the symbols from its name.
 */
#ifndef KMEMLEAK_PAGE_H
#define KMEMLEAK_PAGE_H

#define page_html	_binary_page_html_start
#define page_html_end	_binary_page_html_end

extern const char page_html[], page_html_end[];

#endif
