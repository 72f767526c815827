// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the count of objects by allocation site. May call: stacks.c, take.c,
 * root.c, command.c. The text is untrusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "root.h"
#include "sites.h"
#include "take.h"

/* A line has a name or SITES_SCANS numbers. */
#define LINE_BYTES	1024

/* "8 scans, 412 sites, 1 growing, 93 objects, 11904 bytes elsewhere" */
static bool read_totals(struct sites *sites, const char *at)
{
	uint64_t scans, nr, growing;

	if (!take_number(&at, 10, &scans) || !take_noun(&at, "scan") || !take(&at, ", ") ||
	    !take_number(&at, 10, &nr) || !take_noun(&at, "site") || !take(&at, ", ") ||
	    !take_number(&at, 10, &growing) || !take(&at, " growing, ") ||
	    !take_number(&at, 10, &sites->elsewhere_objects) || !take_noun(&at, "object") ||
	    !take(&at, ", ") || !take_number(&at, 10, &sites->elsewhere_bytes) ||
	    !take_noun(&at, "byte") || !take(&at, " elsewhere"))
		return false;
	sites->scans = scans;
	return scans <= SITES_SCANS;
}

/* "seconds ago 7.060 6.050" */
static bool read_ago(struct sites *sites, const char *at)
{
	unsigned int i;
	char *end;

	if (!take(&at, "seconds ago"))
		return false;
	for (i = 0; i < sites->scans; i++) {
		sites->ago[i] = strtod(at, &end);
		if (end == at)
			return false;
		at = end;
	}
	return !*at;
}

/* "9 objects, 2304 bytes, growing: session_add+0x25/0x50 [demo]" */
static bool read_site(struct sites *sites, const char *at)
{
	uint64_t objects, bytes;
	struct site *site;
	bool growing;

	if (!take_number(&at, 10, &objects) || !take_noun(&at, "object") || !take(&at, ", ") ||
	    !take_number(&at, 10, &bytes) || !take_noun(&at, "byte"))
		return false;
	growing = take(&at, ", growing");
	if (!take(&at, ": ") || !*at)
		return false;
	if (!(sites->nr & (sites->nr - 1)))
		sites->site = xrealloc(sites->site, sites->nr ? 2 * sites->nr : 1,
				       sizeof(*site));
	site = &sites->site[sites->nr++];
	*site = (struct site) {
		.frame = stacks_frame(sites->stacks, at, strlen(at)),
		.growing = growing,
	};
	return true;
}

/* "  objects 0 3 4 5" */
static bool read_counts(const struct sites *sites, const char *at, const char *what,
			uint64_t *values)
{
	unsigned int i;

	if (!take(&at, what))
		return false;
	for (i = 0; i < sites->scans; i++)
		if (!take(&at, " ") || !take_number(&at, 10, &values[i]))
			return false;
	return !*at;
}

/* Two lines for all sites, then three lines for each site. */
static bool read_line(struct sites *sites, unsigned long nr, const char *line)
{
	struct site *site = sites->nr ? &sites->site[sites->nr - 1] : NULL;

	if (nr == 1)
		return read_totals(sites, line);
	if (nr == 2)
		return read_ago(sites, line);
	switch (nr % 3) {
	case 0:
		return read_site(sites, line);
	case 1:
		return read_counts(sites, line, "  objects", site->objects);
	default:
		return read_counts(sites, line, "  bytes", site->bytes);
	}
}

bool sites_read(struct sites *sites, FILE *file, char *error, size_t size)
{
	char line[LINE_BYTES], *end;
	unsigned long nr = 0;

	while (fgets(line, sizeof(line), file)) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (!end || !read_line(sites, ++nr, line)) {
			snprintf(error, size, "line %lu: this is no line of a count of sites",
				 nr + !end);
			return false;
		}
	}
	if (ferror(file)) {
		snprintf(error, size, "%s", strerror(errno));
		return false;
	}
	if (nr < 2 || nr % 3 != 2) {
		snprintf(error, size, "the count of sites is cut off; save it again");
		return false;
	}
	return true;
}

void sites_load(struct sites *sites, const char *path)
{
	FILE *file = path ? fopen(path, "re") : detector_open("kmemleak_sites");
	char error[128];

	if (!file)
		die("%s: %s", path, strerror(errno));
	if (!sites_read(sites, file, error, sizeof(error)))
		die("%s: %s", path ?: DETECTOR_FILE "_sites", error);
	fclose(file);
}

void sites_free(struct sites *sites)
{
	free(sites->site);
	sites->site = NULL;
	sites->nr = 0;
}
