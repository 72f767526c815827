// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of leaks as files, and in memory. May call: reader.c, unpack.c, root.c,
 * command.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "leaks.h"
#include "root.h"
#include "units.h"

/* Say what is not in the result, or may not be. */
static void note_gaps(const struct leaks *leaks, const char *name, const char *why)
{
	if (leaks->skipped)
		note("%s: %lu of %lu line%s %s no part of a leak report%s", name, leaks->skipped,
		     leaks->lines, plural(leaks->lines), leaks->skipped == 1 ? "is" : "are",
		     leaks->skipped_to ? "" : "; -v shows them");
	if (leaks->head_cut)
		note("%s: the beginning is cut off: a leak without its size is not counted", name);
	if (why)
		note("%s: %s: read as far as it goes", name, why);
	if (leaks->tail_cut == LEAKS_CUT)
		note("%s: the end is cut off: the last leak is counted, its stack is not whole",
		     name);
	else if (leaks->tail_cut == LEAKS_CUT_MAYBE)
		note("%s: the last line does not end; if it is cut off, so is the last stack",
		     name);
}

void leaks_load_from(struct leaks *leaks, struct unpacked *unpacked, const char *name)
{
	char error[LEAKS_ERROR];
	bool good = leaks_read(leaks, unpacked->file, error, sizeof(error));
	const char *why = unpacked->why;

	if (!good || (why && !leaks->objects)) {
		unpack_close(unpacked);
		die("%s: %s", name, why ?: error);
	}
	if (why)
		leaks->is_part = true;
	note_gaps(leaks, name, why);
}

static void load_file(struct leaks *leaks, const char *path)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	struct unpacked unpacked;

	if (!unpack_open(&unpacked, path))
		die("%s: %s", name, unpacked.why);
	leaks_load_from(leaks, &unpacked, name);
	unpack_close(&unpacked);
}

void leaks_load(struct leaks *leaks, const char *path)
{
	struct unpacked plain = {};

	if (path) {
		load_file(leaks, path);
		return;
	}
	plain.file = detector_open("kmemleak");
	leaks_load_from(leaks, &plain, DETECTOR_FILE);
	fclose(plain.file);
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

static void free_group(struct leak_group *group)
{
	unsigned int row;

	for (row = 0; row < DUMP_ROWS; row++)
		free(group->dump[row]);
	free(group->holder);
	free(group);
}

bool leaks_are_all(const struct leaks *leaks)
{
	return !leaks->is_part && !leaks->head_cut && leaks->tail_cut != LEAKS_CUT &&
	       !leaks->unlisted_objects;
}

void leaks_drop(struct leaks *leaks, struct leak_group *group)
{
	leaks->objects -= group->objects;
	leaks->bytes -= group->bytes;
	free_group(group);
}

void leaks_free(struct leaks *leaks)
{
	size_t i;

	for (i = 0; i < leaks->nr; i++)
		free_group(leaks->group[i]);
	free(leaks->group);
	free(leaks->kernel);
	leaks->kernel = NULL;
	leaks->group = NULL;
	leaks->nr = 0;
}
