// SPDX-License-Identifier: GPL-2.0
/*
 * Saved reports in any form. May call: leaks.c, reread.c, unpack.c, origin.c,
 * root.c, command.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "reread.h"
#include "root.h"
#include "saved.h"
#include "unpack.h"

static void load_file(struct leaks *leaks, struct origin *origin, const char *path)
{
	struct unpacked unpacked;
	char error[LEAKS_ERROR];
	bool good = true;

	if (!unpack_open(&unpacked, path))
		die("%s: %s", path, unpacked.why);
	if (ungetc(getc(unpacked.file), unpacked.file) != '{') {
		leaks_load_from(leaks, &unpacked, path);
		if (leaks->kernel && !leaks->several_kernels)
			origin->kernel = xstrdup(leaks->kernel);
	} else {
		good = reread(leaks, origin, unpacked.file, error, sizeof(error));
	}
	unpack_close(&unpacked);
	if (!good)
		die("%s: %s", path, unpacked.why ?: error);
}

static bool is_empty(FILE *file)
{
	return ungetc(getc(file), file) == EOF;
}

/* Open the report in the tree: all leaks, or the summary if these were not saved. */
static FILE *tree_open(const char **name)
{
	FILE *file = root_try(DETECTOR_FILE), *summary;

	*name = DETECTOR_FILE;
	if (file ? !is_empty(file) : errno != ENOENT)
		return file;
	summary = root_try(DETECTOR_FILE "_summary");
	if (!summary)
		return file;
	if (file)
		fclose(file);
	*name = DETECTOR_FILE "_summary";
	return summary;
}

static void load_tree(struct leaks *leaks, struct origin *origin, const char *dir)
{
	struct unpacked plain = {};
	const char *name;
	char *path;

	root_set(dir);
	origin_of_root(origin);
	plain.file = tree_open(&name);
	if (!plain.file)
		plain.file = detector_open("kmemleak");
	path = root_path(name);
	leaks_load_from(leaks, &plain, path);
	/* What a detector that is off did not look for may be there. */
	leaks->is_part |= detector_is_off();
	free(path);
	fclose(plain.file);
	root_set("/");
}

void saved_load(struct leaks *leaks, struct origin *origin, const char *path)
{
	struct stat status;

	if (strcmp(path, "-") && !stat(path, &status) && S_ISDIR(status.st_mode))
		load_tree(leaks, origin, path);
	else
		load_file(leaks, origin, path);
}
