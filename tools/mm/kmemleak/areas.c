// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of vmalloc() by caller. May call: sources.c, usage.c, command.c.
 *
 * Invariant: areas without pages are mappings of what is counted elsewhere, or of
 * devices. Only per-CPU memory has pages that its line does not tell of.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "areas.h"
#include "command.h"
#include "sums.h"

static bool is_one_of(const char *caller, const char * const *names, size_t nr)
{
	size_t i, length = strcspn(caller, "+. /");

	for (i = 0; i < nr; i++)
		if (strlen(names[i]) == length && !strncmp(caller, names[i], length))
			return true;
	return false;
}

/*
 * The function that allocates a stack may be inlined into its callers: then the caller is
 * alloc_thread_stack_node() up to 5.2, do_fork() or _do_fork() up to 5.9, and
 * kernel_clone() since then.
 */
bool area_is_stacks(const char *caller)
{
	static const char * const names[] = {
		"alloc_thread_stack_node", "alloc_thread_stack_node_from_cache",
		"alloc_thread_stack", "alloc_thread_info_node", "dup_task_struct",
		"copy_process", "_do_fork", "do_fork", "kernel_clone", "fork_idle",
		"kernel_thread", "user_mode_thread", "create_io_thread",
	};

	return is_one_of(caller, names, ARRAY_SIZE(names));
}

static bool area_is_percpu(const char *caller)
{
	static const char * const names[] = { "pcpu_get_vm_areas", "pcpu_create_chunk" };

	return is_one_of(caller, names, ARRAY_SIZE(names));
}

/* "0x...-0x... size caller pages=N ..." */
static bool area_line(char *line, void *context)
{
	struct areas *areas = context;
	char *pages = strstr(line, " pages=");
	uint64_t nr = 0, size;
	struct usage *usage;
	int caller = 0;

	if (sscanf(line, "%*[^ -]-%*s %" SCNu64 " %n", &size, &caller) != 1 || !caller)
		return false;
	if (!pages) {
		if (area_is_percpu(line + caller) && size < INT64_MAX / UINT32_MAX)
			add_to(&areas->percpu_span, size);
		return true;
	}
	if (sscanf(pages, " pages=%" SCNu64, &nr) != 1 || nr > INT32_MAX)
		return false;
	*pages = '\0';
	usage = usages_add(&areas->by_caller, line[caller] ? line + caller : "?");
	usage->objects = 1;
	usage->bytes = nr * areas->page_size;
	add_to(&areas->bytes, usage->bytes);
	if (area_is_stacks(usage->name)) {
		areas->stack_bytes += usage->bytes;
		areas->stacks++;
	}
	return true;
}

void areas_read(struct areas *areas, struct sources *sources)
{
	areas->by_caller.error = sources_read(sources, "/proc/vmallocinfo", area_line, areas);
	usages_sort(&areas->by_caller);
}
