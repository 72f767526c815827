/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test cases of the priority search tree, for KUnit and for the user-space
 * harness in tools/testing/kmemleak.
 *
 * A model is a tree together with a plain array of the intervals that should be
 * in it. Each operation is done on both, each query is answered by both, and
 * pst_check() checks the tree against its own rules. A case returns a message
 * that tells what is wrong, or NULL. Pseudo-random cases repeat exactly.
 */
#ifndef _LIB_TESTS_PRIO_SEARCH_TREE_CASES_H
#define _LIB_TESTS_PRIO_SEARCH_TREE_CASES_H

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/prio_search_tree.h>
#include <linux/string.h>
#include <linux/types.h>

#define PST_MODEL_NODES	512
#define PST_RANDOM_OPS	100000
#define PST_CHECK_EVERY	512

/**
 * struct pst_interval - what the model knows about one node
 * @start: first address
 * @last: last address
 * @live: the node is in the tree
 * @seen: the current walk has visited the node
 */
struct pst_interval {
	unsigned long start;
	unsigned long last;
	bool live;
	bool seen;
};

/**
 * struct pst_model - a tree and what should be in it
 * @root: the tree
 * @node: its nodes; the one at index i belongs to the interval at index i
 * @want: the intervals
 * @live: number of intervals in the tree
 * @ops: number of operations done, to identify the one that failed
 * @random: state of the pseudo-random number generator
 * @next: where the next of a sequence of intervals begins, as an offset
 */
struct pst_model {
	struct pst_root root;
	struct pst_node node[PST_MODEL_NODES];
	struct pst_interval want[PST_MODEL_NODES];
	unsigned int live;
	unsigned long ops;
	u64 random;
	unsigned long next;
};

static inline void pst_model_init(struct pst_model *m)
{
	memset(m, 0, sizeof(*m));
	pst_init(&m->root);
	m->random = 1;
}

/* One bit of a node's key; pst_key_differ() finds the first one that differs. */
static inline unsigned int pst_key_bit(const struct pst_node *node,
				       unsigned int bit)
{
	const unsigned long key[] = {
		node->start, ~node->last, (unsigned long)node,
	};

	return key[bit / BITS_PER_LONG] << bit % BITS_PER_LONG >>
	       (BITS_PER_LONG - 1);
}

static inline unsigned int pst_key_differ(const struct pst_node *a,
					  const struct pst_node *b)
{
	unsigned int bit = 0;

	if (a->start == b->start)
		bit = a->last == b->last ? 2 * BITS_PER_LONG : BITS_PER_LONG;
	while (bit < 3 * BITS_PER_LONG &&
	       pst_key_bit(a, bit) == pst_key_bit(b, bit))
		bit++;
	return bit;
}

/* Is @node where its key belongs, as seen from each node above it? */
static inline bool pst_check_path(const struct pst_node *node)
{
	const struct pst_node *above = node;

	for (; above != above->parent; above = above->parent) {
		unsigned int bit = above->parent->bit;
		bool side = above == above->parent->child[1];

		if (bit >= 3 * BITS_PER_LONG)
			return false;
		if (pst_key_bit(node, bit) != side)
			return false;
		if (node != above && pst_key_differ(node, above) <= bit)
			return false;
	}
	return true;
}

/* Check one node against its parent and children. */
static inline const char *pst_check_node(const struct pst_root *root,
					 const struct pst_node *node)
{
	const struct pst_node *parent = node->parent;
	bool top = node == root->top;
	bool marked = node == parent;

	if (!pst_linked(node))
		return "a node in the tree is not linked";
	if (top != marked)
		return "the top node is not marked as such";
	if (!top) {
		if (parent->child[0] != node && parent->child[1] != node)
			return "a node is not a child of its parent";
		if (node->last > parent->last)
			return "a node ends later than its parent";
		if ((node->child[0] || node->child[1]) &&
		    node->bit <= parent->bit)
			return "bits do not grow on the way down";
		if (!pst_check_path(node))
			return "a node is in a subtree its key does not belong to";
	}
	if (node->child[0] && node->child[1] &&
	    pst_key_differ(node->child[0], node->child[1]) != node->bit)
		return "a node branches on the wrong bit";
	return NULL;
}

/* Check the whole tree against its rules; it must contain @count nodes. */
static inline const char *pst_check(const struct pst_root *root,
				    unsigned int count)
{
	const struct pst_node *node = root->top;
	unsigned int met = 0;

	while (node) {
		const char *wrong = pst_check_node(root, node);

		if (wrong)
			return wrong;
		if (++met > count)
			return "more nodes in the tree than were put into it";

		if (node->child[0] || node->child[1]) {
			node = node->child[0] ?: node->child[1];
			continue;
		}
		while (node != root->top && (node == node->parent->child[1] ||
					     !node->parent->child[1]))
			node = node->parent;
		node = node != root->top ? node->parent->child[1] : NULL;
	}
	return met == count ? NULL : "a node was lost";
}

static inline const char *pst_model_check(struct pst_model *m)
{
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++) {
		if (pst_linked(&m->node[i]) != m->want[i].live)
			return "pst_linked() is wrong";
		if (m->want[i].live && (m->node[i].start != m->want[i].start ||
					m->node[i].last != m->want[i].last))
			return "the tree changed an interval";
	}
	if (pst_empty(&m->root) != !m->live)
		return "pst_empty() is wrong";
	return pst_check(&m->root, m->live);
}

static inline void pst_model_insert(struct pst_model *m, unsigned int i,
				    unsigned long start, unsigned long last)
{
	m->want[i].start = start;
	m->want[i].last = last;
	m->want[i].live = true;
	m->live++;

	m->node[i].start = start;
	m->node[i].last = last;
	pst_insert(&m->root, &m->node[i]);
}

static inline void pst_model_erase(struct pst_model *m, unsigned int i)
{
	m->want[i].live = false;
	m->live--;
	pst_erase(&m->root, &m->node[i]);
}

/* Get the interval of a node; NULL if the node should not be in the tree. */
static inline struct pst_interval *pst_model_want(struct pst_model *m,
						  const struct pst_node *node)
{
	size_t i = node - m->node;

	if (node < m->node || i >= PST_MODEL_NODES || !m->want[i].live)
		return NULL;
	return &m->want[i];
}

/* Are two answers the same? Any of several equal intervals will do. */
static inline bool pst_model_same(struct pst_model *m,
				  const struct pst_node *got,
				  const struct pst_interval *want)
{
	const struct pst_interval *is = got ? pst_model_want(m, got) : NULL;

	if (!got || !want)
		return !got && !want;
	return is && is->start == want->start && is->last == want->last;
}

static inline const char *pst_model_stab(struct pst_model *m,
					 unsigned long addr)
{
	const struct pst_interval *best = NULL;
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++) {
		const struct pst_interval *it = &m->want[i];

		if (!it->live || it->start > addr || it->last < addr)
			continue;
		if (!best || it->start > best->start ||
		    (it->start == best->start && it->last < best->last))
			best = it;
	}
	if (!pst_model_same(m, pst_stab(&m->root, addr), best))
		return "pst_stab() is wrong";
	return NULL;
}

static inline const char *pst_model_find(struct pst_model *m,
					 unsigned long start)
{
	const struct pst_interval *best = NULL;
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++) {
		const struct pst_interval *it = &m->want[i];

		if (it->live && it->start == start &&
		    (!best || it->last < best->last))
			best = it;
	}
	if (!pst_model_same(m, pst_find_exact(&m->root, start), best))
		return "pst_find_exact() is wrong";
	return NULL;
}

static inline const char *pst_model_next(struct pst_model *m,
					 unsigned long addr)
{
	const struct pst_interval *best = NULL;
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++) {
		const struct pst_interval *it = &m->want[i];

		if (!it->live || it->start < addr)
			continue;
		if (!best || it->start < best->start ||
		    (it->start == best->start && it->last > best->last))
			best = it;
	}
	if (!pst_model_same(m, pst_find_next(&m->root, addr), best))
		return "pst_find_next() is wrong";
	return NULL;
}

static inline const char *pst_model_overlap(struct pst_model *m,
					    unsigned long start,
					    unsigned long last)
{
	struct pst_interval *it;
	struct pst_node *node;
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++)
		m->want[i].seen = false;

	pst_for_each_overlap(node, &m->root, start, last) {
		it = pst_model_want(m, node);
		if (!it)
			return "a walk met a node that is not in the tree";
		if (it->seen)
			return "a walk met a node twice";
		it->seen = true;
	}

	for (i = 0; i < PST_MODEL_NODES; i++) {
		it = &m->want[i];
		if (it->seen != (it->live && it->start <= last &&
				 it->last >= start))
			return it->seen ?
			       "a walk met an interval outside its range" :
			       "a walk missed an interval";
	}
	return NULL;
}

/* Marsaglia's xorshift64. */
static inline u64 pst_model_random(struct pst_model *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random;
}

static inline unsigned long pst_model_below(struct pst_model *m,
					    unsigned long limit)
{
	return (unsigned long)(pst_model_random(m) >> 16) % limit;
}

/**
 * enum pst_shape - where the intervals of a random case lie
 * @PST_PAGES: aligned ranges of some pages in a window of addresses, like vmalloc
 * @PST_NESTED: aligned blocks, halved again and again: nested or apart
 * @PST_SAME_START: two starts, each with many ends
 * @PST_SAME_INTERVAL: two intervals, each many times
 * @PST_SEQUENCE: each after the previous one
 * @PST_DENSE: any interval in 256 addresses, so that most of them overlap
 * @PST_FULL: any interval between 0 and ULONG_MAX, both included
 * @PST_PREFIX: starts that agree in ever more leading bits: the deepest tree
 */
enum pst_shape {
	PST_PAGES,
	PST_NESTED,
	PST_SAME_START,
	PST_SAME_INTERVAL,
	PST_SEQUENCE,
	PST_DENSE,
	PST_FULL,
	PST_PREFIX,
};

static inline unsigned long pst_shape_addr_full(struct pst_model *m)
{
	unsigned long addr = (unsigned long)pst_model_random(m);

	switch (pst_model_below(m, 16)) {
	case 0:
		return 0;
	case 1:
		return ULONG_MAX;
	case 2:
		return ULONG_MAX / 2 + (addr & 1);
	default:
		return addr >> pst_model_below(m, BITS_PER_LONG);
	}
}

/* Get an interval of @shape; for queries, its ends also serve as addresses. */
static inline void pst_shape_interval(struct pst_model *m, enum pst_shape shape,
				      unsigned long *start, unsigned long *last)
{
	const unsigned long base = ULONG_MAX / 8 * 7 & ~0xfffUL;
	unsigned long a, b;

	switch (shape) {
	case PST_PAGES:
		a = base + pst_model_below(m, 1024) * 4096;
		b = a + (1 + pst_model_below(m, 16)) * 4096 - 1;
		break;
	case PST_NESTED:
		b = 1UL << (4 + pst_model_below(m, 16));
		a = base + (pst_model_below(m, 1UL << 20) & ~(b - 1));
		b += a - 1;
		break;
	case PST_SAME_START:
		a = pst_model_below(m, 2) ? base : 0;
		b = a + pst_model_below(m, 1024);
		break;
	case PST_SAME_INTERVAL:
		a = base + pst_model_below(m, 2);
		b = base + 15;
		break;
	case PST_SEQUENCE:
		a = base + m->next;
		b = a + 1 + pst_model_below(m, 511);
		m->next = (b + 1 - base) % (1UL << 20);
		break;
	case PST_DENSE:
		a = pst_model_below(m, 256);
		b = pst_model_below(m, 256);
		break;
	case PST_PREFIX:
		a = ULONG_MAX << pst_model_below(m, BITS_PER_LONG);
		b = a + (pst_model_random(m) & ~a);
		break;
	case PST_FULL:
	default:
		a = pst_shape_addr_full(m);
		b = pst_shape_addr_full(m);
		break;
	}
	*start = min(a, b);
	*last = max(a, b);
}

/* Make a query, of any kind, at an interval of the shape or next to it. */
static inline const char *pst_model_query(struct pst_model *m,
					  enum pst_shape shape)
{
	unsigned long next = m->next;
	unsigned long start, last;
	const char *wrong;

	pst_shape_interval(m, shape, &start, &last);
	if (shape == PST_SEQUENCE) {
		/* A query must not advance the sequence; look at earlier ones. */
		start -= pst_model_below(m, 1UL << 18);
		last = start + pst_model_below(m, 4096);
		m->next = next;
	}

	switch (pst_model_below(m, 8)) {
	case 0:
		return pst_model_overlap(m, 0, ULONG_MAX);
	case 1:
		wrong = pst_model_overlap(m, start, start);
		return wrong ?: pst_model_overlap(m, last, last);
	case 2:
	case 3:
		return pst_model_overlap(m, start, last);
	case 4:
		wrong = pst_model_find(m, start);
		return wrong ?: pst_model_find(m, start + 1);
	case 5:
		wrong = pst_model_next(m, start);
		wrong = wrong ?: pst_model_next(m, start + 1);
		return wrong ?: pst_model_next(m, last + 1);
	default:
		wrong = pst_model_stab(m, start);
		wrong = wrong ?: pst_model_stab(m, start - 1);
		return wrong ?: pst_model_stab(m, last + 1);
	}
}

/*
 * Random insertions, removals and queries. The tree grows to three quarters of
 * the model, with some removals, shrinks to nothing, and grows again.
 */
static inline const char *pst_model_run(struct pst_model *m,
					enum pst_shape shape)
{
	const char *wrong = NULL;
	bool grow = true;

	for (m->ops = 0; m->ops < PST_RANDOM_OPS && !wrong; m->ops++) {
		unsigned int i = pst_model_below(m, PST_MODEL_NODES);
		unsigned long start, last;

		if (m->live == (grow ? PST_MODEL_NODES / 4 * 3 : 0))
			grow = !grow;
		if (pst_model_below(m, 2)) {
			wrong = pst_model_query(m, shape);
		} else if (grow && !m->want[i].live) {
			pst_shape_interval(m, shape, &start, &last);
			pst_model_insert(m, i, start, last);
		} else if (m->want[i].live &&
			   (!grow || !pst_model_below(m, 8))) {
			pst_model_erase(m, i);
		}
		if (!wrong && m->ops % PST_CHECK_EVERY == 0)
			wrong = pst_model_check(m);
	}
	return wrong ?: pst_model_check(m);
}

static inline const char *pst_case_empty(struct pst_model *m)
{
	const char *wrong;

	wrong = pst_model_check(m);
	wrong = wrong ?: pst_model_stab(m, 0);
	wrong = wrong ?: pst_model_find(m, 0);
	wrong = wrong ?: pst_model_next(m, 0);
	wrong = wrong ?: pst_model_next(m, ULONG_MAX);
	wrong = wrong ?: pst_model_overlap(m, 0, ULONG_MAX);

	/* A removed node can be used again, and leaves an empty tree. */
	pst_model_insert(m, 0, 16, 31);
	wrong = wrong ?: pst_model_check(m);
	pst_model_erase(m, 0);
	wrong = wrong ?: pst_model_check(m);
	pst_model_insert(m, 0, 48, 63);
	wrong = wrong ?: pst_model_check(m);
	wrong = wrong ?: pst_model_stab(m, 16);
	return wrong ?: pst_model_stab(m, 48);
}

/* Test borders of intervals, inside and outside, and both ends of memory. */
static inline const char *pst_case_borders(struct pst_model *m)
{
	static const unsigned long at[] = {
		0, 1, 2, 4095, 4096, 4097, ULONG_MAX / 2, ULONG_MAX / 2 + 1,
		ULONG_MAX - 2, ULONG_MAX - 1, ULONG_MAX,
	};
	unsigned int a, b, n = 0;
	const char *wrong = NULL;

	for (a = 0; a < ARRAY_SIZE(at); a++) {
		for (b = a; b < ARRAY_SIZE(at); b++) {
			pst_model_insert(m, n, at[a], at[b]);
			wrong = wrong ?: pst_model_check(m);
			/* Leave gaps and nested intervals. */
			if (n % 3 == 1)
				pst_model_erase(m, n);
			n++;
		}
	}
	for (a = 0; a < ARRAY_SIZE(at); a++) {
		wrong = wrong ?: pst_model_stab(m, at[a]);
		wrong = wrong ?: pst_model_find(m, at[a]);
		wrong = wrong ?: pst_model_next(m, at[a]);
		for (b = a; b < ARRAY_SIZE(at); b++)
			wrong = wrong ?: pst_model_overlap(m, at[a], at[b]);
	}
	return wrong;
}

/* Find the innermost of nested intervals at each depth, and remove it. */
static inline const char *pst_case_peel(struct pst_model *m)
{
	const char *wrong = NULL;
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++)
		pst_model_insert(m, i, 4096 + i, 8192 - i);
	for (i = PST_MODEL_NODES; i--;) {
		struct pst_node *inner = pst_stab(&m->root, 6144);

		if (inner != &m->node[i])
			return "pst_stab() did not find the innermost interval";
		wrong = wrong ?: pst_model_stab(m, 4096 + i / 2);
		pst_model_erase(m, i);
		wrong = wrong ?: pst_model_check(m);
	}
	return wrong;
}

/* A walk can stop at any node, and a new one can start. */
static inline const char *pst_case_drain(struct pst_model *m)
{
	struct pst_node *node;
	const char *wrong = NULL;
	unsigned long start, last;
	unsigned int i;

	for (i = 0; i < PST_MODEL_NODES; i++) {
		pst_shape_interval(m, PST_FULL, &start, &last);
		pst_model_insert(m, i, start, last);
	}
	while ((node = pst_first_overlap(&m->root, 0, ULONG_MAX))) {
		pst_model_erase(m, node - m->node);
		wrong = wrong ?: pst_model_overlap(m, start, last);
		wrong = wrong ?: pst_model_check(m);
	}
	return wrong;
}

static inline const char *pst_case_pages(struct pst_model *m)
{
	return pst_model_run(m, PST_PAGES);
}

static inline const char *pst_case_nested(struct pst_model *m)
{
	return pst_model_run(m, PST_NESTED);
}

static inline const char *pst_case_same_start(struct pst_model *m)
{
	return pst_model_run(m, PST_SAME_START);
}

static inline const char *pst_case_same_interval(struct pst_model *m)
{
	return pst_model_run(m, PST_SAME_INTERVAL);
}

static inline const char *pst_case_sequence(struct pst_model *m)
{
	return pst_model_run(m, PST_SEQUENCE);
}

static inline const char *pst_case_dense(struct pst_model *m)
{
	return pst_model_run(m, PST_DENSE);
}

static inline const char *pst_case_full(struct pst_model *m)
{
	return pst_model_run(m, PST_FULL);
}

static inline const char *pst_case_prefix(struct pst_model *m)
{
	return pst_model_run(m, PST_PREFIX);
}

/**
 * struct pst_case - a test case
 * @name: what it tests
 * @run: runs it on a model fresh from pst_model_init(); returns what is wrong, or
 *	NULL
 */
struct pst_case {
	const char *name;
	const char *(*run)(struct pst_model *m);
};

static const struct pst_case pst_cases[] = {
	{ "empty tree and reuse of a node", pst_case_empty },
	{ "borders of intervals", pst_case_borders },
	{ "innermost interval of a nest", pst_case_peel },
	{ "draining by first hit", pst_case_drain },
	{ "random: pages", pst_case_pages },
	{ "random: nested blocks", pst_case_nested },
	{ "random: few starts", pst_case_same_start },
	{ "random: equal intervals", pst_case_same_interval },
	{ "random: sequence", pst_case_sequence },
	{ "random: dense", pst_case_dense },
	{ "random: full address range", pst_case_full },
	{ "random: common prefixes", pst_case_prefix },
};

#endif /* _LIB_TESTS_PRIO_SEARCH_TREE_CASES_H */
