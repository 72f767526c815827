/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by the files of the leak zoo: the structure of a case,
 * and the functions by which a case records its objects.
 */
#ifndef _KMEMLEAK_ZOO_H
#define _KMEMLEAK_ZOO_H

#include <linux/types.h>

/**
 * struct zoo_case - one way to leak, or to look like a leak
 * @name: value of the module parameter
 * @what: description for the kernel log
 * @run: runs the case; -EOPNOTSUPP if this kernel or machine cannot
 * @end: frees held objects when the module is removed; may be %NULL
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
/* Not listed by case=list, see kmemleak-zoo-planted.c. */
extern const struct zoo_case zoo_planted[];

void zoo_leak(const void *object, size_t size);
void zoo_leak_percpu(const void __percpu *object, size_t size);
void zoo_keep(const void *object, size_t size);
void *zoo_object(unsigned int i);
void zoo_forget(void);
bool zoo_device_answers(void);
void zoo_wait_for_stop(void);

#endif
