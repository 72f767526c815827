// SPDX-License-Identifier: GPL-2.0
/*
 * Frames as detectors print them, and as programs that decode them do. May call:
 * take.c, command.c, the kernel's list of helpers.
 *
 *	function+0x12/0x34 [module]		the kernel; a build id may follow "module"
 *	function+0x12				without sizes of functions
 *	function+0x12/0x34 file.c:56 [module]	syzkaller
 *	function file.c:56 [inline]		the same, inlined into the next one
 *	function (file.h:7 file.c:56) module	scripts/decode_stacktrace.sh
 *	0xffffffff				without names
 *
 * So a frame is the name of a function and items: an offset next to it; lines of
 * source, a module, and what says how the line is to be taken, in any order.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <trace/helpers.h>

#include "command.h"
#include "frame.h"
#include "take.h"

/* More lines of one frame than that are not kept: nothing is inlined so deeply. */
#define LINES_MAX	64

/**
 * struct parser - the parts of one line
 * @begin: the text
 * @cut: cut the text into pieces
 * @name: end of the name
 * @frame: what is found
 * @inlined: it is of an inlined function
 * @brackets: the lines stand in round brackets
 * @nr: number of its lines of source
 * @line: the lines, without functions
 */
struct parser {
	char *begin;
	bool cut;
	char *name;
	struct frame frame;
	bool inlined;
	bool brackets;
	unsigned int nr;
	struct source_line line[LINES_MAX];
};

const char *frame_skip_address(const char *text)
{
	const char *end;

	if (strncmp(text, "[<", 2))
		return text;
	end = strstr(text, ">]");
	return end ? end + 2 + (end[2] == ' ') : text;
}

static bool is_name(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_' || byte == '.' || byte == '$';
}

/* "+0x12/0x34"; @at is behind it then. */
static bool take_offset(const char **at, struct frame *frame)
{
	if (!take(at, "+0x") || !take_number(at, 16, &frame->offset))
		return false;
	frame->has_offset = true;
	return !take(at, "/") || (take(at, "0x") && take_number(at, 16, &frame->size));
}

/* Find the name and the offset; the name ends where the offset or a blank begins. */
static const char *parse_name(struct parser *parser)
{
	const char *at = parser->begin, *plus = strstr(at, "+0x"), *blank;

	if (plus == at)
		return NULL;
	if (plus && take_offset(&plus, &parser->frame) && (!*plus || *plus == ' ')) {
		parser->name = strstr(parser->begin, "+0x");
		return plus;
	}
	parser->frame = (struct frame) {};
	for (blank = at; is_name(*blank); blank++)
		;
	if (blank == at || *blank != ' ')
		return NULL;
	parser->name = parser->begin + (blank - at);
	return blank;
}

/* Return: the colon before the number of the line at the end of a piece, or NULL. */
static const char *find_colon(const char *begin, const char *end)
{
	const char *at = end;

	while (at > begin && isdigit((unsigned char)at[-1]))
		at--;
	return at < end && at > begin + 1 && at[-1] == ':' ? at - 1 : NULL;
}

/* "mm/slub.c:4007" or, with the column, "mm/slub.c:4007:9". */
static bool parse_line(struct parser *parser, const char *begin, const char *end)
{
	const char *colon = find_colon(begin, end), *at;
	struct source_line *line;
	uint64_t number;

	if (!colon)
		return false;
	colon = find_colon(begin, colon) ?: colon;
	if (!memchr(begin, '.', colon - begin) && !memchr(begin, '/', colon - begin))
		return false;
	at = colon + 1;
	if (!take_number(&at, 10, &number) || number > INT32_MAX || parser->nr == LINES_MAX)
		return false;
	line = &parser->line[parser->nr++];
	line->file = begin;
	line->line = number;
	if (parser->cut)
		parser->begin[colon - parser->begin] = '\0';
	return true;
}

/* "[module build-id]" or "[inline]"; return the end, or NULL. */
static const char *parse_bracket(struct parser *parser, const char *at)
{
	const char *end = strchr(at, ']');
	size_t length;

	at++;
	if (!end || end == at)
		return NULL;
	length = strcspn(at, " ]");
	if (!length)
		return NULL;
	if (length == strlen("inline") && !strncmp(at, "inline", length)) {
		parser->inlined = true;
	} else {
		parser->frame.module = at;
		if (parser->cut)
			parser->begin[at + length - parser->begin] = '\0';
	}
	return end + 1;
}

/* "(file.h:7 file.c:56 (discriminator 3))"; return the end, or NULL. */
static const char *parse_lines(struct parser *parser, const char *at)
{
	unsigned int depth = 1;
	const char *end;

	for (at++; depth; at = end) {
		at += *at == ' ';
		end = at + strcspn(at, " ()");
		if (end > at && *end && depth == 1 && !parse_line(parser, at, end))
			return NULL;
		if (!*end)
			return NULL;
		depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
		end++;
	}
	parser->brackets = true;
	return at;
}

/* Return: the end of an item, NULL if it is none. */
static const char *parse_item(struct parser *parser, const char *at)
{
	const char *end = at + strcspn(at, " ");

	if (*at == '[')
		return parse_bracket(parser, at);
	if (!strncmp(at, "(discriminator ", 15))
		return strchr(at, ')') ? strchr(at, ')') + 1 : NULL;
	if (*at == '(')
		return parse_lines(parser, at);
	if (parse_line(parser, at, end) || !strncmp(at, "at ", 3))
		return end;
	/* A module without brackets, at the end. */
	if (*end || !parser->brackets || parser->frame.module)
		return NULL;
	parser->frame.module = at;
	return end;
}

static bool parse_part(struct parser *parser)
{
	const char *at = parse_name(parser);

	if (!at)
		return false;
	while (*at) {
		if (*at++ != ' ')
			return false;
		at = *at ? parse_item(parser, at) : NULL;
		if (!at)
			return false;
	}
	return parser->frame.has_offset || parser->nr;
}

/* A bare address has no function, but a frame it is. */
static bool is_address(const char *text, uint64_t *address)
{
	return take(&text, "0x") && take_number(&text, 16, address) && !*text;
}

enum frame_form frame_form(const char *text)
{
	struct parser parser = { .begin = (char *)text };
	uint64_t address;

	if (is_address(text, &address))
		return FRAME_WHOLE;
	if (!parse_part(&parser))
		return FRAME_NONE;
	return parser.inlined && !parser.frame.has_offset ? FRAME_INLINED : FRAME_WHOLE;
}

bool frame_is_sentence(const char *text)
{
	const char *plus = strstr(text, "+0x");

	return plus && memchr(text, ' ', plus - text);
}

/* ---- All lines of a frame ---- */

static void add_line(struct frame *frame, const struct source_line *line,
		     const char *function, bool inlined)
{
	frame->lines = xrealloc(frame->lines, frame->nr_lines + 1, sizeof(*line));
	frame->lines[frame->nr_lines++] = (struct source_line) {
		.function = function, .file = line->file, .line = line->line,
		.inlined = inlined,
	};
}

/* The lines of a part; only the last one is in the function that the part names. */
static void add_lines(struct frame *frame, const struct parser *parser, bool inlined)
{
	unsigned int i;

	for (i = 0; i < parser->nr; i++)
		add_line(frame, &parser->line[i], i + 1 < parser->nr ? "?" : parser->begin,
			 inlined || i + 1 < parser->nr);
}

/* Set the name in the source. Names of other languages may have blanks in them. */
static void set_function(struct frame *frame)
{
	const char *plain = frame->symbol;
	size_t length = strlen(plain);

	if (!strchr(plain, ' '))
		plain = function_plain(plain, &length);
	frame->renamed = plain[length];
	frame->function = frame->renamed ? xmemdup(plain, length) : plain;
}

/* An address alone is code without a name, unless it only marks the end of the stack. */
static bool is_code(const char *text)
{
	uint64_t address;

	return is_address(text, &address) && address && address != UINT32_MAX &&
	       address != UINT64_MAX;
}

static bool is_blameless(const struct frame *frame)
{
	if (!frame->function)
		return !is_code(frame->text);
	return function_is_helper(frame->function, !frame->module);
}

/* The last part. Return: false if it is no frame. */
static bool parse_whole(struct frame *frame, char *part)
{
	static const struct source_line unknown = { .file = "?" };
	struct parser parser = { .begin = part, .cut = true };

	if (!parse_part(&parser))
		return false;
	*parser.name = '\0';
	frame->symbol = part;
	frame->module = parser.frame.module;
	frame->offset = parser.frame.offset;
	frame->size = parser.frame.size;
	frame->has_offset = parser.frame.has_offset;
	set_function(frame);
	parser.begin = (char *)frame->function;
	add_lines(frame, &parser, false);
	if (frame->nr_lines && !parser.nr)
		add_line(frame, &unknown, frame->function, false);
	frame->has_lines = frame->nr_lines;
	return true;
}

static void parse_inlined(struct frame *frame, char *part)
{
	struct parser parser = { .begin = part, .cut = true };

	if (!parse_part(&parser))
		return;
	*parser.name = '\0';
	add_lines(frame, &parser, true);
}

/* The text without lines of source, which do not tell one frame from another. */
static void set_text(struct frame *frame, char *raw)
{
	char *module;

	if (!frame->symbol || !frame->has_lines) {
		frame->text = raw;
		return;
	}
	free(raw);
	module = frame->module ? xasprintf(" [%s]", frame->module) : xstrdup("");
	if (!frame->has_offset)
		frame->text = xasprintf("%s%s", frame->symbol, module);
	else if (!frame->size)
		frame->text = xasprintf("%s+0x%" PRIx64 "%s", frame->symbol, frame->offset,
					module);
	else
		frame->text = xasprintf("%s+0x%" PRIx64 "/0x%" PRIx64 "%s", frame->symbol,
					frame->offset, frame->size, module);
	free(module);
}

void frame_parse(struct frame *frame, const char *text, size_t length)
{
	char *part, *end, *raw;

	memset(frame, 0, sizeof(*frame));
	frame->pieces = xcalloc(length + 1, 1);
	for (part = frame->pieces; length; part = end + 1) {
		end = memchr(text, '\n', length);
		if (!end)
			break;
		copy_printable(part, text, end - text);
		parse_inlined(frame, part);
		end = part + (end - text);
		length -= end + 1 - part;
		text += end + 1 - part;
	}
	copy_printable(part, text, length);
	raw = xstrdup(part);
	/* Without a name, the last function inlined stands for the frame. */
	if (!parse_whole(frame, part) && frame->nr_lines)
		frame->lines[frame->nr_lines - 1].inlined = false;
	set_text(frame, raw);
	frame->blameless = is_blameless(frame);
}

void frame_release(struct frame *frame)
{
	free((char *)frame->text);
	free(frame->lines);
	if (frame->renamed)
		free((char *)frame->function);
	free(frame->pieces);
}
