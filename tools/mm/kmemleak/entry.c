// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of an entry of a report. May call: take.c.
 *
 * The text is untrusted: text that is kept is bounded in length and printable.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "entry.h"
#include "take.h"

#define HOLDER_BYTES	256
/* Bytes of an object in one row. */
#define ROW_OBJECT_BYTES	16

/* Where the same bytes as text begin. */
#define TEXT_COLUMN	(3 * ROW_OBJECT_BYTES + 1)

void entry_reset(struct entry *entry)
{
	free(entry->group.holder);
	memset(&entry->group, 0, sizeof(entry->group));
	entry->dump_left = 0;
	entry->rows = 0;
	entry->row_open = 0;
	entry->nr = 0;
}

char *entry_text(const char *from, size_t most)
{
	return dup_printable(from, strnlen(from, most));
}

static void copy_comm(char *to, const char *from, size_t length)
{
	memset(to, 0, COMM_BYTES);
	copy_printable(to, from, length < COMM_BYTES ? length : COMM_BYTES - 1);
}

/* ---- The first line ---- */

/* "(percpu) " and other kinds of memory */
static void take_kind(const char **at, struct leak_group *group)
{
	const char *end = strstr(*at, ") ");

	if (**at != '(' || !end)
		return;
	group->percpu = !strncmp(*at, "(percpu", 7);
	*at = end + 2;
}

/* The address may be a hash, or replaced by who saved the report: 0 is none. */
static bool take_address(const char **at, uint64_t *address)
{
	const char *end = *at + strcspn(*at, " "), *number = *at;

	if (!take(&number, "0x") || !take_number(&number, 16, address) || number != end)
		*address = 0;
	number = *at;
	*at = end;
	return take(&number, "0x") || take(&number, "(____ptrval____)") ||
	       take(&number, "(ptrval)");
}

/* "unreferenced object 0x738524f0 (size 16):" */
bool entry_object(struct leak_group *group, const char *at)
{
	if (!take(&at, "unreferenced object "))
		return false;
	if (strncmp(at, "(____ptrval____)", 16) && strncmp(at, "(ptrval)", 8))
		take_kind(&at, group);
	if (!take_address(&at, &group->address) || !take(&at, " (size ") ||
	    !take_number(&at, 10, &group->size))
		return false;
	group->objects = 1;
	group->bytes = group->size;
	return !strcmp(at, "):");
}

bool entry_begins(const char *at)
{
	struct leak_group group;
	uint64_t size;

	if (!take(&at, "unreferenced object"))
		return false;
	if (!*at)
		return true;
	if (!take(&at, " "))
		return false;
	take_kind(&at, &group);
	if (*at && !take_address(&at, &group.address))
		return false;
	if (!*at || !strcmp(at, " (size"))
		return true;
	return take(&at, " (size ") && take_number(&at, 10, &size) && !*at;
}

/* "50000 leaks, 6400000 bytes (size 128):" */
bool entry_group(struct leak_group *entry, const char *at)
{
	if (!take_number(&at, 10, &entry->objects) || !entry->objects ||
	    !take_noun(&at, "leak") || !take(&at, ", ") ||
	    !take_number(&at, 10, &entry->bytes) || !take_noun(&at, "byte") ||
	    !take(&at, " (size "))
		return false;
	entry->size_is_bound = take(&at, "up to ");
	return take_number(&at, 10, &entry->size) && !strcmp(at, "):");
}

/* "... and 3 more object(s) with the same backtrace", as many of the same size. */
bool entry_more(struct leak_group *group, const char *at)
{
	uint64_t objects, bytes;

	if (!take(&at, "... and ") || !take_number(&at, 10, &objects) ||
	    !take(&at, " more object") || !strstr(at, "same backtrace"))
		return false;
	if (__builtin_mul_overflow(objects, group->size, &bytes) ||
	    __builtin_add_overflow(bytes, group->bytes, &group->bytes) ||
	    __builtin_add_overflow(objects, group->objects, &group->objects))
		group->bytes = UINT64_MAX;
	return true;
}

/* ---- The head ---- */

/* "... (age 257.270s)" at the end of a line, or what is left of it. */
static bool read_age(struct leak_group *entry, const char *line)
{
	const char *at = strrchr(line, ' ');
	double age;

	at = at ? at + 1 : line;
	if (!take_seconds(&at, &age) || strcmp(at, ")"))
		return false;
	entry->newest = age;
	entry->oldest = age;
	entry->has_age = true;
	return true;
}

/* The name may contain anything: search its end from the end of the line. */
static bool read_comm(struct leak_group *entry, const char *line)
{
	const char *at = line, *end = NULL, *next;

	if (!take(&at, "comm \""))
		return false;
	for (next = strstr(at, "\", pid"); next; next = strstr(next + 1, "\", pid"))
		end = next;
	if (!end)
		return false;
	copy_comm(entry->comm[0], at, end - at);
	entry->comm_objects[0] = 1;
	read_age(entry, end);
	return true;
}

/* What a mailer wrapped of that line: "jiffies 4294937874 (age 257.270s)" or less. */
static bool read_comm_rest(struct leak_group *entry, const char *at)
{
	return entry->comm_objects[0] && !entry->has_age && read_age(entry, at);
}

/* "  comm "modprobe" (49990), "systemd-udevd" (10), others (7)" */
static bool read_comms(struct leak_group *entry, const char *at)
{
	const char *end;
	unsigned int i;

	if (!take(&at, "comm "))
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

	if (!take(&at, "+ ") || !take_number(&at, 10, &objects) ||
	    !take(&at, " indirect") || !take_noun(&at, "object") || !take(&at, ", ") ||
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

	if (!take(&at, "") || !take_number(&at, 10, &direct) || !take(&at, " direct, "))
		return false;
	entry->direct = direct;
	entry->has_direct = true;
	return true;
}

/* "  age 1.310s to 1.420s" */
static bool read_ages(struct leak_group *entry, const char *at)
{
	double newest, oldest;

	if (!take(&at, "age ") || !take_seconds(&at, &newest) || !take(&at, " to ") ||
	    !take_seconds(&at, &oldest))
		return false;
	entry->newest = newest;
	entry->oldest = oldest;
	entry->has_age = true;
	return true;
}

static bool read_holder(struct leak_group *entry, const char *at)
{
	if (!take(&at, "last referenced by "))
		return false;
	free(entry->holder);
	entry->holder = entry_text(at, HOLDER_BYTES);
	return true;
}

/* "  backtrace:", "  backtrace (crc 5708e63d):" */
bool entry_backtrace(const char *at)
{
	uint64_t crc;

	return take(&at, "backtrace") &&
	       (!strcmp(at, ":") || (take(&at, " (crc ") && take_number(&at, 16, &crc) &&
				     !strcmp(at, "):")));
}

/* "hex dump (first 32 bytes):", "hex dump (first 8 bytes on cpu 1):" */
bool entry_dump(struct entry *entry, const char *at)
{
	if (!take(&at, "hex dump (first ") || !take_number(&at, 10, &entry->dump_left))
		return false;
	entry->rows = 0;
	entry->row_open = 0;
	return true;
}

/* Does a line begin with so many bytes? "6e 6f  no" has two. */
static bool has_bytes(const char *at, uint64_t nr)
{
	for (; nr; nr--) {
		if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]))
			return false;
		at += 2;
		if (*at && *at++ != ' ')
			return false;
	}
	return true;
}

/* "6e 6f 74 20 61 20 70 61 63 6b 65 74 00 00 00 00  not a packet...." */
bool entry_row(struct entry *entry, const char *at)
{
	size_t text, length = strnlen(at, ROW_BYTES - 1);
	uint64_t nr = entry->dump_left;
	char *row;

	if (nr > ROW_OBJECT_BYTES)
		nr = ROW_OBJECT_BYTES;
	if (!nr || !has_bytes(at, nr))
		return false;
	entry->dump_left -= nr;
	text = length > TEXT_COLUMN ? length - TEXT_COLUMN : 0;
	entry->row_open = text < nr ? nr - text : 0;
	if (entry->rows++ >= DUMP_ROWS)
		return true;
	row = entry->row[entry->rows - 1];
	memcpy(row, at, length);
	row[length] = '\0';
	return true;
}

bool entry_row_text(struct entry *entry, const char *at)
{
	size_t length = strlen(at), begin;
	char *row;

	if (!length || length > entry->row_open)
		return false;
	entry->row_open -= length;
	if (entry->rows > DUMP_ROWS)
		return true;
	row = entry->row[entry->rows - 1];
	begin = strlen(row);
	/* After what there is of the text, or where it belongs. */
	begin = begin > TEXT_COLUMN ? begin + 1 : TEXT_COLUMN;
	if (begin + length >= ROW_BYTES)
		return false;
	memset(row + strlen(row), ' ', begin - strlen(row));
	memcpy(row + begin, at, strlen(at) + 1);
	return true;
}

bool entry_is_part_of_row(const char *at)
{
	size_t nr = 0;

	for (; has_bytes(at, 1); at += 3) {
		nr++;
		if (!at[2])
			return nr < ROW_OBJECT_BYTES;
	}
	return false;
}

bool entry_detail(struct entry *entry, bool is_summary, const char *at)
{
	struct leak_group *group = &entry->group;

	if (read_holder(group, at) || read_indirect(group, at))
		return true;
	if (is_summary)
		return read_comms(group, at) || read_direct(group, at) ||
		       read_ages(group, at);
	return read_comm(group, at) || read_comm_rest(group, at);
}
