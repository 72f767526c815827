// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the reports that json.c writes. May call: stacks.c, frame.c, take.c,
 * command.c, json-c.
 *
 * The text is untrusted. json-c needs some 30 KiB for a group of a report, so the list
 * of groups is not parsed at once: this file walks along the outermost object and that
 * list, and json-c parses what they contain.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "reread.h"
#include "take.h"

/**
 * struct rereader - state of the parser
 * @leaks: the result
 * @origin: the result
 * @tokener: json-c's parser of a value
 * @at: the rest of the text
 * @end: its end
 * @groups: the list of groups has been read
 * @error: the message, empty unless something is wrong
 * @size: bytes of @error
 */
struct rereader {
	struct leaks *leaks;
	struct origin *origin;
	struct json_tokener *tokener;
	const char *at;
	const char *end;
	bool groups;
	char *error;
	size_t size;
};

/* Return: false. */
static bool __printf(2, 3) wrong(struct rereader *reader, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->error, reader->size, format, args);
	va_end(args);
	return false;
}

/* ---- The text ---- */

/* Return: the next character that is no blank; '\0' at the end. */
static char peek(struct rereader *reader)
{
	while (reader->at < reader->end && isspace((unsigned char)*reader->at))
		reader->at++;
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool at_end(struct rereader *reader)
{
	return !peek(reader) && reader->at == reader->end;
}

static bool skip(struct rereader *reader, char c)
{
	if (peek(reader) == c && !at_end(reader)) {
		reader->at++;
		return true;
	}
	if (at_end(reader))
		return wrong(reader, "the report is cut off; save it again");
	return wrong(reader, "this is no JSON");
}

/* Parse any value. */
static bool read_value(struct rereader *reader, struct json_object **value)
{
	enum json_tokener_error error;
	size_t rest;

	*value = NULL;
	if (at_end(reader))
		return skip(reader, '\0');
	rest = reader->end - reader->at;
	json_tokener_reset(reader->tokener);
	*value = json_tokener_parse_ex(reader->tokener, reader->at,
				       rest < INT_MAX ? rest : INT_MAX);
	error = json_tokener_get_error(reader->tokener);
	if (error == json_tokener_continue)
		return wrong(reader, "the report is cut off; save it again");
	if (error != json_tokener_success)
		return wrong(reader, "this is no JSON: %s", json_tokener_error_desc(error));
	reader->at += json_tokener_get_parse_end(reader->tokener);
	return true;
}

/* ---- Values ---- */

static bool read_number(struct rereader *reader, const struct json_object *object,
			const char *key, uint64_t *number)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return wrong(reader, "group %zu has no number \"%s\"", reader->leaks->nr + 1,
			     key);
	*number = json_object_get_uint64(value);
	return true;
}

/*
 * The text of a frame that was decoded without an offset is a name, which is no frame but
 * with its line. Return: the text with the last of its lines; NULL if it is not like that.
 */
static char *text_with_line(const struct json_object *frame, const char *text)
{
	struct json_object *lines, *last, *file, *line;
	size_t nr, name = strcspn(text, " ");

	if (frame_form(text) != FRAME_NONE ||
	    !json_object_object_get_ex(frame, "lines", &lines) ||
	    !json_object_is_type(lines, json_type_array))
		return NULL;
	nr = json_object_array_length(lines);
	last = nr ? json_object_array_get_idx(lines, nr - 1) : NULL;
	if (!json_object_object_get_ex(last, "file", &file) ||
	    !json_object_is_type(file, json_type_string) ||
	    !json_object_object_get_ex(last, "line", &line))
		return NULL;
	return xasprintf("%.*s %s:%" PRId64 "%s", (int)name, text, json_object_get_string(file),
			 json_object_get_int64(line), text + name);
}

static struct frame *frame_of(struct rereader *reader, const struct json_object *object,
			      struct json_object *text)
{
	char *whole = text_with_line(object, json_object_get_string(text));
	struct frame *frame;

	if (whole)
		frame = stacks_frame(reader->leaks->stacks, whole, strlen(whole));
	else
		frame = stacks_frame(reader->leaks->stacks, json_object_get_string(text),
				     json_object_get_string_len(text));
	free(whole);
	return frame;
}

static bool read_stack(struct rereader *reader, const struct json_object *object,
		       struct stack **stack)
{
	struct json_object *list, *item, *text;
	struct frame *frame[STACK_MAX];
	size_t i, nr;

	if (!json_object_object_get_ex(object, "stack", &list) ||
	    !json_object_is_type(list, json_type_array))
		return wrong(reader, "group %zu has no list \"stack\"", reader->leaks->nr + 1);
	nr = json_object_array_length(list);
	if (nr > STACK_MAX)
		return wrong(reader, "group %zu has more than %d frames",
			     reader->leaks->nr + 1, STACK_MAX);
	for (i = 0; i < nr; i++) {
		item = json_object_array_get_idx(list, i);
		if (!json_object_object_get_ex(item, "text", &text) ||
		    !json_object_is_type(text, json_type_string))
			return wrong(reader, "frame %zu of group %zu has no string \"text\"",
				     i + 1, reader->leaks->nr + 1);
		frame[i] = frame_of(reader, item, text);
	}
	*stack = stacks_stack(reader->leaks->stacks, frame, nr);
	return true;
}

static bool add_counts(struct rereader *reader, uint64_t objects, uint64_t bytes)
{
	struct leaks *leaks = reader->leaks;

	if (__builtin_add_overflow(leaks->objects, objects, &leaks->objects) ||
	    __builtin_add_overflow(leaks->bytes, bytes, &leaks->bytes))
		return wrong(reader, "the counts are too large");
	return true;
}

static bool add_group(struct rereader *reader, const struct leak_group *group)
{
	struct leaks *leaks = reader->leaks;

	if (!add_counts(reader, group->objects, group->bytes))
		return false;
	if (!(leaks->nr & (leaks->nr - 1)))
		leaks->group = xrealloc(leaks->group, leaks->nr ? 2 * leaks->nr : 1,
					sizeof(leaks->group[0]));
	leaks->group[leaks->nr] = xcalloc(1, sizeof(*group));
	*leaks->group[leaks->nr++] = *group;
	return true;
}

static bool read_group(struct rereader *reader)
{
	struct leak_group group = {};
	struct json_object *object;
	bool good = read_value(reader, &object);

	if (good && !json_object_is_type(object, json_type_object))
		good = wrong(reader, "group %zu is no object", reader->leaks->nr + 1);
	good = good && read_number(reader, object, "objects", &group.objects) &&
	       read_number(reader, object, "bytes", &group.bytes) &&
	       read_stack(reader, object, &group.stack) && add_group(reader, &group);
	json_object_put(object);
	return good;
}

static bool read_groups(struct rereader *reader)
{
	if (reader->groups)
		return wrong(reader, "there are two lists of groups");
	reader->groups = true;
	if (!at_end(reader) && peek(reader) != '[')
		return wrong(reader, "\"groups\" is no list");
	if (!skip(reader, '['))
		return false;
	if (peek(reader) != ']' && !read_group(reader))
		return false;
	while (peek(reader) == ',')
		if (!skip(reader, ',') || !read_group(reader))
			return false;
	return skip(reader, ']');
}

static bool set_name(struct rereader *reader, char **name, struct json_object *value)
{
	const char *text = json_object_get_string(value);
	size_t length = json_object_get_string_len(value);

	if (*name || !json_object_is_type(value, json_type_string) || !length)
		return true;
	if (length > ORIGIN_BYTES)
		return wrong(reader, "the name of the host or kernel is too long");
	*name = dup_printable(text, length);
	return true;
}

static bool set_unlisted(struct rereader *reader, const char *key, struct json_object *value)
{
	bool objects = !strcmp(key, "unlisted_leaks");
	uint64_t *count = objects ? &reader->leaks->unlisted_objects :
				    &reader->leaks->unlisted_bytes;

	if (*count || !json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0)
		return wrong(reader, "\"%s\" is not one number", key);
	*count = json_object_get_uint64(value);
	return add_counts(reader, objects ? *count : 0, objects ? 0 : *count);
}

/* What is not shown or suppressed counts its leaks; only none at all is nothing. */
static bool has_leaks(struct json_object *value, const char *key)
{
	struct json_object *number;

	return !json_object_object_get_ex(value, key, &number) ||
	       !json_object_is_type(number, json_type_int) || json_object_get_int64(number);
}

static void note_part(struct rereader *reader, const char *key, struct json_object *value)
{
	if (!strcmp(key, "not_shown"))
		reader->leaks->is_part |= has_leaks(value, "leaks");
	else if (!strcmp(key, "suppressed"))
		reader->leaks->is_part |= has_leaks(value, "objects");
	else if (!strcmp(key, "cut_off"))
		reader->leaks->is_part |= !json_object_is_type(value, json_type_boolean) ||
					  json_object_get_boolean(value);
}

static bool read_other(struct rereader *reader, const char *key)
{
	struct json_object *value;
	bool good = read_value(reader, &value);

	if (good && !strcmp(key, "host"))
		good = set_name(reader, &reader->origin->host, value);
	else if (good && !strcmp(key, "kernel"))
		good = set_name(reader, &reader->origin->kernel, value);
	else if (good && (!strcmp(key, "unlisted_leaks") || !strcmp(key, "unlisted_bytes")))
		good = set_unlisted(reader, key, value);
	else if (good)
		note_part(reader, key, value);
	json_object_put(value);
	return good;
}

/* Read a key of the outermost object, and its value. */
static bool read_member(struct rereader *reader)
{
	struct json_object *key;
	const char *text;
	bool good;

	if (!read_value(reader, &key))
		return false;
	text = json_object_get_string(key);
	if (!json_object_is_type(key, json_type_string))
		good = wrong(reader, "this is no JSON");
	else
		good = skip(reader, ':') && (strcmp(text, "groups") ? read_other(reader, text) :
								      read_groups(reader));
	json_object_put(key);
	return good;
}

static bool read_report(struct rereader *reader)
{
	if (peek(reader) != '{')
		return wrong(reader, "this is no report");
	skip(reader, '{');
	if (peek(reader) != '}' && !read_member(reader))
		return false;
	while (peek(reader) == ',')
		if (!skip(reader, ',') || !read_member(reader))
			return false;
	if (!skip(reader, '}'))
		return false;
	if (!at_end(reader))
		return wrong(reader, "the report has something after its end");
	return reader->groups || wrong(reader, "the report has no \"groups\"");
}

bool reread(struct leaks *leaks, struct origin *origin, FILE *file, char *error, size_t size)
{
	struct rereader reader = {
		.leaks = leaks, .origin = origin, .error = error, .size = size,
		.tokener = json_tokener_new(),
	};
	char *text = NULL;
	size_t room = 0;
	ssize_t length;
	bool good;

	if (!reader.tokener)
		die("out of memory");
	/* JSON contains no NUL, so this is all of it. */
	length = getdelim(&text, &room, '\0', file);
	reader.at = text;
	reader.end = text + (length < 0 ? 0 : length);
	if (ferror(file))
		good = wrong(&reader, "%s", strerror(errno));
	else if (length > 0 && !reader.end[-1])
		good = wrong(&reader, "this is no JSON");
	else
		good = read_report(&reader);
	json_tokener_free(reader.tokener);
	free(text);
	return good;
}
