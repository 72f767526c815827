// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel or a module: which of the files with its name is the one. May call:
 * debuginfo.c, stacks.c, root.c, command.c.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binary.h"
#include "command.h"
#include "root.h"

/* The owner and the type of a note with a build id. */
#define NOTE_OWNER	"GNU"
#define NOTE_BUILD_ID	3

/* Find the build id among notes; "" if there is none. */
static void id_of_notes(FILE *notes, char id[BUILD_ID_TEXT])
{
	uint32_t head[3];	/* length of owner, length of note, type */
	char owner[64];
	unsigned char note[BUILD_ID_TEXT / 2];
	unsigned int i;

	*id = '\0';
	while (fread(head, sizeof(head), 1, notes) == 1) {
		size_t owner_bytes = (head[0] + 3UL) & ~3UL, bytes = (head[1] + 3UL) & ~3UL;

		if (owner_bytes > sizeof(owner) ||
		    fread(owner, 1, owner_bytes, notes) != owner_bytes)
			return;
		if (head[2] != NOTE_BUILD_ID || head[0] != sizeof(NOTE_OWNER) ||
		    memcmp(owner, NOTE_OWNER, sizeof(NOTE_OWNER))) {
			for (; bytes && fgetc(notes) != EOF; bytes--)
				;
			continue;
		}
		if (head[1] > sizeof(note) || fread(note, 1, head[1], notes) != head[1])
			return;
		for (i = 0; i < head[1]; i++)
			sprintf(id + 2 * i, "%02x", note[i]);
		return;
	}
}

static void running_id(const struct binary *binary, char id[BUILD_ID_TEXT])
{
	char *path = binary->is_kernel ? xstrdup("/sys/kernel/notes") :
		xasprintf("/sys/module/%s/notes/.note.gnu.build-id", binary->name);
	FILE *notes = root_try(path);

	*id = '\0';
	if (notes) {
		id_of_notes(notes, id);
		fclose(notes);
	}
	free(path);
}

/**
 * struct choice - the best file so far
 * @binary: of which it is
 * @stacks: the frames
 * @running: build id of the running one, "" if that is unknown
 * @id_fits: the file has that build id
 * @score: number of frames that fit, less those that do not
 * @has_lines: the file has more than symbols
 * @why: the reason why the first file is none
 */
struct choice {
	struct binary *binary;
	struct stacks *stacks;
	char running[BUILD_ID_TEXT];
	bool id_fits;
	long score;
	bool has_lines;
	char *why;
};

void binary_add(struct binary *binary, const char *path)
{
	binary->path = xrealloc(binary->path, binary->nr + 1, sizeof(*binary->path));
	binary->path[binary->nr++] = xstrdup(path);
}

/* A file whose functions fit the frames so far. */
struct score {
	const struct binary *binary;
	struct debuginfo *info;
	long fits;
};

static void count_frame(struct frame *frame, void *context)
{
	struct score *score = context;
	const char *module = frame->module ?: "vmlinux";
	uint64_t address;

	if (!frame->function || strcmp(module, score->binary->name))
		return;
	switch (debuginfo_find(score->info, frame, &address)) {
	case MATCH_FOUND:
		score->fits++;
		break;
	case MATCH_ABSENT:
	case MATCH_SIZE:
		score->fits -= frame->size != 0;
		break;
	case MATCH_AMBIGUOUS:
		break;
	}
}

/* Keep the first reason; free the others. */
static void why_not(struct choice *choice, char *why)
{
	if (choice->why)
		free(why);
	else
		choice->why = why;
}

static bool is_better(const struct choice *choice, const struct choice *now)
{
	if (choice->id_fits != now->id_fits)
		return now->id_fits;
	if (choice->score != now->score)
		return now->score > choice->score;
	return now->has_lines && !choice->has_lines;
}

/* Take a file instead of the best one so far, if it is better. */
static void consider(struct choice *choice, const char *path, struct debuginfo *info)
{
	struct score score = { choice->binary, info, 0 };
	struct choice now = { .has_lines = debuginfo_has_lines(info) };
	char built[BUILD_ID_TEXT];

	debuginfo_build_id(info, built);
	now.id_fits = *choice->running && !strcmp(choice->running, built);
	if (*choice->running && *built && !now.id_fits) {
		why_not(choice, xasprintf("%s: build id %s, but the %s that runs has %s; name the"
					  " file of that", path, built,
					  choice->binary->is_kernel ? "kernel" : "module",
					  choice->running));
		debuginfo_close(info);
		return;
	}
	if (!now.id_fits && choice->binary->nr > 1)
		stacks_each_frame(choice->stacks, count_frame, &score);
	now.score = score.fits;
	if (choice->binary->info && !is_better(choice, &now)) {
		debuginfo_close(info);
		return;
	}
	if (choice->binary->info)
		debuginfo_close(choice->binary->info);
	choice->binary->info = info;
	choice->binary->chosen = path;
	choice->id_fits = now.id_fits;
	choice->score = now.score;
	choice->has_lines = now.has_lines;
}

void binary_choose(struct binary *binary, bool of_saved, struct stacks *stacks)
{
	struct choice choice = { .binary = binary, .stacks = stacks };
	struct debuginfo *info;
	const char *why;
	size_t i;

	if (binary->tried)
		return;
	binary->tried = true;
	if (!of_saved)
		running_id(binary, choice.running);
	for (i = 0; i < binary->nr && !(choice.id_fits && choice.has_lines); i++) {
		info = debuginfo_open(binary->path[i], &why);
		if (info)
			consider(&choice, binary->path[i], info);
		else
			why_not(&choice, xasprintf("%s: %s", binary->path[i], why));
	}
	if (binary->named && binary->nr && !binary->info)
		die("%s", choice.why);
	binary->proven = choice.id_fits;
	free(choice.why);
}

void binary_close(struct binary *binary)
{
	size_t i;

	if (binary->info)
		debuginfo_close(binary->info);
	for (i = 0; i < binary->nr; i++)
		free(binary->path[i]);
	free(binary->path);
	free(binary->name);
}
