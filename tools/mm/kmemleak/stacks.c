// SPDX-License-Identifier: GPL-2.0
/*
 * Frames and stacks, each kept once. May call: take.c, command.c, json-c's hash
 * table.
 *
 * Invariant: entries of a set neither move nor change, except for the lines of a
 * frame.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "command.h"
#include "stacks.h"
#include "take.h"

/* A key: text that need not be terminated. */
struct text {
	const char *text;
	size_t length;
};

/**
 * struct frame_entry - a frame in a set
 * @key: its text, unchanged
 * @frame: the parsed frame
 * @pieces: memory of the names in @frame
 * @follower: the frame looked up after this one the last time, and most likely the
 *	next one again, as frames of a stack come in order
 */
struct frame_entry {
	struct text key;
	struct frame frame;
	char *pieces;
	struct frame_entry *follower;
};

/**
 * struct stacks - a set
 * @frames: struct text to struct frame_entry
 * @stacks: struct stack to itself
 * @last: the last frame looked up
 */
struct stacks {
	struct lh_table *frames;
	struct lh_table *stacks;
	struct frame_entry *last;
};

static unsigned long hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t hash = length, word;

	for (; length >= sizeof(word); length -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	for (; length; length--)
		hash = (hash ^ *at++) * 0x100000001b3;
	return hash ^ hash >> 29;
}

static unsigned long text_hash(const void *key)
{
	const struct text *text = key;

	return hash_bytes(text->text, text->length);
}

static int text_equal(const void *left, const void *right)
{
	const struct text *a = left, *b = right;

	return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

static void frame_entry_free(struct lh_entry *entry)
{
	struct frame_entry *frame = (struct frame_entry *)lh_entry_v(entry);

	free((char *)frame->key.text);
	free((char *)frame->frame.text);
	free(frame->pieces);
	free(frame->frame.lines);
	free(frame);
}

static unsigned long stack_hash(const void *key)
{
	const struct stack *stack = key;

	return hash_bytes(stack->frame, stack->nr * sizeof(stack->frame[0]));
}

static int stack_equal(const void *left, const void *right)
{
	const struct stack *a = left, *b = right;

	return a->nr == b->nr && !memcmp(a->frame, b->frame, a->nr * sizeof(a->frame[0]));
}

static void stack_free(struct lh_entry *entry)
{
	free(lh_entry_v(entry));
}

struct stacks *stacks_new(void)
{
	struct stacks *stacks = xcalloc(1, sizeof(*stacks));

	stacks->frames = lh_table_new(1024, frame_entry_free, text_hash, text_equal);
	stacks->stacks = lh_table_new(1024, stack_free, stack_hash, stack_equal);
	if (!stacks->frames || !stacks->stacks)
		die("out of memory");
	return stacks;
}

void stacks_free(struct stacks *stacks)
{
	lh_table_free(stacks->stacks);
	lh_table_free(stacks->frames);
	free(stacks);
}

bool frame_parse(char *text, struct frame *frame)
{
	char *plus = strrchr(text, '+');
	const char *at = plus;
	size_t length;

	if (!plus || plus == text || !take(&at, "+0x") ||
	    !take_number(&at, 16, &frame->offset))
		return false;
	frame->size = 0;
	if (take(&at, "/") && !(take(&at, "0x") && take_number(&at, 16, &frame->size)))
		return false;
	frame->module = NULL;
	if (take(&at, " [")) {
		/* A build id may follow the name. */
		length = strcspn(at, " ]");
		if (!length || !strchr(at, ']'))
			return false;
		frame->module = at;
		text[at - text + length] = '\0';
	} else if (*at) {
		return false;
	}
	*plus = '\0';
	frame->function = text;
	return true;
}

/* Some detectors print the address, or a hash of it, before the name. */
static void skip_address(const char **text, size_t *length)
{
	const char *end;

	if (*length < 2 || strncmp(*text, "[<", 2))
		return;
	end = memchr(*text, '>', *length);
	if (!end || *text + *length - end < 3 || strncmp(end, ">] ", 3))
		return;
	*length -= end + 3 - *text;
	*text = end + 3;
}

static struct frame_entry *frame_new(const struct text *key)
{
	struct frame_entry *entry = xcalloc(1, sizeof(*entry));
	char *raw = xcalloc(key->length + 1, 1);

	memcpy(raw, key->text, key->length);
	entry->key = (struct text) { raw, key->length };
	entry->pieces = xcalloc(key->length + 1, 1);
	copy_printable(entry->pieces, raw, key->length);
	entry->frame.text = xstrdup(entry->pieces);
	if (!frame_parse(entry->pieces, &entry->frame))
		entry->frame.function = NULL;
	return entry;
}

static struct frame_entry *frame_find(struct stacks *stacks, const struct text *key)
{
	unsigned long hash = text_hash(key);
	struct frame_entry *entry;
	struct lh_entry *found;

	found = lh_table_lookup_entry_w_hash(stacks->frames, key, hash);
	if (found)
		return lh_entry_v(found);
	entry = frame_new(key);
	if (lh_table_insert_w_hash(stacks->frames, &entry->key, entry, hash, 0))
		die("out of memory");
	return entry;
}

struct frame *stacks_frame(struct stacks *stacks, const char *text, size_t length)
{
	struct frame_entry *entry = stacks->last ? stacks->last->follower : NULL;
	struct text key = { text, length };

	skip_address(&key.text, &key.length);
	if (!entry || !text_equal(&entry->key, &key)) {
		entry = frame_find(stacks, &key);
		if (stacks->last)
			stacks->last->follower = entry;
	}
	stacks->last = entry;
	return &entry->frame;
}

struct stack *stacks_stack(struct stacks *stacks, struct frame *const *frame,
			   unsigned int nr)
{
	size_t bytes = nr * sizeof(frame[0]);
	struct stack *stack = xcalloc(1, sizeof(*stack) + bytes);
	struct lh_entry *found;
	unsigned long hash;

	stack->nr = nr;
	memcpy(stack->frame, frame, bytes);
	hash = stack_hash(stack);
	found = lh_table_lookup_entry_w_hash(stacks->stacks, stack, hash);
	if (found) {
		free(stack);
		return lh_entry_v(found);
	}
	if (lh_table_insert_w_hash(stacks->stacks, stack, stack, hash, 0))
		die("out of memory");
	return stack;
}

void stacks_each_frame(struct stacks *stacks,
		       void (*call)(struct frame *frame, void *context),
		       void *context)
{
	struct lh_entry *entry;

	lh_foreach(stacks->frames, entry)
		call(&((struct frame_entry *)lh_entry_v(entry))->frame, context);
}

bool function_allocates(const char *function)
{
	static const char * const parts[] = {
		"alloc", "kmem", "slab", "mmap", "strdup", "strndup", "memdup",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (strstr(function, parts[i]))
			return true;
	return false;
}

const struct frame *stack_site(const struct stack *stack)
{
	const struct frame *frame;
	unsigned int i;

	for (i = 0; i < stack->nr; i++) {
		frame = stack->frame[i];
		if (frame->function &&
		    (frame->module || !function_allocates(frame->function)))
			return frame;
	}
	return NULL;
}

const struct source_line *frame_site_line(const struct frame *frame)
{
	unsigned int i;

	if (!frame->nr_lines)
		return NULL;
	for (i = 0; frame->lines[i].inlined; i++)
		if (!function_allocates(frame->lines[i].function))
			break;
	return &frame->lines[i];
}
