// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the search for direct leaks, on graphs of objects that the test itself puts
 * into the report.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../store/object.h"
#include "../store/range.h"
#include "../store/slab.h"
#include "../store/slot.h"
#include "../mark/marker.h"
#include "../report/graph.h"

#define NODES_MAX	64
#define NODE_SIZE	512

struct edge {
	unsigned int from;
	unsigned int to;
};

/**
 * struct shape - a graph and the expected result
 * @name: name of the case
 * @nodes: number of objects
 * @direct: number of direct leaks among them
 * @nr_edges: number of references
 * @edges: the objects that each reference leads from and to
 */
struct shape {
	const char *name;
	unsigned int nodes;
	unsigned int direct;
	unsigned int nr_edges;
	struct edge edges[16];
};

static const struct shape shapes[] = {
	{ "one", 1, 1, 0, {} },
	{ "one that refers to itself", 1, 1, 1, { { 0, 0 } } },
	{ "three apart", 3, 3, 0, {} },
	{ "chain", 4, 1, 3, { { 0, 1 }, { 1, 2 }, { 2, 3 } } },
	{ "chain backwards", 4, 1, 3, { { 3, 2 }, { 2, 1 }, { 1, 0 } } },
	{ "tree", 5, 1, 4, { { 2, 0 }, { 2, 1 }, { 2, 3 }, { 3, 4 } } },
	{ "two with a child", 3, 2, 2, { { 0, 1 }, { 2, 1 } } },
	{ "ring", 4, 1, 4, { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 0 } } },
	{ "ring with a way in", 4, 1, 4,
	  { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 3, 1 } } },
	{ "ring with a way out", 4, 1, 4,
	  { { 0, 1 }, { 1, 2 }, { 2, 0 }, { 1, 3 } } },
	{ "ring to ring", 4, 1, 5,
	  { { 2, 3 }, { 3, 2 }, { 2, 0 }, { 0, 1 }, { 1, 0 } } },
	{ "two rings to a third", 6, 2, 8,
	  { { 0, 1 }, { 1, 0 }, { 2, 3 }, { 3, 2 }, { 4, 5 }, { 5, 4 },
	    { 0, 2 }, { 4, 3 } } },
	{ "the later candidate leads to the first by way of what that saw", 3, 1,
	  3, { { 2, 1 }, { 1, 0 }, { 0, 1 } } },
};

/**
 * struct graph_test - objects of a graph
 * @node: its objects; their first words are the edges
 * @nodes: number of objects
 * @reach: which object can be reached from which, for comparison
 */
struct graph_test {
	void **node[NODES_MAX];
	unsigned int nodes;
	bool reach[NODES_MAX][NODES_MAX];
};

static void node_flags(void *node, u32 set, u32 clear)
{
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, (unsigned long)node, &ref)) {
		if (ref.table)
			set_bit(TABLE_REPORTED, &ref.table->flags);
		walk_want(WALK_REPORTED);
		slot_change(ref.slot, set, clear);
	}
	rcu_read_unlock();
}

static bool node_indirect(void *node)
{
	struct object_ref ref;
	bool indirect = false;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, (unsigned long)node, &ref))
		indirect = slot_state(ref.slot) & OBJ_INDIRECT;
	rcu_read_unlock();
	return indirect;
}

/* Allocate slab objects; every third object is larger than a page. */
static void graph_alloc(struct kunit *test, struct graph_test *graph,
			unsigned int nodes)
{
	size_t size;
	unsigned int i;

	memset(graph, 0, sizeof(*graph));
	graph->nodes = nodes;
	for (i = 0; i < nodes; i++) {
		size = i % 3 == 2 ? 4 * PAGE_SIZE : NODE_SIZE;
		graph->node[i] = kunit_kzalloc(test, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, graph->node[i]);
	}
}

/* Refer to the middle of the object, which is as good as its start. */
static void graph_edge(struct graph_test *graph, unsigned int from,
		       unsigned int to)
{
	void **word = graph->node[from];

	while (*word)
		word++;
	*word = (void *)graph->node[to] + NODE_SIZE / 2;
	graph->reach[from][to] = true;
}

static void graph_close(struct graph_test *graph)
{
	unsigned int i, k, n;

	for (k = 0; k < graph->nodes; k++)
		for (i = 0; i < graph->nodes; i++)
			for (n = 0; n < graph->nodes; n++)
				graph->reach[i][n] |= graph->reach[i][k] &&
						      graph->reach[k][n];
}

static bool never_called_off(struct task_struct *scanner)
{
	return false;
}

static void graph_run(struct graph_test *graph)
{
	struct marker m = { .called_off = never_called_off };
	unsigned int i;

	for (i = 0; i < graph->nodes; i++)
		node_flags(graph->node[i], OBJ_REPORTED, 0);
	graph_update(&m);
	for (i = 0; i < graph->nodes; i++)
		node_flags(graph->node[i], 0, OBJ_REPORTED);
}

/* Check that the direct leaks lead to everything, and that none can be spared. */
static void graph_check(struct kunit *test, struct graph_test *graph,
			const char *name)
{
	unsigned long bytes, below, all = 0;
	unsigned int i, n, direct = 0;
	bool reached;

	graph_close(graph);
	for (i = 0; i < graph->nodes; i++) {
		reached = !node_indirect(graph->node[i]);
		direct += reached;
		below = graph_indirect(RANGE_VIRT, (unsigned long)graph->node[i],
				       &bytes);
		all += below;
		KUNIT_EXPECT_FALSE_MSG(test, below && !reached, "%s: %u", name, i);
		for (n = 0; n < graph->nodes; n++) {
			bool other = n != i && !node_indirect(graph->node[n]);

			if (!other)
				continue;
			/* No direct leak leads to another one. */
			KUNIT_EXPECT_FALSE_MSG(test, !node_indirect(graph->node[i]) &&
					       graph->reach[n][i],
					       "%s: %u to %u", name, n, i);
			reached |= graph->reach[n][i];
		}
		KUNIT_EXPECT_TRUE_MSG(test, reached, "%s: nothing leads to %u",
				      name, i);
	}
	/* Each indirect leak is counted once. */
	KUNIT_EXPECT_EQ_MSG(test, all, graph->nodes - direct, "%s", name);
}

static unsigned int graph_direct(struct graph_test *graph)
{
	unsigned int i, direct = 0;

	for (i = 0; i < graph->nodes; i++)
		direct += !node_indirect(graph->node[i]);
	return direct;
}

static struct graph_test *graph_new(struct kunit *test)
{
	struct graph_test *graph = kunit_kzalloc(test, sizeof(*graph),
						 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, graph);
	return graph;
}

static void graph_of_shapes(struct kunit *test)
{
	struct graph_test *graph = graph_new(test);
	unsigned int i, e;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		graph_alloc(test, graph, shapes[i].nodes);
		for (e = 0; e < shapes[i].nr_edges; e++)
			graph_edge(graph, shapes[i].edges[e].from,
				   shapes[i].edges[e].to);
		graph_run(graph);
		graph_check(test, graph, shapes[i].name);
		KUNIT_EXPECT_EQ_MSG(test, graph_direct(graph), shapes[i].direct,
				    "%s", shapes[i].name);
	}
}

/* From graphs with few edges to graphs that are a single component. */
static void graph_at_random(struct kunit *test)
{
	struct graph_test *graph = graph_new(test);
	struct rnd_state random;
	unsigned int round, edges, i;

	prandom_seed_state(&random, 20);
	for (round = 0; round < 60; round++) {
		graph_alloc(test, graph, 2 + round % (NODES_MAX - 2));
		edges = prandom_u32_state(&random) % (2 * graph->nodes);
		for (i = 0; i < edges; i++)
			graph_edge(graph,
				   prandom_u32_state(&random) % graph->nodes,
				   prandom_u32_state(&random) % graph->nodes);
		graph_run(graph);
		graph_check(test, graph, "random");
	}
}

/* An object that is not scanned leads nowhere. */
static void graph_unread(struct kunit *test)
{
	struct graph_test *graph = graph_new(test);

	graph_alloc(test, graph, 2);
	graph_edge(graph, 0, 1);
	node_flags(graph->node[0], OBJ_NO_SCAN, 0);
	graph_run(graph);
	KUNIT_EXPECT_EQ(test, graph_direct(graph), 2);
}

/* An indirect leak becomes direct when nothing leads to it any more. */
static void graph_changes(struct kunit *test)
{
	struct graph_test *graph = graph_new(test);

	graph_alloc(test, graph, 2);
	graph_edge(graph, 0, 1);
	graph_run(graph);
	KUNIT_EXPECT_TRUE(test, node_indirect(graph->node[1]));
	graph->node[0][0] = NULL;
	graph_run(graph);
	KUNIT_EXPECT_FALSE(test, node_indirect(graph->node[1]));
}

/* As in a scan, an odd number deep in a huge object is not a reference to it. */
static void graph_numbers(struct kunit *test)
{
	struct graph_test *graph = graph_new(test);
	void *area = vmalloc(SZ_2M);

	KUNIT_ASSERT_NOT_NULL(test, area);
	graph_alloc(test, graph, 1);
	graph->node[graph->nodes++] = area;
	graph->node[0][0] = area + SZ_1M + 1;
	graph_run(graph);
	KUNIT_EXPECT_FALSE(test, node_indirect(area));
	graph->node[0][0] = area + 1;
	graph_run(graph);
	KUNIT_EXPECT_TRUE(test, node_indirect(area));
	vfree(area);
}

static struct kunit_case graph_cases[] = {
	KUNIT_CASE(graph_of_shapes),
	KUNIT_CASE(graph_at_random),
	KUNIT_CASE(graph_unread),
	KUNIT_CASE(graph_changes),
	KUNIT_CASE(graph_numbers),
	{}
};

static struct kunit_suite graph_suite = {
	.name = "kmemleak_graph",
	.test_cases = graph_cases,
};

kunit_test_suite(graph_suite);
