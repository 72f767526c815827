/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the object that a word refers to.
 */
#ifndef _MM_KMEMLEAK_MARK_RESOLVE_H
#define _MM_KMEMLEAK_MARK_RESOLVE_H

#include <linux/types.h>

#include "store/pin.h"
#include "store/slab.h"
#include "mark/marker.h"

struct batch_entry;
struct mark_worker;
struct range_view;
struct slab_table;
struct view_list;

/* Have an object read in this section, if there is one and a chunk is enough. */
static __always_inline bool batch_add(struct mark_worker *w,
				      const struct batch_entry *entry)
{
	struct batch *next = w->next;

	if (!next || next->nr == PIN_TARGETS ||
	    unlikely(entry->table->object_size > CHUNK_BYTES))
		return false;
	next->entry[next->nr++] = *entry;
	return true;
}

void defer_object(struct mark_worker *w, const struct batch_entry *entry);
void grey_slot(struct mark_worker *w, struct slab_table *table, unsigned int i,
	       u32 state);
void reach_slot(struct mark_worker *w, struct slab_table *table, unsigned int i,
		u32 state);
void reach_view(struct mark_worker *w, struct view_list *list,
		struct range_view *view);
void resolve(struct mark_worker *w);
void look_at_words(struct mark_worker *w, const unsigned long *word,
		   unsigned int nr);
void look_at_pages(struct mark_worker *w, const unsigned long *word,
		   unsigned int nr);
void try_words(struct mark_worker *w, const unsigned long *word,
	       unsigned int nr);

#endif
