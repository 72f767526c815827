// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak record": store samples of a machine's memory for "kmemleak trend".
 * May call: sample.c, history.c, clock.c, units.c, command.c.
 */
#include "clock.h"
#include "command.h"
#include "history.h"
#include "sample.h"
#include "units.h"

/**
 * struct record - what was asked for
 * @database: path
 * @every: seconds from one sample to the next
 * @keep: seconds until a sample is dropped
 * @count: number of samples to take; 0 is no limit
 */
struct record {
	const char *database;
	double every;
	double keep;
	uint64_t count;
};

static void record_one(const struct record *record, struct history *history)
{
	struct sample sample;

	sample_take(&sample, SAMPLE_ALL);
	history_add(history, &sample);
	history_forget(history, record->keep);
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
		{ "every", 'e', "TIME", 0, "from one sample to the next, 60s unless told", 0 },
		{ "count", 'n', "N", 0, "stop after so many samples", 0 },
		{ "keep", 'k', "TIME", 0, "drop samples older than that, 30d unless told", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Keeps samples of what memory is used for in an SQLite database. Stop it at any time.",
		NULL, NULL, NULL,
	};
	struct record record = { .every = 60, .keep = 30 * 24 * 3600 };
	struct history *history;
	uint64_t taken;
	double next;

	parse_options(&argp, argc, argv, &record);
	if (!record.database)
		die("no database is named; say --db FILE");
	history = history_open(record.database, true);
	next = clock_now();
	for (taken = 1;; taken++) {
		record_one(&record, history);
		if (taken == record.count)
			break;
		/* Skip samples missed while one took too long or the process was stopped. */
		do
			next += record.every;
		while (next < clock_now());
		clock_wait(next);
	}
	history_close(history);
	return STATUS_OK;
}
