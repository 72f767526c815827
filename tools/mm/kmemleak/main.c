// SPDX-License-Identifier: GPL-2.0
/*
 * kmemleak: from "memory is gone" to the line that leaks it. This file selects the
 * command; each command is a function in a file of its own and parses its own
 * options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "root.h"

/* Changes with what programs may rely on: options, and the forms of output. */
#define VERSION		"2"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
	{ "triage", cmd_triage, "where memory has gone, and what to do next" },
	{ "watch", cmd_watch, "caches, sites and leaks as they change" },
	{ "record", cmd_record, "keep samples of what memory is used for" },
	{ "trend", cmd_trend, "which recorded values grow, and whether they leak" },
	{ "export", cmd_export, "numbers for a monitoring system" },
	{ "save", cmd_save, "copy what this program reads, for another machine" },
	{ "scan", cmd_scan, "look for leaks now; the exit status is the verdict" },
	{ "report", cmd_report, "leaks by bytes, with the lines that allocated them" },
	{ "diff", cmd_diff, "what is new, gone or grown between two saved reports" },
	{ "merge", cmd_merge, "one row for each bug in the reports of many hosts" },
	{ "module", cmd_module, "what a module's code allocated and did not free" },
	{ "path", cmd_path, "what keeps an object alive" },
	{ "dump", cmd_dump, "what the detector knows of an object" },
	{ "clear", cmd_clear, "forget the leaks that are known" },
};

static void print_usage(FILE *to)
{
	size_t i;

	fputs("Usage: kmemleak [--root DIR] COMMAND [OPTION...]\n\n", to);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-9s%s\n", commands[i].name, commands[i].help);
	fputs("\n  --root DIR   read the /proc and /sys saved in DIR (or KMEMLEAK_ROOT=DIR)\n"
	      "  --version    print the version\n"
	      "\n\"kmemleak COMMAND --help\" lists the options of a command. The exit status is\n"
	      "2 for wrong input or usage.\n", to);
}

/* Parse the options before the command; return the command's index in @argv. */
static int global_options(int argc, char **argv)
{
	const char *root = getenv("KMEMLEAK_ROOT");
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--root") && i + 1 < argc) {
			root = argv[++i];
		} else if (!strncmp(argv[i], "--root=", 7)) {
			root = argv[i] + 7;
		} else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-?")) {
			print_usage(stdout);
			exit(STATUS_OK);
		} else if (!strcmp(argv[i], "--version") || !strcmp(argv[i], "-V")) {
			puts("kmemleak " VERSION);
			exit(STATUS_OK);
		} else {
			die("%s: no such option; see kmemleak --help", argv[i]);
		}
	}
	/* A variable that is not set must not stand for the running machine. */
	if (root && !*root)
		die("the directory of the saved machine has no name; \"/\" is this machine");
	if (root)
		root_set(root);
	return i;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	die("%s: no such command; see kmemleak --help", name);
}

/* "help", and "help COMMAND" as "COMMAND --help" */
static int show_help(int argc, char **argv)
{
	if (argc > 2)
		die("help takes one command");
	if (argc == 2)
		return find_command(argv[1])->run(2, (char *[]){
			argv[1], (char []){ "--help" }, NULL,
		});
	print_usage(stdout);
	return STATUS_OK;
}

int main(int argc, char **argv)
{
	int first = global_options(argc, argv);

	if (first == argc) {
		print_usage(stderr);
		return STATUS_ERROR;
	}
	argc -= first;
	argv += first;
	if (!strcmp(*argv, "help"))
		return show_help(argc, argv);
	return find_command(*argv)->run(argc, argv);
}
