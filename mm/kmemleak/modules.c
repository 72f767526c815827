// SPDX-License-Identifier: GPL-2.0
/*
 * Unloading of modules: count the objects that a module leaves behind, and replace
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
 * - The loader waits in the same way before it deletes a module. It does not wait if init
 *   code fails; then the notifier walks, and where it cannot tell: if a module is deleted
 *   by force. An asynchronous call that another one schedules after the walk was scheduled
 *   may come too late for the walk.
 * - No code of a module runs before its load is notified. A walk that follows a load
 *   therefore looks only at stacks captured since then: it reads the slots of all
 *   objects, but few stacks.
 * - What a module leaves is what its own functions allocated. What the kernel allocated on
 *   its behalf, as kmem_cache_create() does, is up to the kernel. What is on its way to
 *   RCU is not left: if a first walk finds objects, a second one counts them after RCU is
 *   done.
 * - unload_mutex serializes walks that add names. Walks that count, and waits for RCU, are
 *   outside: "off", and the notifier, wait for the mutex. Who loads a module waits for the
 *   asynchronous call all the same. No lock of the detector is held when the mutex is
 *   taken, except for scan_mutex ("off").
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/async.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
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
#define SITES_MAX	16
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

static DEFINE_SPINLOCK(loads_lock);
/* Guarded by loads_lock. */
static struct load loads[LOADS_MAX];

/**
 * struct renamed - a stack that was looked at
 * @from: its handle
 * @to: handle of the stack with names, or @from if all its code stays
 * @goes: it has frames in code that goes away
 * @site: the one of them that allocated; 0 if other code did
 */
struct renamed {
	depot_stack_handle_t from;
	depot_stack_handle_t to;
	bool goes;
	unsigned long site;
};

/**
 * struct left - objects left behind by a module that goes away, or by one call site of it
 * @frame: the call site
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
 * @rename: replace frames in code that goes away by names
 * @found: there are such frames
 * @began: when the first of the stacks to look at was captured, low half of jiffies
 * @window: and for how long, see traced_since()
 * @cache: stacks that were looked at, by hash of the handle
 * @cache_bits: binary logarithm of the number of entries in @cache
 * @one: the cache if there is no memory for a larger one
 * @left: objects left behind
 * @site: the same by call site, as far as there is room
 * @nr_sites: number of call sites in @site
 */
struct unload {
	const struct module *mod;
	bool init_only;
	bool rename;
	bool found;
	u32 began;
	u32 window;
	struct renamed *cache;
	unsigned int cache_bits;
	struct renamed one;
	struct left left;
	struct left site[SITES_MAX];
	unsigned int nr_sites;
};

static bool frame_goes(const struct unload *unload, unsigned long frame)
{
	if (unload->init_only)
		return within_module_init(frame, unload->mod);
	return within_module(frame, unload->mod) ||
	       frame_of_loaded(frame, unload->mod->name);
}

/*
 * Does a frame create something whose parts are the kernel's own? Slab caches stay if they
 * were merged with others, and workqueues are taken apart by a worker later.
 */
static bool frame_creates(unsigned long frame)
{
	static const char * const creators[] = { "kmem_cache_create", "alloc_workqueue" };
	char text[FRAME_TEXT];
	unsigned int i;

	frame_text(frame, text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(creators); i++)
		if (strstr(text, creators[i]))
			return true;
	return false;
}

/* Get the frame of a stack that allocated, if that is in code that goes away; else 0. */
static unsigned long stack_site(const struct unload *unload, depot_stack_handle_t stack)
{
	unsigned long site = frame_of_stack(stack), *frames;
	unsigned int i, nr;

	if (!frame_goes(unload, site))
		return 0;
	nr = stack_depot_fetch(stack, &frames);
	for (i = 0; i < nr && frames[i] != site; i++)
		if (frame_creates(frames[i]))
			return 0;
	return site;
}

static depot_stack_handle_t stack_rename(const struct unload *unload, depot_stack_handle_t from)
{
	unsigned long frames[FRAMES_MAX], *stored;
	depot_stack_handle_t to;
	unsigned int i, nr;

	nr = min_t(unsigned int, stack_depot_fetch(from, &stored), FRAMES_MAX);
	for (i = 0; i < nr; i++)
		frames[i] = frame_goes(unload, stored[i]) ?
			    frame_keep_name(stored[i], unload->init_only) : stored[i];
	to = stack_depot_save(frames, nr, GFP_NOWAIT | __GFP_NOWARN);
	if (to)
		return to;
	stat_inc(STAT_MODULE_NAMES_LOST);
	return nameless_stack;
}

static void stack_look(const struct unload *unload, struct renamed *renamed,
		       depot_stack_handle_t from)
{
	unsigned long *frames;
	unsigned int i, nr;

	*renamed = (struct renamed) { .from = from, .to = from };
	nr = stack_depot_fetch(from, &frames);
	for (i = 0; i < nr && !renamed->goes; i++)
		renamed->goes = frame_goes(unload, frames[i]);
	if (!renamed->goes)
		return;
	if (!unload->init_only)
		renamed->site = stack_site(unload, from);
	if (unload->rename)
		renamed->to = stack_rename(unload, from);
}

static void left_add(struct unload *unload, unsigned long frame, size_t size)
{
	struct left *site = unload->site;
	unsigned int i;

	unload->left.objects++;
	unload->left.bytes += size;
	for (i = 0; i < unload->nr_sites; i++)
		if (site[i].frame == frame)
			break;
	if (i == SITES_MAX)
		return;
	unload->nr_sites = max(unload->nr_sites, i + 1);
	site[i].frame = frame;
	site[i].objects++;
	site[i].bytes += size;
}

static void slot_inspect(struct unload *unload, struct slot *slot, size_t size)
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
		stack_look(unload, renamed, stack);
	if (!renamed->goes)
		return;
	unload->found = true;
	if (unload->rename)
		cmpxchg(&slot->stack, stack, renamed->to);
	if (renamed->site && !(state & (OBJ_GREY | OBJ_IGNORE)))
		left_add(unload, renamed->site, size);
}

static void table_inspect(struct slab_table *table, void *unload)
{
	unsigned int i;

	for (i = 0; i < table->count; i++)
		slot_inspect(unload, &table->slots[i], table->object_size);
}

static void range_inspect(struct tracked_range *range, void *unload)
{
	slot_inspect(unload, &range->slot, range_size(range));
}

/* Print a line about what is left, with the call site that has most bytes of it. */
static void left_print(const struct unload *unload)
{
	const struct left *most = unload->site;
	char text[FRAME_TEXT];
	unsigned int i;

	if (!unload->left.objects)
		return;
	for (i = 1; i < unload->nr_sites; i++)
		if (unload->site[i].bytes > most->bytes)
			most = &unload->site[i];
	frame_text(most->frame, text, sizeof(text));
	text[strcspn(text, "/")] = '\0';
	pr_info("%s: %lu object%s, %lu byte%s still allocated at unload%s by %s\n",
		unload->mod->name, unload->left.objects, str_plural(unload->left.objects),
		unload->left.bytes, str_plural(unload->left.bytes),
		unload->nr_sites > 1 ? ", most bytes" : "", text);
}

static void objects_inspect(struct unload *unload, bool rename)
{
	const size_t bytes = sizeof(*unload->cache) << CACHE_BITS;
	struct renamed *cache = scan_memory_get(bytes);
	unsigned long pos = 0;

	unload->rename = rename;
	unload->found = false;
	unload->left = (struct left) {};
	unload->nr_sites = 0;
	memset(unload->site, 0, sizeof(unload->site));
	unload->one = (struct renamed) {};
	unload->cache = cache ?: &unload->one;
	unload->cache_bits = cache ? CACHE_BITS : 0;
	while (slab_walk(&pos, table_inspect, unload))
		;
	range_walk(range_inspect, unload);
	scan_memory_put(cache, bytes);
}

static unsigned long site_rename(unsigned long frame, void *unload)
{
	return frame_goes(unload, frame) ? frame_keep_name(frame, false) : frame;
}

/*
 * Replace frames by names, unless the detector is off by now and has freed all names. Then
 * nothing is left, either: what was counted may have been on its way to RCU.
 */
static void names_keep(struct unload *unload, bool walk)
{
	mutex_lock(&unload_mutex);
	if (kmemleak_is_on()) {
		if (walk)
			objects_inspect(unload, true);
		sites_rename(site_rename, unload);
	} else {
		unload->left = (struct left) {};
	}
	mutex_unlock(&unload_mutex);
}

static void module_goes(struct unload *unload)
{
	if (!unload->init_only) {
		objects_inspect(unload, false);
		if (unload->left.objects) {
			/* What was freed by kfree_rcu() or call_rcu() goes now. */
			kvfree_rcu_barrier();
			rcu_barrier();
		}
	}
	names_keep(unload, unload->init_only || unload->found);
	left_print(unload);
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

	spin_lock(&loads_lock);
	load = load_find(mod) ?: load_find(NULL);
	if (load)
		*load = (struct load) { .mod = mod, .began = get_jiffies_64() };
	spin_unlock(&loads_lock);
}

/* The module is loaded, or will not be, or was loaded long ago: tell what to look at. */
static void load_ends(struct unload *unload)
{
	struct load *load;

	unload->window = U32_MAX;
	spin_lock(&loads_lock);
	load = load_find(unload->mod);
	if (load) {
		unload->began = (u32)load->began;
		unload->window = birth_window(load->began, get_jiffies_64());
		load->mod = NULL;
	}
	spin_unlock(&loads_lock);
}

static void code_goes(const struct module *mod, bool init_only)
{
	/* Half a KB: the walks below take little more of the stack. */
	struct unload unload = { .mod = mod, .init_only = init_only };

	load_ends(&unload);
	if (kmemleak_is_on())
		module_goes(&unload);
}

/* The module is live, and its init code goes, or all of it goes. */
static void code_goes_late(void *data, async_cookie_t cookie)
{
	const struct module *mod = data;

	/* Without memory for an asynchronous call, the notifier calls this itself. */
	if (current_is_async())
		async_synchronize_cookie_domain(cookie, NULL);
	code_goes(mod, mod->state == MODULE_STATE_LIVE);
}

/* Does the module go by delete_module(), which waits for asynchronous calls? */
static bool is_deleted(struct module *mod)
{
#ifdef CONFIG_MODULE_UNLOAD
	return module_refcount(mod) < 0;
#else
	return false;
#endif
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
			async_schedule(code_goes_late, mod);
		break;
	case MODULE_STATE_GOING:
		if (is_deleted(mod) && kmemleak_is_on())
			async_schedule(code_goes_late, mod);
		else
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
