/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the leak zoo share: the shape of a case, and how a case
 * says what it did.
 */
#ifndef _KMEMLEAK_ZOO_H
#define _KMEMLEAK_ZOO_H

#include <linux/types.h>

/**
 * struct zoo_case - one way to leak, or to look like it
 * @name: for the module's parameter
 * @what: for the kernel log
 * @run: does it. -EOPNOTSUPP where this kernel or machine cannot
 * @end: gives back what is no leak, when the module goes; may be %NULL
 */
struct zoo_case {
	const char *name;
	const char *what;
	int (*run)(void);
	void (*end)(void);
};

/* Each ends with an entry that has no name. */
extern const struct zoo_case zoo_leaks[];
extern const struct zoo_case zoo_stale[];
extern const struct zoo_case zoo_held[];
extern const struct zoo_case zoo_tasks[];
/* Not among those that are named: see there. */
extern const struct zoo_case zoo_planted[];

void zoo_leak(const void *object, size_t size);
void zoo_leak_percpu(const void __percpu *object, size_t size);
void zoo_keep(const void *object, size_t size);
void *zoo_object(unsigned int i);
void zoo_forget(void);
bool zoo_device_answers(void);
void zoo_wait_for_stop(void);

#endif
