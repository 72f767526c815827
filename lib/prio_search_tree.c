// SPDX-License-Identifier: GPL-2.0
/*
 * Priority search tree
 *
 * An interval is a point: its start is a search key, its last address a
 * priority. The tree is a binary radix tree over the key and at the same time a
 * heap over the priority (the radix form of E. M. McCreight, "Priority Search
 * Trees", SIAM Journal on Computing 14(2), 1985):
 *
 *  - at level N, child[0] holds keys with bit N (counted from the most
 *    significant one) clear and child[1] those with it set, so all nodes at and
 *    below a position share the N bits of the path to it;
 *  - of all nodes that share this path and found no place above, the one with
 *    the largest last address takes the position. Below a node nothing ends
 *    later than it does, and there are no positions without a node.
 *
 * The keys give the shape, so nothing is ever rebalanced: insertion pushes
 * nodes down one path, removal pulls nodes up one path. McCreight's balanced
 * form gives each node two roles (a key to branch on and a tenant of the heap)
 * and mends the heap after each rotation; that buys a depth of log n instead of
 * the word size, for more code under the lock. An augmented red-black tree
 * (lib/interval_tree.c) is balanced and simple, but walks O(k log n) nodes for
 * k hits in the worst case.
 *
 * Intervals may repeat, therefore the key goes on where the start ends:
 *
 *      start | complement of last | address of the node
 *
 * So keys are distinct, and of two intervals around one address the one with
 * the larger key is the inner one.
 *
 * With d the longest path (at most the number of nodes, and at most
 * BITS_PER_LONG, except that nodes of one start may go on below, to three times
 * that), in the worst case, without recursion and without allocation:
 *
 *      pst_insert(), pst_erase()                   O(d)
 *      pst_stab(), pst_find_exact()                O(d), whatever the hits
 *      pst_first_overlap() ... pst_next_overlap()  O(d + hits) for a whole walk
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/prio_search_tree.h>

/* Bit @n of @word, counted from the most significant one. */
static unsigned int pst_bit(unsigned long word, unsigned int n)
{
	return (word >> (BITS_PER_LONG - 1 - n)) & 1;
}

/* The subtree at @level that the key of @node belongs to. */
static unsigned int pst_branch(const struct pst_node *node, unsigned int level)
{
	if (level < BITS_PER_LONG)
		return pst_bit(node->start, level);
	level -= BITS_PER_LONG;
	if (level < BITS_PER_LONG)
		return pst_bit(~node->last, level);
	return pst_bit((unsigned long)node, level - BITS_PER_LONG);
}

/* The subtree at @level that the largest key of an interval at @addr is in. */
static unsigned int pst_branch_addr(unsigned long addr, unsigned int level)
{
	return level < BITS_PER_LONG ? pst_bit(addr, level) : 1;
}

/* The least start that the subtree of @node has room for. */
static unsigned long pst_floor(const struct pst_node *node)
{
	if (node->level >= BITS_PER_LONG)
		return node->start;
	return node->start & ~(~0UL >> node->level);
}

/* A node at the top is its own parent, so that NULL is left for "no tree". */
static void pst_set_parent(struct pst_node *node, struct pst_node *parent)
{
	node->parent = parent ?: node;
}

static void pst_set_child(struct pst_node *node, unsigned int side,
			  struct pst_node *child)
{
	node->child[side] = child;
	if (child)
		child->parent = node;
}

/* The pointer that leads to the position of @node. */
static struct pst_node **pst_link(struct pst_root *root, struct pst_node *node)
{
	struct pst_node *parent = node->parent;

	if (!node->level)
		return &root->top;
	return &parent->child[parent->child[1] == node];
}

/**
 * pst_insert() - add an interval
 * @root: the tree
 * @node: the node, its start and last filled in, in no tree
 *
 * The same interval may be in the tree any number of times, each with a node of
 * its own.
 *
 * Context: Any; the caller keeps others out of the tree.
 */
void pst_insert(struct pst_root *root, struct pst_node *node)
{
	struct pst_node **link = &root->top;
	struct pst_node *parent = NULL;
	struct pst_node *tenant;
	unsigned int level = 0;

	/* Whoever ends later keeps the position, the other one moves down. */
	while ((tenant = *link)) {
		if (node->last > tenant->last) {
			*link = node;
			pst_set_parent(node, parent);
			pst_set_child(node, 0, tenant->child[0]);
			pst_set_child(node, 1, tenant->child[1]);
			node->level = level;
			parent = node;
			node = tenant;
		} else {
			parent = tenant;
		}
		link = &parent->child[pst_branch(node, level)];
		level++;
	}

	*link = node;
	pst_set_parent(node, parent);
	node->child[0] = NULL;
	node->child[1] = NULL;
	node->level = level;
}
EXPORT_SYMBOL_GPL(pst_insert);

/**
 * pst_erase() - remove an interval
 * @root: the tree
 * @node: the node, in @root
 *
 * Context: Any; the caller keeps others out of the tree.
 */
void pst_erase(struct pst_root *root, struct pst_node *node)
{
	struct pst_node **link = pst_link(root, node);
	struct pst_node *parent = node->level ? node->parent : NULL;
	struct pst_node *child[2] = { node->child[0], node->child[1] };
	unsigned int level = node->level;

	/* Pull up the child that ends later, then fill the gap it left. */
	while (child[0] || child[1]) {
		unsigned int side = !child[0] ||
				    (child[1] && child[1]->last > child[0]->last);
		struct pst_node *heir = child[side];
		struct pst_node *other = child[!side];

		child[0] = heir->child[0];
		child[1] = heir->child[1];

		*link = heir;
		pst_set_parent(heir, parent);
		pst_set_child(heir, !side, other);
		heir->level = level++;

		parent = heir;
		link = &heir->child[side];
	}

	*link = NULL;
	pst_node_init(node);
}
EXPORT_SYMBOL_GPL(pst_erase);

/* Both around one address: is @a the inner one? */
static bool pst_inner(const struct pst_node *a, const struct pst_node *b)
{
	return a->start > b->start ||
	       (a->start == b->start && a->last < b->last);
}

/**
 * pst_stab() - find the innermost interval around an address
 * @root: the tree
 * @addr: the address
 *
 * Innermost is the interval with the largest start; of several, the one with
 * the smallest last address; of equal intervals, any.
 *
 * Context: Any; the caller keeps writers out of the tree.
 * Return: the node, %NULL if no interval contains @addr.
 */
struct pst_node *pst_stab(const struct pst_root *root, unsigned long addr)
{
	struct pst_node *node = root->top;
	struct pst_node *below = NULL;
	struct pst_node *best = NULL;

	/*
	 * Down the path of @addr. Starts in the subtrees that branch off to the
	 * left are not above @addr and rise from one to the next, so only the
	 * last one that has an interval reaching @addr can matter.
	 */
	while (node && node->last >= addr) {
		unsigned int side = pst_branch_addr(addr, node->level);

		if (node->start <= addr && (!best || pst_inner(node, best)))
			best = node;
		if (side && node->child[0] && node->child[0]->last >= addr)
			below = node->child[0];
		node = node->child[side];
	}

	/* There the largest key is to the right wherever the right reaches. */
	node = below;
	while (node && node->last >= addr) {
		unsigned int side;

		if (!best || pst_inner(node, best))
			best = node;
		side = node->child[1] && node->child[1]->last >= addr;
		node = node->child[side];
	}

	return best;
}
EXPORT_SYMBOL_GPL(pst_stab);

/**
 * pst_find_exact() - find an interval by its start
 * @root: the tree
 * @start: first address of the interval
 *
 * Context: Any; the caller keeps writers out of the tree.
 * Return: the node; of several, the one with the smallest last address; of equal
 * intervals, any; %NULL if no interval starts at @start.
 */
struct pst_node *pst_find_exact(const struct pst_root *root,
				unsigned long start)
{
	/* No interval around @start starts later than one that starts there. */
	struct pst_node *node = pst_stab(root, start);

	return node && node->start == start ? node : NULL;
}
EXPORT_SYMBOL_GPL(pst_find_exact);

/*
 * May the subtree of @node have an interval that meets [@start, @last]? If so
 * @node is one, or it lies on the path of @last: that bounds the walk.
 */
static bool pst_enter(const struct pst_node *node, unsigned long start,
		      unsigned long last)
{
	return node && node->last >= start && pst_floor(node) <= last;
}

/* The next node after @node, in preorder, of the subtrees worth entering. */
static struct pst_node *pst_walk(const struct pst_node *node,
				 unsigned long start, unsigned long last)
{
	if (pst_enter(node->child[0], start, last))
		return node->child[0];
	if (pst_enter(node->child[1], start, last))
		return node->child[1];

	while (node->level) {
		const struct pst_node *parent = node->parent;

		if (node == parent->child[0] &&
		    pst_enter(parent->child[1], start, last))
			return parent->child[1];
		node = parent;
	}
	return NULL;
}

/**
 * pst_next_overlap() - continue a walk over the intervals that meet a range
 * @node: what the call before returned, still in the tree
 * @start: first address of the range
 * @last: last address of the range, inclusive
 *
 * Context: Any; the caller keeps writers out of the tree for the whole walk.
 * Return: another node, %NULL after the last one.
 */
struct pst_node *pst_next_overlap(const struct pst_node *node,
				  unsigned long start, unsigned long last)
{
	struct pst_node *next = pst_walk(node, start, last);

	while (next && next->start > last)
		next = pst_walk(next, start, last);
	return next;
}
EXPORT_SYMBOL_GPL(pst_next_overlap);

/**
 * pst_first_overlap() - begin a walk over the intervals that meet a range
 * @root: the tree
 * @start: first address of the range
 * @last: last address of the range, inclusive
 *
 * The walk visits every such interval once, in no particular order, and may stop
 * at any time.
 *
 * Context: Any; the caller keeps writers out of the tree for the whole walk.
 * Return: a node, %NULL if no interval meets the range.
 */
struct pst_node *pst_first_overlap(const struct pst_root *root,
				   unsigned long start, unsigned long last)
{
	struct pst_node *node = root->top;

	if (!pst_enter(node, start, last))
		return NULL;
	if (node->start <= last)
		return node;
	return pst_next_overlap(node, start, last);
}
EXPORT_SYMBOL_GPL(pst_first_overlap);
