// SPDX-License-Identifier: GPL-2.0
/*
 * A part of a report. May call: stacks.c, leaks.c.
 */
#include <string.h>

#include "selection.h"

const char *stack_module(const struct stack *stack)
{
	const struct frame *site = stack_site(stack);

	if (!site || !site->function)
		return "unknown";
	return site->module ?: "vmlinux";
}

char *module_name(char *name)
{
	char *at;

	for (at = name; *at; at++)
		*at = *at == '-' ? '_' : *at;
	return name;
}

static bool is_selected(const struct selection *selection, const struct leak_group *group)
{
	return group->bytes >= selection->min &&
	       (!selection->module || !strcmp(stack_module(group->stack), selection->module));
}

void leaks_select(struct leaks *leaks, struct selection *selection)
{
	size_t i, kept = 0;

	for (i = 0; i < leaks->nr; i++) {
		struct leak_group *group = leaks->group[i];

		if ((!selection->top || kept < selection->top) &&
		    is_selected(selection, group)) {
			leaks->group[kept++] = group;
			continue;
		}
		selection->groups++;
		selection->leaks += group->objects;
		selection->bytes += group->bytes;
		leaks_drop(leaks, group);
	}
	leaks->nr = kept;
}
