// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks by stack and size. May call: entry.c, stacks.c, command.c, json-c's hash
 * table.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "command.h"
#include "groups.h"

/**
 * struct groups - the groups of a report
 * @leaks: the report
 * @table: its groups by stack, size and kind
 */
struct groups {
	struct leaks *leaks;
	struct lh_table *table;
};

static unsigned long group_hash(const void *key)
{
	const struct leak_group *group = key;

	return ((uintptr_t)group->stack ^ group->size * 2 ^ group->percpu) *
	       0x9e3779b97f4a7c15 >> 20;
}

static int group_equal(const void *left, const void *right)
{
	const struct leak_group *a = left, *b = right;

	return a->stack == b->stack && a->size == b->size && a->percpu == b->percpu &&
	       a->size_is_bound == b->size_is_bound;
}

/* Differences of two reports must fit, too. */
static bool add_count(uint64_t *count, uint64_t more)
{
	uint64_t sum;

	if (__builtin_add_overflow(*count, more, &sum) || sum > INT64_MAX)
		return false;
	*count = sum;
	return true;
}

bool groups_count(struct leaks *leaks, uint64_t objects, uint64_t bytes)
{
	uint64_t before = leaks->objects;

	if (!add_count(&leaks->objects, objects))
		return false;
	if (add_count(&leaks->bytes, bytes))
		return true;
	leaks->objects = before;
	return false;
}

struct groups *groups_new(struct leaks *leaks)
{
	struct groups *groups = xcalloc(1, sizeof(*groups));

	groups->leaks = leaks;
	groups->table = lh_table_new(1024, NULL, group_hash, group_equal);
	if (!groups->table)
		die("out of memory");
	return groups;
}

void groups_free(struct groups *groups)
{
	lh_table_free(groups->table);
	free(groups);
}

static struct leak_group *group_of(struct groups *groups, struct entry *entry)
{
	struct leaks *leaks = groups->leaks;
	struct leak_group *group;
	struct lh_entry *found;

	entry->group.stack = stacks_stack(leaks->stacks, entry->frame, entry->nr);
	found = lh_table_lookup_entry(groups->table, &entry->group);
	if (found)
		return lh_entry_v(found);
	group = xcalloc(1, sizeof(*group));
	group->stack = entry->group.stack;
	group->size = entry->group.size;
	group->size_is_bound = entry->group.size_is_bound;
	group->percpu = entry->group.percpu;
	if (lh_table_insert(groups->table, group, group))
		die("out of memory");
	if (!(leaks->nr & (leaks->nr - 1)))
		leaks->group = xrealloc(leaks->group, leaks->nr ? 2 * leaks->nr : 1,
					sizeof(leaks->group[0]));
	leaks->group[leaks->nr++] = group;
	return group;
}

static void add_comm(struct leak_group *group, const char *comm, uint64_t objects)
{
	unsigned int i;

	for (i = 0; i < COMMS_MAX; i++) {
		if (!group->comm_objects[i])
			memcpy(group->comm[i], comm, COMM_BYTES);
		if (!strcmp(group->comm[i], comm)) {
			group->comm_objects[i] += objects;
			return;
		}
	}
	group->other_comms += objects;
}

static void add_ages(struct leak_group *group, const struct leak_group *entry)
{
	if (!entry->has_age)
		return;
	if (!group->has_age || entry->newest < group->newest)
		group->newest = entry->newest;
	if (!group->has_age || entry->oldest > group->oldest)
		group->oldest = entry->oldest;
	group->has_age = true;
}

/* Add what the first entry of a group has, and what only some have. */
static void add_texts(struct leak_group *group, struct entry *entry)
{
	unsigned int i;

	if (!group->objects) {
		group->address = entry->group.address;
		for (i = 0; i < entry->rows && i < DUMP_ROWS; i++)
			group->dump[i] = entry_text(entry->row[i], ROW_BYTES);
	}
	if (!group->holder) {
		group->holder = entry->group.holder;
		entry->group.holder = NULL;
	}
}

bool groups_add(struct groups *groups, struct entry *entry)
{
	const struct leak_group *from = &entry->group;
	struct leak_group *group;
	unsigned int i;

	if (!groups_count(groups->leaks, from->objects, from->bytes))
		return false;
	group = group_of(groups, entry);
	for (i = 0; i < COMMS_MAX && from->comm_objects[i]; i++)
		add_comm(group, from->comm[i], from->comm_objects[i]);
	group->other_comms += from->other_comms;
	add_ages(group, from);
	add_texts(group, entry);
	group->objects += from->objects;
	group->bytes += from->bytes;
	group->has_direct |= from->has_direct;
	group->direct += from->direct;
	group->indirect_objects += from->indirect_objects;
	group->indirect_bytes += from->indirect_bytes;
	entry_reset(entry);
	return true;
}
