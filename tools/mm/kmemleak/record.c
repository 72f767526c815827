// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak record": store samples of a machine's memory for "kmemleak trend".
 * May call: sample.c, history.c, database.c, clock.c, units.c, root.c,
 * command.c.
 */
#include <inttypes.h>

#include "clock.h"
#include "command.h"
#include "database.h"
#include "history.h"
#include "root.h"
#include "sample.h"
#include "units.h"

/**
 * struct record - what was asked for
 * @database: path
 * @every: seconds from one sample to the next
 * @keep: seconds until a sample is dropped
 * @count: number of samples to take; 0 is no limit
 * @lost: samples that could not be kept since one could
 * @lost_all: samples that could not be kept at all
 */
struct record {
	const char *database;
	double every;
	double keep;
	uint64_t count;
	uint64_t lost;
	uint64_t lost_all;
};

/* Say once that samples are lost, and once that they no longer are. */
static void tell(struct record *record, const char *why)
{
	if (why && !record->lost)
		note("%s: %s; trying again at each sample", record->database, why);
	if (!why && record->lost)
		note("%s: it works again, %" PRIu64 " sample%s lost", record->database,
		     record->lost, plural(record->lost));
	record->lost = why ? record->lost + 1 : 0;
	record->lost_all += !!why;
}

/* Drop old samples until the next one is due. */
static void record_one(struct record *record, struct database *database, double next)
{
	const char *why = NULL;
	struct sample sample;

	sample_take(&sample, SAMPLE_ALL & ~SAMPLE(ALLOC));
	history_add(database, &sample, &why);
	tell(record, why);
	while (!why && history_forget(database, &sample, record->keep) && clock_now() < next)
		;
	sample_free(&sample);
}

/* Samples are ordered by their boot, and within it by the uptime. */
static void check_machine(void)
{
	struct sample sample;

	sample_take(&sample, 0);
	if (!*sample.boot_id || !(sample.uptime > 0))
		die("%s has no /proc/sys/kernel/random/boot_id or no /proc/uptime, which tell "
		    "samples apart; save them", root_name());
	sample_free(&sample);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct record *record = state->input;

	switch (key) {
	case 'd':
		record->database = arg;
		return 0;
	case 'e':
		record->every = parse_duration(arg, "--every");
		return 0;
	case 'k':
		record->keep = parse_duration(arg, "--keep");
		return 0;
	case 'n':
		record->count = parse_count(arg, "--count");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_record(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "db", 'd', "FILE", 0, "the database; made if there is none yet", 0 },
		{ "every", 'e', "TIME", 0, "from one sample to the next (default: 60s)", 0 },
		{ "count", 'n', "N", 0, "stop after N samples", 0 },
		{ "keep", 'k', "TIME", 0, "drop samples older than that (default: 30d)", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Keeps samples of what memory is used for in an SQLite database. Stop it at any time.",
		NULL, NULL, NULL,
	};
	struct record record = { .every = 60, .keep = 30 * 24 * 3600 };
	struct database database;
	uint64_t taken;
	double next;

	parse_options(&argp, argc, argv, &record);
	if (!record.database)
		die("no database is named; say --db FILE");
	check_machine();
	database_open(&database, record.database, true);
	database.patient = true;
	next = clock_now();
	for (taken = 1;; taken++) {
		record_one(&record, &database, next + record.every);
		if (taken == record.count)
			break;
		/* Skip samples missed while one took too long or the process was stopped. */
		do
			next += record.every;
		while (next < clock_now());
		clock_wait(next);
	}
	database_close(&database);
	if (record.lost_all)
		die("%s: %" PRIu64 " of %" PRIu64 " samples could not be kept",
		    record.database, record.lost_all, record.count);
	return STATUS_OK;
}
