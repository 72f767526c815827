/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks of grey entries, and the pool through which workers share them.
 */
#ifndef _MM_KMEMLEAK_MARK_GREY_H
#define _MM_KMEMLEAK_MARK_GREY_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "mark/marker.h"

/*
 * A grey entry is the address of a slab object, a multiple of 4; or the index of a view
 * of the snapshot or the number of a part of a walk, with the kind in the lowest bits.
 */
#define GREY_VIRT	1UL
#define GREY_PERCPU	2UL
#define GREY_PART	3UL
#define GREY_KIND	3UL
#define GREY_SHIFT	2

static inline unsigned int grey_nr(const struct mark_worker *w)
{
	return w->top - w->bottom;
}

static inline unsigned long grey_top(const struct mark_worker *w)
{
	return w->grey[(w->top - 1) % GREY_ROOM];
}

static inline bool grey_is_view(unsigned long entry)
{
	unsigned long kind = entry & GREY_KIND;

	return kind == GREY_VIRT || kind == GREY_PERCPU;
}

static inline unsigned long grey_pop(struct mark_worker *w)
{
	return w->grey[--w->top % GREY_ROOM];
}

void grey_might_lock(const struct marker *m);

bool grey_make_room(struct mark_worker *w);

/* Returns false if there is no room: the caller then records the object itself. */
static __always_inline bool grey_push(struct mark_worker *w,
				      unsigned long entry)
{
	if (unlikely(grey_nr(w) == GREY_ROOM) && !grey_make_room(w))
		return false;
	w->grey[w->top++ % GREY_ROOM] = entry;
	return true;
}

int grey_open(struct marker *m, unsigned int workers);
void grey_close(struct marker *m);
void grey_forget(struct marker *m);
void grey_drain(struct marker *m, void (*step)(struct mark_worker *w));

#endif
