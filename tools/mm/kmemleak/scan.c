// SPDX-License-Identifier: GPL-2.0
/*
 * "scan": look for leaks now, and say whether there are any. "clear": forget known
 * leaks. May call: report.c and what it calls.
 *
 * The detector scans within write(), which a signal interrupts. A thread of its own
 * shows the progress meanwhile.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "command.h"
#include "report.h"
#include "root.h"
#include "units.h"

/* Maximum number of groups in the verdict. */
#define TOLD_MAX	5

/* ---- Progress ---- */

/**
 * struct progress - a line on the terminal that shows the elapsed time
 * @lock: protects @done
 * @change: signals a change of @done
 * @done: tells the thread to end
 * @shown: the thread was started
 * @thread: the thread that draws the line
 */
struct progress {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool done;
	bool shown;
	pthread_t thread;
};

static void *progress_run(void *context)
{
	struct progress *progress = context;
	struct timespec next;
	unsigned int seconds;

	pthread_mutex_lock(&progress->lock);
	clock_gettime(CLOCK_REALTIME, &next);
	for (seconds = 0; !progress->done; seconds++) {
		fprintf(stderr, "\rscanning, %u s", seconds);
		next.tv_sec++;
		while (!progress->done &&
		       pthread_cond_timedwait(&progress->change, &progress->lock, &next) !=
		       ETIMEDOUT)
			;
	}
	pthread_mutex_unlock(&progress->lock);
	fputs("\r\033[K", stderr);
	return NULL;
}

static void progress_begin(struct progress *progress)
{
	pthread_mutex_init(&progress->lock, NULL);
	pthread_cond_init(&progress->change, NULL);
	progress->shown = isatty(STDERR_FILENO) &&
			  !pthread_create(&progress->thread, NULL, progress_run, progress);
}

static void progress_end(struct progress *progress)
{
	if (!progress->shown)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->done = true;
	pthread_cond_signal(&progress->change);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
}

/* Return: the duration in seconds. */
static double scan(void)
{
	struct progress progress = {};
	struct timespec begin, end;

	progress_begin(&progress);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	detector_write("scan", "this detector does not scan when it is told to");
	clock_gettime(CLOCK_MONOTONIC, &end);
	progress_end(&progress);
	return end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* ---- The verdict ---- */

static void tell_suppressed(const struct report *report)
{
	if (report->suppressions.objects)
		printf("suppressed: %" PRIu64 " leak%s, %" PRIu64 " bytes\n",
		       report->suppressions.objects, plural(report->suppressions.objects),
		       report->suppressions.bytes);
}

static void tell_groups(const struct leaks *leaks)
{
	size_t i;
	char *title;

	for (i = 0; i < leaks->nr && i < TOLD_MAX; i++) {
		title = stack_title(leaks->group[i]->stack);
		printf("  %" PRIu64 " bytes in %" PRIu64 " object%s: %s\n",
		       leaks->group[i]->bytes, leaks->group[i]->objects,
		       plural(leaks->group[i]->objects), title);
		free(title);
	}
	if (i < leaks->nr)
		printf("  and %zu more places\n", leaks->nr - i);
}

static void tell(const struct report *report, double seconds)
{
	const struct leaks *leaks = &report->leaks;

	if (!leaks->objects) {
		printf("no leaks; the scan took %.2f s\n", seconds);
		tell_suppressed(report);
		return;
	}
	printf("%" PRIu64 " leak%s, %" PRIu64 " bytes; the scan took %.2f s\n", leaks->objects,
	       plural(leaks->objects), leaks->bytes, seconds);
	tell_groups(leaks);
	tell_suppressed(report);
	puts("next: kmemleak report");
}

static void tell_json(const struct report *report, double seconds)
{
	struct json_object *object = report_object(report, report->leaks.nr);
	char text[32];

	snprintf(text, sizeof(text), "%.3f", seconds);
	json_object_object_add(object, "scan_seconds", json_object_new_double_s(seconds, text));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* ---- The commands ---- */

struct arguments {
	struct report_options report;
	bool json;
	bool fail;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print the verdict and all leaks as JSON", 0 },
	{ "fail", OPTION_FAIL, NULL, 0, "Print all that is known if there are leaks", 0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->report;
		return 0;
	case 'j':
		arguments->json = true;
		return 0;
	case OPTION_FAIL:
		arguments->fail = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, NULL,
	"Looks for leaks now.\v"
	"The exit status is 0 if there are none, 1 if there are leaks, 2 if that could not be "
	"found out.",
	report_children, NULL, NULL,
};

int cmd_scan(int argc, char **argv)
{
	struct arguments arguments = {};
	struct report report = {};
	double seconds;
	int status;

	parse_options(&argp, argc, argv, &arguments);
	seconds = scan();
	if (!detector_is_ours())
		note("the kernel's own detector wants a second scan some seconds later to be sure");
	report_load(&report, &arguments.report);
	symbols_note(report.symbols);
	status = report.leaks.objects ? STATUS_LEAKS : STATUS_OK;
	if (arguments.json)
		tell_json(&report, seconds);
	else if (arguments.fail && status == STATUS_LEAKS)
		report_text(&report, stdout);
	else
		tell(&report, seconds);
	report_free(&report);
	close_output();
	return status;
}

static const struct argp clear_argp = {
	.doc = "Takes the leaks that are known out of the report, so that the next scan shows "
	       "what is new.",
};

int cmd_clear(int argc, char **argv)
{
	parse_options(&clear_argp, argc, argv, NULL);
	detector_write("clear", "this detector cannot forget its leaks");
	return STATUS_OK;
}
