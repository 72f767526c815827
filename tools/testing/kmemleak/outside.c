// SPDX-License-Identifier: GPL-2.0
/*
 * What the sources under test call and this program does not have: files that are about
 * the machine, and those that write text for users.
 *
 * - mark/roots.c: stacks, registers, per-CPU variables. The only data here are
 *   sim_roots[].
 * - mark/pages.c: struct page, and slabs without a table, of which there are some here.
 * - mark/buffer.c: pages of the page allocator, tagged so that walks pass them over.
 * - store/holes.c: members of the kernel's structures.
 * - report/: but for the walk over all leaks, which is here (leaks.c).
 */
#include <stdlib.h>

#include <linux/kernel.h>
#include <linux/kmemleak.h>

#include "kmemleak.h"
#include "store/directory.h"
#include "store/holes.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/pages.h"
#include "mark/pass.h"
#include "mark/roots.h"
#include "mark/section.h"
#include "mark/unrecorded.h"
#include "report/events.h"
#include "report/graph.h"
#include "report/holders.h"
#include "report/path.h"
#include "report/sites.h"
#include "report/text.h"
#include "thread.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

unsigned long sim_roots[SIM_ROOTS];
bool sim_signal;
unsigned int sim_page_fails;
struct scan_result sim_result;
bool sim_verbose = true;
bool sim_panic;
struct sim_logged sim_log[SIM_LOG];
unsigned int sim_log_lines;
long sim_scan_pages;

unsigned char comm_table[1];
unsigned char known_stacks[1];

/* ---- mark/buffer.c ---- */

size_t sim_scan_bytes, sim_scan_bytes_max;

void *scan_memory_get(size_t size)
{
	sim_sleeps();
	sim_scan_bytes += size;
	sim_scan_bytes_max = max(sim_scan_bytes_max, sim_scan_bytes);
	return calloc(1, size);
}

void scan_memory_put(void *memory, size_t size)
{
	if (memory)
		sim_scan_bytes -= size;
	free(memory);
}

void *scan_page_get(void)
{
	if (sim_page_fails && !--sim_page_fails)
		return NULL;
	__atomic_add_fetch(&sim_scan_pages, 1, __ATOMIC_RELAXED);
	return malloc(PAGE_SIZE);
}

void scan_page_put(void *page)
{
	__atomic_sub_fetch(&sim_scan_pages, 1, __ATOMIC_RELAXED);
	free(page);
}

/* ---- mark/roots.c ---- */

void roots_init(void)
{
	struct slot slot = { .state = OBJ_LIVE | OBJ_GREY };

	range_insert(RANGE_VIRT, (unsigned long)sim_roots, sizeof(sim_roots), 0, &slot,
		     GFP_KERNEL);
}

int roots_mark(struct marker *m)
{
	mark_lost(m);
	return 0;
}

/* ---- mark/pages.c ---- */

static void mark_page_part(struct mark_worker *w, unsigned long part)
{
	char *page = sim_linear + part * SIM_PART_PAGES * PAGE_SIZE;
	const struct slab *slab;
	unsigned int i;

	for (i = 0; i < SIM_PART_PAGES; i++, page += PAGE_SIZE) {
		slab = virt_to_slab(page);
		if (slab && slab_leak_traced(slab) && !slab_table_of((unsigned long)page))
			mark_fleeting_memory(w, page, PAGE_SIZE);
	}
	mark_pause(mark_of(w));
}

void roots_mark_pages(struct marker *m)
{
	unsigned long part;
	unsigned long end = DIV_ROUND_UP((sim_used_end() - sim_linear) / PAGE_SIZE,
					 SIM_PART_PAGES);

	for (part = 0; part < end && !m->stop; part++) {
		if (sim_part_used(part))
			mark_part(m, mark_page_part, part);
		else
			mark_pause(m);
	}
	mark_drain(m);
}

/* ---- store/holes.c ---- */

struct kmemleak_hole kmemleak_task_holes[1];

void holes_init(void)
{
}

/* ---- report/ and the rest ---- */

bool holders_wanted;

u64 holders_begin(bool asked)
{
	(void)asked;
	return 0;
}

void holders_end(void)
{
}

int path_make(enum range_space space, unsigned long hidden)
{
	(void)space;
	(void)hidden;
	return 0;
}

void path_teardown(void)
{
}

void graph_update(struct marker *m)
{
	(void)m;
}

void graph_teardown(void)
{
}

void sites_update(struct marker *m)
{
	(void)m;
}

void sites_teardown(void)
{
}

/* Of tests that do nothing while leaks are printed. */
void __weak sim_logs(void)
{
}

void report_log(const struct object_ref *ref, u32 others)
{
	if (sim_log_lines < SIM_LOG)
		sim_log[sim_log_lines] = (struct sim_logged) { ref->start, others };
	sim_log_lines++;
	sim_logs();
}

/* Of tests that have nothing to do then. */
void __weak sim_scan_begins(bool automatic)
{
	(void)automatic;
}

void events_scan_begin(bool automatic)
{
	sim_scan_begins(automatic);
}

void events_leak(const struct object_ref *ref)
{
	(void)ref;
}

bool events_print_leaks(void)
{
	return sim_verbose;
}

bool events_leaks_panic(void)
{
	return sim_panic;
}

void events_scan_end(const struct scan_result *result)
{
	sim_result = *result;
}

unsigned int sim_thread_stops;

int scan_thread_stop(void)
{
	sim_thread_stops++;
	return 0;
}
