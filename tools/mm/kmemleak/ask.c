// SPDX-License-Identifier: GPL-2.0
/*
 * What the leak detector knows or can find out, and what to ask without one. May call:
 * saying.c, kconfig.c, growth.c, usage.c, units.c, root.c, command.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "kconfig.h"
#include "root.h"
#include "units.h"

#define NEXT_RECORD	"kmemleak record --every 60s --db kmemleak.db"

/* Leaks known now that were not at the first look, as far as that one has read them. */
static struct usage new_leaks(const struct timeline *timeline)
{
	struct usage leaks = usages_total(&last_look(timeline)->of[USAGE_LEAK]), before;

	if (timeline->nr > 1) {
		before = usages_total(&timeline->look[0].of[USAGE_LEAK]);
		leaks.bytes -= before.bytes;
	}
	return leaks;
}

bool say_found(struct advice *advice, const struct topic *topic)
{
	struct usage leaks = usages_total(&last_look(advice->timeline)->of[USAGE_LEAK]);
	int64_t bytes = topic ? topic->bytes / 2 : growth_min(advice->timeline);
	bool explains = new_leaks(advice->timeline).bytes >= bytes;
	char size[UNITS_MAX];

	if (!leaks.objects)
		return false;
	say(advice, "The leak detector has found %" PRIu64 " leak%s, %s%s.\n", leaks.objects,
	    plural(leaks.objects), format_bytes(size, leaks.bytes),
	    explains || !topic ? "" : ", which is not the reason");
	if (explains)
		propose_tool(advice, "report");
	return explains;
}

/*
 * A site whose objects increase from scan to scan, and are still referenced. By a little, many
 * do: each process that waits has a stack.
 */
static bool say_growing_site(struct advice *advice)
{
	const struct usages *sites = &last_look(advice->timeline)->of[USAGE_SITE];
	const struct usage *most = NULL;
	char size[UNITS_MAX], module[USAGE_MODULE], *command;
	size_t i;

	for (i = 0; i < sites->nr; i++)
		if (!most || sites->list[i].grown > most->grown)
			most = &sites->list[i];
	if (!most || most->grown < growth_min(advice->timeline))
		return false;
	say(advice, "At each scan %s had allocated more, %s in all, "
	    "and something still refers to it.\n", most->name,
	    format_bytes(size, most->grown));
	if (!usage_module(most->name, module)) {
		propose(advice, "kmemleak watch");
		return true;
	}
	command = xasprintf("module %s", module);
	propose_tool(advice, command);
	free(command);
	return true;
}

/* SLUB can keep who allocated the objects of a cache. */
static bool ask_slub(struct advice *advice, const struct usage *cache)
{
	char *user = xasprintf("/sys/kernel/slab/%s/store_user", cache->name);
	char *name = shell_word(cache->name);
	FILE *file = root_try(user);
	bool stored = file && fgetc(file) == '1';

	if (file) {
		fclose(file);
		say(advice, stored ? "SLUB keeps who allocates them.\n" :
		    "If booted with slub_debug=U,%s SLUB keeps who allocates them.\n",
		    cache->name);
	}
	if (stored)
		propose(advice, "sort -rn /sys/kernel/debug/slab/%s/alloc_traces | head", name);
	free(user);
	free(name);
	return stored;
}

/* The kernel may be able to tell who allocated pages. */
static bool ask_page_owner(struct advice *advice)
{
	if (root_has("/sys/kernel/debug/page_owner")) {
		say(advice, "This kernel keeps who allocates pages (page_owner).\n");
		propose(advice, "page_owner_sort -m /sys/kernel/debug/page_owner "
			"page_owner.sorted");
		return true;
	}
	if (kconfig_has("CONFIG_PAGE_OWNER") == 1)
		say(advice, "If booted with page_owner=on this kernel keeps who allocates "
		    "pages.\n");
	return false;
}

/* What a kernel without the detector can tell: propose what works there. */
static void ask_kernel(struct advice *advice, const struct topic *topic)
{
	int error = last_look(advice->timeline)->of[USAGE_ALLOC].error;

	propose(advice, NEXT_RECORD);
	if (error == ENODATA) {
		say(advice, "/proc/allocinfo is empty: this kernel counts allocations by line "
		    "only from when it is told to.\n");
		propose(advice, "sysctl vm.mem_profiling=1; sleep 60; kmemleak triage");
		return;
	}
	if (topic && line_is_slab(topic->line) && topic->part &&
	    ask_slub(advice, topic->part))
		return;
	if (topic && !line_is_slab(topic->line) && ask_page_owner(advice))
		return;
	if (error && kconfig_has("CONFIG_MEM_ALLOC_PROFILING") == 1)
		say(advice, "If booted with sysctl.vm.mem_profiling=1 this kernel counts "
		    "allocations by line.\n");
	else if (error && topic && topic->line == ACCOUNT_UNEXPLAINED)
		say(advice, "A kernel with CONFIG_MEM_ALLOC_PROFILING=y tells who allocates "
		    "such pages.\n");
	say(advice, "Until then, see what goes on growing.\n");
}

bool detector_tracks(enum account_line line)
{
	return line_is_slab(line) || line == ACCOUNT_VMALLOC ||
	       line == ACCOUNT_PERCPU;
}

static void say_absent(struct advice *advice)
{
	if (kconfig_has("CONFIG_DEBUG_KMEMLEAK") == 1)
		say(advice, "The leak detector is built in, but it did not start: boot with "
		    "kmemleak=on to learn who allocates what.\n");
	else
		say(advice, "This kernel has no leak detector: build it with "
		    "CONFIG_DEBUG_KMEMLEAK=y to learn who allocates what.\n");
}

void ask_detector(struct advice *advice, const struct topic *topic)
{
	if (topic && !detector_tracks(topic->line)) {
		say(advice, "The leak detector does not know such pages.\n");
		ask_kernel(advice, topic);
		return;
	}
	switch (last_look(advice->timeline)->detector.state) {
	case DETECTOR_ABSENT:
		say_absent(advice);
		ask_kernel(advice, topic);
		break;
	case DETECTOR_OFF:
		say(advice, "The leak detector is off: boot with kmemleak=on to learn who "
		    "allocates what.\n");
		ask_kernel(advice, topic);
		break;
	case DETECTOR_HIDDEN:
		say(advice, "Only root can ask the leak detector.\n");
		propose(advice, "sudo " NEXT_LOOK);
		break;
	case DETECTOR_UNMOUNTED:
		say(advice, "The leak detector is reached by debugfs, which is not mounted.\n");
		propose(advice, "mount -t debugfs none /sys/kernel/debug");
		break;
	case DETECTOR_UNSAVED:
		say(advice, "Whether the machine has a leak detector was not saved "
		    "(/sys/kernel/debug/kmemleak).\n");
		propose(advice, NEXT_LOOK);
		break;
	case DETECTOR_BASE:
	case DETECTOR_ON:
		if ((topic && say_found(advice, topic)) || say_growing_site(advice))
			break;
		say(advice, topic ? "The leak detector can tell how much of it is leaked.\n" :
		    "The leak detector can say whether anything is lost.\n");
		propose(advice, "kmemleak scan");
		break;
	}
}
