// SPDX-License-Identifier: GPL-2.0
/*
 * Find the file with the debug information of a frame, and check that it belongs to
 * the frame's kernel. May call: binary.c, debuginfo.c, stacks.c, origin.c, root.c,
 * command.c.
 *
 * The build ids of the inspected kernel are known. Those of a saved report are not,
 * but its frames have the sizes of functions, which tell another kernel. It is an
 * error if a file that the user named does not fit. A file found in the usual places
 * is ignored in that case, and its frames are not decoded.
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/linkhash.h>

#include "binary.h"
#include "command.h"
#include "debuginfo.h"
#include "origin.h"
#include "root.h"
#include "symbols.h"

/**
 * struct missing - binaries that have frames but no debug information
 * @names: names, as far as there is room
 * @others: number of further ones
 */
struct missing {
	char names[128];
	unsigned long others;
};

struct symbols {
	struct symbol_files files;
	struct stacks *stacks;
	struct binary kernel;
	struct lh_table *modules;	/* name to struct binary */
	char *tree;
	struct missing missing;
};

/* ---- Files ---- */

/* The module of a file such as "kmemleak-demo.ko.xz"; NULL if it is not a module. */
static char *module_of_file(const char *file)
{
	const char *suffix = strstr(file, ".ko");
	char *name, *at;

	if (!suffix || suffix == file || (suffix[3] && suffix[3] != '.'))
		return NULL;
	name = xasprintf("%.*s", (int)(suffix - file), file);
	for (at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return name;
}

static void add_module(struct symbols *symbols, const char *file, const char *path)
{
	struct lh_entry *entry;
	struct binary *binary;
	char *name = module_of_file(file);

	if (!name)
		return;
	entry = lh_table_lookup_entry(symbols->modules, name);
	if (entry) {
		free(name);
		binary = lh_entry_v(entry);
	} else {
		binary = xcalloc(1, sizeof(*binary));
		binary->name = name;
		binary->named = symbols->files.modules;
		if (lh_table_insert(symbols->modules, name, binary))
			die("out of memory");
	}
	binary_add(binary, path);
}

static void find_modules(struct symbols *symbols, const char *directory)
{
	char *const paths[] = { (char *)directory, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	if (!tree)
		die("%s: %s", directory, strerror(errno));
	while ((entry = fts_read(tree))) {
		if (entry->fts_info == FTS_F)
			add_module(symbols, entry->fts_name, entry->fts_path);
		else if (entry->fts_level == 0 && entry->fts_errno && symbols->files.modules)
			die("%s: %s", directory, strerror(entry->fts_errno));
	}
	fts_close(tree);
}

static void find_installed_modules(struct symbols *symbols, const char *release)
{
	char *place = xasprintf("/lib/modules/%s", release), *path = root_resolve(place);

	if (path)
		find_modules(symbols, path);
	free(path);
	free(place);
}

static bool is_readable(const char *path)
{
	int fd = open_regular_file(path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Look where distributions and developers keep it. */
static void find_installed_vmlinux(struct symbols *symbols, const char *release)
{
	static const struct {
		const char *before;
		const char *after;
	} places[] = {
		{ "/usr/lib/debug/lib/modules/", "/vmlinux" },
		{ "/usr/lib/debug/boot/vmlinux-", "" },
		{ "/lib/modules/", "/build/vmlinux" },
	};
	char *place, *path;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		place = xasprintf("%s%s%s", places[i].before, release, places[i].after);
		path = root_resolve(place);
		free(place);
		if (path && is_readable(path))
			binary_add(&symbols->kernel, path);
		free(path);
	}
}

/* Find the source tree by init/main.c, to show file names relative to it. */
static void find_tree(struct symbols *symbols)
{
	static const char known[] = "init/main.c";
	struct frame frame = { .symbol = "start_kernel" };
	uint64_t address;
	size_t length;

	if (debuginfo_find(symbols->kernel.info, &frame, &address) != MATCH_FOUND)
		return;
	debuginfo_decode(symbols->kernel.info, &frame, address);
	if (!frame.nr_lines)
		return;
	length = strlen(frame.lines[0].file);
	if (length > strlen(known) &&
	    !strcmp(frame.lines[0].file + length - strlen(known), known))
		symbols->tree = xasprintf("%.*s", (int)(length - strlen(known)),
					  frame.lines[0].file);
	free(frame.lines);
	if (symbols->tree)
		debuginfo_set_tree(symbols->kernel.info, symbols->tree);
}

/* Choose a file once. */
static void open_binary(struct symbols *symbols, struct binary *binary)
{
	if (binary->tried)
		return;
	binary_choose(binary, symbols->files.of_saved, symbols->stacks);
	if (!binary->info)
		return;
	if (binary == &symbols->kernel)
		find_tree(symbols);
	else if (symbols->tree)
		debuginfo_set_tree(binary->info, symbols->tree);
}

static void module_free(struct lh_entry *entry)
{
	binary_close(lh_entry_v(entry));
	free(lh_entry_v(entry));
}

struct symbols *symbols_open(const struct symbol_files *files)
{
	struct symbols *symbols = xcalloc(1, sizeof(*symbols));
	char *release = kernel_release();

	symbols->files = *files;
	symbols->kernel.name = xstrdup("vmlinux");
	symbols->kernel.is_kernel = true;
	symbols->kernel.named = files->vmlinux;
	if (files->vmlinux)
		binary_add(&symbols->kernel, files->vmlinux);
	else if (release)
		find_installed_vmlinux(symbols, release);
	symbols->modules = lh_kchar_table_new(64, module_free);
	if (!symbols->modules)
		die("out of memory");
	if (files->modules)
		find_modules(symbols, files->modules);
	else if (release)
		find_installed_modules(symbols, release);
	free(release);
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	binary_close(&symbols->kernel);
	lh_table_free(symbols->modules);
	free(symbols->tree);
	free(symbols);
}

/* ---- Decoding ---- */

/* The binary that a frame is in; a module without a file has an entry, too. */
static struct binary *binary_of(struct symbols *symbols, const struct frame *frame)
{
	struct lh_entry *entry;
	struct binary *binary;

	if (!frame->module)
		return &symbols->kernel;
	entry = lh_table_lookup_entry(symbols->modules, frame->module);
	if (entry) {
		binary = lh_entry_v(entry);
	} else {
		binary = xcalloc(1, sizeof(*binary));
		binary->name = xstrdup(frame->module);
		if (lh_table_insert(symbols->modules, binary->name, binary))
			die("out of memory");
	}
	open_binary(symbols, binary);
	return binary;
}

static void decode(struct frame *frame, void *context)
{
	struct symbols *symbols = context;
	struct binary *binary;
	uint64_t address;

	if (!frame->symbol || frame->has_lines || !frame->has_offset)
		return;
	binary = binary_of(symbols, frame);
	binary->frames++;
	if (!binary->info)
		return;
	switch (debuginfo_find(binary->info, frame, &address)) {
	case MATCH_FOUND:
		binary->fitting++;
		debuginfo_decode(binary->info, frame, address);
		break;
	case MATCH_ABSENT:
	case MATCH_SIZE:
		/* Code that was unloaded or freed has no size, and proves nothing. */
		binary->foreign += frame->size != 0;
		break;
	case MATCH_AMBIGUOUS:
		break;
	}
}

/* Drop lines from a file of another kernel: a few frames fit by accident. */
static void forget(struct frame *frame, void *context)
{
	struct symbols *symbols = context;

	if (frame->nr_lines && !frame->has_lines && !binary_of(symbols, frame)->info) {
		free(frame->lines);
		frame->lines = NULL;
		frame->nr_lines = 0;
	}
}

/* Is the file of another kernel, by the sizes of functions? */
static bool is_foreign(const struct binary *binary)
{
	char id[BUILD_ID_TEXT];

	if (!binary->info || binary->proven || !binary->foreign ||
	    binary->foreign < binary->fitting)
		return false;
	debuginfo_build_id(binary->info, id);
	if (binary->named)
		die("%s (build id %s) is not of this report (id unknown): %lu of %lu frames differ",
		    binary->chosen, *id ? id : "unknown", binary->foreign,
		    binary->foreign + binary->fitting);
	return true;
}

static void add_missing(struct missing *missing, const struct binary *binary)
{
	size_t length = strlen(missing->names);

	if (!binary->frames || (binary->info && debuginfo_has_lines(binary->info)))
		return;
	if (missing->others || length + strlen(binary->name) + 3 > sizeof(missing->names)) {
		missing->others++;
		return;
	}
	sprintf(missing->names + length, "%s%s", length ? ", " : "", binary->name);
}

static void binary_check(struct binary *binary, struct missing *missing)
{
	if (is_foreign(binary)) {
		debuginfo_close(binary->info);
		binary->info = NULL;
	}
	add_missing(missing, binary);
}

void symbols_decode(struct symbols *symbols, struct stacks *stacks)
{
	struct lh_entry *entry;

	symbols->stacks = stacks;
	open_binary(symbols, &symbols->kernel);
	stacks_each_frame(stacks, decode, symbols);
	binary_check(&symbols->kernel, &symbols->missing);
	lh_foreach(symbols->modules, entry)
		binary_check(lh_entry_v(entry), &symbols->missing);
	stacks_each_frame(stacks, forget, symbols);
}

void symbols_note(const struct symbols *symbols)
{
	const struct missing *missing = &symbols->missing;
	char *others = missing->others ? xasprintf(" and %lu more", missing->others) : NULL;

	if (*missing->names)
		note("no debug information of %s%s: no lines of it (see --vmlinux, --modules)",
		     missing->names, others ?: "");
	free(others);
}
