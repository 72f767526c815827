// SPDX-License-Identifier: GPL-2.0
/*
 * The parameter kmemleak.wipe: what becomes of the content that memory has when it is
 * handed out. Previous owners have left addresses there, and scans would take them for
 * references wherever a new owner does not write its whole object. Zeroes would hide
 * that a kernel uses what it has not initialized, so objects are filled with a pattern.
 *
 * Invariants:
 *
 * - The parameter is parsed before the first slab exists, and does not change after that.
 *   Hence objects of a slab are treated alike, and hooks read it without a barrier.
 * - No word that the detector writes to memory of others is the address of an object.
 * - What others have initialized is not filled: callers look at %__GFP_ZERO, and at
 *   want_init_on_alloc().
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/cache.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "store/wipe.h"

static const char * const wipe_names[] = {
	[WIPE_WITH_PATTERN]	= "pattern",
	[WIPE_WITH_ZERO]	= "zero",
	[WIPE_OFF]		= "off",
};

enum wipe_mode wipe_mode __ro_after_init = WIPE_WITH_PATTERN;

/* What fill_words() writes. */
unsigned long wipe_word __ro_after_init = WIPE_PATTERN;

/**
 * wipe_parse() - parse a value of kmemleak.wipe
 * @text: the value
 * @mode: filled in if it is one
 *
 * Return: 0; -EINVAL if it is none.
 */
int wipe_parse(const char *text, enum wipe_mode *mode)
{
	int found = sysfs_match_string(wipe_names, text);

	if (found < 0)
		return found;
	*mode = found;
	return 0;
}

/**
 * wipe_word_of() - tell what fill_words() writes
 * @mode: the value of kmemleak.wipe
 *
 * Return: the word; 0 for %WIPE_OFF, where it is not called.
 */
unsigned long wipe_word_of(enum wipe_mode mode)
{
	return mode == WIPE_WITH_PATTERN ? WIPE_PATTERN : 0;
}

/**
 * wipe_init() - make sure that the pattern is the address of nothing
 *
 * It is one in a kernel without an MMU whose memory begins at zero. Then zero objects: a
 * word that leads to an object may hide a leak.
 *
 * Context: Boot, when memory can be allocated.
 */
void __init wipe_init(void)
{
	const void *address = (void *)wipe_word;

	if (wipe_mode != WIPE_WITH_PATTERN ||
	    !(virt_addr_valid(address) || is_vmalloc_addr(address)))
		return;
	pr_info("0x%lx is an address here; using wipe=zero\n", wipe_word);
	wipe_mode = WIPE_WITH_ZERO;
	wipe_word = wipe_word_of(wipe_mode);
}

static int wipe_set(const char *text, const struct kernel_param *kp)
{
	int err = wipe_parse(text, &wipe_mode);

	if (err)
		pr_err("wipe=%s is not one of pattern, zero and off; using wipe=%s\n", text,
		       wipe_names[wipe_mode]);
	wipe_word = wipe_word_of(wipe_mode);
	return err;
}

static int wipe_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", wipe_names[wipe_mode]);
}

static const struct kernel_param_ops wipe_ops = {
	.set = wipe_set,
	.get = wipe_get,
};
module_param_cb(wipe, &wipe_ops, NULL, 0444);
MODULE_PARM_DESC(wipe, "what new objects are filled with: pattern, zero, or off for nothing");
