/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Priority search tree: a store of closed intervals [start, last] that answers
 * "which intervals contain this address" and "which intervals overlap this
 * range".
 *
 * Nodes are embedded in the user's structures; the tree never allocates and
 * never recurses. Intervals may nest, overlap and repeat. The caller provides
 * the locking: either a single writer or any number of readers.
 *
 * lib/prio_search_tree.c describes the structure and its bounds.
 */
#ifndef _LINUX_PRIO_SEARCH_TREE_H
#define _LINUX_PRIO_SEARCH_TREE_H

#include <linux/types.h>

/**
 * struct pst_node - an interval in a priority search tree
 * @start: first address of the interval
 * @last: last address of the interval, inclusive; not less than @start
 * @parent: the node above; the node itself if it is at the top; %NULL if it is
 *	in no tree
 * @child: the nodes below, selected by the value of one bit of their keys
 * @bit: number of that bit
 *
 * The user fills in @start and @last before pst_insert() and leaves them alone
 * until pst_erase(). The other members belong to the tree. A zeroed node is a
 * valid node that is in no tree.
 */
struct pst_node {
	unsigned long start;
	unsigned long last;
	struct pst_node *parent;
	struct pst_node *child[2];
	unsigned int bit;
};

/**
 * struct pst_root - a priority search tree
 * @top: the node with the largest &pst_node.last, %NULL if the tree is empty
 */
struct pst_root {
	struct pst_node *top;
};

#define PST_ROOT_INIT	((struct pst_root) { .top = NULL })

/**
 * pst_init() - make a tree empty
 * @root: the tree; its nodes, if any, are forgotten and not touched
 */
static inline void pst_init(struct pst_root *root)
{
	root->top = NULL;
}

/**
 * pst_empty() - is the tree empty?
 * @root: the tree
 *
 * Return: true if no node is in @root.
 */
static inline bool pst_empty(const struct pst_root *root)
{
	return !root->top;
}

/**
 * pst_node_init() - mark a node as being in no tree
 * @node: the node; not in a tree
 *
 * Needed only if the memory of the node is not zeroed and pst_linked() may be
 * called before pst_insert().
 */
static inline void pst_node_init(struct pst_node *node)
{
	node->parent = NULL;
}

/**
 * pst_linked() - is the node in a tree?
 * @node: the node; zeroed, initialised, inserted or erased before
 *
 * Return: true between pst_insert() and pst_erase().
 */
static inline bool pst_linked(const struct pst_node *node)
{
	return node->parent;
}

void pst_insert(struct pst_root *root, struct pst_node *node);
void pst_erase(struct pst_root *root, struct pst_node *node);

struct pst_node *pst_find_exact(const struct pst_root *root,
				unsigned long start);
struct pst_node *pst_stab(const struct pst_root *root, unsigned long addr);
struct pst_node *pst_find_next(const struct pst_root *root, unsigned long addr);

struct pst_node *pst_first_overlap(const struct pst_root *root,
				   unsigned long start, unsigned long last);
struct pst_node *pst_next_overlap(const struct pst_node *node,
				  unsigned long start, unsigned long last);

/**
 * pst_for_each_overlap() - walk over the intervals that overlap a range
 * @pos: struct pst_node *, the cursor
 * @root: the tree
 * @first: first address of the range
 * @end: last address of the range, inclusive
 *
 * The walk is in no particular order. The tree must not change during the walk;
 * after a change, start a new one. The range from 0 to %ULONG_MAX visits every
 * node.
 */
#define pst_for_each_overlap(pos, root, first, end)			\
	for ((pos) = pst_first_overlap(root, first, end); (pos);	\
	     (pos) = pst_next_overlap(pos, first, end))

#endif /* _LINUX_PRIO_SEARCH_TREE_H */
