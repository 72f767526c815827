// SPDX-License-Identifier: GPL-2.0
/*
 * Debug information that is in a file of its own. May call: root.c, command.c, elfutils,
 * zlib.
 *
 * Invariants: of a saved machine, names in its files are names in its tree.
 */
#include <dwarf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <elfutils/libdwelf.h>

#include "command.h"
#include "debuglink.h"
#include "root.h"

/* Where distributions keep debug information. */
#define DEBUG_DIR	"/usr/lib/debug"

/* Is it the file that the link is made for? */
static bool has_crc(int fd, GElf_Word crc)
{
	unsigned char block[1 << 16];
	uLong sum = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t nr;

	while ((nr = pread(fd, block, sizeof(block), at)) > 0) {
		sum = crc32(sum, block, nr);
		at += nr;
	}
	return !nr && sum == crc;
}

/* Has it the build id of the module? */
static bool has_id(int fd, const unsigned char *id, int length)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	const void *found;
	bool has = elf && dwelf_elf_gnu_build_id(elf, &found) == length &&
		   !memcmp(found, id, length);

	elf_end(elf);
	return has;
}

static bool fits(Dwfl_Module *module, int fd, GElf_Word crc)
{
	const unsigned char *id;
	GElf_Addr where;
	int length = dwfl_module_build_id(module, &id, &where);

	return length > 0 ? has_id(fd, id, length) : has_crc(fd, crc);
}

/* Return: a descriptor if the file of the tree is there and fits; frees the path. */
static int try_path(Dwfl_Module *module, char *path, GElf_Word crc, char **found)
{
	int fd = root_open_fd(path, O_RDONLY);

	if (fd >= 0 && !fits(module, fd, crc)) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		*found = xstrdup(path);
	free(path);
	return fd;
}

static char *path_of_id(Dwfl_Module *module)
{
	const unsigned char *id;
	GElf_Addr where;
	int i, length = dwfl_module_build_id(module, &id, &where);
	char *path, *to;

	if (length < 2)
		return NULL;
	path = xcalloc(sizeof(DEBUG_DIR "/.build-id/.debug") + 2 * length + 1, 1);
	to = path + sprintf(path, DEBUG_DIR "/.build-id/%02x/", id[0]);
	for (i = 1; i < length; i++)
		to += sprintf(to, "%02x", id[i]);
	stpcpy(to, ".debug");
	return path;
}

/*
 * Return: the directory of a file within the tree, without a slash at its end. NULL for a
 * file outside, which the user has named.
 */
static char *directory_in_tree(const char *file)
{
	char *tree = root_resolve("/"), *place = realpath(file, NULL), *directory = NULL;
	size_t length = tree ? strlen(tree) : 0;

	if (tree && place && !strncmp(place, tree, length) && place[length] == '/')
		directory = xasprintf("%.*s", (int)(strrchr(place, '/') - place - length),
				      place + length);
	free(place);
	free(tree);
	return directory;
}

static int find_in_tree(Dwfl_Module *module, const char *directory, const char *link,
			GElf_Word crc, char **found)
{
	char *path = path_of_id(module);
	int fd = path ? try_path(module, path, crc, found) : -1;

	if (fd >= 0 || !link)
		return fd;
	fd = try_path(module, xasprintf("%s/%s", directory, link), crc, found);
	if (fd < 0)
		fd = try_path(module, xasprintf("%s/.debug/%s", directory, link), crc, found);
	if (fd < 0)
		fd = try_path(module, xasprintf(DEBUG_DIR "%s/%s", directory, link), crc, found);
	return fd;
}

int debuglink_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		   const char *file, const char *link, GElf_Word crc, char **found)
{
	char *directory;
	int fd;

	if (root_is_live())
		return dwfl_standard_find_debuginfo(module, userdata, name, base, file, link,
						    crc, found);
	/* objcopy makes links of a name alone; another one is not followed. */
	if (link && strchr(link, '/'))
		return -1;
	directory = file ? directory_in_tree(file) : NULL;
	if (directory)
		fd = find_in_tree(module, directory, link, crc, found);
	else
		fd = dwfl_standard_find_debuginfo(module, userdata, name, base, file, link, crc,
						  found);
	free(directory);
	return fd;
}

/* A part of a unit's debug information may be in a file that the compiler named. */
static bool names_a_file(Dwarf *dwarf)
{
	Dwarf_Off offset = 0, next;
	Dwarf_Die unit;
	size_t header;

	while (!dwarf_nextcu(dwarf, offset, &next, &header, NULL, NULL, NULL)) {
		if (dwarf_offdie(dwarf, offset + header, &unit) &&
		    (dwarf_hasattr(&unit, DW_AT_dwo_name) ||
		     dwarf_hasattr(&unit, DW_AT_GNU_dwo_name)))
			return true;
		offset = next;
	}
	return false;
}

bool debuglink_is_whole(Dwarf *dwarf)
{
	const char *name;
	const void *id;

	return root_is_live() ||
	       (dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id) <= 0 && !names_a_file(dwarf));
}
