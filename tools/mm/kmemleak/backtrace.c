// SPDX-License-Identifier: GPL-2.0
/*
 * The frames of an entry, line by line. May call: recall.c, frame.c, stacks.c, prefix.c.
 *
 * The last frame is pending until the next line has come, as a mailer may have wrapped
 * it. Functions inlined into a frame come before it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backtrace.h"
#include "command.h"

static void push_frame(struct backtrace *backtrace, struct frame *frame)
{
	struct entry *entry = backtrace->entry;

	entry->frame[entry->nr++] = frame;
}

/* Make a frame of the functions inlined so far, and of the text. */
static void add_frame(struct backtrace *backtrace, const char *text)
{
	size_t nr = backtrace->inlined_nr, length = strlen(text);
	struct frame *frame;

	memcpy(backtrace->inlined + nr, text, length);
	backtrace->inlined_nr = 0;
	frame = stacks_frame(backtrace->stacks, backtrace->inlined,
			     length ? nr + length : nr - 1);
	push_frame(backtrace, frame);
	/* Without its own line, the frame is not over where these lines come again. */
	if (backtrace->raw_nr && length) {
		backtrace->raw[backtrace->raw_nr] = '\0';
		recall_learn(backtrace->recall, backtrace->raw, backtrace->raw_nr, frame);
	}
	backtrace->raw_nr = 0;
}

static void flush_frame(struct backtrace *backtrace)
{
	size_t length = strlen(backtrace->pending);

	if (!length)
		return;
	if (frame_form(backtrace->pending) == FRAME_INLINED) {
		memcpy(backtrace->inlined + backtrace->inlined_nr, backtrace->pending, length);
		backtrace->inlined_nr += length;
		backtrace->inlined[backtrace->inlined_nr++] = '\n';
	} else {
		add_frame(backtrace, backtrace->pending);
	}
	*backtrace->pending = '\0';
}

static void keep_raw(struct backtrace *backtrace, const char *text, size_t length)
{
	memcpy(backtrace->raw + backtrace->raw_nr, text, length);
	backtrace->raw_nr += length;
	backtrace->raw[backtrace->raw_nr++] = '\n';
}

/* The last inlined function stands for the frame if that is missing. */
static void flush_frames(struct backtrace *backtrace)
{
	flush_frame(backtrace);
	if (backtrace->inlined_nr)
		add_frame(backtrace, "");
}

/* Is there room for one more line of a frame? */
static bool has_room(const struct backtrace *backtrace, size_t length)
{
	return length < HELD_BYTES && backtrace->entry->nr + 2 < STACK_MAX &&
	       backtrace->inlined_nr + 2 * HELD_BYTES < INLINED_BYTES &&
	       backtrace->raw_nr + 2 * HELD_BYTES < INLINED_BYTES;
}

bool backtrace_begun(const struct backtrace *backtrace)
{
	return backtrace->entry->nr || backtrace->inlined_nr || *backtrace->pending ||
	       recall_begun(backtrace->recall);
}

/* Does a line look as the frames of the entry do? The first one decides how. */
static bool fits_style(struct backtrace *backtrace, const struct payload *payload, bool addressed)
{
	const struct style *style = &backtrace->style;

	if (!backtrace_begun(backtrace)) {
		backtrace->style = (struct style) {
			payload->indent, payload->tagged, addressed,
		};
		return true;
	}
	if (style->tagged && !payload->tagged)
		return false;
	return !backtrace->gap || (style->indent && style->indent == payload->indent &&
				style->addressed == addressed);
}

/* Take back the last frame, which was recalled and seemed to end with its line. */
static void unpush_frame(struct backtrace *backtrace)
{
	struct entry *entry = backtrace->entry;
	const char *line;
	size_t length;

	if (*backtrace->pending || backtrace->inlined_nr || backtrace->gap || !entry->nr)
		return;
	line = recall_only_line(backtrace->recall, entry->frame[entry->nr - 1], &length);
	if (!line || length >= HELD_BYTES)
		return;
	memcpy(backtrace->pending, line, length);
	backtrace->pending[length] = '\0';
	keep_raw(backtrace, line, length);
	entry->nr--;
}

/* A module or a list of lines in brackets, or a line of source. */
static bool may_continue(const char *text)
{
	return *text == '[' || *text == '(' || memchr(text, ':', strcspn(text, " "));
}

/* Something that a mailer wrapped onto a line of its own: a module, a line of source. */
static bool continue_frame(struct backtrace *backtrace, const char *text)
{
	char whole[2 * HELD_BYTES];

	if (!may_continue(text))
		return false;
	unpush_frame(backtrace);
	if (!*backtrace->pending || strlen(backtrace->pending) + strlen(text) + 2 > HELD_BYTES)
		return false;
	sprintf(whole, "%s %s", backtrace->pending, text);
	if (frame_form(whole) == FRAME_NONE)
		return false;
	memcpy(backtrace->pending, whole, strlen(whole) + 1);
	keep_raw(backtrace, text, strlen(text));
	return true;
}

/* Is this a frame without its end? A name or an address, or a list that is not closed. */
bool backtrace_may_begin(const char *text)
{
	const char *name = frame_skip_address(text), *at = name;

	while (isalnum((unsigned char)*at) || *at == '_' || *at == '.')
		at++;
	if (!*at)
		return true;
	return at > name && *at == ' ' && at[1] == '(' && !strchr(at, ')');
}

/* Keep a text that a detector printed as a frame, whatever it means. */
static bool opaque_frame(struct backtrace *backtrace, const struct payload *payload, bool verbatim)
{
	if (!verbatim || backtrace->gap || payload->indent < 4 || !backtrace->entry->nr ||
	    payload->indent != backtrace->style.indent || backtrace_may_begin(payload->text) ||
	    !has_room(backtrace, payload->length))
		return false;
	flush_frames(backtrace);
	add_frame(backtrace, payload->text);
	return true;
}

bool backtrace_read(struct backtrace *backtrace, const struct payload *payload, bool verbatim)
{
	const char *text = frame_skip_address(payload->text);
	enum frame_form form = frame_form(text);

	if (form != FRAME_NONE && !verbatim && frame_is_sentence(text))
		form = FRAME_NONE;
	if (form == FRAME_NONE)
		return continue_frame(backtrace, text) ||
		       opaque_frame(backtrace, payload, verbatim);
	if (!fits_style(backtrace, payload, text != payload->text) ||
	    !has_room(backtrace, strlen(text)))
		return false;
	flush_frame(backtrace);
	memcpy(backtrace->pending, text, strlen(text) + 1);
	keep_raw(backtrace, text, strlen(text));
	return true;
}

/* The lines that were recalled belong to another frame: read them again. */
void backtrace_reread(struct backtrace *backtrace)
{
	struct payload payload = {
		.indent = backtrace->style.indent, .tagged = backtrace->style.tagged,
	};
	char line[HELD_BYTES];
	size_t left, length;
	const char *lines;

	if (!recall_begun(backtrace->recall))
		return;
	for (lines = recall_abandon(backtrace->recall, &left); left; left -= length + 1) {
		length = strcspn(lines, "\n");
		memcpy(line, lines, length);
		line[length] = '\0';
		payload.text = line;
		payload.length = length;
		backtrace_read(backtrace, &payload, true);
		lines += length + 1;
	}
}

bool backtrace_recall(struct backtrace *backtrace, const struct prefix *prefix,
		      const char *line, size_t line_length)
{
	bool begun = recall_begun(backtrace->recall);
	struct payload payload;
	struct frame *frame;
	const char *text;
	size_t length;

	if (backtrace->gap || backtrace->entry->nr + 2 >= STACK_MAX)
		return false;
	if (!prefix_strip(prefix, false, line, line_length, &payload)) {
		if (!begun)
			return false;
		prefix_guess(line, line_length, &payload);
	}
	text = frame_skip_address(payload.text);
	length = payload.text + payload.length - text;
	if (!begun && backtrace_begun(backtrace) &&
	    (payload.indent != backtrace->style.indent ||
	     payload.tagged != backtrace->style.tagged))
		return false;
	if (*backtrace->pending && !may_continue(text))
		flush_frame(backtrace);
	if (*backtrace->pending || backtrace->inlined_nr)
		return false;
	switch (recall_line(backtrace->recall, text, length, &frame)) {
	case RECALL_FRAME:
		push_frame(backtrace, frame);
		break;
	case RECALL_MORE:
		break;
	default:
		return false;
	}
	if (!begun && backtrace->entry->nr <= 1)
		backtrace->style = (struct style) {
			payload.indent, payload.tagged, text != payload.text,
		};
	return true;
}

void backtrace_end(struct backtrace *backtrace)
{
	backtrace_reread(backtrace);
	flush_frames(backtrace);
	backtrace->gap = false;
}
