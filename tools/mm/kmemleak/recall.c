// SPDX-License-Identifier: GPL-2.0
/*
 * Frames by their lines. May call: command.c, json-c's hash table.
 *
 * Each frame knows which one came after it the last time. In a report with many leaks
 * of few stacks that is right but for the frame where two stacks part.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "command.h"
#include "recall.h"

/**
 * struct memory - a frame and its lines
 * @frame: the frame
 * @follower: what came after it the last time
 * @length: bytes of @lines
 * @lines: the lines, each with a line feed, and a null byte
 */
struct memory {
	struct frame *frame;
	struct memory *follower;
	size_t length;
	char lines[];
};

/**
 * struct recall - what was learnt
 * @table: lines to struct memory
 * @last: the last frame
 * @now: the frame whose lines are coming, NULL if there is none
 * @at: how much of them has come
 */
struct recall {
	struct lh_table *table;
	struct memory *last;
	struct memory *now;
	size_t at;
};

static void memory_free(struct lh_entry *entry)
{
	free(lh_entry_v(entry));
}

struct recall *recall_new(void)
{
	struct recall *recall = xcalloc(1, sizeof(*recall));

	recall->table = lh_kchar_table_new(1024, memory_free);
	if (!recall->table)
		die("out of memory");
	return recall;
}

void recall_free(struct recall *recall)
{
	lh_table_free(recall->table);
	free(recall);
}

/* A frame of one line, if it is not what came after the last one. */
static struct memory *find_line(const struct recall *recall, const char *text, size_t length)
{
	struct lh_entry *found;
	char key[256];

	if (length + 2 > sizeof(key) || !memmem(text, length, "+0x", 3))
		return NULL;
	memcpy(key, text, length);
	memcpy(key + length, "\n", 2);
	found = lh_table_lookup_entry(recall->table, key);
	if (found && recall->last)
		recall->last->follower = lh_entry_v(found);
	return found ? lh_entry_v(found) : NULL;
}

static bool continues(const struct recall *recall, const struct memory *now, const char *text,
		      size_t length)
{
	const char *line = now->lines + recall->at;

	return recall->at + length < now->length && line[length] == '\n' &&
	       !memcmp(line, text, length);
}

enum recalled recall_line(struct recall *recall, const char *text, size_t length,
			  struct frame **frame)
{
	struct memory *now = recall->now;

	if (!now)
		now = recall->last ? recall->last->follower : NULL;
	if (!now || !continues(recall, now, text, length))
		now = recall->now ? NULL : find_line(recall, text, length);
	if (!now)
		return RECALL_NOTHING;
	recall->now = now;
	recall->at += length + 1;
	if (recall->at < now->length)
		return RECALL_MORE;
	recall->last = now;
	recall->now = NULL;
	recall->at = 0;
	*frame = now->frame;
	return RECALL_FRAME;
}

bool recall_begun(const struct recall *recall)
{
	return recall->now;
}

const char *recall_abandon(struct recall *recall, size_t *length)
{
	const char *lines = recall->now->lines;

	*length = recall->at;
	recall->now = NULL;
	recall->at = 0;
	return lines;
}

const char *recall_only_line(const struct recall *recall, const struct frame *frame,
			     size_t *length)
{
	const struct memory *last = recall->last;

	if (!last || last->frame != frame)
		return NULL;
	*length = strcspn(last->lines, "\n");
	return *length + 1 == last->length ? last->lines : NULL;
}

void recall_learn(struct recall *recall, const char *lines, size_t length,
		  struct frame *frame)
{
	struct lh_entry *found = lh_table_lookup_entry(recall->table, lines);
	struct memory *memory = found ? lh_entry_v(found) : NULL;

	if (!memory) {
		memory = xcalloc(1, sizeof(*memory) + length + 1);
		memcpy(memory->lines, lines, length);
		memory->length = length;
		memory->frame = frame;
		if (lh_table_insert(recall->table, memory->lines, memory))
			die("out of memory");
	}
	if (recall->last)
		recall->last->follower = memory;
	recall->last = memory;
}
