// SPDX-License-Identifier: GPL-2.0
/*
 * A report as a profile for pprof: messages of profile.proto, compressed. May call:
 * stacks.c, command.c, zlib, json-c's hash table.
 *
 * This takes three types of protocol buffers: number, string, and message, which is
 * encoded like a string. Ids in the profile are indices plus one.
 *
 * A stack ends at the function to blame, as "top" shows what is innermost: helpers that
 * it called are left out. "drop_frames" would not do: it also drops what was called back,
 * as a driver's probe function is by driver_register().
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>
#include <zlib.h>

#include "command.h"
#include "report.h"

/* Numbers of the fields, from profile.proto of github.com/google/pprof. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_DEFAULT_SAMPLE_TYPE = 14,

	VALUE_TYPE = 1,
	VALUE_UNIT = 2,

	SAMPLE_LOCATION = 1,
	SAMPLE_VALUE = 2,
	SAMPLE_LABEL = 3,

	LABEL_KEY = 1,
	LABEL_NUM = 3,
	LABEL_UNIT = 4,

	MAPPING_ID = 1,
	MAPPING_START = 2,
	MAPPING_LIMIT = 3,
	MAPPING_FILE = 5,
	MAPPING_HAS_FUNCTIONS = 7,
	MAPPING_HAS_FILES = 8,
	MAPPING_HAS_LINES = 9,
	MAPPING_HAS_INLINES = 10,

	LOCATION_ID = 1,
	LOCATION_MAPPING = 2,
	LOCATION_ADDRESS = 3,
	LOCATION_LINE = 4,

	LINE_FUNCTION = 1,
	LINE_LINE = 2,

	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILE = 4,
};

/* Distance of the made-up addresses of mappings. */
#define MAPPING_SHIFT	32

struct buffer {
	unsigned char *bytes;
	size_t nr;
	size_t room;
};

/**
 * struct profile - a profile under construction
 * @out: the encoded part
 * @strings: text to index
 * @functions: name and file to id
 * @mappings: name of a module to id
 * @locations: struct frame to id
 */
struct profile {
	struct buffer out;
	struct lh_table *strings;
	struct lh_table *functions;
	struct lh_table *mappings;
	struct lh_table *locations;
};

/* ---- Protocol buffers ---- */

static void put_bytes(struct buffer *to, const void *bytes, size_t nr)
{
	if (to->nr + nr > to->room) {
		to->room = 2 * (to->nr + nr);
		to->bytes = xrealloc(to->bytes, to->room, 1);
	}
	if (nr)
		memcpy(to->bytes + to->nr, bytes, nr);
	to->nr += nr;
}

static void put_varint(struct buffer *to, uint64_t value)
{
	unsigned char byte;

	do {
		byte = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
		put_bytes(to, &byte, 1);
		value >>= 7;
	} while (value);
}

static void put_number(struct buffer *to, unsigned int field, uint64_t value)
{
	put_varint(to, field << 3);
	put_varint(to, value);
}

static void put_string(struct buffer *to, unsigned int field, const void *bytes, size_t nr)
{
	put_varint(to, field << 3 | 2);
	put_varint(to, nr);
	put_bytes(to, bytes, nr);
}

/* Append a message as a field, and empty it. */
static void put_message(struct buffer *to, unsigned int field, struct buffer *message)
{
	put_string(to, field, message->bytes, message->nr);
	free(message->bytes);
	*message = (struct buffer) {};
}

/* ---- Tables of the profile ---- */

static void free_key(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
}

static void set_number(struct lh_table *table, void *key, size_t number)
{
	if (lh_table_insert(table, key, (void *)number))
		die("out of memory");
}

static size_t get_number(struct lh_table *table, const void *key)
{
	struct lh_entry *entry = lh_table_lookup_entry(table, key);

	return entry ? (size_t)lh_entry_v(entry) : 0;
}

/* Index 0 is the empty string. */
static size_t string_id(struct profile *profile, const char *text)
{
	size_t id = get_number(profile->strings, text);

	if (id || !*text)
		return id;
	id = lh_table_length(profile->strings) + 1;
	set_number(profile->strings, xstrdup(text), id);
	put_string(&profile->out, PROFILE_STRING, text, strlen(text));
	return id;
}

static size_t function_id(struct profile *profile, const char *name, const char *file)
{
	char *key = xasprintf("%s\n%s", name, file);
	struct buffer function = {};
	size_t id = get_number(profile->functions, key);

	if (id) {
		free(key);
		return id;
	}
	id = lh_table_length(profile->functions) + 1;
	set_number(profile->functions, key, id);
	put_number(&function, FUNCTION_ID, id);
	put_number(&function, FUNCTION_NAME, string_id(profile, name));
	put_number(&function, FUNCTION_SYSTEM_NAME, string_id(profile, name));
	put_number(&function, FUNCTION_FILE, string_id(profile, file));
	put_message(&profile->out, PROFILE_FUNCTION, &function);
	return id;
}

/* Mark each mapping as symbolized, so that pprof does not search for symbols. */
static size_t mapping_id(struct profile *profile, const char *module)
{
	struct buffer mapping = {};
	size_t id = get_number(profile->mappings, module);

	if (id)
		return id;
	id = lh_table_length(profile->mappings) + 1;
	set_number(profile->mappings, xstrdup(module), id);
	put_number(&mapping, MAPPING_ID, id);
	put_number(&mapping, MAPPING_START, (uint64_t)id << MAPPING_SHIFT);
	put_number(&mapping, MAPPING_LIMIT, (uint64_t)(id + 1) << MAPPING_SHIFT);
	put_number(&mapping, MAPPING_FILE, string_id(profile, module));
	put_number(&mapping, MAPPING_HAS_FUNCTIONS, 1);
	put_number(&mapping, MAPPING_HAS_FILES, 1);
	put_number(&mapping, MAPPING_HAS_LINES, 1);
	put_number(&mapping, MAPPING_HAS_INLINES, 1);
	put_message(&profile->out, PROFILE_MAPPING, &mapping);
	return id;
}

static void put_line(struct profile *profile, struct buffer *location, const char *function,
		     const char *file, int number)
{
	struct buffer line = {};

	put_number(&line, LINE_FUNCTION, function_id(profile, function, file));
	put_number(&line, LINE_LINE, number);
	put_message(location, LOCATION_LINE, &line);
}

static size_t location_id(struct profile *profile, const struct frame *frame)
{
	size_t mapping, id = get_number(profile->locations, frame);
	const struct source_line *line = frame_site_line(frame);
	struct buffer location = {};

	if (id)
		return id;
	mapping = mapping_id(profile, frame->module ?: "[kernel]");
	id = lh_table_length(profile->locations) + 1;
	set_number(profile->locations, (void *)frame, id);
	put_number(&location, LOCATION_ID, id);
	put_number(&location, LOCATION_MAPPING, mapping);
	put_number(&location, LOCATION_ADDRESS, ((uint64_t)mapping << MAPPING_SHIFT) + id);
	if (!line)
		put_line(profile, &location, frame->function ?: frame->text, "", 0);
	for (; line && line < frame->lines + frame->nr_lines; line++)
		put_line(profile, &location, line->function, line->file, line->line);
	put_message(&profile->out, PROFILE_LOCATION, &location);
	return id;
}

/* ---- The profile ---- */

static void put_type(struct profile *profile, const char *type, const char *unit)
{
	struct buffer value = {};

	put_number(&value, VALUE_TYPE, string_id(profile, type));
	put_number(&value, VALUE_UNIT, string_id(profile, unit));
	put_message(&profile->out, PROFILE_SAMPLE_TYPE, &value);
}

static void put_size(struct profile *profile, struct buffer *sample, uint64_t size)
{
	struct buffer label = {};

	put_number(&label, LABEL_KEY, string_id(profile, "bytes"));
	put_number(&label, LABEL_NUM, size);
	put_number(&label, LABEL_UNIT, string_id(profile, "bytes"));
	put_message(sample, SAMPLE_LABEL, &label);
}

static void put_sample(struct profile *profile, const struct leak_group *group)
{
	static const struct frame no_stack = { .text = "no stack" };
	const struct frame *site = stack_site(group->stack), *frame;
	struct buffer sample = {};
	unsigned int i;

	for (i = 0; i < group->stack->nr; i++) {
		frame = group->stack->frame[i];
		if (frame == site)
			site = NULL;
		if (!site)
			put_number(&sample, SAMPLE_LOCATION, location_id(profile, frame));
	}
	/* pprof ignores a sample without a location. */
	if (!group->stack->nr)
		put_number(&sample, SAMPLE_LOCATION, location_id(profile, &no_stack));
	put_number(&sample, SAMPLE_VALUE, group->objects);
	put_number(&sample, SAMPLE_VALUE, group->bytes);
	put_size(profile, &sample, group->size);
	put_message(&profile->out, PROFILE_SAMPLE, &sample);
}

/* Write gzip format; zlib's own file interface needs a file, and @out may not be one. */
static void write_compressed(const struct buffer *from, FILE *out)
{
	unsigned char chunk[1 << 16];
	z_stream stream = { .next_in = from->bytes, .avail_in = from->nr };
	int more;

	/* Adding 16 selects the gzip header. */
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		die("out of memory");
	do {
		stream.next_out = chunk;
		stream.avail_out = sizeof(chunk);
		more = deflate(&stream, Z_FINISH) == Z_OK;
		fwrite(chunk, 1, sizeof(chunk) - stream.avail_out, out);
	} while (more);
	deflateEnd(&stream);
}

void report_pprof(const struct report *report, FILE *out)
{
	struct profile profile = {
		.strings = lh_kchar_table_new(1024, free_key),
		.functions = lh_kchar_table_new(1024, free_key),
		.mappings = lh_kchar_table_new(64, free_key),
		.locations = lh_kptr_table_new(1024, NULL),
	};
	size_t i;

	if (!profile.strings || !profile.functions || !profile.mappings || !profile.locations)
		die("out of memory");
	put_string(&profile.out, PROFILE_STRING, "", 0);
	put_type(&profile, "objects", "count");
	put_type(&profile, "space", "bytes");
	put_number(&profile.out, PROFILE_DEFAULT_SAMPLE_TYPE, string_id(&profile, "space"));
	for (i = 0; i < report->leaks.nr; i++)
		put_sample(&profile, report->leaks.group[i]);
	write_compressed(&profile.out, out);
	lh_table_free(profile.strings);
	lh_table_free(profile.functions);
	lh_table_free(profile.mappings);
	lh_table_free(profile.locations);
	free(profile.out.bytes);
}
