/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One pass of a scan: its start and the walks that it makes.
 */
#ifndef _MM_KMEMLEAK_MARK_PASS_H
#define _MM_KMEMLEAK_MARK_PASS_H

#include <linux/types.h>

struct mark_worker;
struct marker;
struct slab_table;

int mark_open(struct marker *m, unsigned int workers);
int mark_begin(struct marker *m, u32 stamp);
void mark_end(struct marker *m);
void mark_close(struct marker *m);
void mark_begin_words(struct mark_worker *w);
void mark_words(struct mark_worker *w, const unsigned long *word,
		unsigned int nr);
void mark_end_words(struct mark_worker *w);
void mark_memory(struct marker *m, const void *start, size_t size);
void mark_copied_memory(struct marker *m, const void *start, size_t size,
			unsigned long from);
void mark_fleeting_memory(struct mark_worker *w, const void *start,
			  size_t size);
void mark_part(struct marker *m,
	       void (*part_fn)(struct mark_worker *w, unsigned long part),
	       unsigned long part);
void mark_tables(struct marker *m,
		 void (*visit)(struct slab_table *table, void *worker));
void mark_grey(struct marker *m, bool verify);
void mark_seen(struct mark_worker *w, unsigned int objects);
void mark_newborn_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i);
void mark_newborn(struct marker *m);
void mark_again(struct marker *m);
void mark_drain(struct marker *m);

#endif
