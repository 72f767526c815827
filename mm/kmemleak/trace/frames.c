// SPDX-License-Identifier: GPL-2.0
/*
 * Names of the frames of a stack, including those whose code is gone.
 *
 * A return address has a name only as long as its code exists. Before code goes away,
 * modules.c replaces each such address in the stacks of live objects by a token, which
 * leads to a name stored here. Thus no address outlives its code: an address in a stack
 * always belongs to the code that is there now.
 *
 * Invariants:
 *
 * - A token is a small number that is never the address of code.
 * - Names are added by one task at a time (modules.c) and do not change. A reader that
 *   sees the detector on, inside an RCU read-side section, may read them until the end
 *   of the section.
 * - There are at most NAME_PAGES pages of names. A name that finds no room is counted,
 *   and its frame gets the token FRAME_UNNAMED.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/gfp.h>
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "kmemleak.h"
#include "store/stats.h"
#include "trace/frames.h"
#include "trace/helpers.h"

#define NAME_PAGES	(SZ_256K / PAGE_SIZE)
#define NAME_BUCKETS	256

/* Tokens are offsets into all pages of names. Those below this one have no name. */
#define TOKEN_FIRST	8
/* Set in a token if only the module's init code is gone, and the module is not. */
#define TOKEN_LOADED	BIT(20)
#define TOKENS		BIT(21)

static_assert(NAME_PAGES * PAGE_SIZE <= TOKEN_LOADED);

/**
 * struct frame_name - the name of a frame whose code is gone
 * @next: the next one of its bucket, as a token; 0 for none
 * @text: the name as shown in reports
 */
struct frame_name {
	u32 next;
	char text[];
};

static char *name_page[NAME_PAGES];
static u32 name_bucket[NAME_BUCKETS];
/* Token of the next name. */
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

/* Allocate room for a name, which must not cross a page boundary. */
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
 * frame_plain() - get a frame regardless of whether its module is still loaded
 * @frame: a return address or a token
 *
 * Return: for a token, its value once the module is gone; else @frame.
 */
unsigned long frame_plain(unsigned long frame)
{
	return is_token(frame) ? frame & ~TOKEN_LOADED : frame;
}

/**
 * frame_is_helper() - does a frame tell nothing about who allocated?
 * @frame: a return address or a token
 *
 * Context: Any but NMI. Looks up the frame's name, so callers keep the answer if they ask
 * often.
 * Return: true if its function allocates for its caller; see helpers.c.
 */
bool frame_is_helper(unsigned long frame)
{
	char text[FRAME_TEXT];

	if (is_token(frame))
		frame_text(frame, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%ps", (void *)frame);
	/* Only code of modules goes away. */
	return function_is_helper(text, !is_token(frame) && !strchr(text, '['));
}

/**
 * frame_stays() - does a frame keep its meaning, whatever module goes away?
 * @frame: a return address or a token
 *
 * Return: true for a token and for code of the kernel itself.
 */
bool frame_stays(unsigned long frame)
{
	return is_token(frame) || core_kernel_text(frame);
}

/**
 * frame_of_stack() - get the frame that represents a stack
 * @stack: its handle, or 0
 *
 * Return: the innermost frame that is no helper; the outermost one if all are helpers;
 * FRAME_UNNAMED if there is none.
 */
unsigned long frame_of_stack(u32 stack)
{
	unsigned long *frames;
	unsigned int i, nr = 0;

	if (stack)
		nr = stack_depot_fetch(stack, &frames);
	for (i = 0; i < nr; i++)
		if (!frame_is_helper(frames[i]))
			return frames[i];
	return nr ? frames[nr - 1] : FRAME_UNNAMED;
}

/**
 * frame_keep_name() - store the name of a frame for good
 * @frame: a return address in code that is about to go away, or a token of it
 * @loaded: it is in init code, and the rest of its module stays
 *
 * Context: Any but NMI. One at a time.
 * Return: a token that replaces the frame in stacks.
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
 * frame_of_loaded() - was a frame in the init code of a module that is still loaded?
 * @frame: the frame
 * @module: the module's name
 *
 * Return: true if so; the frame is a token then.
 */
bool frame_of_loaded(unsigned long frame, const char *module)
{
	size_t length = strlen(module);
	char text[FRAME_TEXT];
	const char *bracket;

	if (!is_token(frame) || !(frame & TOKEN_LOADED))
		return false;
	bracket = strrchr(frame_text(frame, text, sizeof(text)), '[');
	return bracket && !strncmp(bracket + 1, module, length) &&
	       bracket[length + 1] == ']';
}

/**
 * frame_text() - get the name of a frame
 * @frame: a return address or a token
 * @text: buffer for the name
 * @size: bytes in @text
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
 * frames_print() - print a backtrace, one frame on each line
 * @m: file to print to; %NULL for the kernel log
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
 * frames_memory_bytes() - get the size of the memory that the names take
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
 * Context: No object has a token any more, no reader that found one is left, and names
 * are no longer kept for code that goes away.
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
