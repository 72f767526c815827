/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The end of the detector's life.
 */
#ifndef _MM_KMEMLEAK_LIFE_H
#define _MM_KMEMLEAK_LIFE_H

int life_end(void);

#endif
