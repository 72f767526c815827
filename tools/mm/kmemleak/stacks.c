// SPDX-License-Identifier: GPL-2.0
/*
 * Frames and stacks, each kept once. May call: frame.c, command.c, the kernel's list of
 * helpers, json-c's hash table.
 *
 * Invariant: entries of a set neither move nor change, except for the lines of a
 * frame.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>
#include <trace/helpers.h>

#include "command.h"
#include "stacks.h"

/**
 * struct text - a text that stands for a frame
 * @text: the text, which need not be terminated
 * @length: its bytes
 * @copied: the memory of the text is this one's
 * @owned: the frame is this one's; else the frame's own text has another entry
 * @frame: the frame
 */
struct text {
	const char *text;
	unsigned int length;
	bool copied;
	bool owned;
	struct frame *frame;
};

/**
 * struct stacks - a set
 * @texts: struct text to itself: those of reports, and of each frame its own
 * @stacks: struct stack to itself
 */
struct stacks {
	struct lh_table *texts;
	struct lh_table *stacks;
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

static void text_free(struct lh_entry *entry)
{
	struct text *text = (struct text *)lh_entry_v(entry);

	if (text->copied)
		free((char *)text->text);
	if (text->owned) {
		frame_release(text->frame);
		free(text->frame);
	}
	free(text);
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

	stacks->texts = lh_table_new(1024, text_free, text_hash, text_equal);
	stacks->stacks = lh_table_new(1024, stack_free, stack_hash, stack_equal);
	if (!stacks->texts || !stacks->stacks)
		die("out of memory");
	return stacks;
}

void stacks_free(struct stacks *stacks)
{
	lh_table_free(stacks->stacks);
	lh_table_free(stacks->texts);
	free(stacks);
}

/* Exchange all but the texts, of which one is a key. */
static void exchange(struct frame *a, struct frame *b)
{
	struct frame old = *a;

	*a = *b;
	*b = old;
	b->text = a->text;
	a->text = old.text;
}

static struct text *text_lookup(struct stacks *stacks, const struct text *key)
{
	struct lh_entry *found;

	found = lh_table_lookup_entry_w_hash(stacks->texts, key, text_hash(key));
	return found ? lh_entry_v(found) : NULL;
}

/* Let a text stand for a frame; without @copy, the text is that of the frame. */
static struct text *text_enter(struct stacks *stacks, const struct text *key, bool copy,
			       struct frame *frame)
{
	struct text *entry = xcalloc(1, sizeof(*entry));

	entry->text = copy ? xmemdup(key->text, key->length) : key->text;
	entry->length = key->length;
	entry->copied = copy;
	entry->frame = frame;
	if (lh_table_insert_w_hash(stacks->texts, entry, entry, text_hash(key), 0))
		die("out of memory");
	return entry;
}

/* Without an offset, the line tells two calls of a function apart. */
static bool text_is_unique(const struct frame *frame)
{
	return frame->has_lines && !frame->has_offset;
}

/* The entry of a frame's own text; the frame of two with one text is that with lines. */
static struct text *frame_enter(struct stacks *stacks, const struct text *raw,
				struct frame *frame)
{
	struct text own = { .text = frame->text, .length = strlen(frame->text) };
	struct text *entry;

	if (text_is_unique(frame)) {
		entry = text_enter(stacks, raw, true, frame);
		entry->owned = true;
		return entry;
	}
	entry = text_lookup(stacks, &own);
	if (!entry) {
		entry = text_enter(stacks, &own, false, frame);
		entry->owned = true;
		return entry;
	}
	if (frame->has_lines && !entry->frame->has_lines)
		exchange(frame, entry->frame);
	frame_release(frame);
	free(frame);
	return entry;
}

static struct frame *text_find(struct stacks *stacks, const struct text *raw)
{
	struct text *entry = text_lookup(stacks, raw);
	struct frame *frame;

	if (entry)
		return entry->frame;
	frame = xcalloc(1, sizeof(*frame));
	frame_parse(frame, raw->text, raw->length);
	entry = frame_enter(stacks, raw, frame);
	if (!text_equal(entry, raw))
		text_enter(stacks, raw, true, entry->frame);
	return entry->frame;
}

struct frame *stacks_frame(struct stacks *stacks, const char *text, size_t length)
{
	const char *begin = frame_skip_address(text), *end = text + length;
	struct text key = { .text = begin < end ? begin : text };

	key.length = end - key.text;
	return text_find(stacks, &key);
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
	struct text *text;
	struct lh_entry *entry;

	lh_foreach(stacks->texts, entry) {
		text = (struct text *)lh_entry_v(entry);
		if (text->owned)
			call(text->frame, context);
	}
}

const struct frame *stack_site(const struct stack *stack)
{
	const struct frame *frame, *outermost = NULL;
	unsigned int i;

	for (i = 0; i < stack->nr; i++) {
		frame = stack->frame[i];
		if (!frame->blameless)
			return frame;
		if (frame->function)
			outermost = frame;
	}
	return outermost;
}

/* The file of an inline function that is the kernel's is a header. */
static bool line_is_helper(const struct frame *frame, const struct source_line *line)
{
	size_t length = line->file ? strlen(line->file) : 0;
	bool header = length > 2 && !strcmp(line->file + length - 2, ".h");

	return function_is_helper(line->function, header || !frame->module);
}

const struct source_line *frame_site_line(const struct frame *frame)
{
	unsigned int i;

	if (!frame->nr_lines)
		return NULL;
	for (i = 0; frame->lines[i].inlined; i++)
		if (strcmp(frame->lines[i].function, "?") &&
		    !line_is_helper(frame, &frame->lines[i]))
			break;
	return &frame->lines[i];
}
