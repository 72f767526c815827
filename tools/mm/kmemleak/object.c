// SPDX-License-Identifier: GPL-2.0
/*
 * "path": what keeps an object alive. "dump": what the detector knows about an object.
 * Both ask the detector and decode its answer, in a file or in the kernel log.
 * May call: report.c, symbols.c, stacks.c, take.c, root.c, command.c.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"
#include "root.h"
#include "take.h"

#define LINE_BYTES	1024
/* Longest record of the kernel log, with its device properties. */
#define RECORD_BYTES	8192
/* Prefix of the detector's lines in the log. */
#define LOG_PREFIX	"kmemleak: "
#define ALLOCATED	"allocated by "

struct arguments {
	struct symbol_files files;
	uint64_t address;
	bool has_address;
};

/**
 * struct answer - lines of the detector, with their frames
 * @stacks: the set that the frames belong to
 * @nr: number of lines
 * @line: the lines
 * @frame: the frame in each line, or NULL
 */
struct answer {
	struct stacks *stacks;
	size_t nr;
	char **line;
	struct frame **frame;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	const char *at = arg;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->files;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->has_address)
			argp_error(state, "one address at a time");
		take(&at, "0x");
		if (!take_number(&at, 16, &arguments->address) || *at)
			die("%s: no address; give it in hexadecimal, as a report has it", arg);
		arguments->has_address = true;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->has_address)
			argp_error(state, "the address of an object is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Write a command about an address to the control file. */
static void ask(const char *what, uint64_t address)
{
	char *command = xasprintf("%s=0x%" PRIx64, what, address);
	char *invalid = xasprintf("0x%" PRIx64 ": the detector knows no object there", address);

	detector_write(command, invalid);
	free(command);
	free(invalid);
}

static void add_line(struct answer *answer, const char *text)
{
	answer->line = xrealloc(answer->line, answer->nr + 1, sizeof(*answer->line));
	answer->frame = xrealloc(answer->frame, answer->nr + 1, sizeof(*answer->frame));
	answer->line[answer->nr] = dup_printable(text, strlen(text));
	answer->frame[answer->nr++] = NULL;
}

static void decode(struct answer *answer, const struct symbol_files *files)
{
	struct symbols *symbols = symbols_open(files);
	const struct source_line *line;
	size_t i;

	symbols_decode(symbols, answer->stacks);
	symbols_note(symbols);
	for (i = 0; i < answer->nr; i++) {
		line = answer->frame[i] ? frame_site_line(answer->frame[i]) : NULL;
		if (line)
			printf("%s  %s:%d\n", answer->line[i], line->file, line->line);
		else
			puts(answer->line[i]);
	}
	symbols_close(symbols);
}

static void answer_free(struct answer *answer)
{
	size_t i;

	for (i = 0; i < answer->nr; i++)
		free(answer->line[i]);
	free(answer->line);
	free(answer->frame);
	stacks_free(answer->stacks);
}

/* ---- path ---- */

/* "... (size 256, allocated by session_add+0x25)" */
static struct frame *frame_in(struct stacks *stacks, const char *line)
{
	const char *at = strstr(line, ALLOCATED), *end;

	if (!at)
		return NULL;
	at += strlen(ALLOCATED);
	end = strchr(at, ')');
	return end ? stacks_frame(stacks, at, end - at) : NULL;
}

static const struct argp path_argp = {
	NULL, parse, "ADDRESS",
	"Shows the chain of pointers that keeps an object alive, from a root to it.",
	symbol_children,
	NULL, NULL,
};

int cmd_path(int argc, char **argv)
{
	struct answer answer = { .stacks = stacks_new() };
	struct arguments arguments = {};
	char line[LINE_BYTES];
	FILE *file;

	parse_options(&path_argp, argc, argv, &arguments);
	detector_need_live();
	/* Open it before asking: the kernel's own detector has no such file. */
	fclose(detector_open("kmemleak_path"));
	ask("path", arguments.address);
	file = detector_open("kmemleak_path");
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		add_line(&answer, line);
		answer.frame[answer.nr - 1] = frame_in(answer.stacks, line);
	}
	fclose(file);
	decode(&answer, &arguments.files);
	answer_free(&answer);
	close_output();
	return STATUS_OK;
}

/* ---- dump ---- */

/* Return: the text of the next record of the log, NULL if there is none. */
static const char *next_record(int log, char record[RECORD_BYTES])
{
	ssize_t length;
	char *text;

	do {
		length = read(log, record, RECORD_BYTES - 1);
		/* EPIPE: records were overwritten before they could be read. */
	} while (length < 0 && errno == EPIPE);
	if (length <= 0)
		return NULL;
	record[length] = '\0';
	text = strchr(record, ';');
	if (!text)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text + 1;
}

/* Collect the detector's lines, from the one that names the object on. */
static void read_log(struct answer *answer, int log)
{
	char record[RECORD_BYTES];
	const char *text;

	while ((text = next_record(log, record))) {
		if (!take(&text, LOG_PREFIX) ||
		    (!answer->nr && strncasecmp(text, "object 0x", 9)))
			continue;
		add_line(answer, text);
		text += strspn(text, " ");
		if (strstr(text, "+0x"))
			answer->frame[answer->nr - 1] = stacks_frame(answer->stacks, text,
								     strlen(text));
	}
}

static const struct argp dump_argp = {
	NULL, parse, "ADDRESS",
	"Shows what the detector knows of the object at an address, leaked or not.",
	symbol_children,
	NULL, NULL,
};

int cmd_dump(int argc, char **argv)
{
	struct answer answer = { .stacks = stacks_new() };
	struct arguments arguments = {};
	static const char path[] = "/dev/kmsg";
	int log;

	parse_options(&dump_argp, argc, argv, &arguments);
	detector_need_live();
	/* Check for the detector first: this gives better errors than the log can. */
	fclose(detector_open("kmemleak"));
	log = root_open_fd(path, O_RDONLY | O_NONBLOCK);
	if (log < 0)
		die("%s: %s%s", path, strerror(errno),
		    errno == EPERM || errno == EACCES ? "; run as root" : "");
	lseek(log, 0, SEEK_END);
	ask("dump", arguments.address);
	read_log(&answer, log);
	close(log);
	if (!answer.nr)
		die("0x%" PRIx64 ": the kernel log has no answer of the detector",
		    arguments.address);
	decode(&answer, &arguments.files);
	answer_free(&answer);
	close_output();
	return STATUS_OK;
}
