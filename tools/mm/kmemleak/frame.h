/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames of a stack, and the texts that stand for them in reports.
 */
#ifndef KMEMLEAK_FRAME_H
#define KMEMLEAK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct source_line - a function and a line of source
 * @function: name of the function; "?" if it is unknown
 * @file: its source file, relative to the kernel tree if that is known
 * @line: line in the file; 0 if unknown
 * @inlined: the function was inlined into that of the next entry
 */
struct source_line {
	const char *function;
	const char *file;
	int line;
	bool inlined;
};

/**
 * struct frame - a return address in a report
 * @text: "function+0x12/0x34 [module]", printable ASCII
 * @symbol: the function as the linker knows it; NULL if the text has none, as for a
 *	bare address
 * @function: its name in the source, see function_plain()
 * @module: name of the module; NULL for the kernel itself
 * @offset: from the start of the function
 * @size: of the function; 0 if unknown
 * @blameless: it is a helper of its caller, or no code at all, and thus no site
 * @has_offset: the text has the offset
 * @has_lines: the report gave @lines
 * @renamed: the name in the source has memory of its own
 * @nr_lines: entries of @lines; 0 until symbols_decode() finds some
 * @lines: innermost first; all but the last are inlined
 * @pieces: memory of the other names
 */
struct frame {
	const char *text;
	const char *symbol;
	const char *function;
	const char *module;
	uint64_t offset;
	uint64_t size;
	bool blameless;
	bool has_offset;
	bool has_lines;
	bool renamed;
	unsigned int nr_lines;
	struct source_line *lines;
	char *pieces;
};

/* What a line of a report is. */
enum frame_form {
	FRAME_NONE,	/* no frame */
	FRAME_INLINED,	/* a function inlined into that of the next line */
	FRAME_WHOLE,
};

/**
 * frame_skip_address() - skip "[<c0091e90>] ", an address or what stands for it
 * @text: the text
 *
 * Return: what follows, or @text.
 */
const char *frame_skip_address(const char *text);

/**
 * frame_form() - find out whether a line of a report is a frame
 * @text: the line, without prefix, indent and address
 */
enum frame_form frame_form(const char *text);

/**
 * frame_is_sentence() - is "foo bar+0x1/0x2" a sentence with a frame in it?
 * @text: as for frame_form()
 *
 * Return: true unless the name has no blanks; names of C++ and Rust may have some.
 */
bool frame_is_sentence(const char *text);

/**
 * frame_parse() - parse the text of a frame
 * @frame: set, also if the text is no frame; to be freed with frame_release()
 * @text: the lines of inlined functions, and that of the frame
 * @length: bytes of @text
 */
void frame_parse(struct frame *frame, const char *text, size_t length);
void frame_release(struct frame *frame);

#endif
