/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that are exempt from one scan.
 */
#ifndef _MM_KMEMLEAK_TRANSIENT_H
#define _MM_KMEMLEAK_TRANSIENT_H

#include <linux/types.h>

void transience(bool ended);

#endif
