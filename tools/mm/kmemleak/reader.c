// SPDX-License-Identifier: GPL-2.0
/*
 * Reads reports of leaks: the detector's files, and what people save of them and of the
 * kernel log. May call: lines.c, prefix.c, entry.c, backtrace.c, recall.c,
 * groups.c, frame.c, take.c, command.c.
 *
 * The text is untrusted: an attacker may choose the name of a task, including line
 * breaks. Invariants:
 *
 * - An entry begins with a line that contains "unreferenced object", or the numbers of a
 *   group, up to its end. A name is too short to forge that, and so is the text beside a
 *   row of an object's content.
 * - A name can forge "backtrace:", but no frame after it. Until there is a frame, the
 *   lines that follow are the head of the entry.
 * - Every line is either understood or skipped; what is skipped is counted.
 *
 * A line is understood without its prefix, which is learnt from the line that begins an
 * entry. The indent counts for less, as mailers and web pages lose it: it tells frames
 * from those of another message of the log when lines in between were skipped.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backtrace.h"
#include "command.h"
#include "entry.h"
#include "groups.h"
#include "leaks.h"
#include "lines.h"
#include "origin.h"
#include "prefix.h"
#include "recall.h"
#include "root.h"
#include "take.h"

/* The part of an entry that the last line was in. */
enum part {
	PART_NONE,	/* no entry yet */
	PART_HEAD,	/* lines before the frames */
	PART_DUMP,	/* the object's content, within the head */
	PART_FRAMES,
	PART_OVER,	/* something else has begun */
};

/**
 * struct reader - state of the parser
 * @leaks: the result
 * @groups: its groups
 * @lines: the text
 * @prefix: what stands before the lines of an entry
 * @part: the part of an entry that the last line was in
 * @is_summary: the entries are groups already
 * @entry: the current entry
 * @backtrace: its frames
 * @too_much: the sizes do not fit into 64 bits
 * @announced: the log tells of leaks
 * @held: what may be the beginning of a line; "" if there is none
 * @held_as: what it is without its text
 */
struct reader {
	struct leaks *leaks;
	struct groups *groups;
	struct lines lines;
	struct prefix prefix;
	enum part part;
	bool is_summary;
	struct entry entry;
	struct backtrace backtrace;
	bool too_much;
	bool announced;
	char held[HELD_BYTES];
	struct payload held_as;
};

/* ---- Entries ---- */

static void finish_entry(struct reader *reader)
{
	backtrace_end(&reader->backtrace);
	if (reader->part != PART_NONE && !groups_add(reader->groups, &reader->entry))
		reader->too_much = true;
	entry_reset(&reader->entry);
}

/* "50000 leaks, 6400000 bytes (size 128):" anywhere in a line */
static const char *find_group(struct leak_group *group, const char *line)
{
	const char *at;

	for (at = strstr(line, " leak"); at; at = strstr(at + 1, " leak")) {
		const char *begin = at;

		while (begin > line && isdigit((unsigned char)begin[-1]))
			begin--;
		if (entry_group(group, begin))
			return begin;
	}
	return NULL;
}

static const char *find_object(struct leak_group *group, const char *line)
{
	const char *at = line;

	while ((at = strstr(at, "unreferenced object"))) {
		if (entry_object(group, at))
			return at;
		at++;
	}
	return NULL;
}

/* Does a line begin an entry? If so, start the entry with it. */
static bool begin_entry(struct reader *reader, const char *line, size_t length)
{
	struct leak_group group = {};
	const char *at = NULL;
	bool is_summary = false;

	if (line[length - 1] != ':')
		return false;
	if (reader->part == PART_NONE || !reader->is_summary)
		at = find_object(&group, line);
	if (!at && (reader->part == PART_NONE || reader->is_summary)) {
		group = (struct leak_group) {};
		at = find_group(&group, line);
		is_summary = at;
	}
	if (!at)
		return false;
	finish_entry(reader);
	prefix_learn(&reader->prefix, line, at - line);
	reader->is_summary = is_summary;
	reader->entry.group = group;
	reader->part = PART_HEAD;
	return true;
}

static bool read_head(struct reader *reader, const char *text)
{
	struct entry *entry = &reader->entry;

	if (reader->part == PART_DUMP && entry_row(entry, text))
		return true;
	if (entry_backtrace(text)) {
		reader->part = PART_FRAMES;
		return true;
	}
	if (entry_dump(entry, text)) {
		reader->part = PART_DUMP;
		return true;
	}
	return entry_detail(entry, reader->is_summary, text) ||
	       (reader->part == PART_DUMP && entry_row_text(entry, text));
}

/* ---- Lines outside of entries ---- */

/* "scan 4, 0.020s ago: 100010 leaks, 9602560 bytes, ..." */
static bool is_totals(const char *at)
{
	uint64_t scan;
	double age;

	return take(&at, "scan ") && take_number(&at, 10, &scan) && take(&at, ", ") &&
	       take_seconds(&at, &age) && take(&at, " ago: ");
}

/* "not listed: 7 leaks, 896 bytes, ..." */
static bool read_unlisted(struct reader *reader, const char *at)
{
	struct leaks *leaks = reader->leaks;
	uint64_t objects, bytes;

	if (!take(&at, "not listed: ") || !take_number(&at, 10, &objects) ||
	    !take_noun(&at, "leak") || !take(&at, ", ") ||
	    !take_number(&at, 10, &bytes) || !take_noun(&at, "byte"))
		return false;
	if (!groups_count(leaks, objects, bytes)) {
		reader->too_much = true;
		return true;
	}
	leaks->unlisted_objects += objects;
	leaks->unlisted_bytes += bytes;
	return true;
}

/* "2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)" */
static bool is_announced(const char *at)
{
	uint64_t leaks;

	return take_number(&at, 10, &leaks) && take(&at, " new ") && strstr(at, "leak") &&
	       strstr(at, "see " DETECTOR_FILE);
}

/* What detectors and those who run them say between reports. */
static bool read_between(struct reader *reader, const char *text)
{
	if (is_announced(text))
		reader->announced = true;
	else if (strcmp(text, "BUG: memory leak"))
		return is_totals(text) || read_unlisted(reader, text);
	if (reader->part != PART_NONE)
		reader->part = PART_OVER;
	return true;
}

/* Is a line before all entries of one whose beginning is missing? */
static bool is_within(const struct reader *reader, const struct payload *payload)
{
	const char *text = payload->text;

	if (!strncmp(text, "comm \"", 6) || !strncmp(text, "hex dump (first ", 16) ||
	    entry_backtrace(text))
		return true;
	if (!payload->tagged && (reader->lines.number > 1 || payload->indent < 4))
		return false;
	text = frame_skip_address(text);
	return frame_form(text) != FRAME_NONE && !frame_is_sentence(text);
}

/* ---- All lines ---- */

static bool read_payload(struct reader *reader, const struct payload *payload, bool verbatim)
{
	if (reader->part == PART_HEAD || reader->part == PART_DUMP)
		return read_head(reader, payload->text);
	if (read_between(reader, payload->text))
		return true;
	if (reader->part == PART_NONE)
		reader->leaks->head_cut |= is_within(reader, payload);
	if (reader->part != PART_FRAMES)
		return false;
	if (entry_more(&reader->entry.group, payload->text)) {
		reader->part = PART_OVER;
		return true;
	}
	return backtrace_read(&reader->backtrace, payload, verbatim) ||
	       (!backtrace_begun(&reader->backtrace) && read_head(reader, payload->text));
}

/* A line of the head may have another prefix than the line before it. */
static bool relearn_head(struct reader *reader, const char *line)
{
	static const char * const begins[] = { "comm \"", "hex dump (first ", "backtrace" };
	const char *at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		at = strstr(line, begins[i]);
		if (!at || at == line || isalnum((unsigned char)at[-1]) || !read_head(reader, at))
			continue;
		prefix_learn(&reader->prefix, line, at - line);
		return true;
	}
	return false;
}

/* Letters of the prefix may change within an entry: at midnight, those of the month. */
static bool read_loosely(struct reader *reader, const char *line, size_t length)
{
	struct payload payload;

	if (!reader->prefix.length ||
	    !prefix_strip(&reader->prefix, true, line, length, &payload) ||
	    !read_payload(reader, &payload, false))
		return false;
	prefix_learn(&reader->prefix, line, payload.text - line);
	reader->prefix.blanks -= payload.indent;
	return true;
}

static bool read_guessed(struct reader *reader, const char *line, size_t length,
			 struct payload *guessed)
{
	prefix_guess(line, length, guessed);
	guessed->indent -= reader->prefix.blanks;
	if (guessed->indent < 0)
		guessed->indent = 0;
	return read_payload(reader, guessed, false);
}

static bool read_line(struct reader *reader, const char *line, size_t length)
{
	bool verbatim = !reader->prefix.length || reader->prefix.tagged;
	struct payload known, guessed;

	if (reader->part == PART_NONE)
		return read_guessed(reader, line, length, &guessed);
	if (prefix_strip(&reader->prefix, false, line, length, &known)) {
		prefix_guess(known.text, known.length, &guessed);
		if (read_payload(reader, &known, verbatim && guessed.text == known.text))
			return true;
	}
	if (read_guessed(reader, line, length, &guessed))
		return true;
	return read_loosely(reader, line, length) ||
	       ((reader->part == PART_HEAD || reader->part == PART_DUMP) &&
		relearn_head(reader, line));
}

/* "[    0.000000] Linux version 6.12.0 (...": a log of several boots names several. */
static void learn_kernel(struct leaks *leaks, const char *line)
{
	static const char version[] = "Linux version ";
	const char *at = strstr(line, version);
	size_t length;
	char *kernel;

	if (!at)
		return;
	at += sizeof(version) - 1;
	length = strcspn(at, " \t");
	if (length > ORIGIN_BYTES)
		return;
	kernel = dup_printable(at, length);
	if (!leaks->kernel) {
		leaks->kernel = kernel;
		return;
	}
	leaks->several_kernels |= strcmp(kernel, leaks->kernel);
	free(kernel);
}

static void skip_line(struct reader *reader, unsigned long number, const char *line)
{
	static const char * const others[] = {
		"Call Trace:", "Call trace:", "WARNING:", "BUG:", "Oops", "INFO:",
	};
	struct leaks *leaks = reader->leaks;
	char *printable;
	size_t i;

	leaks->skipped++;
	learn_kernel(leaks, line);
	if (leaks->skipped_to) {
		printable = entry_text(line, SIZE_MAX);
		fprintf(leaks->skipped_to, "line %lu: %s\n", number, printable);
		free(printable);
	}
	/* Another message in between does not end one with "kmemleak:" on each line. */
	if (reader->part != PART_FRAMES ||
	    (reader->backtrace.style.tagged && backtrace_begun(&reader->backtrace) &&
	     !strstr(line, "kmemleak:")))
		return;
	reader->backtrace.gap = backtrace_begun(&reader->backtrace);
	for (i = 0; i < ARRAY_SIZE(others) && reader->backtrace.gap; i++)
		if (strstr(line, others[i]))
			reader->part = PART_OVER;
}

/* ---- Lines that a mailer wrapped ---- */

/* Keep what may be the beginning of a line. */
static bool hold_line(struct reader *reader, const char *line, size_t length)
{
	const char *object = strstr(line, "unreferenced object");
	struct payload *as = &reader->held_as;

	if (length >= HELD_BYTES)
		return false;
	if (object && entry_begins(object)) {
		as->text = NULL;
		memcpy(reader->held, line, strlen(line) + 1);
		return true;
	}
	if (!prefix_strip(&reader->prefix, false, line, length, as))
		return false;
	if (!(reader->part == PART_HEAD && !strncmp(as->text, "comm \"", 6)) &&
	    !(reader->part == PART_DUMP && entry_is_part_of_row(as->text)) &&
	    !(reader->part == PART_FRAMES && backtrace_may_begin(as->text)))
		return false;
	memmove(reader->held, as->text, as->length + 1);
	return true;
}

/* Try a held line with the one that comes after it. */
static bool join_line(struct reader *reader, const char *line, size_t length)
{
	struct payload *as = &reader->held_as, payload;
	char whole[2 * HELD_BYTES];

	prefix_guess(line, length, &payload);
	if (payload.length >= HELD_BYTES)
		return false;
	as->length = sprintf(whole, "%s %s", reader->held, payload.text);
	if (!as->text)
		return begin_entry(reader, whole, as->length);
	as->text = whole;
	return read_payload(reader, as, false);
}

static void read_any_line(struct reader *reader, const char *line)
{
	size_t length = reader->lines.length;
	bool joined;

	if (reader->part == PART_FRAMES && !*reader->held &&
	    backtrace_recall(&reader->backtrace, &reader->prefix, line, length))
		return;
	backtrace_reread(&reader->backtrace);
	if (!length) {
		if (reader->lines.odd)
			skip_line(reader, reader->lines.number, line);
		return;
	}
	if (*reader->held) {
		joined = join_line(reader, line, length);
		if (!joined)
			skip_line(reader, reader->lines.number - 1, reader->held);
		*reader->held = '\0';
		if (joined)
			return;
	}
	if (!begin_entry(reader, line, length) && !read_line(reader, line, length) &&
	    !hold_line(reader, line, length))
		skip_line(reader, reader->lines.number, line);
}

/* ---- The report ---- */

/* Is the end missing, as far as the last line tells? */
static enum leaks_cut tail_cut(const struct reader *reader)
{
	if (reader->part == PART_HEAD || reader->part == PART_DUMP ||
	    (reader->part != PART_NONE && *reader->held))
		return LEAKS_CUT;
	if (reader->part != PART_FRAMES || !reader->lines.cut)
		return LEAKS_WHOLE;
	return backtrace_begun(&reader->backtrace) && !reader->backtrace.gap ?
	       LEAKS_CUT_MAYBE : LEAKS_CUT;
}

static void read_lines(struct reader *reader)
{
	char *line;

	while (!reader->too_much && (line = lines_next(&reader->lines)))
		read_any_line(reader, line);
	reader->leaks->lines = reader->lines.number;
	reader->leaks->tail_cut = tail_cut(reader);
	if (*reader->held)
		skip_line(reader, reader->lines.number, reader->held);
	finish_entry(reader);
}

/* Nothing was found: return what to say, NULL if the report is just empty. */
static const char *why_empty(const struct reader *reader)
{
	const struct leaks *leaks = reader->leaks;

	if (reader->part != PART_NONE || leaks->unlisted_objects)
		return NULL;
	if (leaks->head_cut)
		return "there is a leak without the line \"unreferenced object 0x... (size N):\", "
		       "with which it begins";
	if (reader->announced)
		return "it tells of leaks, but not which, for lack of lines \"unreferenced "
		       "object 0x... (size N):\"";
	if (!leaks->skipped)
		return NULL;
	return "there is no line of a leak, \"unreferenced object 0x... (size N):\"";
}

bool leaks_read(struct leaks *leaks, FILE *file, char *error, size_t size)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	const char *empty;
	bool good = false;

	reader->leaks = leaks;
	reader->groups = groups_new(leaks);
	reader->backtrace.stacks = leaks->stacks;
	reader->backtrace.entry = &reader->entry;
	reader->backtrace.recall = recall_new();
	lines_open(&reader->lines, file);
	read_lines(reader);
	empty = why_empty(reader);
	if (ferror(file))
		snprintf(error, size, "%s", strerror(errno));
	else if (reader->too_much)
		snprintf(error, size, "line %lu: these are more bytes than can be counted",
			 reader->lines.number);
	else if (empty)
		snprintf(error, size, "%s; to save them: cat %s >FILE", empty, DETECTOR_FILE);
	else
		good = true;
	entry_reset(&reader->entry);
	lines_close(&reader->lines);
	groups_free(reader->groups);
	recall_free(reader->backtrace.recall);
	free(reader);
	return good;
}
