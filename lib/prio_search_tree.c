// SPDX-License-Identifier: GPL-2.0
/*
 * Priority search tree
 *
 * An interval is a point: its start is a search key, its last address a
 * priority. The tree is a radix tree over the bits of the key and at the same
 * time a heap over the priority (the radix form of E. M. McCreight, "Priority
 * Search Trees", SIAM Journal on Computing 14(2), 1985):
 *
 *  - the top of a subtree is the node with the largest last address, whatever
 *    its key; the other nodes are below, in child[0] or child[1] according to
 *    key bit number "bit" (counted from the most significant one);
 *  - the other nodes agree in all more significant bits. Bits in which nothing
 *    below differs are skipped, so "bit" grows on the way down, in steps of any
 *    size.
 *
 * Insertion pushes nodes down one path, removal pulls nodes up one path, and
 * nothing is ever rebalanced. McCreight's balanced form gives each node two
 * roles, a key to branch on and a tenant of the heap, and mends the heap after
 * each rotation; that bounds the depth by log n instead of the word size, for
 * more code under the caller's lock. An augmented red-black tree
 * (lib/interval_tree.c) visits O(k log n) nodes for k hits in the worst case.
 *
 * Intervals may repeat, so the key has more bits than the start:
 *
 *      start | complement of last | address of the node
 *
 * Keys are therefore distinct, and of two intervals that contain an address, the
 * one with the larger key is the inner one.
 *
 * Let d be the length of the longest path. It is at most the number of nodes.
 * It is also at most BITS_PER_LONG if all starts differ, and at most three times
 * that otherwise. The worst case, without recursion and without allocation:
 *
 *      pst_insert(), pst_erase()                   O(d)
 *      pst_stab(), pst_find_exact()                O(d), however many hits
 *      pst_find_next()                             O(d)
 *      pst_first_overlap() ... pst_next_overlap()  O(d + hits) for a whole walk
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/prio_search_tree.h>

/* Number of leading zero bits of @word, which is not 0. */
static unsigned int pst_zeros(unsigned long word)
{
	return BITS_PER_LONG - 1 - __fls(word);
}

/* The first key bit in which two nodes differ. */
static unsigned int pst_differ(const struct pst_node *a,
			       const struct pst_node *b)
{
	if (a->start != b->start)
		return pst_zeros(a->start ^ b->start);
	if (a->last != b->last)
		return BITS_PER_LONG + pst_zeros(a->last ^ b->last);
	return 2 * BITS_PER_LONG +
	       pst_zeros((unsigned long)a ^ (unsigned long)b);
}

/* Bit @bit of the key of @node. */
static unsigned int pst_side(const struct pst_node *node, unsigned int bit)
{
	unsigned long word;

	if (bit < BITS_PER_LONG)
		word = node->start;
	else if (bit < 2 * BITS_PER_LONG)
		word = ~node->last;
	else
		word = (unsigned long)node;
	return (word >> (BITS_PER_LONG - 1 - bit % BITS_PER_LONG)) & 1;
}

/* The bits of a start that come after the first @bit ones of the key. */
static unsigned long pst_rest(unsigned int bit)
{
	return bit < BITS_PER_LONG ? ~0UL >> bit : 0;
}

/* Any node below @node, to represent the bits in which all of them agree. */
static struct pst_node *pst_below(const struct pst_node *node)
{
	return node->child[0] ?: node->child[1];
}

/* A node at the top is its own parent, so that NULL is left for "no tree". */
static bool pst_is_top(const struct pst_node *node)
{
	return node->parent == node;
}

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

/*
 * Fill a vacant position below @parent: @link points to it, and it has the given
 * bit and children. Pull up the child that ends later, then fill the position
 * that it leaves, until the vacant position has no children.
 */
static void pst_fill(struct pst_node **link, struct pst_node *parent,
		     unsigned int bit, struct pst_node *child0,
		     struct pst_node *child1)
{
	while (child0 || child1) {
		unsigned int side = !child0 ||
				    (child1 && child1->last > child0->last);
		struct pst_node *heir = side ? child1 : child0;
		struct pst_node *other = side ? child0 : child1;
		unsigned int vacant = heir->bit;

		child0 = heir->child[0];
		child1 = heir->child[1];

		*link = heir;
		pst_set_parent(heir, parent);
		pst_set_child(heir, !side, other);
		heir->bit = bit;

		parent = heir;
		link = &heir->child[side];
		bit = vacant;
	}
	*link = NULL;
}

/* Does the whole subtree of @other agree in key bits 0 to @bit? */
static bool pst_splits(const struct pst_node *other, unsigned int bit)
{
	struct pst_node *below = pst_below(other);

	return !below || (bit < other->bit && bit < pst_differ(other, below));
}

/*
 * Find the pointer in @parent below which @node belongs. If @node differs from
 * the nodes below @parent in a bit in which all of them agree, they become one
 * of two subtrees, and @node becomes the other one.
 */
static struct pst_node **pst_descend(struct pst_node *parent,
				     struct pst_node *node)
{
	struct pst_node *child0 = parent->child[0];
	struct pst_node *child1 = parent->child[1];
	struct pst_node *below = pst_below(parent);
	unsigned int bit, side;

	if (!below) {
		parent->bit = pst_differ(parent, node);
		return &parent->child[pst_side(node, parent->bit)];
	}

	bit = pst_differ(node, below);
	side = pst_side(node, bit);

	if (child0 && child1) {
		if (bit >= parent->bit)
			return &parent->child[pst_side(node, parent->bit)];
		/* Both children go below a new position, which one has to fill. */
		pst_fill(&parent->child[!side], parent, parent->bit, child0,
			 child1);
	} else {
		if (!pst_splits(below, bit))
			return &parent->child[!child0];
		parent->child[!side] = below;
	}
	parent->child[side] = NULL;
	parent->bit = bit;
	return &parent->child[side];
}

/**
 * pst_insert() - add an interval
 * @root: the tree
 * @node: the node, with start and last filled in, in no tree
 *
 * The same interval may be in the tree any number of times, each time with a
 * node of its own.
 *
 * Context: Any; the caller keeps others out of the tree.
 */
void pst_insert(struct pst_root *root, struct pst_node *node)
{
	struct pst_node **link = &root->top;
	struct pst_node *parent = NULL;
	struct pst_node *tenant;

	/* The node that ends later keeps the position, the other one moves down. */
	while ((tenant = *link)) {
		if (node->last > tenant->last) {
			*link = node;
			pst_set_parent(node, parent);
			pst_set_child(node, 0, tenant->child[0]);
			pst_set_child(node, 1, tenant->child[1]);
			node->bit = tenant->bit;
			parent = node;
			node = tenant;
		} else {
			parent = tenant;
		}
		link = pst_descend(parent, node);
	}

	*link = node;
	pst_set_parent(node, parent);
	node->child[0] = NULL;
	node->child[1] = NULL;
	/* Without children there is nothing to branch on. */
	node->bit = 0;
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
	struct pst_node *parent = NULL;
	struct pst_node **link = &root->top;

	if (!pst_is_top(node)) {
		parent = node->parent;
		link = &parent->child[parent->child[1] == node];
	}
	pst_fill(link, parent, node->bit, node->child[0], node->child[1]);
	pst_node_init(node);
}
EXPORT_SYMBOL_GPL(pst_erase);

/* Does anything in the subtree of @node, if there is one, reach @addr? */
static bool pst_reaches(const struct pst_node *node, unsigned long addr)
{
	return node && node->last >= addr;
}

/* The child of @node whose subtree has the largest key that reaches @addr. */
static struct pst_node *pst_reaching(const struct pst_node *node,
				     unsigned long addr)
{
	if (pst_reaches(node->child[1], addr))
		return node->child[1];
	return pst_reaches(node->child[0], addr) ? node->child[0] : NULL;
}

/*
 * Get the inner one of @best, if any, and @node, which contain the same address.
 * If both start at the same address, this is @node, which was found later on the
 * way down: it ends no later.
 */
static struct pst_node *pst_inner(struct pst_node *best, struct pst_node *node)
{
	return best && best->start > node->start ? best : node;
}

/**
 * pst_stab() - find the innermost interval that contains an address
 * @root: the tree
 * @addr: the address
 *
 * The innermost interval is the one with the largest start; of several, the one
 * with the smallest last address; of equal intervals, any.
 *
 * Context: Any; the caller keeps writers out of the tree.
 * Return: the node, %NULL if no interval contains @addr.
 */
struct pst_node *pst_stab(const struct pst_root *root, unsigned long addr)
{
	struct pst_node *node = root->top;
	struct pst_node *left = NULL;
	struct pst_node *best = NULL;

	/*
	 * Follow the path of @addr down to where all nodes below start at or
	 * before @addr. Starts in the subtrees that branch off to the left are
	 * below @addr and rise from one subtree to the next, so only the last one
	 * with an interval that reaches @addr can matter.
	 */
	while (pst_reaches(node, addr)) {
		struct pst_node *below = pst_below(node);
		unsigned long rest = pst_rest(node->bit);
		unsigned int side;

		if (node->start <= addr)
			best = pst_inner(best, node);
		if (!below || (below->start & ~rest) > addr)
			break;
		if ((below->start | rest) <= addr) {
			left = pst_reaching(node, addr) ?: left;
			break;
		}

		side = (addr >> (BITS_PER_LONG - 1 - node->bit)) & 1;
		if (side && pst_reaches(node->child[0], addr))
			left = node->child[0];
		node = node->child[side];
	}

	/* From there, prefer the right side, which has the larger keys. */
	for (node = left; node; node = pst_reaching(node, addr))
		best = pst_inner(best, node);

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
	/* Of the intervals that contain @start, those that start there are innermost. */
	struct pst_node *node = pst_stab(root, start);

	return node && node->start == start ? node : NULL;
}
EXPORT_SYMBOL_GPL(pst_find_exact);

/* Get the one of @best, if any, and @node that comes first in order of keys. */
static struct pst_node *pst_earlier(struct pst_node *best,
				    struct pst_node *node)
{
	if (!best || node->start < best->start ||
	    (node->start == best->start && node->last > best->last))
		return node;
	return best;
}

/**
 * pst_find_next() - find the first interval from an address on
 * @root: the tree
 * @addr: the address
 *
 * The first interval is the one with the smallest start; of several, the one
 * with the largest last address; of equal intervals, any. To walk over all
 * starts in order, call this with the previous start plus one; the tree may
 * change between two calls.
 *
 * Context: Any; the caller keeps writers out of the tree.
 * Return: the node, %NULL if no interval starts at @addr or later.
 */
struct pst_node *pst_find_next(const struct pst_root *root, unsigned long addr)
{
	struct pst_node *node = root->top;
	struct pst_node *right = NULL;
	struct pst_node *best = NULL;

	/*
	 * Follow the path of @addr down to where all nodes below start at @addr
	 * or later. Starts in the subtrees that branch off to the right are above
	 * @addr and fall from one subtree to the next, so only the last one can
	 * matter.
	 */
	while (node) {
		struct pst_node *below = pst_below(node);
		unsigned long rest = pst_rest(node->bit);
		unsigned int side;

		if (node->start >= addr)
			best = pst_earlier(best, node);
		if (!below || (below->start | rest) < addr)
			break;
		if ((below->start & ~rest) >= addr) {
			right = below;
			break;
		}

		side = (addr >> (BITS_PER_LONG - 1 - node->bit)) & 1;
		if (!side && node->child[1])
			right = node->child[1];
		node = node->child[side];
	}

	/* From there, prefer the left side, which has the smaller keys. */
	for (node = right; node; node = pst_below(node))
		best = pst_earlier(best, node);

	return best;
}
EXPORT_SYMBOL_GPL(pst_find_next);

/*
 * May the subtree of @node have an interval that overlaps [@start, @last]? If
 * so, @node is one, or it lies on the path of @last, which bounds the walk.
 */
static bool pst_enter(const struct pst_node *node, unsigned long start,
		      unsigned long last)
{
	unsigned long rest = ~0UL;

	if (!pst_reaches(node, start))
		return false;
	if (!pst_is_top(node))
		rest = pst_rest(node->parent->bit + 1);
	return (node->start & ~rest) <= last;
}

/* Get the node after @node in preorder; skip subtrees not worth entering. */
static struct pst_node *pst_walk(const struct pst_node *node,
				 unsigned long start, unsigned long last)
{
	if (pst_enter(node->child[0], start, last))
		return node->child[0];
	if (pst_enter(node->child[1], start, last))
		return node->child[1];

	while (!pst_is_top(node)) {
		const struct pst_node *parent = node->parent;

		if (node == parent->child[0] &&
		    pst_enter(parent->child[1], start, last))
			return parent->child[1];
		node = parent;
	}
	return NULL;
}

/**
 * pst_next_overlap() - continue a walk over the intervals that overlap a range
 * @node: the node that the previous call returned, still in the tree
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
 * pst_first_overlap() - begin a walk over the intervals that overlap a range
 * @root: the tree
 * @start: first address of the range
 * @last: last address of the range, inclusive
 *
 * The walk visits every such interval once, in no particular order, and may stop
 * at any time.
 *
 * Context: Any; the caller keeps writers out of the tree for the whole walk.
 * Return: a node, %NULL if no interval overlaps the range.
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
