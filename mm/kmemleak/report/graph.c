// SPDX-License-Identifier: GPL-2.0
/*
 * Direct and indirect leaks: find the leaked objects that are reachable from other
 * leaked objects, and would be freed together with those.
 *
 * Leaks and the references among them form a directed graph. Its direct leaks are a
 * smallest set of objects from which all others can be reached: one for each strongly
 * connected component that no reference from outside leads into. This goes further than
 * LeakSanitizer, for which an object is indirect as soon as any leak refers to it, so
 * that a ring has no direct leak at all.
 *
 * Two floods find the direct leaks in linear time, without constructing the components:
 *
 * 1. Take the leaks in any order. A leak that was not seen yet is a candidate. Everything
 *    that can be reached from it and was not seen is seen now.
 * 2. Take the candidates in the reverse order. One that was not covered yet is a direct
 *    leak. Everything that can be reached from it and was not covered is covered now, and
 *    is indirect.
 *
 * Proof: no leak that the first flood takes before a candidate c reaches c, because c
 * would have been seen. If anything outside of c's component reaches c, it was first
 * seen from a later candidate, which the second flood takes before c; c is then covered
 * by that candidate or by whatever covers it. If nothing outside reaches c, c is not
 * covered when its turn comes, and it covers the rest of its component.
 *
 * Invariants:
 *
 * - One search runs at a time, under scan_mutex. OBJ_SEEN belongs to it: set in the
 *   first flood and cleared in the second, once for each leak.
 * - If memory runs short, or the scan is stopped, some leaks keep OBJ_SEEN. They become
 *   direct: better to show one too many than one too few.
 * - Objects may be freed at any time; an object that takes their place is no leak.
 */
#include <linux/bsearch.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slot.h"
#include "store/stats.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/section.h"
#include "report/graph.h"
#include "report/leaks.h"

/* Words read at once. */
#define PEEK_WORDS	64

/* Number of direct leaks whose indirect leaks are counted. */
#define TOTALS_MAX	BIT(16)
#define TOTALS_MIN	BIT(7)

/* A leak, identified by its address. */
struct leak_node {
	unsigned long start;
	enum range_space space;
};

#define PAGE_NODES	((PAGE_SIZE - 2 * sizeof(long)) / sizeof(struct leak_node))

/* A page of a stack of leaks. */
struct leak_page {
	struct leak_page *below;
	unsigned long nr;
	struct leak_node node[PAGE_NODES];
};

/**
 * struct leak_total - leaks that are reachable from a direct leak
 * @start: the direct leak's address
 * @space: what kind of address @start is
 * @objects: number of indirect leaks that it covers
 * @bytes: sum of their sizes
 */
struct leak_total {
	unsigned long start;
	enum range_space space;
	unsigned long objects;
	unsigned long bytes;
};

/**
 * struct total_list - direct leaks that have indirect ones
 * @total: sorted by kind of address and address
 * @nr: number of entries
 * @room: number of entries that fit
 */
struct total_list {
	struct leak_total *total;
	unsigned int nr;
	unsigned int room;
};

/* Result of the last scan, for reports. */
static struct total_list totals;
static DEFINE_MUTEX(totals_mutex);

/**
 * struct graph - one search for the direct leaks
 * @m: the scan's marker, which knows when to stop
 * @covering: this is the second flood
 * @ranges: some leak is a range
 * @percpu: some leak is per-CPU memory
 * @candidates: candidates of the first flood, the last one on top
 * @open: leaks that are seen or covered, but not read yet
 * @current_total: total of the leak that the flood started from
 * @totals: totals of the direct leaks so far
 */
struct graph {
	struct marker *m;
	bool covering;
	bool ranges;
	bool percpu;
	struct leak_page *candidates;
	struct leak_page *open;
	struct leak_total current_total;
	struct total_list totals;
};

static bool node_push(struct leak_page **stack, const struct leak_node *node)
{
	struct leak_page *page = *stack;

	if (!page || page->nr == PAGE_NODES) {
		page = scan_page_get();
		if (!page)
			return false;
		page->nr = 0;
		page->below = *stack;
		*stack = page;
	}
	page->node[page->nr++] = *node;
	return true;
}

static bool node_pop(struct leak_page **stack, struct leak_node *node)
{
	struct leak_page *page = *stack;

	if (!page)
		return false;
	*node = page->node[--page->nr];
	if (!page->nr) {
		*stack = page->below;
		scan_page_put(page);
	}
	return true;
}

static void nodes_free(struct leak_page **stack)
{
	struct leak_node node;

	while (node_pop(stack, &node))
		;
}

static bool node_find(const struct leak_node *node, struct object_ref *ref)
{
	return object_find(node->space, node->start, ref) &&
	       ref->start == node->start &&
	       (slot_state(ref->slot) & OBJ_REPORTED);
}

/* Context: RCU reader. Handle a leak that was reached, maybe not for the first time. */
static bool node_enter(struct graph *graph, const struct object_ref *ref)
{
	u32 state = slot_state(ref->slot);

	if (!(state & OBJ_REPORTED) || !(state & OBJ_SEEN) == graph->covering)
		return false;
	return graph->covering ? slot_change(ref->slot, OBJ_INDIRECT, OBJ_SEEN) :
				 slot_change(ref->slot, OBJ_SEEN, 0);
}

static void node_reach(struct graph *graph, enum range_space space,
		       unsigned long addr)
{
	struct object_ref ref;
	struct leak_node node;

	if (!object_find(space, addr, &ref))
		return;
	if (ref.range &&
	    !range_referred(ref.start, ref.start + ref.size - 1, addr))
		return;
	if (!node_enter(graph, &ref))
		return;
	graph->current_total.objects++;
	graph->current_total.bytes += ref.size;
	node.start = ref.start;
	node.space = space;
	node_push(&graph->open, &node);
}

static void follow_word(struct graph *graph, unsigned long word)
{
	word = untagged((void *)word);
	if (slab_table_of(word) || (graph->ranges && word))
		node_reach(graph, RANGE_VIRT, word);
	if (graph->percpu && word)
		node_reach(graph, RANGE_PERCPU, word);
}

/* Follow some words of a leak, from @offset on. Returns false at its end. */
static bool follow_words(struct graph *graph, const struct leak_node *node,
			 size_t *offset)
{
	unsigned long words[PEEK_WORDS];
	struct object_ref ref;
	size_t i, nr = 0;

	rcu_read_lock();
	if (node_find(node, &ref) &&
	    !(slot_state(ref.slot) & (OBJ_NO_SCAN | OBJ_IGNORE)) &&
	    *offset < ref.size)
		nr = min_t(size_t, (ref.size - *offset) / sizeof(long),
			   PEEK_WORDS);
	if (nr && !object_peek(&ref, *offset, words, nr * sizeof(long)))
		nr = 0;
	for (i = 0; i < nr; i++)
		follow_word(graph, words[i]);
	rcu_read_unlock();
	*offset += nr * sizeof(long);
	cond_resched();
	return nr;
}

static void flood(struct graph *graph)
{
	struct leak_node node;
	size_t offset;

	while (!mark_should_stop(graph->m) && node_pop(&graph->open, &node)) {
		/* References are aligned words. */
		offset = ALIGN(node.start, sizeof(long)) - node.start;
		while (follow_words(graph, &node, &offset) &&
		       !mark_should_stop(graph->m))
			;
	}
}

static bool totals_grow(struct total_list *list)
{
	unsigned int room = max(list->room * 2, (unsigned int)TOTALS_MIN);
	struct leak_total *total;

	if (room > TOTALS_MAX)
		return false;
	total = report_memory_get(room * sizeof(*total));
	if (!total)
		return false;
	if (list->nr)
		memcpy(total, list->total, list->nr * sizeof(*total));
	report_memory_put(list->total, list->room * sizeof(*total));
	list->total = total;
	list->room = room;
	return true;
}

static void totals_add(struct graph *graph)
{
	struct total_list *list = &graph->totals;

	if (!graph->current_total.objects)
		return;
	if (list->nr == list->room && !totals_grow(list)) {
		stat_inc(STAT_INDIRECT_LOST);
		return;
	}
	list->total[list->nr++] = graph->current_total;
}

static int total_compare(const void *left, const void *right)
{
	const struct leak_total *a = left, *b = right;

	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* First flood. */
static void see_leaks(struct graph *graph)
{
	struct report_cursor leak = {};
	struct object_ref ref;
	struct leak_node node;
	bool first;

	while (report_next_leak(&leak) && !mark_should_stop(graph->m)) {
		node.start = leak.shown;
		node.space = leak.space;
		rcu_read_lock();
		first = node_find(&node, &ref) && node_enter(graph, &ref);
		rcu_read_unlock();
		if (first && node_push(&graph->candidates, &node) &&
		    node_push(&graph->open, &node))
			flood(graph);
	}
}

/* Second flood. */
static void cover_leaks(struct graph *graph)
{
	struct object_ref ref;
	struct leak_node node;
	bool direct;

	graph->covering = true;
	while (!mark_should_stop(graph->m) &&
	       node_pop(&graph->candidates, &node)) {
		rcu_read_lock();
		direct = node_find(&node, &ref) &&
			 (slot_state(ref.slot) & OBJ_SEEN) &&
			 slot_change(ref.slot, 0, OBJ_SEEN | OBJ_INDIRECT);
		rcu_read_unlock();
		if (!direct)
			continue;
		graph->current_total = (struct leak_total) {
			.start = node.start,
			.space = node.space,
		};
		if (node_push(&graph->open, &node))
			flood(graph);
		totals_add(graph);
	}
}

/* Find out what kinds of leaks there are, and clear OBJ_SEEN of earlier searches. */
static bool look_over(struct graph *graph)
{
	struct report_cursor leak = {};
	struct object_ref ref;
	bool any = false;

	while (report_next_leak(&leak)) {
		rcu_read_lock();
		if (object_find(leak.space, leak.shown, &ref))
			slot_change(ref.slot, 0, OBJ_SEEN);
		rcu_read_unlock();
		graph->ranges |= leak.in_ranges && leak.space == RANGE_VIRT;
		graph->percpu |= leak.space == RANGE_PERCPU;
		any = true;
	}
	return any;
}

/* Leaks that were not covered are direct. */
static void settle_rest(void)
{
	struct report_cursor leak = {};
	struct object_ref ref;

	while (report_next_leak(&leak)) {
		rcu_read_lock();
		if (object_find(leak.space, leak.shown, &ref) &&
		    (slot_state(ref.slot) & OBJ_SEEN))
			slot_change(ref.slot, 0, OBJ_SEEN | OBJ_INDIRECT);
		rcu_read_unlock();
	}
}

/**
 * graph_update() - find out which leaks are direct
 * @m: a marker, which tells when to stop
 *
 * Context: Sleeps; under scan_mutex. Between passes, or after the last one.
 */
void graph_update(struct marker *m)
{
	struct graph graph = { .m = m };

	if (look_over(&graph)) {
		see_leaks(&graph);
		cover_leaks(&graph);
		nodes_free(&graph.candidates);
		nodes_free(&graph.open);
		settle_rest();
		sort(graph.totals.total, graph.totals.nr,
		     sizeof(*graph.totals.total), total_compare, NULL);
	}
	mutex_lock(&totals_mutex);
	swap(totals, graph.totals);
	mutex_unlock(&totals_mutex);
	report_memory_put(graph.totals.total, graph.totals.room *
					      sizeof(*graph.totals.total));
}

/**
 * graph_indirect() - get the indirect leaks of a direct leak
 * @space: what kind of address @start is
 * @start: its address
 * @bytes: filled in: sum of the sizes of the objects
 *
 * Context: Sleeps.
 * Return: the number of objects. An object that several direct leaks lead to is counted
 * for only one of them.
 */
unsigned long graph_indirect(enum range_space space, unsigned long start,
			     unsigned long *bytes)
{
	struct leak_total key = { .start = start, .space = space };
	const struct leak_total *total;
	unsigned long objects = 0;

	*bytes = 0;
	mutex_lock(&totals_mutex);
	total = totals.nr ? bsearch(&key, totals.total, totals.nr, sizeof(key),
				    total_compare) : NULL;
	if (total) {
		objects = total->objects;
		*bytes = total->bytes;
	}
	mutex_unlock(&totals_mutex);
	return objects;
}

/**
 * graph_teardown() - forget the result of the last search
 *
 * Context: Sleeps; under scan_mutex.
 */
void graph_teardown(void)
{
	mutex_lock(&totals_mutex);
	report_memory_put(totals.total, totals.room * sizeof(*totals.total));
	totals = (struct total_list) {};
	mutex_unlock(&totals_mutex);
}
