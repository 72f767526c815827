// SPDX-License-Identifier: GPL-2.0
/*
 * The debug information of one ELF file. May call: debuglink.c, unpack.c, command.c,
 * elfutils, json-c's hash table.
 *
 * Look up functions by name, as addresses in a report mean nothing in the file.
 * Among functions of the same name the size decides. elfutils lays out modules and
 * relocates their debug information.
 *
 * List the functions of a compilation unit once, at its first use: it has thousands
 * of other entries.
 */
#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <json-c/linkhash.h>

#include "command.h"
#include "debuginfo.h"
#include "debuglink.h"
#include "unpack.h"

/* Limit of nested inlining; no function reaches it. */
#define INLINE_MAX	64

/*
 * For the kernel a function ends where the next one begins, for the linker at its
 * last byte. The sizes differ by no more than this, except for the last function of
 * a section.
 */
#define SIZE_SLACK	64

/**
 * struct symbol - one of the functions of a name
 * @address: where it is
 * @size: according to the linker; 0 for code written in assembly
 * @last: no function follows in its section
 * @next: next symbol of the same name
 */
struct symbol {
	uint64_t address;
	uint64_t size;
	bool last;
	struct symbol *next;
};

/* A symbol while the symbol table is read. */
struct position {
	GElf_Word section;
	struct symbol *symbol;
};

/**
 * struct unit - a compilation unit
 * @nr: functions that have code in it
 * @function: their entries
 */
struct unit {
	size_t nr;
	Dwarf_Die *function;
};

struct debuginfo {
	Dwfl *dwfl;
	Dwfl_Module *module;
	struct lh_table *symbols;	/* name to the first struct symbol */
	struct lh_table *units;		/* address of a unit's entry to struct unit */
	struct lh_table *files;		/* name of a file to the name to show */
	char *tree;
	bool looked;			/* has_lines is known */
	bool has_lines;
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = debuglink_find,
	.section_address = dwfl_offline_section_address,
};

static void symbol_free(struct lh_entry *entry)
{
	struct symbol *symbol = lh_entry_v(entry), *next;

	for (; symbol; symbol = next) {
		next = symbol->next;
		free(symbol);
	}
}

static void unit_free(struct lh_entry *entry)
{
	struct unit *unit = lh_entry_v(entry);

	free(unit->function);
	free(unit);
}

static void file_free(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
	free(lh_entry_v(entry));
}

static struct symbol *add_symbol(struct debuginfo *info, const char *name,
				 uint64_t address, uint64_t size)
{
	struct symbol *symbol = xcalloc(1, sizeof(*symbol));
	struct lh_entry *entry;

	symbol->address = address;
	symbol->size = size;
	entry = lh_table_lookup_entry(info->symbols, name);
	if (entry) {
		symbol->next = lh_entry_v(entry);
		lh_entry_set_val(entry, symbol);
	} else if (lh_table_insert(info->symbols, name, symbol)) {
		die("out of memory");
	}
	return symbol;
}

static int position_compare(const void *left, const void *right)
{
	const struct position *a = left, *b = right;

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	if (a->symbol->address != b->symbol->address)
		return a->symbol->address < b->symbol->address ? -1 : 1;
	return 0;
}

static void find_last(struct position *position, size_t nr)
{
	size_t i;

	if (!nr)
		return;
	qsort(position, nr, sizeof(*position), position_compare);
	for (i = nr; i--;)
		position[i].symbol->last = i + 1 == nr ||
			position[i].section != position[i + 1].section ||
			(position[i + 1].symbol->last &&
			 position[i].symbol->address == position[i + 1].symbol->address);
}

/* Code written in assembly may have no type. */
static void read_symbols(struct debuginfo *info)
{
	int i, type, all = dwfl_module_getsymtab(info->module);
	struct position *position = xcalloc(all > 0 ? all : 1, sizeof(*position));
	const char *name;
	GElf_Addr address;
	GElf_Sym symbol;
	GElf_Word section;
	size_t nr = 0;

	for (i = 1; i < all; i++) {
		name = dwfl_module_getsym_info(info->module, i, &symbol, &address,
					       &section, NULL, NULL);
		type = GELF_ST_TYPE(symbol.st_info);
		if (!name || !*name || section == SHN_UNDEF ||
		    (type != STT_FUNC && type != STT_NOTYPE))
			continue;
		position[nr].section = section;
		position[nr++].symbol = add_symbol(info, name, address, symbol.st_size);
	}
	find_last(position, nr);
	free(position);
}

struct debuginfo *debuginfo_open(const char *path, const char **why)
{
	struct debuginfo *info = xcalloc(1, sizeof(*info));
	int fd;

	info->dwfl = dwfl_begin(&callbacks);
	if (!info->dwfl)
		die("elfutils: %s", dwfl_errmsg(-1));
	fd = unpack_whole(path, why);
	if (fd >= 0)
		info->module = dwfl_report_offline(info->dwfl, path, path, fd);
	dwfl_report_end(info->dwfl, NULL, NULL);
	if (!info->module) {
		if (fd >= 0) {
			*why = dwfl_errmsg(-1);
			close(fd);
		}
		dwfl_end(info->dwfl);
		free(info);
		return NULL;
	}
	info->symbols = lh_kchar_table_new(1024, symbol_free);
	info->units = lh_kptr_table_new(64, unit_free);
	info->files = lh_kchar_table_new(64, file_free);
	if (!info->symbols || !info->units || !info->files)
		die("out of memory");
	read_symbols(info);
	return info;
}

void debuginfo_close(struct debuginfo *info)
{
	lh_table_free(info->symbols);
	lh_table_free(info->units);
	lh_table_free(info->files);
	dwfl_end(info->dwfl);
	free(info->tree);
	free(info);
}

void debuginfo_build_id(struct debuginfo *info, char text[BUILD_ID_TEXT])
{
	const unsigned char *id;
	GElf_Addr where;
	int i, length = dwfl_module_build_id(info->module, &id, &where);

	*text = '\0';
	for (i = 0; i < length && i < BUILD_ID_TEXT / 2; i++)
		sprintf(text + 2 * i, "%02x", id[i]);
}

bool debuginfo_has_lines(struct debuginfo *info)
{
	Dwarf_Addr bias;
	Dwarf *dwarf;

	if (!info->looked) {
		dwarf = dwfl_module_getdwarf(info->module, &bias);
		info->has_lines = dwarf && debuglink_is_whole(dwarf);
		info->looked = true;
	}
	return info->has_lines;
}

void debuginfo_set_tree(struct debuginfo *info, const char *tree)
{
	free(info->tree);
	info->tree = xstrdup(tree);
	/* Names in there still begin with the tree. */
	lh_table_free(info->files);
	info->files = lh_kchar_table_new(64, file_free);
	if (!info->files)
		die("out of memory");
}

/* Can a symbol be the function that has this size for the kernel? */
static bool size_fits(const struct symbol *symbol, uint64_t size)
{
	return !size || !symbol->size ||
	       (symbol->size <= size && (symbol->last || size - symbol->size <= SIZE_SLACK));
}

enum debuginfo_match debuginfo_find(struct debuginfo *info, const struct frame *frame,
				    uint64_t *address)
{
	const struct symbol *symbol, *best = NULL;
	bool ambiguous = false;
	struct lh_entry *entry = lh_table_lookup_entry(info->symbols, frame->symbol);

	if (!entry)
		return MATCH_ABSENT;
	for (symbol = lh_entry_v(entry); symbol; symbol = symbol->next) {
		if (!size_fits(symbol, frame->size))
			continue;
		/* Symbols at the same address are aliases. */
		if (best && best->address != symbol->address)
			ambiguous = best->size == symbol->size;
		if (!best || symbol->size > best->size)
			best = symbol;
	}
	if (!best)
		return MATCH_SIZE;
	if (ambiguous)
		return MATCH_AMBIGUOUS;
	*address = best->address + frame->offset;
	return MATCH_FOUND;
}

/* ---- Lines ---- */

/* Remove "./" and "directory/../" from a path. */
static void simplify(char *path)
{
	char *from = path, *to = path, *up;

	while (*from) {
		if (!strncmp(from, "./", 2)) {
			from += 2;
			continue;
		}
		up = to;
		if (!strncmp(from, "../", 3) && to - path > 1) {
			for (up = to - 1; up > path && up[-1] != '/'; up--)
				;
			/* "../" has no name to remove. */
			if (strncmp(up, "../", 3)) {
				to = up;
				from += 3;
				continue;
			}
		}
		while (*from && *from != '/')
			*to++ = *from++;
		while (*from == '/' && from[1] == '/')
			from++;
		if (*from)
			*to++ = *from++;
	}
	*to = '\0';
}

/* Names of files in the source tree are relative to it. */
static const char *show_file(struct debuginfo *info, Dwarf_Die *cu, const char *file)
{
	struct lh_entry *entry = lh_table_lookup_entry(info->files, file);
	const char *directory;
	Dwarf_Attribute attr;
	char *shown, *start;

	if (entry)
		return lh_entry_v(entry);
	directory = dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attr));
	shown = *file == '/' || !directory ? xstrdup(file) :
					     xasprintf("%s/%s", directory, file);
	simplify(shown);
	start = shown;
	if (info->tree && !strncmp(shown, info->tree, strlen(info->tree)))
		start += strlen(info->tree);
	else if (directory && !strncmp(shown, directory, strlen(directory)) &&
		 shown[strlen(directory)] == '/')
		start += strlen(directory) + 1;
	memmove(shown, start, strlen(start) + 1);
	make_printable(shown);
	if (lh_table_insert(info->files, xstrdup(file), shown))
		die("out of memory");
	return shown;
}

static void list_functions(struct unit *unit, Dwarf_Die *cu)
{
	Dwarf_Die die;
	int more;

	for (more = dwarf_child(cu, &die); !more; more = dwarf_siblingof(&die, &die)) {
		if (dwarf_tag(&die) != DW_TAG_subprogram ||
		    !(dwarf_hasattr(&die, DW_AT_low_pc) || dwarf_hasattr(&die, DW_AT_ranges)))
			continue;
		if (!(unit->nr & (unit->nr - 1)))
			unit->function = xrealloc(unit->function,
						  unit->nr ? 2 * unit->nr : 1, sizeof(die));
		unit->function[unit->nr++] = die;
	}
}

static const struct unit *unit_of(struct debuginfo *info, Dwarf_Die *cu)
{
	struct lh_entry *entry = lh_table_lookup_entry(info->units, cu->addr);
	struct unit *unit;

	if (entry)
		return lh_entry_v(entry);
	unit = xcalloc(1, sizeof(*unit));
	list_functions(unit, cu);
	if (lh_table_insert(info->units, cu->addr, unit))
		die("out of memory");
	return unit;
}

/* Find the inlined function at @pc in an entry, or in the blocks of it. */
static bool inlined_at(Dwarf_Die *parent, Dwarf_Addr pc, Dwarf_Die *found)
{
	Dwarf_Die die;
	int more, tag;

	for (more = dwarf_child(parent, &die); !more; more = dwarf_siblingof(&die, &die)) {
		tag = dwarf_tag(&die);
		if ((tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) ||
		    dwarf_haspc(&die, pc) <= 0)
			continue;
		if (tag == DW_TAG_lexical_block)
			return inlined_at(&die, pc, found);
		*found = die;
		return true;
	}
	return false;
}

/* Fill @chain with the function at @pc and those inlined there; return the number. */
static unsigned int inline_chain(const struct unit *unit, Dwarf_Addr pc,
				 Dwarf_Die chain[INLINE_MAX])
{
	unsigned int nr;
	size_t i;

	for (i = 0; i < unit->nr; i++)
		if (dwarf_haspc(&unit->function[i], pc) > 0)
			break;
	if (i == unit->nr)
		return 0;
	chain[0] = unit->function[i];
	for (nr = 1; nr < INLINE_MAX && inlined_at(&chain[nr - 1], pc, &chain[nr]); nr++)
		;
	return nr;
}

static int number_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;

	return dwarf_formudata(dwarf_attr(die, name, &attr), &value) ? 0 : (int)value;
}

/* Set the line that calls an inlined function. */
static void call_line(struct debuginfo *info, Dwarf_Die *cu, Dwarf_Die *die,
		      struct source_line *line)
{
	Dwarf_Files *files;
	const char *file = NULL;
	size_t nr;

	if (!dwarf_getsrcfiles(cu, &files, &nr))
		file = dwarf_filesrc(files, number_of(die, DW_AT_call_file), NULL, NULL);
	line->file = file ? show_file(info, cu, file) : "?";
	line->line = file ? number_of(die, DW_AT_call_line) : 0;
}

static bool code_line(struct debuginfo *info, Dwarf_Die *cu, Dwarf_Addr pc,
		      struct source_line *line)
{
	Dwarf_Line *source = dwarf_getsrc_die(cu, pc);
	const char *file = source ? dwarf_linesrc(source, NULL, NULL) : NULL;

	if (!file || dwarf_lineno(source, &line->line))
		return false;
	line->file = show_file(info, cu, file);
	return true;
}

/* Not all compilers write an index of addresses. */
static Dwarf_Die *find_unit(struct debuginfo *info, uint64_t address, Dwarf_Addr *bias)
{
	Dwarf_Die *cu = dwfl_module_addrdie(info->module, address, bias);

	if (cu)
		return cu;
	while ((cu = dwfl_module_nextcu(info->module, cu, bias)))
		if (dwarf_haspc(cu, address - *bias) > 0)
			break;
	return cu;
}

static const char *function_name(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name && is_printable(name) ? name : "?";
}

void debuginfo_decode(struct debuginfo *info, struct frame *frame, uint64_t address)
{
	Dwarf_Die *cu, chain[INLINE_MAX];
	struct source_line *line;
	Dwarf_Addr bias, pc;
	unsigned int i, nr;

	/* A return address: the call is before it. */
	address -= frame->offset ? 1 : 0;
	if (!debuginfo_has_lines(info))
		return;
	cu = find_unit(info, address, &bias);
	if (!cu)
		return;
	pc = address - bias;
	nr = inline_chain(unit_of(info, cu), pc, chain);
	if (!nr)
		return;
	line = xcalloc(nr, sizeof(*line));
	if (!code_line(info, cu, pc, &line[0])) {
		free(line);
		return;
	}
	for (i = 0; i < nr; i++) {
		line[i].function = function_name(&chain[nr - 1 - i]);
		line[i].inlined = i + 1 < nr;
		if (i)
			call_line(info, cu, &chain[nr - i], &line[i]);
	}
	frame->lines = line;
	frame->nr_lines = nr;
}
