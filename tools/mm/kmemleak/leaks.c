// SPDX-License-Identifier: GPL-2.0
/*
 * Reads reports of leaks. May call: stacks.c, take.c, root.c, command.c.
 *
 * The text is untrusted: an attacker may choose the name of a task, including line
 * breaks. Invariants:
 *
 * - A line is recognised by its beginning only, and a name is too short to forge the
 *   first line of an entry. It can forge "backtrace:", but no frame after it, and
 *   the parser then takes the following lines for the head of the entry again.
 * - Text that is kept is bounded in length and printable.
 * - Unknown lines inside an entry are skipped: later detectors may print more.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "command.h"
#include "leaks.h"
#include "root.h"
#include "take.h"

/* Longer than any line of a report. */
#define LINE_BYTES	4096
#define HOLDER_BYTES	256
#define ROW_BYTES	80

/* The part of an entry that the last line was in. */
enum part {
	PART_NONE,	/* no entry yet */
	PART_HEAD,	/* lines before the frames */
	PART_DUMP,	/* the object's content, within the head */
	PART_FRAMES,
};

/**
 * struct reader - state of the parser
 * @leaks: the result
 * @groups: hash table of its groups by stack, size and kind
 * @part: the part of an entry that the last line was in
 * @line: number of the current line
 * @is_summary: the entries are groups already
 * @entry: the current entry, as a group
 * @rows: number of rows of its content
 * @row: the rows, unchecked
 * @nr: number of its frames
 * @frame: the frames
 */
struct reader {
	struct leaks *leaks;
	struct lh_table *groups;
	enum part part;
	unsigned long line;
	bool is_summary;
	struct leak_group entry;
	unsigned int rows;
	char row[DUMP_ROWS][ROW_BYTES];
	unsigned int nr;
	struct frame *frame[STACK_MAX];
};

static void copy_comm(char *to, const char *from, size_t length)
{
	memset(to, 0, COMM_BYTES);
	copy_printable(to, from, length < COMM_BYTES ? length : COMM_BYTES - 1);
}

static char *copy_text(const char *from, size_t most)
{
	size_t length = strnlen(from, most);
	char *to = xcalloc(length + 1, 1);

	copy_printable(to, from, length);
	return to;
}

static unsigned long group_hash(const void *key)
{
	const struct leak_group *group = key;

	return ((uintptr_t)group->stack ^ group->size * 2 ^ group->percpu) *
	       0x9e3779b97f4a7c15 >> 20;
}

static int group_equal(const void *left, const void *right)
{
	const struct leak_group *a = left, *b = right;

	return a->stack == b->stack && a->size == b->size && a->percpu == b->percpu &&
	       a->size_is_bound == b->size_is_bound;
}

static void entry_reset(struct reader *reader)
{
	free(reader->entry.holder);
	memset(&reader->entry, 0, sizeof(reader->entry));
	reader->rows = 0;
	reader->nr = 0;
}

static struct leak_group *group_of(struct reader *reader)
{
	struct leaks *leaks = reader->leaks;
	struct leak_group *group;
	struct lh_entry *found;

	reader->entry.stack = stacks_stack(leaks->stacks, reader->frame, reader->nr);
	found = lh_table_lookup_entry(reader->groups, &reader->entry);
	if (found)
		return lh_entry_v(found);
	group = xcalloc(1, sizeof(*group));
	group->stack = reader->entry.stack;
	group->size = reader->entry.size;
	group->size_is_bound = reader->entry.size_is_bound;
	group->percpu = reader->entry.percpu;
	if (lh_table_insert(reader->groups, group, group))
		die("out of memory");
	if (!(leaks->nr & (leaks->nr - 1)))
		leaks->group = xrealloc(leaks->group, leaks->nr ? 2 * leaks->nr : 1,
					sizeof(leaks->group[0]));
	leaks->group[leaks->nr++] = group;
	return group;
}

static void add_comm(struct leak_group *group, const char *comm, uint64_t objects)
{
	unsigned int i;

	for (i = 0; i < COMMS_MAX; i++) {
		if (!group->comm_objects[i])
			memcpy(group->comm[i], comm, COMM_BYTES);
		if (!strcmp(group->comm[i], comm)) {
			group->comm_objects[i] += objects;
			return;
		}
	}
	group->other_comms += objects;
}

static void add_ages(struct leak_group *group, const struct leak_group *entry)
{
	if (!entry->has_age)
		return;
	if (!group->has_age || entry->newest < group->newest)
		group->newest = entry->newest;
	if (!group->has_age || entry->oldest > group->oldest)
		group->oldest = entry->oldest;
	group->has_age = true;
}

/* Add the complete entry to its group. */
static void entry_add(struct reader *reader)
{
	struct leak_group *group = group_of(reader), *entry = &reader->entry;
	unsigned int i;

	for (i = 0; i < COMMS_MAX && entry->comm_objects[i]; i++)
		add_comm(group, entry->comm[i], entry->comm_objects[i]);
	group->other_comms += entry->other_comms;
	add_ages(group, entry);
	if (!group->objects) {
		group->address = entry->address;
		for (i = 0; i < reader->rows; i++)
			group->dump[i] = copy_text(reader->row[i], ROW_BYTES);
	}
	if (!group->holder) {
		group->holder = entry->holder;
		entry->holder = NULL;
	}
	group->objects += entry->objects;
	group->bytes += entry->bytes;
	group->has_direct |= entry->has_direct;
	group->direct += entry->direct;
	group->indirect_objects += entry->indirect_objects;
	group->indirect_bytes += entry->indirect_bytes;
	reader->leaks->objects += entry->objects;
	reader->leaks->bytes += entry->bytes;
	entry_reset(reader);
}

/* ---- Lines of an entry ---- */

/* "unreferenced object 0x738524f0 (size 16):" */
static bool read_object(struct leak_group *entry, const char *at)
{
	if (!take(&at, "unreferenced object"))
		return false;
	entry->percpu = take(&at, " (percpu)");
	if (!take(&at, " 0x") || !take_number(&at, 16, &entry->address) ||
	    !take(&at, " (size ") || !take_number(&at, 10, &entry->size))
		return false;
	entry->objects = 1;
	entry->bytes = entry->size;
	return !strcmp(at, "):");
}

/* "50000 leaks, 6400000 bytes (size 128):" */
static bool read_group(struct leak_group *entry, const char *at)
{
	if (!take_number(&at, 10, &entry->objects) || !entry->objects ||
	    !(take(&at, " leaks, ") || take(&at, " leak, ")) ||
	    !take_number(&at, 10, &entry->bytes) || !take(&at, " bytes (size "))
		return false;
	entry->size_is_bound = take(&at, "up to ");
	return take_number(&at, 10, &entry->size) && !strcmp(at, "):");
}

/* "scan 4, 0.020s ago: 100010 leaks, 9602560 bytes, ..." */
static bool is_totals(const char *at)
{
	uint64_t scan;
	double age;

	return take(&at, "scan ") && take_number(&at, 10, &scan) && take(&at, ", ") &&
	       take_seconds(&at, &age) && take(&at, " ago: ");
}

/* "not listed: 7 leaks, 896 bytes, ..." */
static bool read_unlisted(struct leaks *leaks, const char *at)
{
	uint64_t objects, bytes;

	if (!take(&at, "not listed: ") || !take_number(&at, 10, &objects) ||
	    !take(&at, " leaks, ") || !take_number(&at, 10, &bytes) ||
	    !take(&at, " bytes"))
		return false;
	leaks->unlisted_objects += objects;
	leaks->unlisted_bytes += bytes;
	leaks->objects += objects;
	leaks->bytes += bytes;
	return true;
}

/* The name may contain anything: search its end from the end of the line. */
static bool read_comm(struct leak_group *entry, const char *line)
{
	const char *at = line, *end = NULL, *next;

	if (!take(&at, "  comm \""))
		return false;
	for (next = strstr(at, "\", pid "); next; next = strstr(next + 1, "\", pid "))
		end = next;
	if (!end)
		return false;
	copy_comm(entry->comm[0], at, end - at);
	entry->comm_objects[0] = 1;
	end = strstr(end, " (age ");
	if (end && take(&end, " (age ") && take_seconds(&end, &entry->newest)) {
		entry->oldest = entry->newest;
		entry->has_age = true;
	}
	return true;
}

/* "  comm "modprobe" (49990), "systemd-udevd" (10), others (7)" */
static bool read_comms(struct leak_group *entry, const char *at)
{
	const char *end;
	unsigned int i;

	if (!take(&at, "  comm "))
		return false;
	for (i = 0; i < COMMS_MAX && take(&at, "\""); i++) {
		end = strstr(at, "\" (");
		if (!end)
			return true;
		copy_comm(entry->comm[i], at, end - at);
		at = end + 3;
		if (!take_number(&at, 10, &entry->comm_objects[i]) || !take(&at, ")"))
			return true;
		take(&at, ", ");
	}
	if (take(&at, "others ("))
		take_number(&at, 10, &entry->other_comms);
	return true;
}

/* "  + 9 indirect objects, 2304 bytes" */
static bool read_indirect(struct leak_group *entry, const char *at)
{
	uint64_t objects, bytes;

	if (!take(&at, "  + ") || !take_number(&at, 10, &objects) ||
	    !(take(&at, " indirect objects, ") || take(&at, " indirect object, ")) ||
	    !take_number(&at, 10, &bytes))
		return false;
	entry->indirect_objects = objects;
	entry->indirect_bytes = bytes;
	return true;
}

/* "  50000 direct, 0 indirect" */
static bool read_direct(struct leak_group *entry, const char *at)
{
	uint64_t direct;

	if (!take(&at, "  ") || !take_number(&at, 10, &direct) || !take(&at, " direct, "))
		return false;
	entry->direct = direct;
	entry->has_direct = true;
	return true;
}

/* "  age 1.310s to 1.420s" */
static bool read_ages(struct leak_group *entry, const char *at)
{
	double newest, oldest;

	if (!take(&at, "  age ") || !take_seconds(&at, &newest) || !take(&at, " to ") ||
	    !take_seconds(&at, &oldest))
		return false;
	entry->newest = newest;
	entry->oldest = oldest;
	entry->has_age = true;
	return true;
}

static bool read_holder(struct leak_group *entry, const char *at)
{
	if (!take(&at, "  last referenced by "))
		return false;
	free(entry->holder);
	entry->holder = copy_text(at, HOLDER_BYTES);
	return true;
}

/* "  backtrace:", "  backtrace (crc 5708e63d):" */
static bool is_backtrace(const char *at)
{
	uint64_t crc;

	return take(&at, "  backtrace") &&
	       (!strcmp(at, ":") || (take(&at, " (crc ") && take_number(&at, 16, &crc) &&
				     !strcmp(at, "):")));
}

static void read_row(struct reader *reader, const char *line)
{
	size_t length = strnlen(line + 4, ROW_BYTES - 1);
	char *row;

	if (reader->rows == DUMP_ROWS)
		return;
	row = reader->row[reader->rows++];
	memcpy(row, line + 4, length);
	row[length] = '\0';
}

static void read_head(struct reader *reader, const char *line)
{
	struct leak_group *entry = &reader->entry;

	if (is_backtrace(line)) {
		reader->part = PART_FRAMES;
		reader->nr = 0;
		return;
	}
	if (reader->part == PART_DUMP && !strncmp(line, "    ", 4)) {
		read_row(reader, line);
		return;
	}
	reader->part = strncmp(line, "  hex dump (", 12) ? PART_HEAD : PART_DUMP;
	if (reader->is_summary ? read_comms(entry, line) : read_comm(entry, line))
		return;
	if (read_holder(entry, line) || read_indirect(entry, line))
		return;
	if (reader->is_summary && !read_direct(entry, line))
		read_ages(entry, line);
}

/* ---- The report ---- */

/* Does a line begin an entry? If so, start the entry with it. */
static bool begin_entry(struct reader *reader, const char *line)
{
	struct leak_group entry = {};
	bool begins;

	if (reader->part == PART_NONE)
		reader->is_summary = isdigit((unsigned char)*line);
	begins = reader->is_summary ? read_group(&entry, line) : read_object(&entry, line);
	if (!begins)
		return false;
	if (reader->part == PART_FRAMES)
		entry_add(reader);
	entry_reset(reader);
	reader->entry = entry;
	return true;
}

static void read_frame(struct reader *reader, const char *text, size_t length)
{
	if (reader->nr < STACK_MAX)
		reader->frame[reader->nr++] = stacks_frame(reader->leaks->stacks, text, length);
}

/* Return: what is wrong with a line, or NULL. */
static const char *read_line(struct reader *reader, const char *line, size_t length)
{
	/* Indented deeper than a forged line can be, see above. */
	if (reader->part == PART_FRAMES && !strncmp(line, "    ", 4)) {
		read_frame(reader, line + 4, length - 4);
		return NULL;
	}
	if (reader->part == PART_HEAD || reader->part == PART_DUMP) {
		if (*line == 'u' && read_object(&(struct leak_group) {}, line))
			return "the entry before it has no backtrace";
		read_head(reader, line);
		return NULL;
	}
	if (begin_entry(reader, line)) {
		reader->part = PART_HEAD;
		return NULL;
	}
	if (!*line || is_totals(line) || read_unlisted(reader->leaks, line))
		return NULL;
	/* No frame follows: a name forged the "backtrace:" line. */
	if (reader->part == PART_FRAMES && !reader->nr) {
		reader->part = PART_HEAD;
		return NULL;
	}
	return "this is no line of a leak report";
}

/* Return: what is wrong, or NULL. */
static const char *read_lines(struct reader *reader, FILE *file)
{
	char line[LINE_BYTES];
	const char *wrong;
	size_t length;

	while (fgets_unlocked(line, sizeof(line), file)) {
		reader->line++;
		length = strlen(line);
		if (!length || line[length - 1] != '\n')
			return reader->part != PART_NONE && feof(file) ?
			       "the report is cut off in this line; save it again" :
			       "this is no line of a leak report";
		line[--length] = '\0';
		if (length && line[length - 1] == '\r')
			line[--length] = '\0';
		wrong = read_line(reader, line, length);
		if (wrong)
			return wrong;
	}
	if (reader->part == PART_HEAD || reader->part == PART_DUMP)
		return "the report is cut off in its last entry; save it again";
	return NULL;
}

bool leaks_read(struct leaks *leaks, FILE *file, char *error, size_t size)
{
	struct reader *reader = xcalloc(1, sizeof(*reader));
	const char *wrong;
	bool good;

	reader->leaks = leaks;
	reader->groups = lh_table_new(1024, NULL, group_hash, group_equal);
	if (!reader->groups)
		die("out of memory");
	wrong = read_lines(reader, file);
	good = !wrong && !ferror(file);
	if (ferror(file))
		snprintf(error, size, "%s", strerror(errno));
	else if (wrong)
		snprintf(error, size, "line %lu: %s", reader->line, wrong);
	else if (reader->part == PART_FRAMES)
		entry_add(reader);
	entry_reset(reader);
	lh_table_free(reader->groups);
	free(reader);
	return good;
}

void leaks_load(struct leaks *leaks, const char *path)
{
	char error[128];
	FILE *file;

	if (!path)
		file = detector_open("kmemleak");
	else
		file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!file)
		die("%s: %s", path, strerror(errno));
	if (!leaks_read(leaks, file, error, sizeof(error)))
		die("%s: %s", path ?: DETECTOR_FILE, error);
	if (file != stdin)
		fclose(file);
}

static int group_compare(const void *left, const void *right)
{
	const struct leak_group *const *a = left, *const *b = right;

	if ((*a)->bytes != (*b)->bytes)
		return (*a)->bytes > (*b)->bytes ? -1 : 1;
	if ((*a)->objects != (*b)->objects)
		return (*a)->objects > (*b)->objects ? -1 : 1;
	return (*a)->address > (*b)->address ? 1 : (*a)->address < (*b)->address ? -1 : 0;
}

void leaks_sort(struct leaks *leaks)
{
	if (leaks->nr)
		qsort(leaks->group, leaks->nr, sizeof(leaks->group[0]), group_compare);
}

void leak_group_free(struct leak_group *group)
{
	unsigned int row;

	for (row = 0; row < DUMP_ROWS; row++)
		free(group->dump[row]);
	free(group->holder);
	free(group);
}

void leaks_free(struct leaks *leaks)
{
	size_t i;

	for (i = 0; i < leaks->nr; i++)
		leak_group_free(leaks->group[i]);
	free(leaks->group);
	leaks->group = NULL;
	leaks->nr = 0;
}
