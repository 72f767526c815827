/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recognise the same bug on other hosts and in other builds of the kernel.
 */
#ifndef KMEMLEAK_FINGERPRINT_H
#define KMEMLEAK_FINGERPRINT_H

#include <inttypes.h>
#include <stdint.h>

#include "stacks.h"

/* A fingerprint for printf(). */
#define PRI_FINGERPRINT	"016" PRIx64

/**
 * stack_fingerprint() - the fingerprint of the bug behind leaks with a stack
 * @stack: the stack
 *
 * The fingerprint is a hash of the names of the allocation site, its module and its
 * next callers, see FINGERPRINT_FRAMES. Offsets, suffixes that compilers give to clones
 * of functions, and whatever called the driver or subsystem make no difference.
 *
 * Return: the hash. Without any name in the stack, that of its addresses.
 */
uint64_t stack_fingerprint(const struct stack *stack);

/**
 * function_source_name() - the name by which the source calls a function
 * @function: its name, see struct frame
 *
 * Return: the name without "_noprof", which only macros write; the caller frees it.
 */
char *function_source_name(const char *function);

#endif
