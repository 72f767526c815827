/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The leak detector's state, which every room may ask for. Documentation/dev-tools/
 * kmemleak-design.rst has the map of the rooms and what each may call.
 */
#ifndef _MM_KMEMLEAK_H
#define _MM_KMEMLEAK_H

#include <linux/compiler.h>
#include <linux/types.h>

/**
 * enum kmemleak_state - where the detector is in its life
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

#endif
