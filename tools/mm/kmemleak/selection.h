/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A part of a report, for who looks for something.
 */
#ifndef KMEMLEAK_SELECTION_H
#define KMEMLEAK_SELECTION_H

#include <stddef.h>
#include <stdint.h>

#include "leaks.h"

/**
 * struct selection - which groups of leaks are shown
 * @module: those of one module, or of "vmlinux"; NULL is any
 * @min: those of as many bytes
 * @top: so many of these, most bytes first; 0 is all
 * @leaks: number of leaks in the groups that are not shown
 * @bytes: sum of their sizes
 * @groups: number of these groups
 */
struct selection {
	const char *module;
	uint64_t min;
	uint64_t top;
	uint64_t leaks;
	uint64_t bytes;
	size_t groups;
};

/**
 * leaks_select() - remove what is not selected from a report, and count it
 * @leaks: sorted
 * @selection: the selection
 */
void leaks_select(struct leaks *leaks, struct selection *selection);

/**
 * stack_module() - whose code allocated
 * @stack: the stack
 *
 * Return: the module of the allocation site; "vmlinux" for the kernel itself, "unknown" if
 * the site has no name.
 */
const char *stack_module(const struct stack *stack);

/**
 * module_name() - make the name of a module what the kernel makes of it
 * @name: as somebody typed it, perhaps with dashes; is changed
 *
 * Return: @name.
 */
char *module_name(char *name);

#endif
