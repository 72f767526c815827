// SPDX-License-Identifier: GPL-2.0
/*
 * Unloading of modules: list the objects that a module leaves behind, and replace
 * frames in its code by names before the code is freed. The same is done for frames in
 * a module's init code once that has run.
 *
 * Invariants:
 *
 * - When a module's code is freed, no stack of a live object contains an address in it:
 *   tokens have replaced them (frames.c). Another module at the same addresses is not
 *   mistaken for it.
 * - A stack with a token is stored in the depot only once: loading and unloading a
 *   module repeatedly does not add to it, because the names stay the same.
 * - An object's stack is replaced only if it is still the one that the new stack was
 *   derived from, so that an object which takes another's slot meanwhile keeps its own.
 * - Init code goes when nothing runs in it any more. The module loader first tells that
 *   the module is live, and other notifiers may run init code then; it waits for all
 *   asynchronous calls, which may be init code as well (async_schedule()), then frees it.
 *   The walk is itself such a call: it waits for those before it, and the loader waits
 *   for the walk. The notifier cannot wait: a call that registers a notifier would wait
 *   for it. If a module asks the loader not to wait (async_probe), its asynchronous calls
 *   cannot be init code, and the notifier walks.
 * - No code of a module runs before its load is notified. A walk that follows a load
 *   therefore looks only at stacks captured since then: it reads the slots of all
 *   objects, but few stacks.
 * - unload_mutex serializes walks and the addition of names. No lock of the detector is
 *   held when it is taken, except for scan_mutex ("off").
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/async.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/stackdepot.h>
#include <linux/string.h>
#include <linux/string_choices.h>

#include "kmemleak.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/frames.h"
#include "mark/buffer.h"
#include "report/sites.h"
#include "modules.h"

#define CACHE_BITS	12
#define LEFT_MAX	16
/* No stack of the detector has more. */
#define FRAMES_MAX	32

/* Loads whose beginning is noted at a time; if there are more, all stacks are looked at. */
#define LOADS_MAX	32

static DEFINE_MUTEX(unload_mutex);
/* Replaces a stack that cannot be stored any more: one frame without a name. */
static depot_stack_handle_t nameless_stack;

/**
 * struct load - a module that is being loaded
 * @mod: the module, %NULL if the entry is free
 * @began: when that began, in jiffies
 */
struct load {
	const struct module *mod;
	u64 began;
};

/* Guarded by unload_mutex. */
static struct load loads[LOADS_MAX];

/**
 * struct renamed - a stack that was looked at
 * @from: its handle
 * @to: handle of the stack with names, or @from if all its code stays
 * @frame: its innermost frame in code that goes away, as a token
 */
struct renamed {
	depot_stack_handle_t from;
	depot_stack_handle_t to;
	unsigned long frame;
};

/**
 * struct left - objects left behind by one call site of a module that goes away
 * @frame: the call site, as a token
 * @objects: number of objects
 * @bytes: sum of their sizes
 */
struct left {
	unsigned long frame;
	unsigned long objects;
	unsigned long bytes;
};

/**
 * struct unload - one walk over all objects
 * @mod: the module
 * @init_only: only its init code goes away
 * @began: when the first of the stacks to look at was captured, low half of jiffies
 * @window: and for how long, see traced_since()
 * @cache: stacks that were looked at, by hash of the handle
 * @cache_bits: binary logarithm of the number of entries in @cache
 * @one: the cache if there is no memory for a larger one
 * @left: objects left behind, by call site
 * @nr_left: number of call sites in @left
 * @others: objects of call sites that found no room in @left
 */
struct unload {
	const struct module *mod;
	bool init_only;
	u32 began;
	u32 window;
	struct renamed *cache;
	unsigned int cache_bits;
	struct renamed one;
	struct left left[LEFT_MAX];
	unsigned int nr_left;
	struct left others;
};

static bool frame_goes(const struct unload *unload, unsigned long frame)
{
	if (unload->init_only)
		return within_module_init(frame, unload->mod);
	return within_module(frame, unload->mod) ||
	       frame_of_loaded(frame, unload->mod->name);
}

static void stack_rename(struct unload *unload, struct renamed *renamed,
			 depot_stack_handle_t from)
{
	unsigned long frames[FRAMES_MAX], *stored;
	unsigned int i, nr;
	bool goes = false;

	renamed->from = from;
	renamed->to = from;
	nr = min_t(unsigned int, stack_depot_fetch(from, &stored),
		   FRAMES_MAX);
	for (i = 0; i < nr; i++) {
		frames[i] = stored[i];
		if (!frame_goes(unload, stored[i]))
			continue;
		frames[i] = frame_keep_name(stored[i], unload->init_only);
		if (!goes)
			renamed->frame = frames[i];
		goes = true;
	}
	if (!goes)
		return;
	renamed->to = stack_depot_save(frames, nr, GFP_NOWAIT | __GFP_NOWARN);
	if (!renamed->to) {
		stat_inc(STAT_MODULE_NAMES_LOST);
		renamed->to = nameless_stack;
	}
}

static void left_add(struct unload *unload, unsigned long frame, size_t size)
{
	struct left *left = &unload->others;
	unsigned int i;

	for (i = 0; i < unload->nr_left; i++)
		if (unload->left[i].frame == frame)
			break;
	if (i < LEFT_MAX) {
		left = &unload->left[i];
		left->frame = frame;
		unload->nr_left = max(unload->nr_left, i + 1);
	}
	left->objects++;
	left->bytes += size;
}

static void slot_rename(struct unload *unload, struct slot *slot, size_t size)
{
	depot_stack_handle_t stack;
	struct renamed *renamed;
	u32 state;

	if (!traced_since(slot, unload->began, unload->window))
		return;
	stack = READ_ONCE(slot->stack);
	state = slot_state(slot);
	if (!(state & OBJ_LIVE) || !stack)
		return;
	renamed = &unload->cache[unload->cache_bits ?
				 hash_32(stack, unload->cache_bits) : 0];
	if (renamed->from != stack)
		stack_rename(unload, renamed, stack);
	if (renamed->to == stack)
		return;
	cmpxchg(&slot->stack, stack, renamed->to);
	if (!unload->init_only && !(state & (OBJ_GREY | OBJ_IGNORE)))
		left_add(unload, renamed->frame, size);
}

static void table_rename(struct slab_table *table, void *unload)
{
	unsigned int i;

	for (i = 0; i < table->count; i++)
		slot_rename(unload, &table->slots[i], table->object_size);
}

static void range_rename(struct tracked_range *range, void *unload)
{
	slot_rename(unload, &range->slot, range_size(range));
}

static void left_print(const struct unload *unload, const struct left *left)
{
	char site[128] = "other call sites";

	if (left != &unload->others)
		frame_text(left->frame, site, sizeof(site));
	site[strcspn(site, "/")] = '\0';
	pr_info("%s: %lu object%s, %lu bytes still allocated at unload by %s\n",
		unload->mod->name, left->objects, str_plural(left->objects),
		left->bytes, site);
}

static void objects_rename(struct unload *unload)
{
	const size_t bytes = sizeof(*unload->cache) << CACHE_BITS;
	struct renamed *cache = scan_memory_get(bytes);
	unsigned long pos = 0;

	unload->cache = cache ?: &unload->one;
	unload->cache_bits = cache ? CACHE_BITS : 0;
	while (slab_walk(&pos, table_rename, unload))
		;
	range_walk(range_rename, unload);
	scan_memory_put(cache, bytes);
}

static unsigned long site_rename(unsigned long frame, void *unload)
{
	return frame_goes(unload, frame) ? frame_keep_name(frame, false) : frame;
}

static void module_goes(struct unload *unload)
{
	unsigned int i;

	objects_rename(unload);
	sites_rename(site_rename, unload);
	for (i = 0; i < unload->nr_left; i++)
		left_print(unload, &unload->left[i]);
	if (unload->others.objects)
		left_print(unload, &unload->others);
}

static struct load *load_find(const struct module *mod)
{
	unsigned int i;

	for (i = 0; i < LOADS_MAX; i++)
		if (loads[i].mod == mod)
			return &loads[i];
	return NULL;
}

static void load_begins(const struct module *mod)
{
	struct load *load;

	mutex_lock(&unload_mutex);
	load = load_find(mod) ?: load_find(NULL);
	if (load)
		*load = (struct load) { .mod = mod, .began = get_jiffies_64() };
	mutex_unlock(&unload_mutex);
}

/* The module is loaded, or will not be, or was loaded long ago: tell what to look at. */
static void load_ends(struct unload *unload)
{
	struct load *load = load_find(unload->mod);

	unload->window = U32_MAX;
	if (!load)
		return;
	unload->began = (u32)load->began;
	unload->window = birth_window(load->began, get_jiffies_64());
	load->mod = NULL;
}

static void code_goes(const struct module *mod, bool init_only)
{
	/* Too large for the stack of a task that loads modules. */
	static struct unload unload;

	mutex_lock(&unload_mutex);
	unload.mod = mod;
	unload.init_only = init_only;
	load_ends(&unload);
	if (kmemleak_is_on())
		module_goes(&unload);
	memset(&unload, 0, sizeof(unload));
	mutex_unlock(&unload_mutex);
}

static void init_code_goes(void *mod, async_cookie_t cookie)
{
	/* Without memory for an asynchronous call, the notifier calls this itself. */
	if (current_is_async())
		async_synchronize_cookie_domain(cookie, NULL);
	code_goes(mod, true);
}

static int module_event(struct notifier_block *nb, unsigned long state,
			void *data)
{
	struct module *mod = data;

	switch (state) {
	case MODULE_STATE_COMING:
		load_begins(mod);
		break;
	case MODULE_STATE_LIVE:
		if (mod->async_probe_requested || !kmemleak_is_on())
			code_goes(mod, true);
		else
			async_schedule(init_code_goes, mod);
		break;
	case MODULE_STATE_GOING:
		code_goes(mod, false);
		break;
	default:
		return NOTIFY_DONE;
	}
	return NOTIFY_OK;
}

/* KUnit runs init code in its notifier: come last. */
static struct notifier_block module_notifier = {
	.notifier_call = module_event,
	.priority = INT_MIN,
};

static int __init modules_init(void)
{
	unsigned long frame = FRAME_UNNAMED;

	if (!kmemleak_is_on())
		return 0;
	nameless_stack = stack_depot_save(&frame, 1, GFP_KERNEL);
	return register_module_notifier(&module_notifier);
}
core_initcall(modules_init);

/**
 * modules_teardown() - stop keeping names, and free those that exist
 *
 * Context: Sleeps. The detector is off and has no objects.
 */
void modules_teardown(void)
{
	mutex_lock(&unload_mutex);
	/* Wait for readers that found an object with a name before. */
	synchronize_rcu();
	frames_teardown();
	mutex_unlock(&unload_mutex);
}
