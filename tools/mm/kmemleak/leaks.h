/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports of leaks, folded into one group for each stack and size: the detector's files,
 * those of the kernel's own detector, and the kernel log, as people save and paste them.
 */
#ifndef KMEMLEAK_LEAKS_H
#define KMEMLEAK_LEAKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stacks.h"
#include "unpack.h"

#define COMM_BYTES	16
#define COMMS_MAX	4
#define DUMP_ROWS	2

/**
 * struct leak_group - leaks of one stack and size
 * @stack: where they were allocated
 * @size: of each, in bytes
 * @size_is_bound: @size is an upper bound; the exact sum is in @bytes
 * @percpu: @size is that of one CPU's copy
 * @objects: number of leaks
 * @bytes: sum of their sizes
 * @has_direct: @direct is known
 * @direct: number of leaks that no other leak refers to
 * @indirect_objects: unlisted objects that are reachable only from these
 * @indirect_bytes: sum of their sizes
 * @has_age: @newest and @oldest are known
 * @newest: seconds since the last one was allocated
 * @oldest: seconds since the first one was allocated
 * @comm: names of the tasks that allocated most, printable; "" is none
 * @comm_objects: number of objects of each task
 * @other_comms: number of objects of other tasks
 * @address: of the first one, 0 if the report has none
 * @holder: the last holder of a reference, as in the report; NULL if unknown
 * @dump: content of the first one, rows of hexadecimal and text; NULL if there is none
 */
struct leak_group {
	struct stack *stack;
	uint64_t size;
	bool size_is_bound;
	bool percpu;
	bool has_direct;
	bool has_age;
	uint64_t objects;
	uint64_t bytes;
	uint64_t direct;
	uint64_t indirect_objects;
	uint64_t indirect_bytes;
	double newest;
	double oldest;
	char comm[COMMS_MAX][COMM_BYTES];
	uint64_t comm_objects[COMMS_MAX];
	uint64_t other_comms;
	uint64_t address;
	char *holder;
	char *dump[DUMP_ROWS];
};

/* Is the end of a report missing? */
enum leaks_cut {
	LEAKS_WHOLE,
	LEAKS_CUT_MAYBE,	/* the last line does not end */
	LEAKS_CUT,
};

/**
 * struct leaks - a report
 * @stacks: the set that its stacks belong to
 * @objects: number of leaks
 * @bytes: sum of their sizes
 * @unlisted_objects: leaks in no group, as the summary had no room
 * @unlisted_bytes: sum of their sizes
 * @lines: number of lines read
 * @skipped: of these, lines that are no part of a report
 * @skipped_to: where to print these; NULL is nowhere
 * @head_cut: it begins within a leak, which is in no group, as its size is missing
 * @tail_cut: whether it ends within a leak
 * @is_part: leaks were left out of it, or it could not be read to its end
 * @kernel: the release that a kernel log names; NULL if it names none
 * @several_kernels: it names another one, too
 * @nr: number of groups
 * @group: the groups, in order of appearance until leaks_sort()
 */
struct leaks {
	struct stacks *stacks;
	uint64_t objects;
	uint64_t bytes;
	uint64_t unlisted_objects;
	uint64_t unlisted_bytes;
	unsigned long lines;
	unsigned long skipped;
	FILE *skipped_to;
	bool head_cut;
	enum leaks_cut tail_cut;
	bool is_part;
	char *kernel;
	bool several_kernels;
	size_t nr;
	struct leak_group **group;
};

/* Room for an error of leaks_read(). */
#define LEAKS_ERROR	256

/**
 * leaks_read() - read a report
 * @leaks: zeroed but for its set of stacks, and where to print what is skipped
 * @file: the text, up to its end
 * @error: set to one line that says what is wrong; unchanged on success
 * @size: bytes of @error
 *
 * The file may contain any bytes. The caller calls leaks_free() in either case.
 *
 * Return: false if there is no report in it. What is missing of one is noted in @leaks.
 */
bool leaks_read(struct leaks *leaks, FILE *file, char *error, size_t size);

/**
 * leaks_load_from() - read a saved report from an open file
 * @leaks: as for leaks_read()
 * @unpacked: the file
 * @name: its name, for messages
 *
 * Says on stderr what of it is no report, and what is cut off. Ends the program with a
 * line that gives the reason if there is no report.
 */
void leaks_load_from(struct leaks *leaks, struct unpacked *unpacked, const char *name);

/**
 * leaks_load() - read a saved report, or the detector's
 * @leaks: as for leaks_read()
 * @path: NULL is the detector's file, "-" standard input; may be packed
 *
 * As leaks_load_from(); also ends the program if there is no such file.
 */
void leaks_load(struct leaks *leaks, const char *path);

/**
 * leaks_sort() - put the groups with most bytes first
 * @leaks: the report
 */
void leaks_sort(struct leaks *leaks);

/**
 * leaks_free() - free all but the stacks
 * @leaks: the report
 */
void leaks_free(struct leaks *leaks);

/**
 * leaks_are_all() - does a report have all leaks that the detector knew of?
 * @leaks: the report, as it was read
 */
bool leaks_are_all(const struct leaks *leaks);

/**
 * leaks_drop() - take a group out of the sums of a report, and free it
 * @leaks: the report; the caller takes the group out of its list
 * @group: one of its groups
 */
void leaks_drop(struct leaks *leaks, struct leak_group *group);

#endif
