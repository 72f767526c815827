// SPDX-License-Identifier: GPL-2.0
/*
 * "module": memory that a module allocated and did not free, by place. Live objects
 * are from the detector's count of sites, unreferenced ones from its report.
 * May call: report.c and what it calls.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"
#include "root.h"
#include "sums.h"
#include "units.h"

/**
 * struct place - a place in the module that allocates
 * @frame: the site, or the innermost frame of the module if the kernel allocated for it
 * @counted: the detector counts its live objects
 * @growing: their number grew from scan to scan
 * @objects: live objects, if they are counted
 * @bytes: sum of their sizes
 * @lost_objects: number of unreachable objects
 * @lost_bytes: sum of their sizes
 */
struct place {
	const struct frame *frame;
	bool counted;
	bool growing;
	uint64_t objects;
	uint64_t bytes;
	uint64_t lost_objects;
	uint64_t lost_bytes;
};

struct places {
	size_t nr;
	struct place *list;
};

static struct place *place_of(struct places *places, const struct frame *frame)
{
	size_t i;

	for (i = 0; i < places->nr; i++)
		if (places->list[i].frame == frame)
			return &places->list[i];
	places->list = xrealloc(places->list, places->nr + 1, sizeof(*places->list));
	places->list[places->nr] = (struct place) { .frame = frame };
	return &places->list[places->nr++];
}

static bool is_of(const struct frame *frame, const char *module)
{
	return frame && frame->module && !strcmp(frame->module, module);
}

/* The innermost frame of the module in a stack. */
static const struct frame *module_frame(const struct stack *stack, const char *module)
{
	unsigned int i;

	for (i = 0; i < stack->nr; i++)
		if (is_of(stack->frame[i], module))
			return stack->frame[i];
	return NULL;
}

static void add_live(struct places *places, const struct sites *sites, const char *module)
{
	const struct site *site;
	struct place *place;
	size_t i;

	/* The detector may list a site more than once. */
	for (i = 0; sites && i < sites->nr; i++) {
		site = &sites->site[i];
		if (!is_of(site->frame, module) || !site_last(sites, site->objects))
			continue;
		place = place_of(places, site->frame);
		place->counted = true;
		place->growing |= site->growing;
		add_to(&place->objects, site_last(sites, site->objects));
		add_to(&place->bytes, site_last(sites, site->bytes));
	}
}

/* Allocations of the module itself go to @own, those of functions it called to @other. */
static void add_lost(struct places *own, struct places *other, const struct leaks *leaks,
		     const char *module)
{
	const struct leak_group *group;
	const struct frame *frame;
	struct place *place;
	size_t i;

	for (i = 0; i < leaks->nr; i++) {
		group = leaks->group[i];
		frame = module_frame(group->stack, module);
		if (!frame)
			continue;
		place = place_of(stack_site(group->stack) == frame ? own : other, frame);
		add_to(&place->lost_objects, group->objects);
		add_to(&place->lost_bytes, group->bytes);
	}
}

static uint64_t live_bytes(const struct place *place)
{
	return place->counted ? place->bytes : place->lost_bytes;
}

static uint64_t live_objects(const struct place *place)
{
	return place->counted ? place->objects : place->lost_objects;
}

static int place_compare(const void *left, const void *right)
{
	uint64_t a = live_bytes(left), b = live_bytes(right);

	return a > b ? -1 : a < b;
}

static void tell_places(struct places *places)
{
	const struct place *place;
	char *title;
	size_t i;

	qsort(places->list, places->nr, sizeof(*places->list), place_compare);
	printf("%12s %9s %12s %9s\n", "bytes", "objects", "unreachable", "objects");
	for (i = 0; i < places->nr; i++) {
		place = &places->list[i];
		title = frame_title(place->frame);
		printf("%12" PRIu64 " %9" PRIu64 " %12" PRIu64 " %9" PRIu64 "  %s%s\n",
		       live_bytes(place), live_objects(place),
		       place->lost_bytes, place->lost_objects, title,
		       place->growing ? ", growing" : "");
		free(title);
	}
}

static void tell_totals(const char *module, const struct places *places,
			const struct sites *sites)
{
	uint64_t objects = 0, bytes = 0, lost_objects = 0, lost_bytes = 0;
	size_t i;

	for (i = 0; i < places->nr; i++) {
		add_to(&objects, live_objects(&places->list[i]));
		add_to(&bytes, live_bytes(&places->list[i]));
		add_to(&lost_objects, places->list[i].lost_objects);
		add_to(&lost_bytes, places->list[i].lost_bytes);
	}
	printf("%s: %" PRIu64 " object%s, %" PRIu64 " bytes allocated and not freed; %" PRIu64
	       " object%s, %" PRIu64 " bytes of them unreachable\n", module, objects,
	       plural(objects), bytes, lost_objects, plural(lost_objects), lost_bytes);
	if (sites && sites->scans)
		printf("as of the scan %.0f s ago\n", sites->ago[sites->scans - 1]);
}

static void check_known(const char *module, const struct report *report, bool known)
{
	char *path = xasprintf("/sys/module/%s", module);
	bool loaded = root_has(path);

	free(path);
	if (!loaded && !known)
		die("%s: no such module is loaded, and nothing that it left is known", module);
	if (!report->sites)
		note("the detector counts no live objects here: only what is unreachable is shown");
	else if (!report->sites->scans)
		note("there was no scan yet; run: kmemleak scan");
}

struct arguments {
	struct report_options report;
	char *module;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->report;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->module)
			argp_error(state, "one module at a time");
		arguments->module = module_name(arg);
		return 0;
	case ARGP_KEY_END:
		if (!arguments->module || strchr(arguments->module, '/'))
			argp_error(state, "the name of a module is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	NULL, parse, "NAME",
	"Shows what the code of a module allocated and did not free, by place.",
	report_children,
	NULL, NULL,
};

int cmd_module(int argc, char **argv)
{
	struct places own = {}, other = {};
	struct arguments arguments = {};
	struct report report = {};

	parse_options(&argp, argc, argv, &arguments);
	report_load(&report, &arguments.report);
	add_live(&own, report.sites, arguments.module);
	add_lost(&own, &other, &report.leaks, arguments.module);
	check_known(arguments.module, &report, own.nr || other.nr);
	symbols_note(report.symbols);
	tell_totals(arguments.module, &own, report.sites);
	if (own.nr) {
		puts("");
		tell_places(&own);
	}
	if (other.nr) {
		puts("\nunreachable, and allocated by the kernel when the module called it:");
		tell_places(&other);
	}
	if (own.nr || other.nr)
		puts("\nnext: kmemleak report");
	free(own.list);
	free(other.list);
	report_free(&report);
	close_output();
	return STATUS_OK;
}
