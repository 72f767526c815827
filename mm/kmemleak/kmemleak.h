/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of the leak detector, which every file may read. Documentation/dev-tools/
 * kmemleak-design.rst lists the files and says which may call which.
 */
#ifndef _MM_KMEMLEAK_H
#define _MM_KMEMLEAK_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

/**
 * enum kmemleak_state - the stages of the detector's life
 * @KMEMLEAK_EARLY: hooks append to the boot log
 * @KMEMLEAK_ON: hooks record, scans run
 * @KMEMLEAK_OFF: nothing is recorded; final
 */
enum kmemleak_state {
	KMEMLEAK_EARLY,
	KMEMLEAK_ON,
	KMEMLEAK_OFF,
};

extern enum kmemleak_state kmemleak_state;

static inline bool kmemleak_is_on(void)
{
	return READ_ONCE(kmemleak_state) == KMEMLEAK_ON;
}

/*
 * Was it still on when the caller read records, or the memory of objects? If so, they
 * were not stale. Whoever frees an object without telling the detector, or waiting for
 * its readers, has seen that it is off, and the allocator orders that before whatever the
 * next owner writes there.
 */
static inline bool kmemleak_was_on(void)
{
	/* After the caller's reads. */
	smp_rmb();
	return kmemleak_is_on();
}

#endif
