// SPDX-License-Identifier: GPL-2.0
/*
 * What frames of a stack are called, those of code that is gone included.
 *
 * A return address has a name for as long as the code it lies in. Before code
 * goes, modules.c puts a token in the place of each such address in the stacks of
 * live objects, by which the name is found here. So no address outlives its code:
 * one that is in a stack is always of what lies there now.
 *
 * Invariants:
 *
 * - A token is a small number, of which no code has one for its address.
 * - Names are added by one at a time (modules.c) and do not change. Who sees the
 *   detector on, inside an RCU read-side section, may read them to the end of it.
 * - There are at most NAME_PAGES pages of names. What finds no room is counted
 *   and has a token that says just so.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/gfp.h>
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "kmemleak.h"
#include "store/stats.h"
#include "trace/frames.h"

#define NAME_PAGES	64
#define NAME_BUCKETS	256

/* Tokens are offsets into all pages of names. What is below has no name. */
#define TOKEN_FIRST	8
/* Added to a token: the module is still there, just its init code is not. */
#define TOKEN_LOADED	BIT(20)
#define TOKENS		BIT(21)

static_assert(NAME_PAGES * PAGE_SIZE <= TOKEN_LOADED);

/**
 * struct frame_name - the name of a frame whose code is gone
 * @next: the next one of its bucket, as a token; 0 is none
 * @text: as a report has it
 */
struct frame_name {
	u32 next;
	char text[];
};

static char *name_page[NAME_PAGES];
static u32 name_bucket[NAME_BUCKETS];
/* Where the next name goes. */
static u32 names_end = TOKEN_FIRST;
static long name_bytes;

static struct frame_name *name_of(unsigned long token)
{
	char *page;

	token &= ~TOKEN_LOADED;
	page = READ_ONCE(name_page[token >> PAGE_SHIFT]);
	return page && token >= TOKEN_FIRST ?
	       (void *)(page + offset_in_page(token)) : NULL;
}

static bool is_token(unsigned long frame)
{
	return frame < TOKENS;
}

/* Room for a name, which must not cross from one page to the next. */
static u32 name_room(size_t bytes)
{
	u32 token = names_end;

	if (offset_in_page(token) + bytes > PAGE_SIZE)
		token = round_up(token, PAGE_SIZE);
	if (token >= NAME_PAGES * PAGE_SIZE)
		return 0;
	if (!name_page[token >> PAGE_SHIFT]) {
		char *page = (char *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);

		if (!page)
			return 0;
		WRITE_ONCE(name_page[token >> PAGE_SHIFT], page);
		WRITE_ONCE(name_bytes, name_bytes + PAGE_SIZE);
	}
	names_end = token + ALIGN(bytes, sizeof(u32));
	return token;
}

static u32 name_add(const char *text)
{
	size_t length = strlen(text);
	u32 *bucket = &name_bucket[jhash(text, length, 0) % NAME_BUCKETS];
	struct frame_name *name;
	u32 token;

	for (token = *bucket; token; token = name->next) {
		name = name_of(token);
		if (!strcmp(name->text, text))
			return token;
	}
	token = name_room(sizeof(*name) + length + 1);
	if (!token) {
		stat_inc(STAT_MODULE_NAMES_LOST);
		return FRAME_UNNAMED;
	}
	name = name_of(token);
	name->next = *bucket;
	memcpy(name->text, text, length + 1);
	*bucket = token;
	return token;
}

/**
 * frame_plain() - a frame, whether or not the rest of its module is loaded
 * @frame: a return address or a token
 *
 * Return: what it will be when the module has gone, for a token.
 */
unsigned long frame_plain(unsigned long frame)
{
	return is_token(frame) ? frame & ~TOKEN_LOADED : frame;
}

/**
 * frame_of_allocator() - does a frame say nothing of who allocated?
 * @frame: a return address or a token
 *
 * So it is for allocators and their helpers. They have telling names, and are no
 * modules.
 *
 * Return: true if so.
 */
bool frame_of_allocator(unsigned long frame)
{
	static const char * const parts[] = {
		"alloc", "kmem", "slab", "mmap", "strdup", "strndup", "memdup",
	};
	char text[FRAME_TEXT];
	int i;

	if (is_token(frame))
		return false;
	snprintf(text, sizeof(text), "%ps", (void *)frame);
	/* A bare number, or of a module. */
	if (strchr(text, '[') || !strncmp(text, "0x", 2))
		return false;
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (strstr(text, parts[i]))
			return true;
	return false;
}

/**
 * frame_of_stack() - the frame that stands for a stack
 * @stack: its handle, or 0
 *
 * Return: the innermost one that is no allocator's, or FRAME_UNNAMED.
 */
unsigned long frame_of_stack(u32 stack)
{
	unsigned long *frames;
	unsigned int i, nr = 0;

	if (stack)
		nr = stack_depot_fetch(stack, &frames);
	for (i = 0; i < nr; i++)
		if (!frame_of_allocator(frames[i]))
			return frames[i];
	return nr ? frames[0] : FRAME_UNNAMED;
}

/**
 * frame_keep_name() - give a frame a name that stays
 * @frame: a return address in code that is about to go, or a token of it
 * @loaded: it is init code; the rest of its module stays
 *
 * Context: Any but NMI. One at a time.
 * Return: a token for the frame's place in stacks.
 */
unsigned long frame_keep_name(unsigned long frame, bool loaded)
{
	char text[FRAME_TEXT];
	u32 token;

	if (is_token(frame))
		return frame_plain(frame);
	snprintf(text, sizeof(text), "%pS", (void *)frame);
	token = name_add(text);
	return loaded ? token | TOKEN_LOADED : token;
}

/**
 * frame_of_loaded() - is a frame in the init code of a module that is loaded?
 * @frame: the frame
 * @module: the module's name
 *
 * Return: true if so, and the frame is a token.
 */
bool frame_of_loaded(unsigned long frame, const char *module)
{
	const struct frame_name *name;
	const char *bracket;
	size_t length = strlen(module);

	if (!is_token(frame) || !(frame & TOKEN_LOADED))
		return false;
	name = name_of(frame);
	bracket = name ? strrchr(name->text, '[') : NULL;
	return bracket && !strncmp(bracket + 1, module, length) &&
	       bracket[length + 1] == ']';
}

/**
 * frame_text() - what a frame is called
 * @frame: a return address or a token
 * @text: where to put it
 * @size: bytes there
 *
 * Context: Any but NMI. Once the detector is off, tokens have no names.
 * Return: @text: function, offset, size and module, or the bare address.
 */
const char *frame_text(unsigned long frame, char *text, size_t size)
{
	const struct frame_name *name;

	if (!is_token(frame)) {
		snprintf(text, size, "%pS", (void *)frame);
		return text;
	}
	rcu_read_lock();
	name = kmemleak_is_on() ? name_of(frame) : NULL;
	strscpy(text, name ? name->text : "unloaded+0x0/0x0", size);
	rcu_read_unlock();
	return text;
}

/**
 * frames_print() - print a backtrace, a frame on each line
 * @m: where to; %NULL is the kernel log
 * @stack: its handle, or 0
 *
 * Context: Any but NMI.
 */
void frames_print(struct seq_file *m, u32 stack)
{
	char text[FRAME_TEXT];
	unsigned long *frames;
	unsigned int i, nr;

	if (!stack)
		return;
	nr = stack_depot_fetch(stack, &frames);
	for (i = 0; i < nr; i++) {
		frame_text(frames[i], text, sizeof(text));
		if (m)
			seq_printf(m, "    %s\n", text);
		else
			pr_warn("    %s\n", text);
	}
}

/**
 * frames_memory_bytes() - what the names take
 *
 * Return: bytes.
 */
long frames_memory_bytes(void)
{
	return READ_ONCE(name_bytes);
}

/**
 * frames_teardown() - free all names
 *
 * No object is left that has a token, no reader that found one, and no code goes
 * from here on whose names are kept.
 */
void frames_teardown(void)
{
	int i;

	for (i = 0; i < NAME_PAGES; i++) {
		free_page((unsigned long)name_page[i]);
		WRITE_ONCE(name_page[i], NULL);
	}
	memset(name_bucket, 0, sizeof(name_bucket));
	names_end = TOKEN_FIRST;
	WRITE_ONCE(name_bytes, 0);
}
